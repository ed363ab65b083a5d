import {
  addressFamily,
  formatServerId,
  type IpAddress,
  ipv4Value,
  type RealServer,
  type ServiceId,
} from "../model/mod.ts";
import type { ServiceFinding } from "./finding.ts";

/** A range of addresses that IPVS does not treat as the address of some host. */
export type SpecialRange = "unspecified" | "loopback" | "multicast" | "broadcast" | "mapped" | "link-local";

const IPV4_LOOPBACK = 127;
const IPV4_MULTICAST = { first: 224, last: 239 };
const IPV4_BROADCAST = 255;

/** The special range of an address; undefined for every address that a client on another host can reach. */
export function specialRange(address: IpAddress): SpecialRange | undefined {
  // Most addresses are ordinary by their first number: no special range of IPv6 begins with a digit.
  const first = Number.parseInt(address, 10);
  const isMulticast = first >= IPV4_MULTICAST.first && first <= IPV4_MULTICAST.last;
  if (first > 0 && first !== IPV4_LOOPBACK && !isMulticast && first !== IPV4_BROADCAST) return undefined;
  const value = ipv4Value(address);
  if (value === undefined) return specialIpv6Range(address);
  if (value === 0) return "unspecified";
  if (value === 0xffffffff) return "broadcast";
  if (first === IPV4_LOOPBACK) return "loopback";
  // The kernel treats 240.0.0.0/4 as ordinary addresses, and the rest of 0.0.0.0/8 too.
  return isMulticast ? "multicast" : undefined;
}

/** The range of an IPv6 address in its canonical spelling. */
function specialIpv6Range(address: IpAddress): SpecialRange | undefined {
  if (address === "::") return "unspecified";
  if (address === "::1") return "loopback";
  if (/^::ffff:\d+\./.test(address)) return "mapped";
  if (/^ff..:/.test(address)) return "multicast";
  return /^fe[89ab].:/.test(address) ? "link-local" : undefined;
}

/** Why no client on another host reaches a service with an address of a range. */
const UNREACHED: Readonly<Record<SpecialRange, string>> = {
  unspecified: "the kernel drops packets to it, and it does not stand for all addresses",
  loopback: "only processes on the director reach it",
  multicast: "IPVS ignores multicast packets",
  broadcast: "IPVS ignores broadcast packets",
  mapped: "programs send IPv4 packets to it",
  "link-local": "the answers of real servers do not find a client that asks from its link-local address",
};

/** Ranges whose services do have clients: those on the director, and those that choose another source. */
const FEW_CLIENTS: ReadonlySet<SpecialRange> = new Set(["loopback", "link-local"]);

/** A service with an address that packets of clients on other hosts never match. */
export function listenFindings(id: ServiceId): ServiceFinding[] {
  const range = id.kind === "endpoint" ? specialRange(id.address) : undefined;
  if (id.kind !== "endpoint" || range === undefined) return [];
  const { address } = id;
  return [{
    code: "listen-unreachable",
    severity: FEW_CLIENTS.has(range) ? "warning" : "error",
    message: `no client on another host is served at ${describe(address, range)}: ${UNREACHED[range]}`,
    remedy: "use an address of one host, or a firewall mark",
    key: "listen",
  }];
}

/** "the multicast address 224.0.0.9". */
function describe(address: IpAddress, range: SpecialRange): string {
  return `the ${range === "mapped" ? "IPv4-mapped" : range} address ${address}`;
}

/** Real servers with addresses that the kernel refuses, or that a forwarding method does not reach. */
export function serverAddressFindings(id: ServiceId, servers: readonly RealServer[]): ServiceFinding[] {
  return servers.flatMap((server) => serverFinding(id, server) ?? []);
}

function serverFinding(id: ServiceId, server: RealServer): ServiceFinding | undefined {
  const range = specialRange(server.address);
  if (range === undefined) return undefined;
  if (range === "loopback") return server.forward === "nat" ? loopbackFinding(id, server) : undefined;
  const own = range === "link-local" ? " that is not one of the director's own" : "";
  return {
    code: "server-refused",
    severity: range === "link-local" ? "warning" : "error",
    message: `the kernel refuses the real server ${formatServerId(server)}: it is ${article(range)} address${own}`,
    remedy: addressFamily(server.address) === "ipv6" && range === "mapped"
      ? "use the IPv4 address, which an IPv6 service reaches by tun"
      : "use the address of one host",
    key: "address",
    server,
  };
}

function article(range: SpecialRange): string {
  return range === "unspecified" ? "an unspecified" : range === "mapped" ? "an IPv4-mapped" : `a ${range}`;
}

/** The kernel drops packets from outside instead of translating them to a loopback address. */
function loopbackFinding(id: ServiceId, server: RealServer): ServiceFinding {
  const servicePort = id.kind === "endpoint" ? id.port : 0;
  // dr delivers on the director itself, at the port of the service.
  const byDr = servicePort === 0 || servicePort === server.port ? "dr" : `dr at the service's port ${servicePort}`;
  return {
    code: "server-loopback",
    message:
      `nat does not reach ${formatServerId(server)} for clients on other hosts: the kernel translates no packet ` +
      "from outside to a loopback address",
    remedy: `use an address of the director's interfaces, or ${byDr}`,
    key: "address",
    server,
  };
}
