import { LvsctlError } from "../errors/mod.ts";
import { readKernelFile } from "../files/mod.ts";
import type { IpvsClient } from "../ipvs/mod.ts";
import { specialRange } from "../findings/mod.ts";
import {
  addressBits,
  addressFamily,
  compareServerIds,
  compareServiceIds,
  defined,
  type DesiredState,
  formatServiceId,
  type IpAddress,
  type RealServer,
  type Vip,
  type VirtualService,
} from "../model/mod.ts";
import type { RouteClient, VipClient } from "../rtnetlink/mod.ts";
import { interfaceSysctl, readSysctl } from "../host/mod.ts";
import { announcedDefaultDevices, ipv4DefaultDevices } from "./default_routes.ts";
import {
  CAPABILITIES,
  type EntryFacts,
  type Facts,
  type HolderFacts,
  type ModuleState,
  type NetworkFacts,
  type ProcessFacts,
  type RouteFacts,
  type ServerFacts,
  type ServiceFacts,
  type TableFacts,
  type Unseen,
} from "./facts.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";
import { MANAGER_NAMES } from "./managers.ts";
import { FTP_MODULE, IPVS_MODULE, schedulerModule } from "./modules.ts";
import { parseProcTable } from "./proc_table.ts";
import { findProcesses } from "./processes.ts";
import { serviceAddresses } from "./servers_by.ts";

/** The sources of the facts. */
export interface Sources {
  /** The kernel's /proc, or a directory like it. */
  readonly proc: string;
  /** The kernel's /sys, or a directory like it. */
  readonly sys: string;
  /** Whether the kernel's loader finds a module; undefined if the loader is not available. */
  readonly isLoadable: (module: string) => boolean | undefined;
  /** Opens the kernel's IPVS; not called if it has none. */
  readonly openIpvs: () => Promise<IpvsClient>;
  /** Opens interfaces and routes. */
  readonly openRoutes: () => Promise<RouteClient>;
  /**
   * Opens what asks the links for the hosts that have VIPs.
   *
   * @default {the links are not asked}
   */
  readonly openVips?: () => Promise<VipClient>;
}

/** The sysctls of interfaces to read. */
const IPV4_KEYS = ["send_redirects", "rp_filter", "arp_ignore"] as const;
const IPV6_KEYS = ["forwarding", "force_forwarding", "accept_ra"] as const;

/** Other sysctls to read. */
const SYSCTLS = [
  "net.ipv4.ip_forward",
  "net.ipv4.tcp_keepalive_time",
  "net.netfilter.nf_conntrack_max",
  "net.netfilter.nf_conntrack_count",
  "net.ipv4.neigh.default.gc_thresh3",
  "net.ipv6.neigh.default.gc_thresh3",
] as const;

/** Bits of the capabilities (linux/capability.h). */
const CAPABILITY_BITS: Readonly<Record<(typeof CAPABILITIES)[number], number>> = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_MODULE: 16,
};

/**
 * Reads the facts about the director and changes nothing: it loads no modules either.
 *
 * @param sources Where the facts come from.
 * @param wanted A file's desired state, examined as if it were applied.
 */
export async function gatherFacts(sources: Sources, wanted?: DesiredState): Promise<Facts> {
  return await new Gathering(sources).gather(wanted);
}

/** One run of {@linkcode gatherFacts}. */
class Gathering {
  readonly #sources: Sources;
  readonly #unseen: Unseen[] = [];
  readonly #sysctls = new Map<string, string>();
  #missingLibrary: string | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async gather(wanted: DesiredState | undefined): Promise<Facts> {
    const table = await this.#table();
    const merged = mergeServices(table?.services ?? [], wanted);
    const found = await this.#network(merged);
    const ipv4Routes = this.#read("net/route") ?? "";
    const ipv6Routes = this.#read("net/ipv6_route") ?? "";
    const defaultDevices = {
      ipv4: ipv4DefaultDevices(ipv4Routes),
      announcedIpv6: announcedDefaultDevices(ipv6Routes),
    };
    const network = found &&
      { ...found, holders: await this.#holders(vipPlaces({ services: merged, network: found, defaultDevices })) };
    const services = network === undefined ? merged : merged.map((service) => withLocals(service, network));
    this.#readSysctls();
    return {
      release: this.#sysctl("kernel.osrelease") ?? "unknown",
      process: this.#process(),
      modules: this.#modules(services),
      sysctls: this.#sysctls,
      table,
      services,
      declaredVips: new Set((wanted?.vips ?? []).map(({ address }) => address)),
      network,
      desired: wanted?.services,
      missingLibrary: this.#missingLibrary,
      defaultDevices,
      managers: this.#look("other programs", () => findProcesses(this.#sources.proc, MANAGER_NAMES)) ?? [],
      unseen: this.#unseen,
    };
  }

  /** The table, from netlink or else from /proc; undefined without IPVS. */
  async #table(): Promise<TableFacts | undefined> {
    const text = this.#read("net/ip_vs");
    // Opening a client would load the module.
    if (text === undefined) return undefined;
    try {
      using client = await this.#sources.openIpvs();
      const { connectionTableSize } = client.getInfo();
      return {
        ...readTable(client),
        buckets: connectionTableSize,
        syncDaemons: client.syncDaemons(),
        timeouts: client.getTimeouts(),
      };
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("the sync daemons", error);
      const shown = parseProcTable(text);
      if (shown === undefined) this.#miss("the IPVS table", error);
      return shown;
    }
  }

  async #network(services: readonly ServiceFacts[]): Promise<NetworkFacts | undefined> {
    try {
      using client = await this.#sources.openRoutes();
      return readNetwork(client, services);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("interfaces, addresses and routes", error);
      return undefined;
    }
  }

  /** The other hosts that answer for VIPs; undefined if the links cannot be asked. */
  async #holders(places: readonly Vip[]): Promise<HolderFacts[] | undefined> {
    const { openVips } = this.#sources;
    if (openVips === undefined || places.length === 0) return undefined;
    try {
      using client = await openVips();
      return client.holders(places).map(({ vip: { address, device }, hardwareAddress }) => ({
        address,
        device,
        hardwareAddress,
      }));
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("the links of the VIPs", error);
      return undefined;
    }
  }

  #modules(services: readonly ServiceFacts[]): ReadonlyMap<string, ModuleState> {
    const schedulers = new Set(services.map(({ scheduler }) => schedulerModule(scheduler)));
    return new Map([IPVS_MODULE, ...schedulers, FTP_MODULE].map((module) => [module, this.#moduleState(module)]));
  }

  #moduleState(module: string): ModuleState {
    const { proc, sys, isLoadable } = this.#sources;
    // A built-in module has a directory only if it has parameters, as ip_vs has.
    if (exists(`${sys}/module/${module}`) || (module === IPVS_MODULE && exists(`${proc}/net/ip_vs`))) return "loaded";
    const loadable = isLoadable(module);
    return loadable === undefined ? "unknown" : loadable ? "loadable" : "missing";
  }

  #process(): ProcessFacts | undefined {
    const status = this.#read("self/status");
    const [, uid] = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? "") ?? [];
    const [, capabilities] = /^CapEff:\s+([\da-f]+)/m.exec(status ?? "") ?? [];
    if (uid === undefined || capabilities === undefined) {
      this.#unseen.push({ what: "the rights of this process", why: "/proc/self/status does not list them" });
      return undefined;
    }
    const bits = BigInt(`0x${capabilities}`);
    return {
      isRoot: uid === "0",
      capabilities: new Set(CAPABILITIES.filter((name) => (bits >> BigInt(CAPABILITY_BITS[name])) & 1n)),
      // A namespace below never maps the whole range of user ids.
      isInitialUserNamespace: /^\s*0\s+0\s+4294967295\s*$/.test(this.#read("self/uid_map") ?? "0 0 4294967295"),
    };
  }

  #readSysctls(): void {
    for (const name of SYSCTLS) this.#note(name);
    for (const key of this.#list("sys/net/ipv4/vs")) this.#note(ipvsSysctl(key));
    for (const [family, keys] of [["ipv4", IPV4_KEYS], ["ipv6", IPV6_KEYS]] as const) {
      for (const device of this.#list(`sys/net/${family}/conf`)) {
        for (const key of keys) this.#note(interfaceSysctl(family, { device, key }));
      }
    }
  }

  #note(name: string): void {
    const value = this.#sysctl(name);
    if (value !== undefined) this.#sysctls.set(name, value.trim().replaceAll(/\s+/g, " "));
  }

  #sysctl(name: string): string | undefined {
    return this.#look(name, () => readSysctl(name, { root: `${this.#sources.proc}/sys` }));
  }

  /** The names in a directory of /proc; none if it does not exist. */
  #list(path: string): string[] {
    const names = this.#look(`/proc/${path}`, () => [...Deno.readDirSync(`${this.#sources.proc}/${path}`)]);
    return (names ?? []).map(({ name }) => name);
  }

  /** A file of /proc; undefined if it does not exist. */
  #read(path: string): string | undefined {
    return this.#look(`/proc/${path}`, () => readKernelFile(`${this.#sources.proc}/${path}`));
  }

  /** Reads a source; a missing one is normal, any other failure is reported. */
  #look<T>(what: string, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) this.#miss(what, error);
      return undefined;
    }
  }

  #miss(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof LvsctlError && error.kind === "no-libnl") this.#missingLibrary = error.hint;
    // Each part is reported once.
    if (!this.#unseen.some((one) => one.what === what)) this.#unseen.push({ what, why: text });
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function readTable(client: IpvsClient): Required<Pick<TableFacts, "services" | "connections" | "entries">> {
  let connections = 0;
  const entries = client.services().map((service): EntryFacts => {
    const servers = client.countedServers(service.id);
    for (const { activeConnections, inactiveConnections, persistentConnections } of servers) {
      connections += activeConnections + inactiveConnections + persistentConnections;
    }
    return { service, servers };
  });
  return { services: entries.map(({ service, servers }) => serviceFacts(service, servers)), connections, entries };
}

/** Where to ask for each VIP: on the links of its interfaces, or else of the interfaces that lead to other hosts. */
function vipPlaces(
  { services, network, defaultDevices }: Pick<Facts, "services" | "defaultDevices"> & {
    readonly network: NetworkFacts;
  },
): Vip[] {
  const { links, addresses, routes } = network;
  const asking = new Set(links.filter(({ isUp, hasNeighbours }) => isUp && hasNeighbours).map(({ name }) => name));
  const servers = services.flatMap((service) => service.servers.map(({ address }) => routes.get(address)?.device));
  const others = [...new Set([...servers, ...defaultDevices.ipv4, ...defaultDevices.announcedIpv6])];
  return serviceAddresses(services).flatMap((address) => {
    if (specialRange(address) !== undefined) return [];
    const own = addresses.filter((one) => one.address === address).map(({ device }) => device);
    const devices = own.some((device) => asking.has(device)) ? own : [routes.get(address)?.device, ...others];
    return [...new Set(devices)].filter((device) => device !== undefined && asking.has(device)).flatMap((device) =>
      device === undefined ? [] : [vipOn(address, device)]
    );
  });
}

/** A VIP to ask for; its other settings do not matter. */
function vipOn(address: IpAddress, device: string): Vip {
  const prefixLength = addressBits(addressFamily(address));
  return { address, device, prefixLength, scope: "global", dad: false, prefixRoute: false };
}

function serviceFacts(service: VirtualService, servers: readonly RealServer[]): ServiceFacts {
  const { id, scheduler, persistence, onePacket } = service;
  return {
    id,
    scheduler,
    isPersistent: persistence !== undefined,
    onePacket,
    servers: servers.map(({ address, port, forward }) => ({ address, port, forward })),
  };
}

/** The services of table and file, in order; a service of the file has the table's servers too. */
function mergeServices(present: readonly ServiceFacts[], wanted: DesiredState | undefined): readonly ServiceFacts[] {
  const merged = new Map(present.map((service) => [formatServiceId(service.id), service]));
  for (const { service, servers, fallback } of wanted?.services ?? []) {
    const name = formatServiceId(service.id);
    const declared = serviceFacts(service, fallback === undefined ? servers : [...servers, fallback]);
    const there = merged.get(name)?.servers ?? [];
    merged.set(name, { ...declared, servers: [...declared.servers, ...there] });
  }
  return [...merged.values()]
    .map((service) => ({ ...service, servers: service.servers.toSorted(compareServerIds) }))
    .sort((a, b) => compareServiceIds(a.id, b.id));
}

/** The kernel forwards to its own addresses locally, whatever the method. */
function withLocals(service: ServiceFacts, { routes }: NetworkFacts): ServiceFacts {
  const servers = service.servers.map((server): ServerFacts =>
    routes.get(server.address)?.kind === "local" ? { ...server, forward: "local" } : server
  );
  return { ...service, servers };
}

function readNetwork(client: RouteClient, services: readonly ServiceFacts[]): NetworkFacts {
  const links = client.links();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const nameOf = (index: number | undefined): string | undefined => index === undefined ? undefined : names.get(index);
  const routes = new Map<IpAddress, RouteFacts>();
  const servers = services.flatMap(({ servers }) => servers.map(({ address }) => address));
  for (const address of new Set([...servers, ...serviceAddresses(services)])) {
    const { kind, gateway, source, index } = client.route(address);
    const device = nameOf(index);
    routes.set(address, defined({ kind, gateway, source, device }));
  }
  return {
    links: links.map(({ name, isUp, hasNeighbours, mtu }) => ({ name, isUp, hasNeighbours, mtu })),
    addresses: client.addresses().flatMap(({ address, index, state }) => {
      const device = nameOf(index);
      return device === undefined || state === "down" ? [] : [{ address, device, state }];
    }),
    routes,
    neighbours: client.neighbours().flatMap(({ address, index, state, hardwareAddress }) => {
      const device = nameOf(index);
      return device === undefined ? [] : [defined({ address, device, state, hardwareAddress })];
    }),
  };
}
