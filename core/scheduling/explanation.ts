import type { CountedServer, IpAddress, ServerId, ServiceId } from "../model/mod.ts";
import type { ChoiceBasis } from "./choice.ts";
import type { ServiceMatch } from "./service_match.ts";

/** A new connection to explain. */
export interface ExplainedConnection {
  /** The address of the client. */
  readonly client: IpAddress;
  /** The port of the client; undefined if it is not known. */
  readonly clientPort?: number | undefined;
  /** What the client connects to, or the firewall mark of its packets. */
  readonly wanted: ServiceId;
  /** The firewall mark of its packets to an address; 0 for none. */
  readonly mark: number;
  /** The last weights other than 0 of servers that have weight 0 now, by `formatServerId`; unknown by default. */
  readonly lastWeights?: ReadonlyMap<string, number> | undefined;
}

/** A step of the kernel on the way to a server. */
export interface ExplanationStep {
  /** The part of the kernel that decides. */
  readonly topic: "service" | "connection" | "template" | "scheduler";
  /** What it finds, as a clause without a period. */
  readonly text: string;
}

/** The server of a connection, or why there is none. */
export type ExplainedResult =
  | {
    readonly kind: "server";
    /** The server, with the port that packets are sent to. */
    readonly server: ServerId;
    /** What decides. */
    readonly by: "connection" | "template" | "scheduler";
    /** What the choice rests on. */
    readonly basis: ChoiceBasis;
  }
  | { readonly kind: "none" }
  | { readonly kind: "undetermined"; readonly candidates: readonly CountedServer[] };

/** Which real server a connection gets, and why. */
export interface Explanation {
  /** The virtual service; undefined if the kernel finds none. */
  readonly match: ServiceMatch | undefined;
  /** The servers of the service, in the order of the kernel. */
  readonly servers: readonly CountedServer[];
  /** The steps, in order; the last one decides. */
  readonly steps: readonly ExplanationStep[];
  /** The server. */
  readonly result: ExplainedResult;
}
