import type { AddressFamily, CountedServer, IpAddress } from "../model/mod.ts";

/** What a choice rests on: the kernel's rule alone, or on the numbers of connections at the moment. */
export type ChoiceBasis = "rule" | "counts" | "assumption";

/** The server that a scheduler chooses for a new connection. */
export type Choice =
  | { readonly kind: "server"; readonly server: CountedServer; readonly basis: ChoiceBasis; readonly reason: string }
  | { readonly kind: "none"; readonly reason: string }
  | { readonly kind: "undetermined"; readonly candidates: readonly CountedServer[]; readonly reason: string };

/** A new connection, as a scheduler sees it. */
export interface ScheduledConnection {
  /** The family of the service. */
  readonly family: AddressFamily;
  /** The address of the client. */
  readonly client: IpAddress;
  /** The port of the client; undefined if it is not known. */
  readonly clientPort?: number | undefined;
  /** The address that the client connects to; undefined if it is not known. */
  readonly destination?: IpAddress | undefined;
  /** The servers of the service, in the order of the kernel. */
  readonly servers: readonly CountedServer[];
  /** The flags of the scheduler, as bits. */
  readonly flags: number;
  /**
   * The weights that servers of weight 0 had before, by `formatServerId`: mh keeps the slots of such a server. A server
   * that is missing has been added with weight 0.
   */
  readonly lastWeights: ReadonlyMap<string, number>;
}
