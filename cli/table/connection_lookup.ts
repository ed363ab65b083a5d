import { ClosedTally, countClosed, readConnections } from "../../core/connections/mod.ts";
import type { BackgroundLookup } from "../../core/follow/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { sleep } from "../../core/time/mod.ts";
import type { ConnectionLookup } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";

/** How long the connection table is read at a time while other work continues; milliseconds. */
const SLICE_MS = 5;

/** The number of connections between two looks at the clock. */
const SLICE_STEP = 128;

/** Reads the kernel's connection table; if that is impossible, reports it once and counts no connection as closed. */
export function connectionLookup(context: Pick<Context, "io" | "openConnections">): ConnectionLookup {
  const unreadable = reportOnce((message) => context.io.err(`lvsctl: ${message}\n`));
  return (services) => {
    try {
      using list = context.openConnections();
      return countClosed(readConnections(list), services);
    } catch (error) {
      return unreadable(error);
    }
  };
}

/**
 * As {@linkcode connectionLookup}, in small pieces: a table of a million connections takes seconds to read, and no check
 * may be late meanwhile.
 *
 * @param options.onUnreadable Receives the message once if the table cannot be read.
 */
export function connectionLookupInBackground(
  context: Pick<Context, "clock" | "openConnections">,
  options: { readonly onUnreadable: (message: string) => void },
): BackgroundLookup {
  const { clock } = context;
  const unreadable = reportOnce(options.onUnreadable);
  return async (services, { signal }) => {
    const pause = (): Promise<void> => sleep(SLICE_MS, { clock, signal });
    // The caller may hold the table's lock.
    await pause();
    try {
      const tally = new ClosedTally(services);
      using list = context.openConnections();
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

/** Reports the first of the errors that it is called with. */
function reportOnce(report: (message: string) => void): (error: unknown) => [] {
  let isReported = false;
  return (error) => {
    if (!(error instanceof LvsctlError)) throw error;
    if (!isReported) report(`${error.message}; closed connections count as open`);
    isReported = true;
    return [];
  };
}
