import type {
  DesiredService,
  ForwardingMethod,
  IpAddress,
  RealServer,
  ServerId,
  ServiceId,
  SyncDaemon,
  Timeouts,
  Tunnel,
  Vip,
  VirtualService,
  VrrpInstance,
} from "../model/mod.ts";
import type { LinkNeighbour, Route, ServerAnswer, ServerQuestion } from "../rtnetlink/mod.ts";

/** The state of a kernel module: `missing` if it cannot be loaded, `unknown` if the loader is not available. */
export type ModuleState = "loaded" | "loadable" | "missing" | "unknown";

/** The capabilities that lvsctl needs on a director. */
export const CAPABILITIES = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_MODULE"] as const;

/** One of {@linkcode CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number];

/** The rights of this process. */
export interface ProcessFacts {
  /** Whether it runs as root. */
  readonly isRoot: boolean;
  /** Its effective capabilities among {@linkcode CAPABILITIES}. */
  readonly capabilities: ReadonlySet<Capability>;
  /** Whether it is in the initial user namespace, the only one that can manage IPVS. */
  readonly isInitialUserNamespace: boolean;
}

/** A real server. */
export interface ServerFacts extends ServerId {
  /** Its forwarding method. */
  readonly forward: ForwardingMethod;
  /** Its tunnel; undefined if it has none, or if this process may not read it. */
  readonly tunnel?: Tunnel | undefined;
  /** Its weight; undefined if it was not read. */
  readonly weight?: number | undefined;
}

/** A virtual service, of the kernel's table or of a file. */
export interface ServiceFacts {
  /** Its identity. */
  readonly id: ServiceId;
  /** Its scheduler. */
  readonly scheduler: string;
  /** Whether it is persistent. */
  readonly isPersistent: boolean;
  /** Whether it schedules each packet by itself. */
  readonly onePacket: boolean;
  /** Its real servers. */
  readonly servers: readonly ServerFacts[];
}

/** The kernel's IPVS table. */
export interface TableFacts {
  /** The virtual services. */
  readonly services: readonly ServiceFacts[];
  /** Entries of the connection table: connections and templates. */
  readonly connections: number;
  /** Buckets of the connection table; undefined if the kernel does not report them. */
  readonly buckets?: number;
  /** The sync daemons; undefined if this process may not read them. */
  readonly syncDaemons?: readonly SyncDaemon[];
  /** The timeouts of connections; undefined if this process may not read them. */
  readonly timeouts?: Timeouts;
  /** The services with all of their settings; undefined if this process may not read them. */
  readonly entries?: readonly EntryFacts[];
}

/** A service of the kernel's table with all of its settings. */
export interface EntryFacts {
  /** Identity and scheduling. */
  readonly service: VirtualService;
  /** Its real servers. */
  readonly servers: readonly RealServer[];
}

/** An interface. */
export interface LinkFacts {
  /** Its name. */
  readonly name: string;
  /** Whether it is up. */
  readonly isUp: boolean;
  /** Whether it uses ARP or neighbour discovery. */
  readonly hasNeighbours: boolean;
  /** Largest packet, bytes; undefined if unknown. */
  readonly mtu?: number;
}

/** An address of an interface. */
export interface AddressFacts {
  /** The address. */
  readonly address: IpAddress;
  /** The interface. */
  readonly device: string;
  /** Its state: the kernel may be searching for a duplicate, or have found one. */
  readonly state: "up" | "tentative" | "duplicate";
}

/** The route to an address. */
export interface RouteFacts extends Pick<Route, "kind" | "gateway" | "source"> {
  /** The name of the interface; undefined if packets do not leave. */
  readonly device?: string | undefined;
}

/** A host on a link. */
export interface NeighbourFacts extends Pick<LinkNeighbour, "address" | "state" | "hardwareAddress"> {
  /** The interface. */
  readonly device: string;
}

/** Another host that answers for a VIP. */
export interface HolderFacts {
  /** The VIP. */
  readonly address: IpAddress;
  /** The interface on whose link it answers. */
  readonly device: string;
  /** Its hardware address. */
  readonly hardwareAddress: string;
}

/** What a real server answers for a VIP. */
export interface AnswerFacts extends ServerAnswer {
  /** The question. */
  readonly question: ServerQuestion;
}

/** Interfaces, addresses, routes and neighbours. */
export interface NetworkFacts {
  /** The interfaces. */
  readonly links: readonly LinkFacts[];
  /** Their addresses. */
  readonly addresses: readonly AddressFacts[];
  /** The routes to the addresses of services and real servers. */
  readonly routes: ReadonlyMap<IpAddress, RouteFacts>;
  /** The neighbours. */
  readonly neighbours: readonly NeighbourFacts[];
  /** Other hosts that answer for VIPs; undefined if the links were not asked. */
  readonly holders?: readonly HolderFacts[] | undefined;
  /** The answers of real servers by dr and tun for VIPs; undefined if they were not asked. */
  readonly answers?: readonly AnswerFacts[] | undefined;
}

/** A virtual router of the running daemon. */
export interface RouterFacts {
  /** Its name, and its family if it is IPv6. */
  readonly name: string;
  /** Its state. */
  readonly state: string;
  /** Why it is in that state. */
  readonly reason: string;
  /** Its effective priority. */
  readonly priority: number;
  /** The last other router that it heard; undefined if it has heard none. */
  readonly heard?: { readonly address: string; readonly priority: number } | undefined;
  /** Whether another router with a lower priority is active. */
  readonly isContested: boolean;
  /** Numbers of discarded messages, by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** How the advertisements of other routers differ: the kind, and the difference in words. */
  readonly findings: readonly { readonly kind: string; readonly text: string }[];
}

/** The verdicts that the running daemon shares with other directors. */
export interface SharingFacts {
  /** The number of other directors that must see a server healthy. */
  readonly quorum: number;
  /** The number of other directors whose verdicts are known. */
  readonly directors: number;
  /** Whether it alone cannot reach the real servers. */
  readonly isBlind: boolean;
  /** Why the store cannot be used now; undefined if it can. */
  readonly problem: string | undefined;
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

/** A part that could not be examined. */
export interface Unseen {
  /** The part: "the IPVS table". */
  readonly what: string;
  /** The reason, in one line. */
  readonly why: string;
}

/** The facts about a director. Parts that could not be read are undefined, with the reason in `unseen`. */
export interface Facts {
  /** The kernel's release: "6.1.0-18-amd64". */
  readonly release: string;
  /** The rights of this process. */
  readonly process?: ProcessFacts | undefined;
  /** Modules by name: ip_vs, the schedulers in use, and helpers of services in use. */
  readonly modules: ReadonlyMap<string, ModuleState>;
  /** Sysctls by name, as sysctl(8) writes them. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** The kernel's table; undefined too if it has no IPVS. */
  readonly table?: TableFacts | undefined;
  /** The services of the table and of the file. */
  readonly services: readonly ServiceFacts[];
  /** The services of the file; undefined without a file. */
  readonly desired?: readonly DesiredService[] | undefined;
  /** How to install libnl; undefined if it is installed. */
  readonly missingLibrary?: string | undefined;
  /** The VIPs of the file; undefined if it has no list of them. */
  readonly desiredVips?: readonly Vip[] | undefined;
  /** Addresses that a file declares as VIPs. */
  readonly declaredVips: ReadonlySet<IpAddress>;
  /** The addresses of the file's virtual routers, which only the active director has. */
  readonly routerAddresses: ReadonlySet<IpAddress>;
  /** Interfaces, addresses, routes and neighbours. */
  readonly network?: NetworkFacts | undefined;
  /** The interfaces of default routes: of IPv4, and of those of IPv6 that a router announced. */
  readonly defaultDevices: { readonly ipv4: readonly string[]; readonly announcedIpv6: readonly string[] };
  /** The virtual routers of the file; undefined without a file. */
  readonly desiredRouters?: readonly VrrpInstance[] | undefined;
  /** The virtual routers of the running daemon; undefined without one. */
  readonly routers?: readonly RouterFacts[] | undefined;
  /** The verdicts that the running daemon shares; undefined without. */
  readonly sharing?: SharingFacts | undefined;
  /** Other programs that change the table. */
  readonly managers: readonly Manager[];
  /** Parts that could not be examined. */
  readonly unseen: readonly Unseen[];
}

/** Whether the kernel has at least a version; undefined if its release does not name one. */
export function isKernelAtLeast(
  { release }: Pick<Facts, "release">,
  wanted: readonly [number, number],
): boolean | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return Number(major) > wanted[0] || (Number(major) === wanted[0] && Number(minor) >= wanted[1]);
}
