import {
  type AddressFamily,
  addressFamily,
  compareAddresses,
  DEFAULT_TUNNEL,
  type IpAddress,
  type RealServer,
  serverObjections,
  serviceFamily,
  type ServiceId,
  type Tunnel,
} from "../../model/mod.ts";
import type { HostAnswers } from "./hosts.ts";
import type { FALLBACK, SectionOf, SERVICE, TUNNEL } from "../schema/file_schema.ts";
import type { Resolution, ServerPlace } from "../schema/value_types.ts";

/** A real server in a file, or the server of last resort. */
export type ServerSection = SectionOf<typeof FALLBACK>;

/** What a server is beside its address and port. */
export type ServerSettings = Omit<RealServer, "address" | "port">;

/** What servers have that say nothing of it themselves. */
export interface InheritedSettings extends ServerSettings {
  /** What to do where a host name has several addresses. */
  readonly resolve: Resolution;
}

/** A real server that is not in a service yet. */
export interface ServerDraft {
  /** Where it was read from. */
  readonly section: ServerSection;
  /** Its address, or the name of its host; its port. */
  readonly place: ServerPlace;
  /** All the rest of it. */
  readonly settings: ServerSettings;
  /** What to do where the host name has several addresses. */
  readonly resolve: Resolution;
}

/** Keys that an objection is about, beside its own. */
const RELATED: ReadonlyMap<string, string> = new Map([
  ["lower_threshold", "upper_threshold"],
  ["tunnel", "forward"],
  ["address", "forward"],
]);

/** A server of no service, to see what is wrong with its settings alone. */
const ANY_SERVER = { address: "192.0.2.1" as IpAddress, port: 0 };
const ANY_SERVICE: ServiceId = { kind: "fwmark", family: "ipv4", mark: 1 };

function readTunnel(section: SectionOf<typeof TUNNEL> | undefined): Tunnel | undefined {
  return section === undefined ? undefined : { ...section.values, port: section.values.port ?? 0 };
}

/** What a service has for its servers, and reports what cannot be. */
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
  // Only a server with the method tun takes the tunnel over: it is looked at as such.
  for (const { key, reason, hint } of serverObjections(ANY_SERVICE, { ...ANY_SERVER, ...inherited, forward: "tun" })) {
    section.report([key, RELATED.get(key) ?? key], `${reason}; ${hint}`);
  }
  return inherited;
}

/**
 * Makes the servers that a section describes, and reports what they cannot be in any service.
 *
 * @param inherited What the service has for its servers.
 * @returns None if its address is wrong, which was reported.
 */
export function readServer(section: ServerSection, inherited: InheritedSettings): ServerDraft[] {
  const { values } = section;
  const forward = values.forward ?? inherited.forward;
  const own = readTunnel(values.tunnel);
  if (own !== undefined && forward !== "tun") {
    section.report(
      ["tunnel", "forward"],
      `the forwarding method ${forward} has no tunnel; use the forwarding method tun`,
    );
  }
  const settings: ServerSettings = {
    forward,
    weight: values.weight ?? inherited.weight,
    upperThreshold: values.upper_threshold ?? inherited.upperThreshold,
    lowerThreshold: values.lower_threshold ?? inherited.lowerThreshold,
    tunnel: forward === "tun" ? own ?? inherited.tunnel : DEFAULT_TUNNEL,
  };
  if (values.address !== undefined) {
    for (const { key, reason, hint } of serverObjections(ANY_SERVICE, { ...ANY_SERVER, ...settings })) {
      const keys = [key, RELATED.get(key) ?? key];
      // What is wrong with the service's own settings was told there.
      const isOwn = key === "tunnel" ? own !== undefined : keys.some((name) => section.find(name) !== undefined);
      if (isOwn) section.report(keys, `${reason}; ${hint}`);
    }
  }
  const resolve = values.resolve ?? inherited.resolve;
  return (values.address ?? []).map((place) => ({ section, place, settings, resolve }));
}

/** What is in a service of a family, and what became of names. */
export interface BindOptions {
  /** The service. */
  readonly id: ServiceId;
  /** Whether the service has addresses of both families, and this is one of them. */
  readonly isDualStack: boolean;
  /** What names stand for; undefined if they are not looked up now. */
  readonly hosts: HostAnswers | undefined;
}

/**
 * Puts the server into a service: it gets the service's port if it has none.
 *
 * @returns None where a host name is not looked up, or where the service has nothing of its family.
 */
export function bindServer(draft: ServerDraft, options: BindOptions): RealServer[] {
  const { id } = options;
  const { place, settings } = draft;
  const family = serviceFamily(id);
  const port = place.port ?? (id.kind === "endpoint" ? id.port : 0);
  const addresses = "address" in place ? [place.address] : hostAddresses(draft, { ...options, host: place.host });
  return addresses.filter((address) => !options.isDualStack || addressFamily(address) === family).map((address) => {
    // Each field by name: objects that are made by spreading take three times the memory.
    const { forward, weight, upperThreshold, lowerThreshold, tunnel } = settings;
    return { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
  });
}

function familyWord(family: AddressFamily): string {
  return family === "ipv4" ? "IPv4" : "IPv6";
}

/** The addresses that a host name stands for in a service. */
function hostAddresses(draft: ServerDraft, options: BindOptions & { readonly host: string }): readonly IpAddress[] {
  const { section, resolve } = draft;
  const { id, host, hosts } = options;
  const answer = hosts?.get(host);
  if (answer === undefined) return [];
  if ("failure" in answer) {
    section.report(["address"], `cannot resolve ${host}: ${answer.failure}`);
    return [];
  }
  const family = serviceFamily(id);
  // Sorted, for resolvers turn the order round from one time to the next.
  const addresses = [...new Set(answer.addresses)].filter((address) => addressFamily(address) === family)
    .sort(compareAddresses);
  const [first] = addresses;
  if (first === undefined) {
    if (options.isDualStack && answer.addresses.length > 0) return [];
    const others = answer.addresses.length === 0 ? "" : `, only ${answer.addresses.join(", ")}`;
    section.report(["address"], `${host} has no ${familyWord(family)} address${others}`);
    return [];
  }
  if (addresses.length === 1 || resolve === "all") return addresses;
  if (resolve === "first") return [first];
  const found = `${host} has ${addresses.length} ${familyWord(family)} addresses, ${addresses.join(", ")}`;
  section.report(["address"], `${found}; write one of them, or resolve: first or resolve: all`);
  return [];
}
