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
} from "../../core/model/mod.ts";
import { alignColumns } from "./columns.ts";

/** The columns of a list of servers. */
export type TableView = "connections" | "stats" | "rate" | "thresholds" | "persistent";

/** The columns of a view after the first: for servers and, if it shows traffic, for services. */
interface Columns {
  readonly titles: readonly string[];
  server(server: ListedServer): readonly string[];
  service?(entry: ListedService): readonly string[];
}

/** The titles of the traffic columns. */
export const TRAFFIC_TITLES = ["CONNS", "IN PKTS", "OUT PKTS", "IN BYTES", "OUT BYTES"] as const;

function trafficCells(traffic: Traffic): string[] {
  const { connections, inPackets, outPackets, inBytes, outBytes } = traffic;
  return [connections, inPackets, outPackets, inBytes, outBytes].map(String);
}

const VIEWS: Readonly<Record<TableView, Columns>> = {
  connections: {
    titles: ["FORWARD", "WEIGHT", "ACTIVE", "INACTIVE"],
    server: (server) => [
      describeForward(server),
      String(server.weight),
      String(server.activeConnections),
      String(server.inactiveConnections),
    ],
  },
  stats: {
    titles: TRAFFIC_TITLES,
    server: (server) => trafficCells(server.statistics.counters),
    service: (entry) => trafficCells(entry.statistics.counters),
  },
  rate: {
    titles: TRAFFIC_TITLES.map((title) => `${title}/S`),
    server: (server) => trafficCells(server.statistics.rates),
    service: (entry) => trafficCells(entry.statistics.rates),
  },
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

/** The table as text: a line for each service, its servers below it. */
export function formatTable(entries: readonly ListedService[], view: TableView): string {
  const { titles, server: serverCells, service: serviceCells } = VIEWS[view];
  const rows: string[][] = [["VIRTUAL SERVICE, SCHEDULER", ...titles.map(() => "")], ["  -> REAL SERVER", ...titles]];
  const heads = new Map<number, string>();
  for (const entry of sortEntries(entries)) {
    const head = `${formatServiceId(entry.service.id)}  ${describeService(entry.service)}`;
    if (serviceCells === undefined) {
      // A service's line is not in the columns: its width must not widen those of the servers.
      heads.set(rows.length, head);
      rows.push([]);
    } else rows.push([head, ...serviceCells(entry)]);
    for (const server of entry.servers) rows.push([`  -> ${formatServerId(server)}`, ...serverCells(server)]);
  }
  const alignments = titles.map((title) => title === "FORWARD" ? "left" as const : "right" as const);
  return alignColumns(rows, ["left", ...alignments]).map((line, index) => `${heads.get(index) ?? line}\n`).join("");
}
