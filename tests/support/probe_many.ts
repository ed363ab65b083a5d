/**
 * Probes many times, in a process of its own, and prints what it has grown by: started by tests with jobs as its
 * argument and `gc` at hand.
 *
 * @module
 */

import { probe } from "../../core/health/mod.ts";
import type { Check, ServerId } from "../../core/model/mod.ts";
import { openNetwork } from "../../core/system/network.ts";

/** What is probed. */
export interface ManyProbes {
  /** Name for the test. */
  readonly name: string;
  /** The server. */
  readonly target: ServerId;
  /** The check. */
  readonly check: Check;
}

/** What came of it. */
export interface Growth {
  /** Name for the test. */
  readonly name: string;
  /** Probes that failed. */
  readonly failures: number;
  /** File descriptors that are open afterwards and were not before. */
  readonly descriptors: number;
  /** Bytes of resident memory. */
  readonly rss: number;
  /** Bytes of the heap that are in use. */
  readonly heap: number;
}

/** Probes before the first look at what the process has. */
const WARM_UP = 200;

const AT_A_TIME = 20;

function look(): Pick<Growth, "descriptors" | "rss" | "heap"> {
  (globalThis as { readonly gc?: () => void }).gc?.();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { descriptors: [...Deno.readDirSync("/proc/self/fd")].length, rss, heap: heapUsed };
}

async function probeMany({ name, target, check }: ManyProbes, count: number): Promise<Growth> {
  let failures = 0;
  using network = openNetwork();
  const run = async (times: number): Promise<void> => {
    for (let made = 0; made < times; made += AT_A_TIME) {
      const probes = Array.from({ length: AT_A_TIME }, () => probe(target, check, { network }));
      for (const { ok } of await Promise.all(probes)) if (!ok) failures++;
    }
  };
  await run(WARM_UP);
  const before = look();
  await run(count);
  const after = look();
  return {
    name,
    failures,
    descriptors: after.descriptors - before.descriptors,
    rss: after.rss - before.rss,
    heap: after.heap - before.heap,
  };
}

if (import.meta.main) {
  const [jobs = "[]", count = "0"] = Deno.args;
  const grown: Growth[] = [];
  for (const job of JSON.parse(jobs)) grown.push(await probeMany(job, Number(count)));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(grown)));
}
