import type { VirtualService } from "../model/mod.ts";
import { candidatesAmong } from "./availability.ts";
import { chooseByDestination, chooseBySource } from "./address_hash.ts";
import type { Choice, ScheduledConnection } from "./choice.ts";
import { chooseByCounts, COUNTING_RULES } from "./connection_counts.ts";
import { chooseByMaglev } from "./maglev.ts";

const HASHING: ReadonlyMap<string, (connection: ScheduledConnection) => Choice> = new Map([
  ["sh", chooseBySource],
  ["dh", chooseByDestination],
  ["mh", chooseByMaglev],
]);

/** What the choice of other schedulers depends on. */
const DEPENDENCIES: ReadonlyMap<string, string> = new Map([
  ["rr", "rr gives each server a turn; the kernel does not report whose turn it is"],
  ["wrr", "wrr gives each server turns by its weight; the kernel does not report whose turn it is"],
  ["lblc", "lblc keeps a server for each destination; the kernel does not report it"],
  ["lblcr", "lblcr keeps a set of servers for each destination; the kernel does not report it"],
  ["twos", "twos compares two servers that it draws at random by weight"],
]);

/**
 * The server that the scheduler of a service chooses for a new connection, without a template or an earlier connection.
 *
 * @param service The service.
 * @param connection The connection, and the servers in the order of the kernel.
 */
export function choose({ scheduler }: VirtualService, connection: ScheduledConnection): Choice {
  const { servers } = connection;
  const candidates = candidatesAmong(servers);
  if (servers.length === 0) return { kind: "none", reason: "the service has no servers" };
  if (scheduler === "none") return { kind: "none", reason: "the service has no scheduler" };
  if (candidates.length === 0) return { kind: "none", reason: "no server accepts new connections" };
  const hashing = HASHING.get(scheduler);
  if (hashing !== undefined) return hashing(connection);
  const rule = COUNTING_RULES.get(scheduler);
  if (rule !== undefined) return chooseByCounts(servers, { scheduler, rule });
  const [only, ...others] = candidates;
  const reason = DEPENDENCIES.get(scheduler) ?? `the rules of the scheduler ${scheduler} are not known`;
  if (only === undefined || others.length > 0 || !DEPENDENCIES.has(scheduler)) {
    return { kind: "undetermined", candidates, reason };
  }
  return chooseByCounts(servers, { scheduler, rule: ([first]) => first });
}
