/**
 * A daemon that is watched while servers fail and recover: what the table is in each of their states.
 *
 * ```ts ignore
 * const tables = await tablesInStates(daemon, { states: STATES, world, settleMs: 2000, patienceMs: 60_000 });
 * assert.equal(tables["all servers"], expected["all servers"]);
 * ```
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import { until } from "./director.ts";
import { mustRun } from "./namespace.ts";
import { DIRECTOR } from "./network.ts";

/** What is done to the servers, and how the table shows by itself that it was noticed. */
export interface ServerState<World> {
  /** What messages call it. */
  readonly name: string;
  /** Brings it about; it follows on the state before. */
  readonly enter: (world: World) => Promise<unknown>;
  /** Whether the rules are those of a table in this state, as far as one can say without knowing it. */
  readonly isReached: (rules: string) => boolean;
}

/** How a daemon is led through states. */
export interface StateWalk<World> {
  /** The states, in this order. */
  readonly states: readonly ServerState<World>[];
  /** What the states change. */
  readonly world: World;
  /** How long a table has to stay the same; longer than a round of checks. Milliseconds. */
  readonly settleMs: number;
  /** How long a state is waited for; milliseconds. */
  readonly patienceMs: number;
}

/** The director's whole table and the kernel's timeouts, in an order that does not depend on who made it. */
async function table(): Promise<string> {
  const list = async (...args: readonly string[]): Promise<string[]> =>
    (await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", ...args])).trimEnd().split("\n").sort();
  const thresholds = (await list("-Ln", "--thresholds")).filter((line) => line.includes("->"));
  const rows = [...await list("-Sn"), ...thresholds, ...await list("-L", "--timeout")];
  return rows.map((line) => `${line.trim().replace(/\s+/g, " ")}\n`).join("");
}

/**
 * Lets a daemon go through all states, and ends it.
 *
 * @param daemon that keeps the table of the director
 * @param walk the states
 * @returns the table in each state, by the states' names
 */
export async function tablesInStates<World>(
  daemon: BackgroundProcess,
  { states, world, settleMs, patienceMs }: StateWalk<World>,
): Promise<Readonly<Record<string, string>>> {
  const tables: Record<string, string> = {};
  for (const { name, enter, isReached } of states) {
    await enter(world);
    let found = "";
    await until(async () => {
      found = await table();
      if (!isReached(found)) return false;
      // Each of its parts is looked at by itself, and more may still be about to change.
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      return await table() === found;
    }, { withinMs: patienceMs, what: name, state: () => `${found}${daemon.stderr}${daemon.stdout}` });
    tables[name] = found;
  }
  daemon.signal("SIGTERM");
  await daemon.finished();
  return tables;
}
