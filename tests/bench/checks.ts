/**
 * In the guest: 10,000 servers that lvsctl checks, five of six by TCP and the others by HTTP: its memory with a check of
 * each every 10 s, and how late the checks are with one every 5 s. Prints {@linkcode Contest}s as JSON.
 *
 * @module
 */
import { latenessOf, ManyServers, quantile, wait } from "../lab/many_servers.ts";
import { groupsOf, longestStall, lvsctlCommand, megabytesOf, type Size, untilComplete } from "./checked_servers.ts";
import type { Contest } from "./measure.ts";

const SIZE: Size = { tcp: 8400, http: 1600 };

/** A daemon, in a namespace of the run's name. */
interface Run {
  readonly name: string;
  readonly intervalMs: number;
}

const MEMORY: Run = { name: "memory", intervalMs: 10_000 };
const LATENESS: Run = { name: "lateness", intervalMs: 5000 };

/** How long each is measured, when all servers are in its table: several checks of each. */
const MEASURED_MS = 40_000;

/** How long each goes on before. */
const SETTLE_MS = 10_000;

/** How long all servers may take to be in the table. */
const PATIENCE_MS = 90_000;

/** The most memory, and how late 99 of 100 checks may be. */
const LIMITS = { megabytes: 200, latenessMs: 100 } as const;

/** What became of a run. */
interface Outcome {
  readonly megabytes: number;
  /** How late each HTTP check was; milliseconds. */
  readonly lateness: readonly number[];
  /** The longest that the bench itself had to wait for the guest's processor; milliseconds. */
  readonly stallMs: number;
}

async function measure({ name, intervalMs }: Run, servers: ManyServers): Promise<Outcome> {
  const process = servers.namespaces.start(name, lvsctlCommand(groupsOf(SIZE), { intervalMs }));
  try {
    await untilComplete(name, { size: SIZE, process, withinMs: PATIENCE_MS });
    await wait(SETTLE_MS);
    servers.forget();
    const stallMs = await longestStall(MEASURED_MS);
    const megabytes = megabytesOf(process.pid);
    return { megabytes, lateness: latenessOf((await servers.requests()).values(), intervalMs), stallMs };
  } finally {
    process.signal("SIGTERM");
    await Promise.race([process.finished(), wait(5000)]);
    await process.stop();
  }
}

if (import.meta.main) {
  await using servers = await ManyServers.create([MEMORY.name, LATENESS.name]);
  const memory = await measure(MEMORY, servers);
  const late = await measure(LATENESS, servers);
  const checks = SIZE.tcp + SIZE.http;
  const contests: Contest[] = [
    {
      name: `memory with ${checks} checks every ${MEMORY.intervalMs / 1000} s under the limit`,
      other: LIMITS.megabytes,
      lvsctl: memory.megabytes,
      unit: "MB",
      atLeast: 1,
    },
    {
      name: `lateness of 99 % of ${checks} checks every ${LATENESS.intervalMs / 1000} s under the limit (median ` +
        `${quantile(late.lateness, 0.5).toFixed(0)}, worst ${
          Math.max(...late.lateness).toFixed(0)
        } ms; the guest stood ` +
        `still for ${late.stallMs.toFixed(0)})`,
      other: LIMITS.latenessMs,
      lvsctl: quantile(late.lateness, 0.99),
      atLeast: 1,
    },
  ];
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
