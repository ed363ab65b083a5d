import {
  formatDuration,
  formatNetmask,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  fullNetmask,
  type ListedServer,
  type ListedService,
  serviceFamily,
  sortEntries,
  type Traffic,
  type VirtualService,
  visible,
} from "../../core/model/mod.ts";
import {
  type Cell,
  type Column,
  firstWithRoom,
  layOut,
  type Row,
  type Table,
  type TitledColumn,
  titledTable,
} from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { cutMiddle, textWidth } from "../terminal/text_width.ts";
import { formatRate } from "./rate.ts";

/** The columns of a list of servers. */
export type TableView = "connections" | "stats" | "rate" | "thresholds" | "persistent";

/** The columns of a view after the first: for servers and, if it shows traffic, for services. */
interface Columns {
  readonly titles: readonly string[];
  server(server: ListedServer): readonly string[];
  service?(entry: ListedService): readonly string[];
}

/** A view, and the same in fewer columns of a terminal. */
interface View extends Columns {
  readonly narrow?: Columns | undefined;
}

/** The titles of the traffic columns. */
export const TRAFFIC_TITLES = ["CONNS", "IN PKTS", "OUT PKTS", "IN BYTES", "OUT BYTES"] as const;

/** The same for numbers with units, such as 1.2M. */
export const NARROW_TRAFFIC_TITLES = ["CONN", "IN P", "OUT P", "IN B", "OUT B"] as const;

/** The columns of traffic, from the counters or the rates. */
function trafficColumns(
  titles: readonly string[],
  options: {
    readonly of: (statistics: ListedServer["statistics"]) => Traffic;
    readonly format: (value: bigint) => string;
  },
): Columns {
  const cells = (statistics: ListedServer["statistics"]): string[] => {
    const { connections, inPackets, outPackets, inBytes, outBytes } = options.of(statistics);
    return [connections, inPackets, outPackets, inBytes, outBytes].map(options.format);
  };
  return { titles, server: ({ statistics }) => cells(statistics), service: ({ statistics }) => cells(statistics) };
}

/** A view of traffic: exact, and with units where that is too wide. */
function trafficView(of: (statistics: ListedServer["statistics"]) => Traffic, unit: string): View {
  const titled = (titles: readonly string[]): string[] => titles.map((title) => `${title}${unit}`);
  return {
    ...trafficColumns(titled(TRAFFIC_TITLES), { of, format: String }),
    narrow: trafficColumns(titled(NARROW_TRAFFIC_TITLES), { of, format: (value) => formatRate(Number(value)) }),
  };
}

const VIEWS: Readonly<Record<TableView, View>> = {
  connections: {
    titles: ["FORWARD", "WEIGHT", "ACTIVE", "INACTIVE"],
    server: (server) => [
      describeForward(server),
      String(server.weight),
      String(server.activeConnections),
      String(server.inactiveConnections),
    ],
  },
  stats: trafficView(({ counters }) => counters, ""),
  rate: trafficView(({ rates }) => rates, "/S"),
  thresholds: {
    titles: ["UPPER", "LOWER", "ACTIVE", "INACTIVE"],
    server: (server) => [
      String(server.upperThreshold),
      String(server.lowerThreshold),
      String(server.activeConnections),
      String(server.inactiveConnections),
    ],
  },
  persistent: {
    titles: ["WEIGHT", "PERSISTENT", "ACTIVE", "INACTIVE"],
    server: (server) => [
      String(server.weight),
      String(server.persistentConnections),
      String(server.activeConnections),
      String(server.inactiveConnections),
    ],
  },
};

/** The forwarding method, with a tunnel other than ipip: "tun gue:6080 csum". */
function describeForward({ forward, tunnel }: ListedServer): string {
  if (forward !== "tun" || tunnel.type === "ipip") return forward;
  const port = tunnel.type === "gue" ? `:${tunnel.port}` : "";
  return `tun ${tunnel.type}${port}${tunnel.checksum === "none" ? "" : ` ${tunnel.checksum}`}`;
}

/** Scheduler, flags and persistence in one line: "mh (mh-port) persistent 5m netmask 255.255.255.0". */
export function describeService(service: VirtualService): string {
  const { scheduler, persistence, id } = service;
  const words = [scheduler];
  const flags = formatSchedulerFlags(scheduler, service.schedulerFlags);
  if (flags.length > 0) words.push(`(${flags.join(",")})`);
  if (persistence !== undefined) {
    const family = serviceFamily(id);
    words.push("persistent", formatDuration(persistence.timeoutSeconds * 1000));
    if (persistence.netmask !== fullNetmask(family)) words.push("netmask", formatNetmask(family, persistence.netmask));
    if (persistence.engine !== undefined) words.push("engine", persistence.engine);
  }
  if (service.onePacket) words.push("one-packet");
  return words.join(" ");
}

/** Services without their servers: a line for each. */
export function formatServices(
  services: readonly VirtualService[],
  { width }: { readonly width?: number | undefined } = {},
): readonly Line[] {
  if (services.length === 0) return ["No virtual services"];
  const cells = services.map((service) => [formatServiceId(service.id), describeService(service)]);
  const columns: readonly TitledColumn[] = [
    { ...NAME_COLUMN, title: "VIRTUAL SERVICE" },
    { title: "SCHEDULER", cut: "end" },
  ];
  return layOut(titledTable(columns, cells), { width });
}

/** The column of names. An IPv4 address with its port is never cut if the other columns can give way. */
export const NAME_COLUMN: Column = { cut: "middle", least: "sctp://255.255.255.255:65535".length };

/** The title of services above their servers. */
export const SERVICE_TITLE: Cell = { text: "VIRTUAL SERVICE", more: ", SCHEDULER" };

/** The width down to which {@linkcode nameBefore} cuts names. */
const SHORTEST_NAME = 12;

/**
 * A text with a name before it, which is cut if the line is too wide.
 *
 * @param options.width The largest width of the line; undefined for any.
 */
export function nameBefore(
  text: string,
  { name, width }: { readonly name: string; readonly width: number | undefined },
): string {
  if (width === undefined) return `${name}${text}`;
  return `${cutMiddle(visible(name), Math.max(SHORTEST_NAME, width - textWidth(text)))}${text}`;
}

/** How a table is formatted. */
export interface TableOptions {
  /** The columns. */
  readonly view: TableView;
  /** The largest width of a line; undefined for any. */
  readonly width?: number | undefined;
}

/** The table: a line for each service, its servers below it. */
export function formatTable(entries: readonly ListedService[], { view, width }: TableOptions): readonly Line[] {
  if (entries.length === 0) return ["No virtual services"];
  const sorted = sortEntries(entries);
  const { narrow, ...whole } = VIEWS[view];
  const table = (columns: Columns) => (): Table => tableOf(sorted, columns);
  return layOut(firstWithRoom([table(whole), ...(narrow === undefined ? [] : [table(narrow)])], width), { width });
}

function tableOf(entries: readonly ListedService[], columns: Columns): Table {
  const { titles, server: serverCells, service: serviceCells } = columns;
  const rows: Row[] = [{ cells: [SERVICE_TITLE] }, { cells: ["  -> REAL SERVER", ...titles] }];
  for (const entry of entries) {
    const head: Cell = { text: formatServiceId(entry.service.id), more: `  ${describeService(entry.service)}` };
    // Without numbers, a service's line is not in the columns: its width must not widen those of the servers.
    if (serviceCells === undefined) rows.push({ text: `${head.text}${head.more}` });
    else rows.push({ cells: [head, ...serviceCells(entry)] });
    for (const server of entry.servers) {
      rows.push({
        cells: [`  -> ${formatServerId(server)}`, ...serverCells(server)],
        style: server.weight === 0 ? "dim" : undefined,
      });
    }
  }
  return { columns: [NAME_COLUMN, ...titles.map(columnOf)], rows };
}

function columnOf(title: string): Column {
  return title === "FORWARD" ? { cut: "end", least: "FORWARD".length } : { align: "right" };
}
