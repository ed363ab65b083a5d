import { formatEndpoint, formatServiceId, type Override } from "../../core/model/mod.ts";
import { formatAge } from "./age.ts";
import { alignColumns } from "./columns.ts";
import type { Json } from "./json.ts";

/** Overrides as text, a line for each. */
export function formatOverrides(overrides: readonly Override[], { now }: { readonly now: number }): string {
  const rows = overrides.map((override) => {
    const { service, weight, reason = "", author = "", at, until } = override;
    return [
      serverOf(override),
      service === undefined ? "all services" : formatServiceId(service),
      weight === "maint" ? "maintenance" : `weight ${weight}`,
      `for ${formatAge(now - at)}`,
      until === undefined ? "" : `${formatAge(until - now)} left`,
      author,
      reason,
    ];
  });
  return alignColumns(rows, []).map((line) => `${line}\n`).join("");
}

/** An override as JSON. */
export function overrideJson(override: Override): Json {
  const { service, weight, reason, author, at, until } = override;
  return {
    service: service === undefined ? null : formatServiceId(service),
    server: serverOf(override),
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
