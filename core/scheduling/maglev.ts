import { type CountedServer, formatServerId } from "../model/mod.ts";
import { candidatesAmong } from "./availability.ts";
import type { Choice, ScheduledConnection } from "./choice.ts";
import { foldAddress, keyedHash } from "./hash.ts";
import { hashedPort, lookUp } from "./hash_table.ts";

/** The number of slots, unless the kernel was built with another number. */
const TABLE_SIZE = 4093;

/** Weights of more bits, after division by their common divisor, lose their lowest ones. */
const WEIGHT_BITS = 6;

/** The kernel's fixed keys: of the first slot of a server and of the clients, and of the distance between slots. */
const KEYS = { place: 2654435761n, distance: 2654446892n } as const;

/** The choice of mh, by the address of the client. */
export function chooseByMaglev(connection: ScheduledConnection): Choice {
  const { family, client, servers } = connection;
  const port = hashedPort(connection);
  if (port === undefined) {
    return {
      kind: "undetermined",
      candidates: candidatesAmong(servers),
      reason: "with mh-port the choice depends on the port of the client",
    };
  }
  const weights = servers.map((server) => lastWeightOf(server, connection));
  const slots = fillTable(servers.map((server) => rowOf(server, connection)), turnsOf(weights));
  const choice = lookUp(
    {
      scheduler: "mh",
      size: TABLE_SIZE,
      slots,
      slotOf: (value, offset) => keyedHash(value + offset, KEYS.place) % TABLE_SIZE,
    },
    foldAddress(client, family) + port,
    connection,
  );
  return withAssumption(choice, connection);
}

/**
 * The kernel keeps the slots of a server whose weight became 0, but reports no earlier weight.
 */
function withAssumption(choice: Choice, { servers, lastWeights }: ScheduledConnection): Choice {
  const quiesced = servers.filter(({ weight }) => weight === 0).map(formatServerId)
    .filter((name) => !lastWeights.has(name));
  if (quiesced.length === 0 || choice.kind !== "server") return choice;
  const assumption = `if ${quiesced.join(", ")} never had a weight other than 0`;
  return { ...choice, basis: "assumption", reason: `${choice.reason}, ${assumption}` };
}

function lastWeightOf(server: CountedServer, { lastWeights }: ScheduledConnection): number {
  return server.weight === 0 ? lastWeights.get(formatServerId(server)) ?? 0 : server.weight;
}

/** The slots that a server prefers, in order. */
interface Row {
  readonly server: CountedServer;
  readonly distance: number;
  next: number;
}

function rowOf(server: CountedServer, { family }: ScheduledConnection): Row {
  const value = foldAddress(server.address, family) + server.port;
  return {
    server,
    next: keyedHash(value, KEYS.place) % TABLE_SIZE,
    distance: keyedHash(value, KEYS.distance) % (TABLE_SIZE - 1) + 1,
  };
}

/** The number of slots that each server takes in its turn: its weight, made as small as the proportions allow. */
function turnsOf(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0);
  if (divisor === 0) return weights;
  const largest = weights.reduce((a, b) => Math.max(a, b), 0) / divisor;
  const shift = Math.max(32 - Math.clz32(largest) - WEIGHT_BITS, 0);
  return weights.map((weight) => weight === 0 ? 0 : Math.max((weight / divisor) >>> shift, 1));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The servers take turns, each with the next free slots that it prefers, until the table is full. */
function fillTable(rows: readonly Row[], turns: readonly number[]): readonly CountedServer[] {
  const slots: CountedServer[] = [];
  let free = turns.some((turn) => turn > 0) ? TABLE_SIZE : 0;
  while (free > 0) {
    for (const [index, row] of rows.entries()) {
      for (let turn = turns[index] ?? 0; turn > 0 && free > 0; turn--, free--) takeSlot(slots, row);
    }
  }
  return slots;
}

function takeSlot(slots: CountedServer[], row: Row): void {
  while (slots[row.next] !== undefined) row.next = (row.next + row.distance) % TABLE_SIZE;
  slots[row.next] = row.server;
}
