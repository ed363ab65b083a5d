import { waitTime } from "./wait_time.ts";

const LIBRARY = "libc.so.6";

const SYMBOLS = {
  /** `int poll(struct pollfd *fds, nfds_t count, int timeout)`: milliseconds; on another thread. */
  poll: {
    parameters: ["pointer", /* struct pollfd *fds */ "u64", /* nfds_t count */ "i32" /* int timeout */],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Sleeps on another thread, while the event loop of this one turns. Deno loads its timers at the first `setTimeout`, from
 * source text, which takes as long as a third of a short command; this takes no more than the time itself.
 */
export async function sleepOnThread(milliseconds: number): Promise<void> {
  const library = Deno.dlopen(LIBRARY, SYMBOLS);
  try {
    await library.symbols.poll(null, 0n, waitTime(milliseconds));
  } finally {
    library.close();
  }
}
