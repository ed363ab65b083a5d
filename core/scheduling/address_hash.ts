import type { CountedServer } from "../model/mod.ts";
import { candidatesAmong } from "./availability.ts";
import type { Choice, ScheduledConnection } from "./choice.ts";
import { foldAddress, multiplicativeHash } from "./hash.ts";
import { hashedPort, type HashTable, lookUp } from "./hash_table.ts";

/** The bits of a slot number of sh and dh, unless the kernel was built with another number. */
const TABLE_BITS = 8;

const TABLE_SIZE = 1 << TABLE_BITS;

/** The choice of sh, by the address of the client. */
export function chooseBySource(connection: ScheduledConnection): Choice {
  const port = hashedPort(connection);
  if (port === undefined) {
    return {
      kind: "undetermined",
      candidates: candidatesAmong(connection.servers),
      reason: "with sh-port the choice depends on the port of the client",
    };
  }
  const { family, client, servers } = connection;
  const slots = slotsOf(servers, ({ weight }) => Math.max(weight, 1));
  return lookUp(tableOf("sh", slots), foldAddress(client, family) + port, connection);
}

/** The choice of dh, by the address that the client connects to; it ignores weights other than 0. */
export function chooseByDestination(connection: ScheduledConnection): Choice {
  const { family, destination, servers } = connection;
  if (destination === undefined) {
    return {
      kind: "undetermined",
      candidates: candidatesAmong(servers),
      reason: "dh chooses by the address that the client connects to",
    };
  }
  return lookUp(tableOf("dh", slotsOf(servers, () => 1)), foldAddress(destination, family), { servers, flags: 0 });
}

function tableOf(scheduler: string, slots: readonly CountedServer[]): HashTable {
  return {
    scheduler,
    size: TABLE_SIZE,
    slots,
    slotOf: (value, offset) => (offset + multiplicativeHash(value, TABLE_BITS)) % TABLE_SIZE,
  };
}

/** The servers take turns, each with as many slots in a row as its share, until the table is full. */
function slotsOf(
  servers: readonly CountedServer[],
  shareOf: (server: CountedServer) => number,
): readonly CountedServer[] {
  const slots: CountedServer[] = [];
  while (servers.length > 0 && slots.length < TABLE_SIZE) {
    for (const server of servers) {
      const end = Math.min(slots.length + shareOf(server), TABLE_SIZE);
      while (slots.length < end) slots.push(server);
    }
  }
  return slots;
}
