import { type CountedServer, formatServerId } from "../model/mod.ts";
import { availabilityOf, candidatesAmong } from "./availability.ts";
import type { Choice, ScheduledConnection } from "./choice.ts";

/** The first flag of sh and mh: an unavailable server is replaced. */
const FLAG_FALLBACK = 1;

/** The second flag of sh and mh: the port of the client counts too. */
const FLAG_PORT = 2;

/** A table from hashes to servers; of a service without servers it is empty. */
export interface HashTable {
  /** The scheduler. */
  readonly scheduler: string;
  /** The number of slots. */
  readonly size: number;
  /** The server of each slot. */
  readonly slots: readonly CountedServer[];
  /** The slot of a number, the offset added. */
  readonly slotOf: (value: number, offset: number) => number;
}

/** The port of the client that counts in the hash; undefined if it counts and is not known. */
export function hashedPort({ flags, clientPort }: ScheduledConnection): number | undefined {
  return (flags & FLAG_PORT) === 0 ? 0 : clientPort;
}

/**
 * Looks up the server of a number.
 *
 * @param table The table.
 * @param value The number.
 * @param connection The servers and the flags.
 */
export function lookUp(
  table: HashTable,
  value: number,
  { servers, flags }: Pick<ScheduledConnection, "servers" | "flags">,
): Choice {
  const { scheduler, size, slots, slotOf } = table;
  const first = slotOf(value, 0);
  const server = slots[first];
  if (server === undefined) return { kind: "none", reason: `no server has a slot in the table of ${scheduler}` };
  const place = `slot ${first} of ${size}`;
  const hasFallback = (flags & FLAG_FALLBACK) !== 0;
  const own = judge(server, { scheduler, place, candidates: hasFallback ? candidatesAmong(servers) : [server] });
  if (own.kind !== "none" || !hasFallback) return own;
  for (let step = 0; step < size; step++) {
    const slot = slotOf(value, (first + step) % size);
    const other = slots[slot];
    if (other === undefined) break;
    const choice = judge(other, {
      scheduler,
      place: `${place} of ${formatServerId(server)}, and falls back to slot ${slot}`,
      candidates: candidatesAmong(servers),
    });
    if (choice.kind !== "none") return choice;
  }
  return { kind: "none", reason: `${own.reason}, and no other slot that ${scheduler}-fallback tries has a server` };
}

function judge(
  server: CountedServer,
  { scheduler, place, candidates }: {
    readonly scheduler: string;
    readonly place: string;
    readonly candidates: readonly CountedServer[];
  },
): Choice {
  const reason = `${scheduler} maps the connection to ${place}, ${formatServerId(server)}`;
  switch (availabilityOf(server)) {
    case "available":
      return { kind: "server", server, basis: "rule", reason };
    case "quiesced":
      return { kind: "none", reason: `${reason}, which has weight 0` };
    case "full":
      return { kind: "none", reason: `${reason}, whose upper threshold is reached` };
    case "recovering":
      return { kind: "undetermined", candidates, reason: `${reason}, which may still be full` };
  }
}
