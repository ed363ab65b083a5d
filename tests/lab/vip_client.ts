/**
 * What the client of the VIPs has seen.
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import type { Period } from "./stall_meter.ts";

/** A time without an answer. */
export interface Gap extends Period {
  /** How long it was; milliseconds. */
  readonly gapMs: number;
}

/** The client's answers since the last {@linkcode VipClient.begin}. */
export interface Answers {
  /** The longest time without an answer; milliseconds. */
  readonly longestGapMs: number;
  /** The times without an answer that were longer than usual, in order, and all before another director answered. */
  readonly gaps: readonly Gap[];
  /** The names of the directors that answered, in order, without repetitions in a row. */
  readonly names: readonly string[];
}

interface Line extends Gap {
  readonly address: string;
  readonly name: string;
}

/** A client that asks VIPs. */
export class VipClient {
  /** Time between two requests for an address, which a gap may seem to be longer; milliseconds. */
  readonly everyMs: number;
  readonly #process: BackgroundProcess;
  readonly #addresses: readonly string[];
  /** Number of lines before the last {@linkcode begin}. */
  #from = 0;
  /** When that was; milliseconds since 1970. */
  #beganAt = 0;

  /**
   * Takes a running client.
   *
   * @param process The program.
   * @param options What it asks, and how often.
   */
  constructor(
    process: BackgroundProcess,
    { addresses, everyMs }: { readonly addresses: readonly string[]; readonly everyMs: number },
  ) {
    this.#process = process;
    this.#addresses = addresses;
    this.everyMs = everyMs;
  }

  /** Forgets all answers but the name of the last director of each address. */
  begin(): void {
    this.#from = this.#lines.length;
    this.#beganAt = performance.timeOrigin + performance.now();
  }

  /** Ends it, so that it takes no more of the guest's processor. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** The answers of the first address. */
  get answers(): Answers {
    return this.answersOf(this.#addresses[0] ?? "");
  }

  /** The answers of an address. */
  answersOf(address: string): Answers {
    const lines = this.#lines;
    const isOf = (line: Line): boolean => line.address === address;
    // What went before has its own limit, also if the answer that ends it comes only now.
    const gaps = lines.slice(this.#from).filter(isOf).map((line) => {
      const from = Math.max(line.from, this.#beganAt);
      return { ...line, from, gapMs: line.to - from };
    });
    const last = lines.slice(0, this.#from).findLast(isOf);
    const names = [...last === undefined ? [] : [last], ...gaps].map(({ name }) => name);
    return {
      longestGapMs: Math.round(Math.max(0, ...gaps.map(({ gapMs }) => gapMs))),
      gaps,
      names: names.filter((name, index) => name !== names[index - 1]),
    };
  }

  get #lines(): readonly Line[] {
    // The first line says that it is ready, and the last one may be incomplete.
    const lines = this.#process.stdout.split("\n").slice(1, -1).map((line) => line.split(" "));
    return lines.map(([time, address = "", name = "", gap]) => {
      const [to, gapMs] = [Number(time), Number(gap)];
      return { address, name, gapMs, from: to - gapMs, to };
    });
  }
}
