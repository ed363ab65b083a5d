import type { AddressFamily } from "../model/mod.ts";
import type { Refusal } from "./acceptance.ts";
import type { VrrpVersion } from "./advertisement.ts";

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
  /** The last router that it heard; undefined if it has heard none. */
  readonly heard?: HeardRouter | undefined;
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
