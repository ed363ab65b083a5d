/**
 * How long the guest stood still: its processor is a process of the host's, which may have other things to do.
 *
 * @module
 */
import { BackgroundProcess } from "./background_process.ts";

/** How often it looks; microseconds. */
const TICK_US = 10_000;

/** How late it may come without the guest having stood still; microseconds. */
const LATE_US = 5000;

/**
 * Waits for moments, ahead of everything else in the guest (SCHED_FIFO). That one comes late is then neither a program's
 * fault nor that of the guest's kernel.
 */
export class StallMeter implements AsyncDisposable {
  readonly #process: BackgroundProcess;
  /** Length of the output that {@linkcode takeLongestMs} has read. */
  #taken = 0;

  /** Starts to measure. */
  constructor() {
    const script = `
      exec 3<> <(:)
      last=\${EPOCHREALTIME/./}
      while :; do
        read -rt ${TICK_US / 1e6} -u 3
        now=\${EPOCHREALTIME/./}
        (( now - last > ${TICK_US + LATE_US} )) && echo $((now - last - ${TICK_US}))
        last=$now
      done`;
    this.#process = BackgroundProcess.start(["chrt", "--fifo", "50", "bash", "-c", script]);
  }

  /** The longest time that it stood still up to now; milliseconds. */
  longestMs(): number {
    return longest(this.#process.stdout);
  }

  /** The longest time that it stood still since the last call; milliseconds. */
  takeLongestMs(): number {
    const { stdout } = this.#process;
    // The last line may be incomplete.
    const end = stdout.lastIndexOf("\n") + 1;
    const output = stdout.slice(this.#taken, end);
    this.#taken = end;
    return longest(output);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

/** The largest number of microseconds in lines of text; milliseconds. */
function longest(lines: string): number {
  return [...lines.matchAll(/^\d+$/gm)].reduce((most, [late]) => Math.max(most, Number(late) / 1000), 0);
}
