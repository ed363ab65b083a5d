import { ClosedTally, countClosed, openConnectionList, readConnections } from "../../core/connections/mod.ts";
import type { BackgroundLookup } from "../../core/follow/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { sleep, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { ConnectionLookup } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";

/** For how long the table is read in one go while something else is to go on; milliseconds. */
const SLICE_MS = 5;

/** After how many connections it is looked whether that is over. */
const SLICE_STEP = 128;

/** Looks in the kernel's connection table; where that cannot be read, says so once, and knows of nothing closed. */
export function connectionLookup(context: Pick<Context, "io" | "openConnections">): ConnectionLookup {
  const open = context.openConnections ?? openConnectionList;
  const unreadable = saidOnce((message) => context.io.err(`lvsctl: ${message}\n`));
  return (services) => {
    try {
      using list = open();
      return countClosed(readConnections(list), services);
    } catch (error) {
      return unreadable(error);
    }
  };
}

/**
 * As {@linkcode connectionLookup}, and in small pieces: a table of a million connections takes seconds to read, in which
 * no check is to be late.
 *
 * @param options.onUnreadable Is told once that the table cannot be read.
 */
export function connectionLookupInBackground(
  context: Pick<Context, "clock" | "openConnections">,
  options: { readonly onUnreadable: (message: string) => void },
): BackgroundLookup {
  const open = context.openConnections ?? openConnectionList;
  const clock = context.clock ?? SYSTEM_CLOCK;
  const unreadable = saidOnce(options.onUnreadable);
  return async (services, { signal }) => {
    const pause = (): Promise<void> => sleep(SLICE_MS, { clock, signal });
    // Whoever asks may have the table locked.
    await pause();
    try {
      const tally = new ClosedTally(services);
      using list = open();
      let began = clock.now();
      let count = 0;
      for (const connection of readConnections(list)) {
        tally.add(connection);
        if (++count % SLICE_STEP !== 0 || clock.now() - began < SLICE_MS) continue;
        await pause();
        began = clock.now();
      }
      return tally.counts;
    } catch (error) {
      signal.throwIfAborted();
      return unreadable(error);
    }
  };
}

/** Takes what keeps the table from being read, and tells it the first time. */
function saidOnce(say: (message: string) => void): (error: unknown) => [] {
  let isSaid = false;
  return (error) => {
    if (!(error instanceof LvsctlError)) throw error;
    if (!isSaid) say(`${error.message}; closed connections are waited for too`);
    isSaid = true;
    return [];
  };
}
