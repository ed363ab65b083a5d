import { RetryDelay } from "./backoff.ts";

/** The outcome of a pass. */
export interface PassOutcome {
  /** The names of the services that the pass was about. */
  readonly names: ReadonlySet<string>;
  /** The names of those that could not be updated. */
  readonly pending: Iterable<string>;
  /** The errors. */
  readonly errors: readonly unknown[];
  /** The present moment; milliseconds. */
  readonly now: number;
}

/** What follows from the outcome of a pass. */
export interface Retry {
  /** The errors, each with whether the pass before had it too. */
  readonly reports: readonly { readonly error: unknown; readonly isRepeated: boolean }[];
  /** The time to the next attempt; milliseconds. Undefined if nothing has to be tried again. */
  readonly waitMs: number | undefined;
}

/** The services that could not be updated, why, and when they are tried again. */
export class Failures {
  readonly #delay = new RetryDelay();
  #names: ReadonlySet<string> = new Set();
  #reasons: ReadonlySet<string> = new Set();
  #retryAt = Infinity;

  /** The names of the services. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** The reasons, each once. */
  get reasons(): readonly string[] {
    return [...this.#reasons];
  }

  /** The names of the services that are tried again by now: not with each change of another service. */
  dueAt(now: number): Iterable<string> {
    return now >= this.#retryAt ? this.#names : [];
  }

  /** Forgets all failures. */
  reset(): void {
    this.#delay.reset();
    this.#names = new Set();
    this.#reasons = new Set();
    this.#retryAt = Infinity;
  }

  /** Takes the outcome of a pass. */
  take({ names, pending, errors, now }: PassOutcome): Retry {
    const before = this.#reasons;
    const waiting = [...this.#names].filter((name) => !names.has(name));
    this.#names = new Set([...waiting, ...pending]);
    this.#reasons = new Set([...waiting.length > 0 ? before : [], ...errors.map(reasonOf)]);
    if (errors.length > 0) this.#retryAt = now + this.#delay.fail();
    else if (waiting.length === 0) {
      this.#retryAt = Infinity;
      this.#delay.reset();
    }
    const reports = errors.map((error) => ({ error, isRepeated: before.has(reasonOf(error)) }));
    return { reports, waitMs: this.#retryAt === Infinity ? undefined : this.#retryAt - now };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
