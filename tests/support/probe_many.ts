/**
 * Probes many times in a separate process, and prints the growth of that process: tests start it with jobs as its
 * argument, and with `gc` available.
 *
 * @module
 */

import { probe } from "../../core/health/mod.ts";
import type { Check, ServerId } from "../../core/model/mod.ts";
import { openNetwork } from "../../core/system/network.ts";

/** A server to probe many times. */
export interface ManyProbes {
  /** Name for the test. */
  readonly name: string;
  /** The server. */
  readonly target: ServerId;
  /** The check. */
  readonly check: Check;
}

/** Result of many probes. */
export interface Growth {
  /** Name for the test. */
  readonly name: string;
  /** Probes that failed. */
  readonly failures: number;
  /** Growth of the number of file descriptors. */
  readonly descriptors: number;
  /** The files among them. */
  readonly opened: readonly string[];
  /** Growth of the resident memory; bytes. */
  readonly rss: number;
  /** Growth of the used heap; bytes. */
  readonly heap: number;
}

/** Probes before the first measurement. */
const WARM_UP = 200;

const AT_A_TIME = 20;

/** The open descriptors: a socket with its number, any other file with its path. */
function openFiles(): readonly string[] {
  return Array.from(Deno.readDirSync("/proc/self/fd"), ({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      // The descriptor that lists them.
      return "";
    }
  });
}

/** Turns of the event loop in which what the last probes have closed may end. */
const TURNS = 100;

/** Waits until no more files are open than before, for some turns of the event loop. */
async function settle(before: readonly string[]): Promise<void> {
  for (let turn = 0; turn < TURNS && openFiles().length > before.length; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function measure(): Pick<Growth, "rss" | "heap"> & { readonly files: readonly string[] } {
  (globalThis as { readonly gc?: () => void }).gc?.();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { files: openFiles(), rss, heap: heapUsed };
}

async function probeMany({ name, target, check }: ManyProbes, count: number): Promise<Growth> {
  let failures = 0;
  await using network = openNetwork();
  const run = async (times: number): Promise<void> => {
    for (let sent = 0; sent < times; sent += AT_A_TIME) {
      const probes = Array.from({ length: AT_A_TIME }, () => probe(target, check, { network }));
      for (const { ok } of await Promise.all(probes)) if (!ok) failures++;
    }
  };
  await run(WARM_UP);
  const before = measure();
  await run(count);
  await settle(before.files);
  const after = measure();
  return {
    name,
    failures,
    descriptors: after.files.length - before.files.length,
    opened: after.files.filter((file) => !before.files.includes(file)),
    rss: after.rss - before.rss,
    heap: after.heap - before.heap,
  };
}

if (import.meta.main) {
  const [jobs = "[]", count = "0"] = Deno.args;
  const growths: Growth[] = [];
  for (const job of JSON.parse(jobs)) growths.push(await probeMany(job, Number(count)));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(growths)));
}
