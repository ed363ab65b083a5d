/**
 * How long the guest stood still: its processor is a process of the host's, which may have other things to do.
 *
 * @module
 */
import { BackgroundProcess } from "./background_process.ts";
import { cProgram } from "./c_program.ts";

/** What a {@linkcode StallMeter} notices. */
export interface StallMeterOptions {
  /**
   * How often it looks; milliseconds.
   *
   * @default {10}
   */
  readonly tickMs?: number;
  /**
   * How late it may come without the guest having stood still; milliseconds.
   *
   * @default {5}
   */
  readonly lateMs?: number;
}

/** A period; milliseconds since 1970. */
export interface Period {
  /** Its begin. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
}

/** A period in which the guest stood still. */
interface Standstill extends Period {
  /** For how long; milliseconds. */
  readonly lostMs: number;
}

/**
 * Waits for moments, ahead of everything else in the guest (SCHED_FIFO). That one comes late is then neither a program's
 * fault nor that of the guest's kernel.
 */
export class StallMeter implements AsyncDisposable {
  readonly #process: BackgroundProcess;
  readonly #standstills: Standstill[] = [];
  /** Length of the output that is read. */
  #read = 0;
  /** Number of standstills that {@linkcode takeLongestMs} has seen. */
  #taken = 0;

  private constructor(process: BackgroundProcess) {
    this.#process = process;
  }

  /** Starts to measure. */
  static async start({ tickMs = 10, lateMs = 5 }: StallMeterOptions = {}): Promise<StallMeter> {
    const process = BackgroundProcess.start([await cProgram("stall_meter"), String(tickMs), String(lateMs)]);
    await process.untilOutput(/^ready\n/);
    return new StallMeter(process);
  }

  /** The longest time that it stood still up to now; milliseconds. */
  longestMs(): number {
    return longest(this.#all());
  }

  /** The longest time that it stood still since the last call; milliseconds. */
  takeLongestMs(): number {
    const all = this.#all();
    const since = all.slice(this.#taken);
    this.#taken = all.length;
    return longest(since);
  }

  /**
   * How long it may have stood still within a period, milliseconds: less than one tick more than it did, for each time. A
   * standstill begins at an unknown moment of a tick, and on a busy machine one begins in most of them.
   */
  lostMs({ from, to }: Period): number {
    const parts = this.#all().map((each) => Math.max(0, Math.min(to, each.to) - Math.max(from, each.from)));
    return parts.reduce((sum, part) => sum + part, 0);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }

  /** All standstills up to now, in order. */
  #all(): readonly Standstill[] {
    const { stdout } = this.#process;
    // The last line may be incomplete.
    const end = stdout.lastIndexOf("\n") + 1;
    const lines = stdout.slice(this.#read, end).split("\n").filter((line) => /^\d/.test(line));
    this.#read = end;
    for (const line of lines) {
      const [to = 0, tookMs = 0, lostMs = 0] = line.split(" ").map(Number);
      this.#standstills.push({ from: to - tookMs, to, lostMs });
    }
    return this.#standstills;
  }
}

/** The longest of some standstills; milliseconds. */
function longest(standstills: readonly Standstill[]): number {
  return standstills.reduce((most, { lostMs }) => Math.max(most, lostMs), 0);
}
