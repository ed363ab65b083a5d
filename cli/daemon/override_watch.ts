import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { Override } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { overridePath, readOverrides } from "../state/override_file.ts";

/** How often the file is examined; milliseconds. A command that changes it makes the daemon read it at once. */
const INTERVAL_MS = 1000;

/** Options of an {@linkcode OverrideWatch}. */
export interface OverrideWatchOptions {
  /** Called with all overrides whenever the file has changed. */
  readonly onChange: (overrides: readonly Override[]) => void;
  /** Called with the reason if the file cannot be read, once until it can be read again. */
  readonly onProblem: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** Follows the file of overrides until it is disposed of. */
export class OverrideWatch implements Disposable {
  readonly #context: Context;
  readonly #options: OverrideWatchOptions;
  #timer: Disposable | undefined;
  #version = "";
  #hasProblem = false;

  /** Reads the file at once. */
  constructor(context: Context, options: OverrideWatchOptions) {
    this.#context = context;
    this.#options = options;
    this.read();
    this.#wait();
  }

  /** Reads the file if it has changed. */
  read(): void {
    const { directories } = this.#context;
    if (directories === undefined) return;
    try {
      const version = fingerprint(overridePath(directories));
      if (version === this.#version) return;
      this.#options.onChange(readOverrides(directories));
      this.#version = version;
      this.#hasProblem = false;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      const { message } = error;
      if (!this.#hasProblem) this.#options.onProblem(`${message}; the previous overrides stay active`);
      this.#hasProblem = true;
    }
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimer(() => {
      this.read();
      this.#wait();
    }, INTERVAL_MS);
  }
}

/** Differs between versions of a file, which is always replaced as a whole. */
function fingerprint(path: string): string {
  try {
    const { ino, mtime, size } = Deno.statSync(path);
    return [ino, mtime?.getTime(), size].join(" ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "none";
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}
