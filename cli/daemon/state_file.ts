import { asLvsctlError } from "../../core/errors/mod.ts";
import type { StoredState } from "../../core/daemon/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { replaceFile } from "../state/atomic_file.ts";

/** A change is written down within this, with those that follow it; milliseconds. */
const GATHER_MS = 1000;

/** What has not changed is written down again after this, for it is believed by its age; milliseconds. */
const REFRESH_MS = 30_000;

/** What a {@linkcode DaemonState} works with. */
export interface DaemonStateOptions {
  /** What is to be written. */
  readonly state: () => StoredState;
  /** Is told why it cannot be written, once until it can again. */
  readonly onProblem: (message: string) => void;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** The file by which a daemon leaves to the next one what it knows. */
export class DaemonState implements Disposable {
  readonly #path: string;
  readonly #options: DaemonStateOptions;
  #timer: Disposable;
  #isSoon = false;
  #hasProblem = false;

  /**
   * Writes nothing yet.
   *
   * @param path The file.
   * @param options What is written, and when.
   */
  constructor(path: string, options: DaemonStateOptions) {
    this.#path = path;
    this.#options = options;
    this.#timer = this.#begin(REFRESH_MS);
  }

  /** Something has changed, and is to be written down before long. */
  changed(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#timer[Symbol.dispose]();
    this.#timer = this.#begin(GATHER_MS);
  }

  /** Writes it down for the last time. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#write();
  }

  #begin(delayMs: number): Disposable {
    return this.#options.clock.setTimer(() => {
      this.#isSoon = false;
      this.#write();
      this.#timer = this.#begin(REFRESH_MS);
    }, delayMs);
  }

  #write(): void {
    const { state, onProblem } = this.#options;
    try {
      replaceFile(this.#path, `${JSON.stringify(state())}\n`);
      this.#hasProblem = false;
    } catch (error) {
      const { message } = asLvsctlError(error, { operation: "write", object: this.#path });
      if (!this.#hasProblem) onProblem(`${message}; a daemon that starts now would begin without what is known`);
      this.#hasProblem = true;
    }
  }
}

/**
 * What an earlier daemon left, as it was read; `undefined` if there is nothing, or nothing that can be parsed.
 *
 * @param path The file.
 * @param options.onProblem Is told why it cannot be read.
 */
export function readDaemonState(path: string, options: { readonly onProblem: (message: string) => void }): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const { message } = asLvsctlError(error, { operation: "read", object: path });
    options.onProblem(`${message}; nothing is known of the servers yet`);
    return undefined;
  }
}

/** The present start of the machine; "" where the kernel does not tell. */
export function bootId(): string {
  try {
    return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
  } catch {
    return "";
  }
}
