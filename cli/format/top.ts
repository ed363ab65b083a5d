import {
  formatServerId,
  formatServiceId,
  type ServerActivity,
  type ServiceActivity,
  type TrafficRates,
} from "../../core/model/mod.ts";
import {
  type Cell,
  type CellRow,
  type Column,
  firstWithRoom,
  layOut,
  type Row,
  type Table,
} from "../terminal/columns.ts";
import type { Line, Style } from "../terminal/line.ts";
import { count } from "./count.ts";
import { formatRate } from "./rate.ts";
import { describeService, NAME_COLUMN, NARROW_TRAFFIC_TITLES, SERVICE_TITLE, TRAFFIC_TITLES } from "./table.ts";
import type { ServiceHealth } from "./table_health.ts";
import { orderedServers, orderedServices, TOP_COLUMNS, type TopColumn, type TopView, totals } from "./top_view.ts";

/** A title of each column, and a shorter one. */
const TITLES: Readonly<Record<TopColumn, readonly [title: string, short: string]>> = {
  weight: ["WEIGHT", "WGT"],
  active: ["ACTIVE", "ACT"],
  inactive: ["INACTIVE", "INACT"],
  connections: trafficTitles(0),
  "in-packets": trafficTitles(1),
  "out-packets": trafficTitles(2),
  "in-bytes": trafficTitles(3),
  "out-bytes": trafficTitles(4),
  health: ["HEALTH", "HEALTH"],
};

function trafficTitles(index: number): readonly [title: string, short: string] {
  return [`${TRAFFIC_TITLES[index]}/S`, String(NARROW_TRAFFIC_TITLES[index])];
}

/** The cells of a row by column; a missing one is empty. */
type Cells = Readonly<Partial<Record<TopColumn, Cell>>>;

/** A view in lines: one with totals, one for each service, its servers below it. */
export function formatTop(view: TopView): readonly Line[] {
  const { limit = Infinity } = view;
  const hidden = view.activity.services.length - limit;
  const more = hidden > 0 ? [`(${count(hidden, "more virtual service")})`] : [];
  const { head, body } = layOutTop(view, { services: orderedServices(view) });
  return [topTitle(view), ...head, ...body, ...more];
}

/** The time of a view, the size of the table, and what limits its rates, as one line. */
export function topTitle({ activity, now, isCounting }: TopView): string {
  const { services, servers } = totals(activity);
  const over = activity.overMs === undefined ? "" : `, rates over ${(activity.overMs / 1000).toFixed(1)}s`;
  const counts = `${count(services, "virtual service")}, ${count(servers, "real server")}`;
  const warning = isCounting ? "" : `; the kernel does not update its counters: net.ipv4.vs.run_estimation is 0`;
  return `${new Date(now).toISOString().slice(0, 19)}Z: ${counts}${over}${warning}`;
}

/** The number of lines of a service in {@linkcode layOutTop}. */
export function topSize({ servers }: ServiceActivity, { limit = Infinity }: TopView): number {
  return 1 + Math.min(servers.length, limit) + (servers.length > limit ? 1 : 0);
}

/** The names in the lines of a service. */
export function topNames({ entry, servers }: ServiceActivity, { health }: TopView): string {
  const name = formatServiceId(entry.service.id);
  return [name, health?.get(name)?.name ?? "", ...servers.map(({ server }) => formatServerId(server))].join("\n");
}

/**
 * The lines of some services of a view. Titles are short, and columns left out, where names would have no room.
 *
 * @param options.services The services, in their order.
 * @param options.width The largest width of a line; undefined for any.
 * @returns The titles with the totals, and the lines of the services.
 */
export function layOutTop(
  view: TopView,
  options: { readonly services: readonly ServiceActivity[]; readonly width?: number | undefined },
): { readonly head: readonly Line[]; readonly body: readonly Line[] } {
  const { services, width } = options;
  const tables = columnChoices(view).map((columns, index) => (): Table => {
    const isShort = index > 0;
    const rows = services.flatMap((service) => serviceRows(service, { ...view, isShort }));
    return tableOf(view, { rows, columns, isShort });
  });
  const [first, ...others] = tables;
  if (first === undefined) return { head: [], body: [] };
  const lines = layOut(firstWithRoom([first, ...others], width), { width });
  return { head: lines.slice(0, HEAD_ROWS), body: lines.slice(HEAD_ROWS) };
}

/** The rows of titles and totals. */
const HEAD_ROWS = 3;

/** The columns for wide, and then for ever narrower lines: what the view is ordered by stays. */
function columnChoices({ health, columns, order }: TopView): readonly (readonly TopColumn[])[] {
  const all = columns ?? TOP_COLUMNS.filter((column) => health !== undefined || column !== "health");
  if (columns !== undefined) return [all, all];
  const dropped = order === "packets"
    ? ["in-bytes", "out-bytes", "inactive", "weight"]
    : ["in-packets", "out-packets", "inactive", "weight"];
  return [all, all, ...[2, 3, 4].map((number) => all.filter((column) => !dropped.slice(0, number).includes(column)))];
}

function tableOf(
  { activity }: TopView,
  options: {
    readonly rows: readonly (TopRow | Row)[];
    readonly columns: readonly TopColumn[];
    readonly isShort: boolean;
  },
): Table {
  const { rows, columns, isShort } = options;
  const total = totals(activity);
  const chosen = (name: Cell, cells: Cells, style?: Style): CellRow => ({
    cells: [name, ...columns.map((column) => cells[column] ?? "")],
    style,
  });
  const totalCells = { ...connectionCells(total, options), ...rateCells(total.rates) };
  return {
    columns: [
      NAME_COLUMN,
      ...columns.map((column): Column => column === "health" ? HEALTH_COLUMN : { align: "right" }),
    ],
    rows: [
      { cells: [SERVICE_TITLE] },
      { cells: ["  -> REAL SERVER", ...columns.map((column) => TITLES[column][isShort ? 1 : 0])] },
      chosen("TOTAL", totalCells),
      ...rows.map((row) => "name" in row ? chosen(row.name, row.cells, row.style) : row),
    ],
  };
}

const HEALTH_COLUMN: Column = { cut: "end", least: "unhealthy".length };

/** A row before its columns are chosen. */
interface TopRow {
  readonly name: Cell;
  readonly cells: Cells;
  readonly style?: Style | undefined;
}

/** A view, and whether its titles and numbers are short. */
interface SizedView extends TopView {
  readonly isShort: boolean;
}

function serviceRows(service: ServiceActivity, view: SizedView): readonly (TopRow | Row)[] {
  const { limit = Infinity, health } = view;
  const { entry, activeConnections, inactiveConnections, rates, servers } = service;
  const name = formatServiceId(entry.service.id);
  const known = health?.get(name);
  const suffix = known?.name === undefined ? "" : ` (${known.name})`;
  const head: TopRow = {
    name: { text: name, more: `${suffix}  ${describeService(entry.service)}` },
    cells: {
      ...connectionCells({ active: activeConnections, inactive: inactiveConnections }, view),
      ...rateCells(rates),
      ...(known === undefined ? {} : { health: serviceHealthCell(known) }),
    },
  };
  const hidden = servers.length - limit;
  return [
    head,
    ...orderedServers(service, view).map((server) => serverRow(server, { known, isShort: view.isShort })),
    ...(hidden > 0 ? [{ text: `  (${hidden} more)` }] : []),
  ];
}

function serverRow(
  { server, rates }: ServerActivity,
  { known, isShort }: { readonly known: ServiceHealth | undefined; readonly isShort: boolean },
): TopRow {
  const { weight, activeConnections, inactiveConnections } = server;
  const address = formatServerId(server);
  const word = known?.servers.get(address);
  return {
    name: `  -> ${address}`,
    cells: {
      weight: String(weight),
      ...connectionCells({ active: activeConnections, inactive: inactiveConnections }, { isShort }),
      ...rateCells(rates),
      health: word === undefined ? "" : { text: word ?? "unchecked", style: word === "unhealthy" ? "bad" : undefined },
    },
    style: weight === 0 ? "dim" : undefined,
  };
}

function serviceHealthCell({ serving, configured, quorumMet }: ServiceHealth): Cell {
  return {
    text: `${serving} of ${configured}`,
    more: ` serve${quorumMet ? "" : ", below its quorum"}`,
    style: quorumMet ? undefined : "bad",
  };
}

function connectionCells(
  { active, inactive }: { readonly active: number; readonly inactive: number },
  { isShort }: { readonly isShort: boolean },
): Cells {
  const cell = isShort ? formatRate : String;
  return { active: cell(active), inactive: cell(inactive) };
}

function rateCells(rates: TrafficRates | undefined): Cells {
  const cell = (rate: number | undefined): string => rate === undefined ? "-" : formatRate(rate);
  return {
    connections: cell(rates?.connections),
    "in-packets": cell(rates?.inPackets),
    "out-packets": cell(rates?.outPackets),
    "in-bytes": cell(rates?.inBytes),
    "out-bytes": cell(rates?.outBytes),
  };
}
