import type { ForwardingMethod, IpAddress, ServerId, ServiceId, SyncDaemon } from "../model/mod.ts";
import type { LinkNeighbour, Route } from "../rtnetlink/mod.ts";

/** Whether the kernel has a module: `missing` if it cannot get it, `unknown` if the loader cannot be asked. */
export type ModuleState = "loaded" | "loadable" | "missing" | "unknown";

/** Capabilities that a director's program needs. */
export const CAPABILITIES = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_MODULE"] as const;

/** One of {@linkcode CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number];

/** What this process may do. */
export interface ProcessFacts {
  /** Whether it runs as root. */
  readonly isRoot: boolean;
  /** Its effective capabilities, of those that matter. */
  readonly capabilities: ReadonlySet<Capability>;
  /** Whether it is in the first user namespace, where alone IPVS can be managed. */
  readonly isInitialUserNamespace: boolean;
}

/** A real server, as far as it matters here. */
export interface ServerFacts extends ServerId {
  /** How packets reach it. */
  readonly forward: ForwardingMethod;
}

/** A virtual service, of the kernel's table or of a file. */
export interface ServiceFacts {
  /** What it is found by. */
  readonly id: ServiceId;
  /** Its scheduler. */
  readonly scheduler: string;
  /** Whether it is persistent. */
  readonly isPersistent: boolean;
  /** Whether each packet is balanced by itself. */
  readonly onePacket: boolean;
  /** Its real servers. */
  readonly servers: readonly ServerFacts[];
}

/** What the kernel has in its IPVS table. */
export interface TableFacts {
  /** The virtual services. */
  readonly services: readonly ServiceFacts[];
  /** Entries of the connection table: connections and templates. */
  readonly connections: number;
  /** Buckets of the connection table; undefined where the kernel does not tell. */
  readonly buckets?: number;
  /** The sync daemons; undefined where only root is told. */
  readonly syncDaemons?: readonly SyncDaemon[];
}

/** An interface. */
export interface LinkFacts {
  /** Its name. */
  readonly name: string;
  /** Whether it was brought up. */
  readonly isUp: boolean;
  /** Whether hosts on it find each other by ARP or neighbour discovery. */
  readonly hasNeighbours: boolean;
}

/** An address of an interface. */
export interface AddressFacts {
  /** The address. */
  readonly address: IpAddress;
  /** The interface. */
  readonly device: string;
  /** Whether it can be used: the kernel may be looking for duplicates, or have found one. */
  readonly state: "up" | "tentative" | "duplicate";
}

/** The way to an address, its interface by name. */
export interface RouteFacts extends Pick<Route, "kind" | "gateway" | "source"> {
  /** The interface; undefined where packets do not leave. */
  readonly device?: string;
}

/** A host on a link. */
export interface NeighbourFacts extends Pick<LinkNeighbour, "address" | "state"> {
  /** The interface. */
  readonly device: string;
}

/** Interfaces, addresses, routes and neighbours. */
export interface NetworkFacts {
  /** The interfaces. */
  readonly links: readonly LinkFacts[];
  /** Their addresses. */
  readonly addresses: readonly AddressFacts[];
  /** The ways to the addresses of services and real servers. */
  readonly routes: ReadonlyMap<IpAddress, RouteFacts>;
  /** The neighbours. */
  readonly neighbours: readonly NeighbourFacts[];
}

/** Another program that changes the IPVS table. */
export interface Manager {
  /** Its name: "keepalived". */
  readonly name: string;
  /** Its process. */
  readonly pid: number;
  /** Its command line. */
  readonly commandLine: string;
}

/** Something that could not be looked at. */
export interface Unseen {
  /** What: "the IPVS table". */
  readonly what: string;
  /** Why not, in one line. */
  readonly why: string;
}

/** What is known of a director. Parts are undefined where they could not be looked at; `unseen` says why. */
export interface Facts {
  /** The kernel's release: "6.1.0-18-amd64". */
  readonly release: string;
  /** What this process may do. */
  readonly process?: ProcessFacts;
  /** Modules by name: ip_vs, its schedulers that are used, and others that matter for what is used. */
  readonly modules: ReadonlyMap<string, ModuleState>;
  /** Sysctls by name, as sysctl(8) writes them. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** The kernel's table; undefined too where it has no IPVS. */
  readonly table?: TableFacts;
  /** The services of the table, and those of a file that are not in it. */
  readonly services: readonly ServiceFacts[];
  /** Addresses that a file declares as VIPs. */
  readonly declaredVips: ReadonlySet<IpAddress>;
  /** Interfaces, addresses, routes and neighbours. */
  readonly network?: NetworkFacts;
  /** The interfaces by which default routes leave: of IPv4, and those of IPv6 that a router announced. */
  readonly defaultDevices: { readonly ipv4: readonly string[]; readonly announcedIpv6: readonly string[] };
  /** Other programs that change the table. */
  readonly managers: readonly Manager[];
  /** What could not be looked at. */
  readonly unseen: readonly Unseen[];
}

/** Whether the kernel is of that version or a later one; undefined if its release does not say. */
export function isKernelAtLeast(
  { release }: Pick<Facts, "release">,
  wanted: readonly [number, number],
): boolean | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return Number(major) > wanted[0] || (Number(major) === wanted[0] && Number(minor) >= wanted[1]);
}
