import { addressFamily, formatEndpoint, formatServiceId, type Override } from "../../core/model/mod.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import type { Json } from "./json.ts";

/** The columns of {@linkcode formatOverrides}. */
const COLUMNS: readonly TitledColumn[] = [
  { title: "SERVER", cut: "middle" },
  { title: "SERVICE", cut: "middle" },
  { title: "OVERRIDE" },
  { title: "SINCE", align: "right" },
  { title: "EXPIRES", align: "right" },
  { title: "BY", cut: "end", least: 6 },
  { title: "REASON", cut: "end" },
];

/**
 * Overrides as a table, a line for each.
 *
 * @param options.now The time of day; milliseconds since 1970.
 * @param options.width The largest width of a line; undefined for any.
 */
export function formatOverrides(
  overrides: readonly Override[],
  { now, width }: { readonly now: number; readonly width?: number | undefined },
): readonly Line[] {
  if (overrides.length === 0) return ["No overrides are active"];
  const rows = overrides.map((override) => {
    const { service, weight, reason = "", author = "", at, until } = override;
    return [
      serverOf(override),
      service === undefined ? "all services" : formatServiceId(service),
      weight === "maint" ? "maintenance" : `weight ${weight}`,
      formatAge(now - at),
      until === undefined ? "never" : `in ${formatAge(until - now)}`,
      author,
      reason,
    ];
  });
  return layOut(titledTable(COLUMNS, rows), { width });
}

/** An override as JSON. */
export function overrideJson(override: Override): Json {
  const { service, weight, reason, author, at, until } = override;
  return {
    service: service === undefined ? null : formatServiceId(service),
    server: serverOf(override),
    address: override.address,
    port: override.port ?? null,
    family: addressFamily(override.address),
    maintenance: weight === "maint",
    weight: weight === "maint" ? 0 : weight,
    reason: reason ?? null,
    author: author ?? null,
    at: new Date(at).toISOString(),
    until: until === undefined ? null : new Date(until).toISOString(),
  };
}

function serverOf({ address, port }: Override): string {
  return port === undefined ? address : formatEndpoint(address, port);
}
