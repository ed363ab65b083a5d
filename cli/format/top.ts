import {
  formatServerId,
  formatServiceId,
  type ServerActivity,
  type ServiceActivity,
  type TableActivity,
  totalRates,
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
import { type Json, serverIdJson, serviceIdJson } from "./json.ts";
import { formatRate } from "./rate.ts";
import { describeService, NAME_COLUMN, NARROW_TRAFFIC_TITLES, SERVICE_TITLE, TRAFFIC_TITLES } from "./table.ts";
import type { ServiceHealth, TableHealth } from "./table_health.ts";

/** The orders of `top`, largest first; `name` is the order of `list`. */
export const TOP_ORDERS = ["rate", "connections", "packets", "bytes", "name"] as const;

/** One of {@linkcode TOP_ORDERS}. */
export type TopOrder = (typeof TOP_ORDERS)[number];

/** The columns of `top` after the names. */
export const TOP_COLUMNS = [
  "weight",
  "active",
  "inactive",
  "connections",
  "in-packets",
  "out-packets",
  "in-bytes",
  "out-bytes",
  "health",
] as const;

/** One of {@linkcode TOP_COLUMNS}. */
export type TopColumn = (typeof TOP_COLUMNS)[number];

/** One view of `top`. */
export interface TopView {
  /** The activity of the table, in the order of `list`. */
  readonly activity: TableActivity;
  /** The health of the servers; undefined without a daemon. */
  readonly health: TableHealth | undefined;
  /** Whether the kernel updates its counters; otherwise all rates are 0. */
  readonly isCounting: boolean;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
  /** The order of services and servers. */
  readonly order: TopOrder;
  /** The columns after the names; undefined for all that have room. */
  readonly columns: readonly TopColumn[] | undefined;
  /** The largest number of services, and of servers for each, that is shown; undefined for all. */
  readonly limit: number | undefined;
}

/** The values that services and servers are ordered by. */
interface Busyness {
  readonly connections: number;
  readonly rates: TrafficRates | undefined;
}

const MEASURES: Readonly<Record<TopOrder, (busyness: Busyness) => number>> = {
  rate: ({ rates }) => rates?.connections ?? 0,
  connections: ({ connections }) => connections,
  packets: ({ rates }) => rates === undefined ? 0 : rates.inPackets + rates.outPackets,
  bytes: ({ rates }) => rates === undefined ? 0 : rates.inBytes + rates.outBytes,
  name: () => 0,
};

/** Sorts by an order, largest first; equal items keep their places. */
function ordered<T>(items: readonly T[], order: TopOrder, of: (item: T) => Busyness): readonly T[] {
  const measure = MEASURES[order];
  return items.map((item) => ({ item, amount: measure(of(item)) }))
    .sort((a, b) => b.amount - a.amount)
    .map(({ item }) => item);
}

/** The services of a view in its order, at most as many as its limit. */
export function orderedServices({ activity, order, limit }: TopView): readonly ServiceActivity[] {
  return ordered(activity.services, order, ({ activeConnections, rates }) => ({
    connections: activeConnections,
    rates,
  })).slice(0, limit);
}

function orderedServers({ servers }: ServiceActivity, { order, limit }: TopView): readonly ServerActivity[] {
  return ordered(servers, order, ({ server, rates }) => ({ connections: server.activeConnections, rates }))
    .slice(0, limit);
}

/** The sums over the whole table, shown or not. */
function totals({ services, overMs }: TableActivity): {
  readonly services: number;
  readonly servers: number;
  readonly active: number;
  readonly inactive: number;
  readonly rates: TrafficRates | undefined;
} {
  const sum = (count: (service: ServiceActivity) => number): number =>
    services.reduce((total, service) => total + count(service), 0);
  return {
    services: services.length,
    servers: sum(({ servers }) => servers.length),
    active: sum(({ activeConnections }) => activeConnections),
    inactive: sum(({ inactiveConnections }) => inactiveConnections),
    rates: overMs === undefined ? undefined : totalRates(services.map(({ rates }) => rates)),
  };
}

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

/** A view as JSON. */
export function topJson(view: TopView): { readonly [key: string]: Json } {
  const { activity, health, now } = view;
  const total = totals(activity);
  return {
    time: new Date(now).toISOString(),
    over_ms: activity.overMs === undefined ? null : Math.round(activity.overMs),
    counting: view.isCounting,
    daemon: health !== undefined,
    total: {
      services: total.services,
      servers: total.servers,
      active_connections: total.active,
      inactive_connections: total.inactive,
      rates: ratesJson(total.rates),
    },
    services: orderedServices(view).map((service) => {
      const name = formatServiceId(service.entry.service.id);
      const known = health?.get(name);
      return {
        ...serviceIdJson(service.entry.service.id),
        name: known?.name ?? null,
        scheduler: service.entry.service.scheduler,
        serving: known?.serving ?? null,
        configured: known?.configured ?? null,
        quorum_met: known?.quorumMet ?? null,
        active_connections: service.activeConnections,
        inactive_connections: service.inactiveConnections,
        rates: ratesJson(service.rates),
        servers: orderedServers(service, view).map((server) => serverJson(server, known)),
      };
    }),
  };
}

function serverJson({ server, rates }: ServerActivity, known: ServiceHealth | undefined): Json {
  return {
    ...serverIdJson(server),
    forward: server.forward,
    weight: server.weight,
    health: known?.servers.get(formatServerId(server)) ?? null,
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    persistent_connections: server.persistentConnections,
    rates: ratesJson(rates),
  };
}

/** Rates per second, rounded to thousandths. */
function ratesJson(rates: TrafficRates | undefined): Json {
  if (rates === undefined) return null;
  const exact = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    connections: exact(rates.connections),
    in_packets: exact(rates.inPackets),
    out_packets: exact(rates.outPackets),
    in_bytes: exact(rates.inBytes),
    out_bytes: exact(rates.outBytes),
  };
}
