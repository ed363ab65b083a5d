import { type AddressFamily, formatPrefix, type IpAddress, type VrrpFindingKind } from "../model/mod.ts";
import type { Refusal } from "./acceptance.ts";
import type { VrrpVersion } from "./advertisement.ts";
import { addressesOf, type Preemption, type RouterSettings } from "./settings.ts";

/** The states of a router for users: `released` by a command, at `fault` because of the machine, or of the protocol. */
export const ROUTER_STATES = ["init", "backup", "active", "fault", "released"] as const;

/** One of {@linkcode ROUTER_STATES}. */
export type RouterState = (typeof ROUTER_STATES)[number];

/** The last router that was heard. */
export interface HeardRouter {
  /** Its address. */
  readonly address: string;
  /** Its priority. */
  readonly priority: number;
  /** When it was heard; milliseconds since 1970. */
  readonly at: number;
}

/** Another router with the same number, and its last advertisement. */
export interface HeardPeer extends HeardRouter {
  /** Its address. */
  readonly address: IpAddress;
  /** Version of the message. */
  readonly version: VrrpVersion;
  /** Interval in the message; milliseconds. */
  readonly intervalMs: number;
  /** Addresses in the message, the first 32 in a status; none if the message was discarded. */
  readonly vips: readonly IpAddress[];
  /** Why the message was discarded; undefined if it was accepted. */
  readonly refusal?: Refusal | undefined;
}

/** A difference between the advertisements of another router and the own ones, which is probably a mistake. */
export interface HeardFinding {
  /** Its kind. */
  readonly kind: VrrpFindingKind;
  /** The address of the other router. */
  readonly address: IpAddress;
  /** The difference in words, without a period. */
  readonly text: string;
}

/** The timers of a router; milliseconds. */
export interface RouterTimers {
  /** The interval of its own advertisements. */
  readonly intervalMs: number;
  /** The interval of the active router, which counts for a backup. */
  readonly activeIntervalMs: number;
  /** Time after which it takes over if the active router stops. */
  readonly skewMs: number;
  /** Time without advertisements after which it takes over. */
  readonly downMs: number;
}

/** A tracked thing at a moment. */
export interface TrackStatus {
  /** What it is: `interface eth1`. */
  readonly label: string;
  /** Its weight. */
  readonly weight: number;
  /** Its state; a number is good if it is 0. */
  readonly state: "good" | "bad" | "unknown";
  /** The number of a file; undefined for others. */
  readonly value?: number | undefined;
}

/** Numbers of discarded messages, by reason. */
export type Discards = { readonly [reason in Refusal]?: number };

/** A router at a moment. */
export interface RouterStatus {
  /** Name of the instance. */
  readonly name: string;
  /** Family of its addresses. */
  readonly family: AddressFamily;
  /** Number of the virtual router. */
  readonly vrid: number;
  /** Its interface. */
  readonly device: string;
  /** Version of its messages. */
  readonly version: VrrpVersion;
  /** Whether its addresses are on an interface of their own, with the hardware address of the virtual router. */
  readonly virtualMac: boolean;
  /** Its state. */
  readonly state: RouterState;
  /** Since when; milliseconds since 1970. */
  readonly since: number;
  /** Why it is in that state. */
  readonly reason: string;
  /** Its effective priority. */
  readonly priority: number;
  /** Its priority in the file. */
  readonly configuredPriority: number;
  /** Its addresses with their prefixes, also those that are not in its messages. */
  readonly vips: readonly string[];
  /** What it tracks. */
  readonly tracks: readonly TrackStatus[];
  /** Source of its packets; undefined without one. */
  readonly source?: IpAddress | undefined;
  /** Its timers. */
  readonly timers: RouterTimers;
  /** When it takes the addresses from an active router with a lower priority. */
  readonly preemption: Preemption;
  /** The last router that it accepted an advertisement of; undefined without one. */
  readonly heard?: HeardRouter | undefined;
  /** The routers with its number that it heard, accepted or not; the last one at the end. */
  readonly peers: readonly HeardPeer[];
  /** How their advertisements differ from its own. */
  readonly findings: readonly HeardFinding[];
  /** Whether another router is active although this one is and has the higher priority: that one hears nothing. */
  readonly isContested: boolean;
  /** Number of advertisements that it sent. */
  readonly sent: number;
  /** How late its latest advertisement was; milliseconds. */
  readonly longestDelayMs: number;
  /** Number of advertisements that it accepted. */
  readonly received: number;
  /** Number of times that it became active. */
  readonly activations: number;
  /** Number of messages that it discarded, by reason. */
  readonly discarded: Discards;
}

/** Something to report about a router. */
export type RouterEvent =
  /** Its state changed. */
  | { readonly kind: "state"; readonly from: RouterState; readonly status: RouterStatus }
  /** Something failed; each problem is reported once. */
  | { readonly kind: "problem"; readonly name: string; readonly family: AddressFamily; readonly message: string };

/** The settings of a router that its status repeats, without what it tracks. */
export function placeOf(
  settings: RouterSettings,
): Pick<
  RouterStatus,
  "name" | "family" | "vrid" | "device" | "version" | "virtualMac" | "configuredPriority" | "vips" | "preemption"
> {
  const { name, family, vrid, device, version, virtualMac, priority: configuredPriority, preemption } = settings;
  const vips = addressesOf(settings).map(formatPrefix);
  return { name, family, vrid, device, version, virtualMac, configuredPriority, vips, preemption };
}
