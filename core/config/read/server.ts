import {
  type AddressFamily,
  addressFamily,
  compareAddresses,
  DEFAULT_TUNNEL,
  type Discovery,
  type IpAddress,
  type RealServer,
  serverObjections,
  serviceFamily,
  type ServiceId,
  type Tunnel,
} from "../../model/mod.ts";
import { type DiscoveryAnswers, readSource, type SourceSection } from "./discovery.ts";
import type { HostAnswers } from "./hosts.ts";
import type { SERVICE } from "../schema/file_schema.ts";
import type { FALLBACK, TUNNEL } from "../schema/server_schema.ts";
import type { SectionOf } from "../schema/types.ts";
import type { Resolution, ServerPlace } from "../schema/value_types.ts";

/** A real server in a file, or a server of last resort, or a source of servers. */
export type ServerSection = SectionOf<typeof FALLBACK> | SourceSection;

/** The place of a server in a file, or the source of several. */
export type DraftPlace = ServerPlace | { readonly source: Discovery; readonly port: number | undefined };

/** The settings of a server: all except its address and port. */
export type ServerSettings = Omit<RealServer, "address" | "port">;

/** The settings of a service for servers that do not set their own. */
export interface InheritedSettings extends ServerSettings {
  /** Use of a host name with several addresses. */
  readonly resolve: Resolution;
}

/** A real server that is not bound to a virtual service yet. */
export interface ServerDraft {
  /** The server in the file. */
  readonly section: ServerSection;
  /** Its address, its host name or its source, and its port. */
  readonly place: DraftPlace;
  /** Its other settings. */
  readonly settings: ServerSettings;
  /** Use of a host name with several addresses. */
  readonly resolve: Resolution;
}

/** The second key of an objection, by its first key. */
const RELATED: ReadonlyMap<string, string> = new Map([
  ["lower_threshold", "upper_threshold"],
  ["tunnel", "forward"],
  ["address", "forward"],
]);

/** A valid server and service, to validate settings alone. */
const ANY_SERVER = { address: "192.0.2.1" as IpAddress, port: 0 };
const ANY_SERVICE: ServiceId = { kind: "fwmark", family: "ipv4", mark: 1 };

function readTunnel(section: SectionOf<typeof TUNNEL> | undefined): Tunnel | undefined {
  return section === undefined ? undefined : { ...section.values, port: section.values.port ?? 0 };
}

/** Reads the settings of a service for its servers, and reports invalid combinations. */
export function readInherited(section: SectionOf<typeof SERVICE>): InheritedSettings {
  const { values } = section;
  const tunnel = readTunnel(values.tunnel?.isSound() ? values.tunnel : undefined);
  const inherited: InheritedSettings = {
    forward: values.forward,
    weight: values.weight,
    upperThreshold: values.upper_threshold,
    lowerThreshold: values.lower_threshold,
    tunnel: tunnel ?? DEFAULT_TUNNEL,
    resolve: values.resolve,
  };
  // Only servers with the forwarding method tun inherit the tunnel, so it is validated as for one of them.
  for (const { key, reason, hint } of serverObjections(ANY_SERVICE, { ...ANY_SERVER, ...inherited, forward: "tun" })) {
    section.report([key, RELATED.get(key) ?? key], `${reason}; ${hint}`);
  }
  return inherited;
}

/**
 * Reads the servers of a section, and reports settings that are not valid in any service.
 *
 * @param inherited The settings of the service for its servers.
 * @returns No server if the address is not valid, which is reported.
 */
export function readServer(section: SectionOf<typeof FALLBACK>, inherited: InheritedSettings): ServerDraft[] {
  const { values } = section;
  const settings = readSettings(section, { inherited, isSound: values.address !== undefined });
  const resolve = values.resolve ?? inherited.resolve;
  return (values.address ?? []).map((place) => ({ section, place, settings, resolve }));
}

/**
 * Reads a source in a list of servers, and reports settings that are not valid in any service.
 *
 * @param inherited The settings of the service for its servers.
 * @returns No draft if the source is not valid, which is reported.
 */
export function readSourceDraft(section: SourceSection, inherited: InheritedSettings): ServerDraft[] {
  const source = readSource(section);
  const settings = readSettings(section, { inherited, isSound: source !== undefined });
  if (source === undefined) return [];
  return [{ section, place: { source, port: section.values.port }, settings, resolve: "all" }];
}

function readSettings(
  section: ServerSection,
  { inherited, isSound }: { readonly inherited: InheritedSettings; readonly isSound: boolean },
): ServerSettings {
  const { values } = section;
  const forward = values.forward ?? inherited.forward;
  const own = readTunnel(values.tunnel);
  if (own !== undefined && forward !== "tun") {
    section.report(
      ["tunnel", "forward"],
      `the forwarding method ${forward} has no tunnel; use the forwarding method tun, or leave the tunnel out`,
    );
  }
  const settings: ServerSettings = {
    forward,
    weight: values.weight ?? inherited.weight,
    upperThreshold: values.upper_threshold ?? inherited.upperThreshold,
    lowerThreshold: values.lower_threshold ?? inherited.lowerThreshold,
    tunnel: forward === "tun" ? own ?? inherited.tunnel : DEFAULT_TUNNEL,
  };
  if (isSound) {
    for (const { key, reason, hint } of serverObjections(ANY_SERVICE, { ...ANY_SERVER, ...settings })) {
      const keys = [key, RELATED.get(key) ?? key];
      // Invalid settings of the service are reported at the service.
      const isOwn = key === "tunnel" ? own !== undefined : keys.some((name) => section.find(name) !== undefined);
      if (isOwn) section.report(keys, `${reason}; ${hint}`);
    }
  }
  return settings;
}

/** Options for binding servers to a virtual service. */
export interface BindOptions {
  /** The virtual service. */
  readonly id: ServiceId;
  /** Whether the service in the file has addresses of both families. */
  readonly isDualStack: boolean;
  /** The addresses of host names; undefined if they are not resolved. */
  readonly hosts: HostAnswers | undefined;
  /** The answers of sources; undefined if they were not asked. */
  readonly sources: DiscoveryAnswers | undefined;
  /** Called with the reason if a host name has no usable address, or a source has no servers. */
  readonly onUnusable: (reason: string) => void;
}

/**
 * Binds a server to a virtual service, whose port it gets if it has none.
 *
 * @returns No server if its host name is not resolved, or if it has no address of the service's family.
 */
export function bindServer(draft: ServerDraft, options: BindOptions): RealServer[] {
  const { id } = options;
  const { place, settings } = draft;
  const family = serviceFamily(id);
  const port = place.port ?? (id.kind === "endpoint" ? id.port : 0);
  if ("source" in place) return discoveredServers(draft, { ...options, source: place.source, port });
  const addresses = "address" in place ? [place.address] : hostAddresses(draft, { ...options, host: place.host });
  return addresses.filter((address) => !options.isDualStack || addressFamily(address) === family).map((address) => {
    // Each field by name, because objects from a spread take three times the memory.
    const { forward, weight, upperThreshold, lowerThreshold, tunnel } = settings;
    return { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
  });
}

/** The servers of a source for a virtual service, of its address family. */
function discoveredServers(
  { settings }: ServerDraft,
  options: BindOptions & { readonly source: Discovery; readonly port: number },
): RealServer[] {
  const { id, sources, source: { name }, port, onUnusable } = options;
  const answer = sources?.get(name);
  if (answer === undefined) return [];
  if ("failure" in answer) {
    onUnusable(`Cannot get servers from ${name}: ${answer.failure}`);
    return [];
  }
  const family = serviceFamily(id);
  const own = answer.servers.filter(({ address }) => addressFamily(address) === family);
  if (own.length === 0 && !options.isDualStack) {
    onUnusable(`${name} has no server with an ${familyWord(family)} address`);
  }
  const servers = own.map((each) => ({
    ...settings,
    address: each.address,
    port: each.port ?? port,
    weight: each.weight ?? settings.weight,
  }));
  // Sorted, because sources change the order between two answers.
  return servers.sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
}

function familyWord(family: AddressFamily): string {
  return family === "ipv4" ? "IPv4" : "IPv6";
}

/** The addresses of a host name for a virtual service. */
function hostAddresses(draft: ServerDraft, options: BindOptions & { readonly host: string }): readonly IpAddress[] {
  const { resolve } = draft;
  const { id, host, hosts, onUnusable } = options;
  const answer = hosts?.get(host);
  if (answer === undefined) return [];
  if ("failure" in answer) {
    onUnusable(`Cannot resolve ${host}: ${answer.failure}`);
    return [];
  }
  const family = serviceFamily(id);
  // Sorted, because resolvers change the order between two answers.
  const addresses = [...new Set(answer.addresses)].filter((address) => addressFamily(address) === family)
    .sort(compareAddresses);
  const [first] = addresses;
  if (first === undefined) {
    if (options.isDualStack && answer.addresses.length > 0) return [];
    const others = answer.addresses.length === 0 ? "" : `, only ${answer.addresses.join(", ")}`;
    onUnusable(`${host} has no ${familyWord(family)} address${others}`);
    return [];
  }
  if (addresses.length === 1 || resolve === "all") return addresses;
  if (resolve === "first") return [first];
  const problem = `${host} has ${addresses.length} ${familyWord(family)} addresses, ${addresses.join(", ")}`;
  onUnusable(`${problem}; write one of them, or set resolve to first or all`);
  return [];
}
