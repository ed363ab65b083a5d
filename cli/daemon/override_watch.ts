import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { Override } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { overridePath, readOverrides } from "../state/override_file.ts";

/** How often the file is looked at; milliseconds. A command that changes it has the daemon look at once. */
const LOOK_MS = 1000;

/** What an {@linkcode OverrideWatch} works with. */
export interface OverrideWatchOptions {
  /** Gets all that operators say, whenever that is something else. */
  readonly onChange: (overrides: readonly Override[]) => void;
  /** Is told why the file cannot be read, once until it can again; what was read before holds on. */
  readonly onProblem: (message: string) => void;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** Follows the file with what operators say of servers, until it is disposed of. */
export class OverrideWatch implements Disposable {
  readonly #context: Context;
  readonly #options: OverrideWatchOptions;
  #timer: Disposable | undefined;
  #seen = "";
  #hasProblem = false;

  /** Looks at the file at once. */
  constructor(context: Context, options: OverrideWatchOptions) {
    this.#context = context;
    this.#options = options;
    this.look();
    this.#wait();
  }

  /** Looks whether the file is another one now. */
  look(): void {
    const { directories } = this.#context;
    if (directories === undefined) return;
    try {
      const seen = fingerprint(overridePath(directories));
      if (seen === this.#seen) return;
      this.#options.onChange(readOverrides(this.#context.directories));
      this.#seen = seen;
      this.#hasProblem = false;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      const { message } = error;
      if (!this.#hasProblem) this.#options.onProblem(`${message}; what operators said before holds on`);
      this.#hasProblem = true;
    }
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimer(() => {
      this.look();
      this.#wait();
    }, LOOK_MS);
  }
}

/** What tells one version of a file from the next: it is replaced as a whole. */
function fingerprint(path: string): string {
  try {
    const { ino, mtime, size } = Deno.statSync(path);
    return [ino, mtime?.getTime(), size].join(" ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "none";
    throw asLvsctlError(error, { operation: "look at", object: path });
  }
}
