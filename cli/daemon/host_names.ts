import type { HostAnswer, HostResolver } from "../../core/config/mod.ts";
import { formatDuration } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";

/** How long an answer may take before the rest of the file becomes active without it; milliseconds. */
const ANSWER_MS = 3000;

/** Options of {@linkcode HostNames}. */
export interface HostNamesOptions {
  /** Resolves a name; may take long. */
  readonly resolve: HostResolver;
  /** The source of time. */
  readonly clock: Clock;
  /** Called with the reason if a name has no addresses now, and keeps its earlier ones. */
  readonly onStale: (name: string, reason: string) => void;
}

/**
 * The addresses of host names for the daemon: a name server that fails, or does not answer in time, neither delays the
 * other servers nor takes known ones away.
 */
export class HostNames {
  readonly #options: HostNamesOptions;
  readonly #known = new Map<string, HostAnswer>();
  /** Lookups that have not ended: a name server that does not answer must not get more and more of them. */
  readonly #running = new Map<string, Promise<HostAnswer>>();

  /** Knows no name yet. */
  constructor(options: HostNamesOptions) {
    this.#options = options;
  }

  /** Resolves names; one that has no addresses now keeps its earlier ones. */
  readonly all: HostResolver = async (name) => {
    const answer = await this.#ask(name);
    if (!("failure" in answer)) {
      this.#known.set(name, answer);
      return answer;
    }
    const known = this.#known.get(name);
    if (known === undefined) return answer;
    this.#options.onStale(name, answer.failure);
    return known;
  };

  /** Resolves only these names; the others have the addresses of their last resolution. */
  only(names: ReadonlySet<string>): HostResolver {
    return async (name) => (names.has(name) ? undefined : this.#known.get(name)) ?? await this.all(name);
  }

  async #ask(name: string): Promise<HostAnswer> {
    const { resolve, clock } = this.#options;
    let lookup = this.#running.get(name);
    if (lookup === undefined) {
      lookup = resolve(name).finally(() => this.#running.delete(name));
      this.#running.set(name, lookup);
    }
    const late = Promise.withResolvers<HostAnswer>();
    using _timer = clock.setTimer(
      () => late.resolve({ failure: `no answer within ${formatDuration(ANSWER_MS)}` }),
      ANSWER_MS,
    );
    return await Promise.race([lookup, late.promise]);
  }
}
