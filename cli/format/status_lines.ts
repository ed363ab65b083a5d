import { type Cell, firstWithRoom, layOut, type Row, type Table, type TextRow } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import { type ShownServer, type ShownService, type StatusView, worstFirst } from "./status_view.ts";
import { NAME_COLUMN, nameBefore } from "./table.ts";

/** How a status is formatted. */
export interface StatusOptions {
  /** The largest width of a line; undefined for any. */
  readonly width?: number | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/** The status in lines: a summary, the process, the virtual routers, a line for each service with its servers below it, the worst first. */
export function formatStatusView(view: StatusView, options: StatusOptions): readonly Line[] {
  const { process, routers, summary, services, failures, differences } = view;
  const rows = (lines: readonly TextRow[]): readonly Line[] => layOut({ columns: [], rows: lines }, options);
  const texts = (lines: readonly string[]): readonly Line[] => rows(lines.map((text) => ({ text, indent: 4 })));
  return [
    ...texts([summary, ...process]),
    ...rows(routers.map(({ text, isBad }) => ({ text, indent: 4, style: isBad ? "bad" : undefined }))),
    ...formatServices(worstFirst(services), options),
    ...texts([...failures, ...differences]),
  ];
}

/** The lines of services: one for each, its servers below it. Other lines between them stay as they are. */
export function formatServices(
  services: readonly (ShownService | string)[],
  { width, now }: StatusOptions,
): readonly Line[] {
  const table = (columns: readonly ServerColumn[]) => (): Table => {
    const rows = services.flatMap((service): readonly Row[] => {
      if (typeof service === "string") return [{ text: service }];
      return [
        serviceRow(service, width),
        ...service.servers.map((server) => serverRow(server, { now, columns })),
        ...service.notes.map((text) => ({ text })),
        ...(service.fallback === undefined ? [] : [{ text: `  -> ${service.fallback}  is in use (fallback)` }]),
      ];
    });
    return { columns: columns.map((column) => COLUMNS[column]), rows };
  };
  const narrower = SERVER_COLUMNS.filter((column) => column !== "latency");
  const narrowest = narrower.filter((column) => column !== "since");
  return layOut(firstWithRoom([table(SERVER_COLUMNS), table(narrower), table(narrowest)], width), { width });
}

/** The number of lines of a service in {@linkcode formatServices}. */
export function serviceSize({ servers, notes, fallback }: ShownService): number {
  return 1 + servers.length + notes.length + (fallback === undefined ? 0 : 1);
}

const SERVER_COLUMNS = ["address", "health", "weight", "since", "latency", "finding"] as const;
type ServerColumn = (typeof SERVER_COLUMNS)[number];

const COLUMNS = {
  address: NAME_COLUMN,
  health: {},
  weight: {},
  since: { align: "right" },
  latency: { align: "right" },
  finding: { cut: "end", least: 16 },
} as const;

function serviceRow({ id, name, serving, lostQuorum, configured }: ShownService, width: number | undefined): Row {
  const lost = lostQuorum === undefined ? "" : `, below its quorum of ${lostQuorum}`;
  const rest = `: ${serving} of ${configured} serve${lost}`;
  const whole = `${id}${name === undefined ? "" : ` (${name})`}`;
  return { text: nameBefore(rest, { name: whole, width }), style: lostQuorum === undefined ? undefined : "bad" };
}

function serverRow(
  server: ShownServer,
  { now, columns }: { readonly now: number; readonly columns: readonly ServerColumn[] },
): Row {
  const { address, source, health, since, weight, isKept, latencyMs, result, reasons } = server;
  const isChecked = health !== undefined;
  const cells: Readonly<Record<ServerColumn, Cell>> = {
    address: `  -> ${address}`,
    health: { text: health ?? "unchecked", style: health === "unhealthy" ? "bad" : undefined },
    weight: weight === undefined ? "out" : `weight ${weight}${isKept ? " (kept)" : ""}`,
    since: isChecked && since !== undefined ? formatAge(now - since) : "",
    latency: isChecked && latencyMs !== undefined ? `${latencyMs.toFixed(1)} ms` : "",
    finding: [
      ...(isChecked ? [result ?? "not checked yet"] : []),
      ...reasons,
      ...(source === undefined ? [] : [`from ${source}`]),
    ].join(
      "; ",
    ),
  };
  return { cells: columns.map((column) => cells[column]), style: weight === 0 ? "dim" : undefined };
}
