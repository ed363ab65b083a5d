import {
  addressFamily,
  type CountedServer,
  formatNetmask,
  type ForwardingMethod,
  fullNetmask,
  type ListedServer,
  serviceFamily,
  type Statistics,
  type Traffic,
  type VirtualService,
} from "../../../core/model/mod.ts";
import { formatSchedulerFlagNames } from "../parse/scheduler_flags.ts";
import { formatLargeNumber } from "./large_number.ts";
import type { ListMode } from "../parse/list_format.ts";

/** The layout of a list of settings and connections. */
export interface SettingsLayout {
  /** Distinguishes the two kinds of layout. */
  readonly kind: "settings";
  /** The two lines of titles. */
  readonly titles: string;
  /** Formats a server's line with its name. */
  server(server: CountedServer, name: string): string;
}

/** The layout of a list of traffic. */
export interface TrafficLayout {
  /** Distinguishes the two kinds of layout. */
  readonly kind: "traffic";
  /** The two lines of titles. */
  readonly titles: string;
  /** Formats a service's line with its name. */
  service(statistics: Statistics, name: string): string;
  /** Formats a server's line with its name. */
  server(server: ListedServer, name: string): string;
}

const FORWARD_TITLES: Readonly<Record<ForwardingMethod, string>> = {
  nat: "Masq   ",
  local: "Local  ",
  tun: "Tunnel ",
  dr: "Route  ",
  bypass: "Bypass ",
};

/** The titles between blanks. */
const FORWARD_CELLS: Readonly<Record<ForwardingMethod, string>> = {
  nat: ` ${FORWARD_TITLES.nat} `,
  local: ` ${FORWARD_TITLES.local} `,
  tun: ` ${FORWARD_TITLES.tun} `,
  dr: ` ${FORWARD_TITLES.dr} `,
  bypass: ` ${FORWARD_TITLES.bypass} `,
};

const SERVER_ROOM = 28;

/** Weights below this number have a cached cell. */
const CACHED_WEIGHTS = 1024;

function serverStart(server: CountedServer, name: string): string {
  return `  -> ${truncated(server, name).padEnd(SERVER_ROOM)}`;
}

/** Truncates an IPv4 server's name to its column, as ipvsadm does. */
function truncated(server: CountedServer, name: string): string {
  return name.length > SERVER_ROOM && addressFamily(server.address) === "ipv4" ? name.slice(0, SERVER_ROOM) : name;
}

function padded(value: number, width: number): string {
  return String(value).padEnd(width);
}

/** Formats a service's line in a list of settings. */
export function settingsLine(service: VirtualService, name: string): string {
  return `${name} ${service.scheduler}${formatSettings(service)}\n`;
}

function formatSettings({ id, scheduler, schedulerFlags, persistence, onePacket }: VirtualService): string {
  let text = schedulerFlags === 0 ? "" : ` (${formatSchedulerFlagNames(scheduler, schedulerFlags)})`;
  if (persistence !== undefined) {
    const family = serviceFamily(id);
    const { timeoutSeconds, netmask, engine } = persistence;
    text += ` persistent ${timeoutSeconds}`;
    if (netmask !== fullNetmask(family)) text += ` mask ${formatNetmask(family, netmask)}`;
    if (engine !== undefined) text += ` pe ${engine}`;
  }
  return onePacket ? `${text} ops` : text;
}

const TRAFFIC_NAMES = ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const;

function formatTraffic(traffic: Traffic, exact: boolean): string {
  let text = "";
  for (const name of TRAFFIC_NAMES) text += formatLargeNumber(traffic[name], exact);
  return text;
}

function trafficTitles(names: readonly string[]): string {
  const columns = names.map((name) => ` ${name.padStart(8)}`).join("");
  return `${"Prot LocalAddress:Port".padEnd(33)}${columns}\n  -> RemoteAddress:Port\n`;
}

function wideTitles(columns: string): string {
  return `${"Prot LocalAddress:Port".padEnd(33)} ${columns}\n  -> RemoteAddress:Port\n`;
}

function connectionCounts(server: CountedServer): string {
  return `${padded(server.activeConnections, 10)} ${padded(server.inactiveConnections, 10)}\n`;
}

/**
 * Formats the lines of the default list. There may be very many, so it caches the cells of the forwarding methods and of
 * small weights, and the connection counts of the previous server, which are usually those of an idle server.
 */
function connectionLines(): SettingsLayout["server"] {
  const paddings: string[] = [];
  const weights: string[] = [];
  let [active, inactive] = [-1, -1];
  let counts = "";
  return (server, fullName) => {
    const { forward, weight, activeConnections, inactiveConnections } = server;
    if (active !== activeConnections || inactive !== inactiveConnections) {
      [active, inactive] = [activeConnections, inactiveConnections];
      counts = connectionCounts(server);
    }
    const name = truncated(server, fullName);
    const padding = paddings[name.length] ??= "".padEnd(SERVER_ROOM - name.length);
    const cell = weight < CACHED_WEIGHTS ? weights[weight] ??= `${padded(weight, 6)} ` : `${padded(weight, 6)} `;
    return "  -> " + name + padding + FORWARD_CELLS[forward] + cell + counts;
  };
}

function formatTunnel({ forward, tunnel }: CountedServer): string {
  if (forward !== "tun") return "n/a";
  const checksum = { none: "-c", csum: "+c", remcsum: "r+c" }[tunnel.checksum];
  if (tunnel.type === "ipip") return "ipip";
  return tunnel.type === "gue" ? `gue:${tunnel.port}:${checksum}` : `gre:${checksum}`;
}

/**
 * The layout of a list.
 *
 * @param mode Its columns.
 * @param exact Whether numbers are printed in full.
 */
export function layoutOf(mode: ListMode, exact: boolean): SettingsLayout | TrafficLayout {
  switch (mode) {
    case "connections":
      return {
        kind: "settings",
        titles: "Prot LocalAddress:Port Scheduler Flags\n" +
          "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
        server: connectionLines(),
      };
    case "tun-info":
      return {
        kind: "settings",
        titles: "Prot LocalAddress:Port Scheduler Flags\n" +
          "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
        server: (server, name) =>
          `${serverStart(server, name)} ${FORWARD_TITLES[server.forward]} ${formatTunnel(server).padEnd(13)} ` +
          `${padded(server.weight, 6)} ${connectionCounts(server)}`,
      };
    case "thresholds":
      return {
        kind: "settings",
        titles: wideTitles("Uthreshold Lthreshold ActiveConn InActConn "),
        server: (server, name) =>
          `${serverStart(server, name)} ${padded(server.upperThreshold, 10)} ${padded(server.lowerThreshold, 10)} ` +
          connectionCounts(server),
      };
    case "persistent-conn":
      return {
        kind: "settings",
        titles: wideTitles("Weight    PersistConn ActiveConn InActConn "),
        server: (server, name) =>
          `${serverStart(server, name)} ${padded(server.weight, 9)} ${padded(server.persistentConnections, 11)} ` +
          connectionCounts(server),
      };
    case "stats":
      return {
        kind: "traffic",
        titles: trafficTitles(["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"]),
        service: (statistics, name) => `${name.padEnd(33)}${formatTraffic(statistics.counters, exact)}\n`,
        server: (server, name) => `${serverStart(server, name)}${formatTraffic(server.statistics.counters, exact)}\n`,
      };
    case "rate":
      return {
        kind: "traffic",
        titles: trafficTitles(["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"]),
        service: (statistics, name) => `${name.padEnd(33)}${formatTraffic(statistics.rates, exact)}\n`,
        server: (server, name) => `${serverStart(server, name)}${formatServerRates(server.statistics.rates, exact)}\n`,
      };
  }
}

/** Formats a server's rates: unlike a service's, their first three numbers are always in full. */
function formatServerRates(rates: Traffic, exact: boolean): string {
  const whole = [rates.connections, rates.inPackets, rates.outPackets]
    .map((value) => ` ${String(value).padStart(8)}`).join("");
  return whole + formatLargeNumber(rates.inBytes, exact) + formatLargeNumber(rates.outBytes, exact);
}
