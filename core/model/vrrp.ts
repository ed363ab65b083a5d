import { formatEndpoint, type IpAddress } from "./address.ts";
import type { Check } from "./check.ts";
import type { SyncDaemon } from "./kernel_settings.ts";
import type { Notification } from "./notification.ts";
import type { Vip } from "./vip.ts";

/** Versions of VRRP. */
export const VRRP_VERSIONS = [2, 3] as const;

/** Checksums of version 3 over IPv4: with the pseudo header of RFC 5798, or of the message alone (RFC 9568). */
export const VRRP_CHECKSUMS = ["pseudo-header", "message"] as const;

/** Defaults of an instance: times in milliseconds. */
export const DEFAULT_VRRP = { priority: 100, version: 3, intervalMs: 1000 } as const;

/** A thing that an instance tracks. */
export type VrrpTrack =
  & (
    /** The link of an interface. */
    | { readonly kind: "interface"; readonly device: string }
    /** The quorum of a service, by its name in the file. */
    | { readonly kind: "service"; readonly service: string }
    /** The exit status of a program. */
    | {
      readonly kind: "command";
      readonly command: readonly string[];
      readonly intervalMs: number;
      readonly timeoutMs: number;
      readonly rise: number;
      readonly fall: number;
    }
    /** The number in a file, which is good if it is 0 and is multiplied by the weight. */
    | { readonly kind: "file"; readonly path: string; readonly intervalMs: number }
    /** A health check of an address of its own; the name is for messages. */
    | { readonly kind: "check"; readonly check: Check; readonly name?: string }
  )
  & {
    /** Added to the priority while it is good (above 0) or bad (below 0); 0: the instance is at fault while it is bad. */
    readonly weight: number;
  };

/** The kernel's sync daemons that follow an instance. */
export interface VrrpSync {
  /** The daemon without its role: the master runs while the instance is active, and otherwise the backup. */
  readonly daemon: Omit<SyncDaemon, "role">;
  /** Whether the backup runs on when lvsctl's daemon ends. */
  readonly keeps: boolean;
}

/** Events of instances and groups that can cause a notification: their states, and the end of the daemon. */
export const VRRP_EVENTS = ["active", "backup", "fault", "released", "stop"] as const;

/** One of {@linkcode VRRP_EVENTS}. */
export type VrrpEventKind = (typeof VRRP_EVENTS)[number];

/** Kinds of differences between what another router advertises and what a virtual router does. */
export const VRRP_FINDINGS = [
  "addresses",
  "vrid",
  "priority",
  "interval",
  "version",
  "password",
  "destination",
  "peer",
  "hop-limit",
  "source",
] as const;

/** One of {@linkcode VRRP_FINDINGS}: other addresses, or another virtual router with the same number, and so on. */
export type VrrpFindingKind = (typeof VRRP_FINDINGS)[number];

/** A receiver of the events of an instance or a group. */
export type VrrpNotification = Notification<VrrpEventKind>;

/** A change of the state of an instance or a group, for notifications. */
export interface VrrpStateEvent {
  /** The new state. */
  readonly kind: VrrpEventKind;
  /** What changes. */
  readonly subject: "instance" | "group";
  /** Its name. */
  readonly name: string;
  /** Why it is in that state, as text without a period. */
  readonly reason: string;
  /** Effective priority of the router that decides about the state. */
  readonly priority: number;
  /** Interface of that router. */
  readonly device: string;
  /** Number of that virtual router. */
  readonly vrid: number;
  /** Time of the change; milliseconds since 1970. */
  readonly at: number;
}

/** A virtual router as a file declares it: one of the directors has its addresses. */
export interface VrrpInstance {
  /** Name, unique in the file. */
  readonly name: string;
  /** Number of the virtual router, 1 to 255. */
  readonly vrid: number;
  /** Network interface. */
  readonly device: string;
  /** Priority, 1 to 255; 255 owns the addresses. */
  readonly priority: number;
  /** Version of the protocol. */
  readonly version: (typeof VRRP_VERSIONS)[number];
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The addresses, IPv4 and IPv6. */
  readonly vips: readonly Vip[];
  /** Addresses that it has with the others, and that are not in its advertisements. */
  readonly excludedVips: readonly Vip[];
  /** The other directors for unicast; none: multicast. */
  readonly peers: readonly IpAddress[];
  /** Source addresses of the advertisements, at most one of each family. */
  readonly sources: readonly IpAddress[];
  /** Password of version 2. */
  readonly password?: string;
  /** Checksum of version 3 over IPv4. */
  readonly checksum: (typeof VRRP_CHECKSUMS)[number];
  /** Whether it takes the addresses from an active director with a lower priority. */
  readonly preempts: boolean;
  /** How long it waits before that; milliseconds. */
  readonly preemptDelayMs: number;
  /** How long it waits after the start of the daemon; milliseconds. */
  readonly startupDelayMs: number;
  /** What it tracks. */
  readonly tracks: readonly VrrpTrack[];
  /** Whether its addresses have the hardware address of the virtual router. */
  readonly virtualMac: boolean;
  /** The sync daemons that follow it; undefined without. */
  readonly sync?: VrrpSync;
  /** Its notifications. */
  readonly notify: readonly VrrpNotification[];
}

/** Instances that are active on the same director. */
export interface VrrpGroup {
  /** Name. */
  readonly name: string;
  /** Names of its instances. */
  readonly members: readonly string[];
  /** Its notifications. */
  readonly notify: readonly VrrpNotification[];
}

/** The addresses of virtual routers, which only the active director has. */
export function routerAddressesOf(instances: readonly VrrpInstance[] = []): ReadonlySet<IpAddress> {
  return new Set(
    instances.flatMap(({ vips, excludedVips }) => [...vips, ...excludedVips].map(({ address }) => address)),
  );
}

/** A track in words, the same for equal tracks: `interface eth1`. */
export function describeTrack(track: VrrpTrack): string {
  if (track.kind === "command") return `command ${track.command.join(" ")}`;
  if (track.kind === "file") return `file ${track.path}`;
  if (track.kind === "check") return `check ${track.name ?? describeCheck(track.check)}`;
  return track.kind === "interface" ? `interface ${track.device}` : `service ${track.service}`;
}

function describeCheck({ type, address, port }: Check): string {
  if (address === undefined) return type;
  return `${type} ${port === undefined ? address : formatEndpoint(address, port)}`;
}

/** The checks that instances track. */
export function trackedChecks(instances: readonly VrrpInstance[] = []): readonly Check[] {
  return instances.flatMap(({ tracks }) => tracks).flatMap((track) => track.kind === "check" ? [track.check] : []);
}
