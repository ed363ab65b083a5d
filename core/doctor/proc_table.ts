import { type ForwardingMethod, type IpAddress, PROTOCOLS, type ServiceId, tryParseIpAddress } from "../model/mod.ts";
import type { ServerFacts, ServiceFacts, TableFacts } from "./facts.ts";

const METHODS: Readonly<Record<string, ForwardingMethod>> = {
  Masq: "nat",
  Route: "dr",
  Tunnel: "tun",
  Local: "local",
  Bypass: "bypass",
};

/** A service whose servers follow. */
interface OpenService extends ServiceFacts {
  readonly servers: ServerFacts[];
}

/**
 * Reads the table from /proc/net/ip_vs, for users who may not use netlink.
 *
 * @returns `undefined` if the text has another form.
 */
export function parseProcTable(text: string): Omit<TableFacts, "syncDaemons"> | undefined {
  const [head = "", ...lines] = text.split("\n");
  const [, buckets] = /^IP Virtual Server version \S+ \(size=(\d+)\)/.exec(head) ?? [];
  if (buckets === undefined) return undefined;
  const services: OpenService[] = [];
  let connections = 0;
  // Two title lines follow.
  for (const line of lines.slice(2)) {
    const words = line.trim().split(/ +/);
    if (words[0] === "->") {
      const [, endpoint = "", method = "", _weight, active, inactive] = words;
      const end = readEndpoint(endpoint);
      const service = services.at(-1);
      const forward = METHODS[method];
      if (end === undefined || forward === undefined || service === undefined) continue;
      service.servers.push({ ...end, forward });
      connections += Number(active) + Number(inactive);
    } else {
      const service = readService(words);
      if (service !== undefined) services.push(service);
    }
  }
  return { services: services.map(withFamily), connections, buckets: Number(buckets) };
}

function readService([kind = "", place = "", scheduler = "", ...flags]: readonly string[]): OpenService | undefined {
  const id = readId(kind, place);
  if (id === undefined) return undefined;
  return {
    id,
    scheduler,
    isPersistent: flags.includes("persistent"),
    onePacket: flags.includes("ops"),
    servers: [],
  };
}

function readId(kind: string, place: string): ServiceId | undefined {
  if (kind === "FWM") return { kind: "fwmark", family: "ipv4", mark: parseInt(place, 16) };
  const protocol = PROTOCOLS.find((name) => name.toUpperCase() === kind);
  const end = readEndpoint(place);
  return protocol === undefined || end === undefined ? undefined : { kind: "endpoint", protocol, ...end };
}

/** The family of a firewall mark is not shown; the servers have the same. */
function withFamily(service: OpenService): ServiceFacts {
  const { id, servers } = service;
  const isIpv6 = servers.some(({ address }) => address.includes(":"));
  return id.kind === "fwmark" && isIpv6 ? { ...service, id: { ...id, family: "ipv6" } } : service;
}

/** "C000020A:0050", "[2001:0db8:0000:0000:0000:0000:0000:0001]:0050". */
function readEndpoint(text: string): { readonly address: IpAddress; readonly port: number } | undefined {
  const [, ipv6, ipv4 = "", port = ""] = /^(?:\[([\da-fA-F:]+)\]|([\da-fA-F]{8})):([\da-fA-F]{4})$/.exec(text) ?? [];
  const spelled = ipv6 ?? [0, 2, 4, 6].map((at) => parseInt(ipv4.slice(at, at + 2), 16)).join(".");
  const address = tryParseIpAddress(spelled);
  return address === undefined ? undefined : { address, port: parseInt(port, 16) };
}
