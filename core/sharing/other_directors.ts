import type { Snapshot } from "../etcd/mod.ts";
import type { Health } from "../model/mod.ts";
import { parseList, parseStates, type PublishedStates, type ServerList } from "./verdicts.ts";

/** The most other directors whose verdicts count. */
export const MOST_DIRECTORS = 100;

/** The most different lists of servers that are kept. */
const MOST_LISTS = 16;

/** The form of the name of a director: it is a part of a key, which any program may write. */
const DIRECTOR_NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** A director whose verdicts are known. */
interface Director {
  readonly name: string;
  /** The revision of its states in the store. */
  readonly modRevision: number;
  readonly published: PublishedStates;
}

/** How many other directors see a server in which state. */
export interface Counts {
  /** Directors that see it healthy. */
  readonly healthy: number;
  /** Directors that see it unhealthy. */
  readonly unhealthy: number;
}

/** The verdicts of other directors, as the store had them at its last reading. */
export class OtherDirectors {
  #directors: readonly Director[] = [];
  readonly #lists = new Map<string, ServerList>();
  #ignored = 0;

  /** The names of the directors whose verdicts can be used, in the order of the names. */
  get names(): readonly string[] {
    return this.#directors.filter(({ published }) => this.#lists.has(published.digest)).map(({ name }) => name);
  }

  /** The number of directors that are too many, or whose verdicts are damaged. */
  get ignored(): number {
    return this.#ignored;
  }

  /** The names of directors whose list of servers has to be read, each list once. */
  get lacking(): readonly string[] {
    const wanted = new Map<string, string>();
    for (const { name, published: { digest } } of this.#directors) {
      if (!this.#lists.has(digest) && !wanted.has(digest)) wanted.set(digest, name);
    }
    return this.#lists.size >= MOST_LISTS ? [] : [...wanted.values()];
  }

  /**
   * Takes the states of all directors.
   *
   * @param options.prefix The beginning of the keys, before the name of the director.
   * @param options.own The name of this director.
   */
  takeStates({ entries }: Snapshot, options: { readonly prefix: string; readonly own: string }): void {
    const { prefix, own } = options;
    const before = new Map(this.#directors.map((director) => [director.name, director]));
    const directors: Director[] = [];
    let ignored = 0;
    for (const { key, value, modRevision } of entries) {
      const name = key.slice(prefix.length);
      if (name === own) continue;
      const known = before.get(name);
      const isUsable = DIRECTOR_NAME.test(name) && directors.length < MOST_DIRECTORS;
      // Mostly nothing has changed, and there may be thousands of states.
      const published = known?.modRevision === modRevision
        ? known.published
        : isUsable
        ? parseStates(value)
        : undefined;
      if (!isUsable || published === undefined) ignored++;
      else directors.push({ name, modRevision, published });
    }
    this.#directors = directors;
    this.#ignored = ignored;
    const used = new Set(directors.map(({ published }) => published.digest));
    for (const digest of this.#lists.keys()) if (!used.has(digest)) this.#lists.delete(digest);
  }

  /** Takes a list of servers, if the states of a director are about it. */
  takeList(stored: string): void {
    const list = parseList(stored);
    if (list === undefined || this.#lists.size >= MOST_LISTS) return;
    if (this.#directors.some(({ published }) => published.digest === list.digest)) this.#lists.set(list.digest, list);
  }

  /** Forgets everything. */
  clear(): void {
    this.#directors = [];
    this.#lists.clear();
    this.#ignored = 0;
  }

  /** Counts the verdicts on a server, by its id. */
  count(id: string): Counts {
    const counts: Record<Health, number> = { healthy: 0, unhealthy: 0, unknown: 0 };
    for (const { published: { digest, states } } of this.#directors) {
      const place = this.#lists.get(digest)?.places.get(id);
      counts[(place === undefined ? undefined : states[place]) ?? "unknown"]++;
    }
    return { healthy: counts.healthy, unhealthy: counts.unhealthy };
  }
}
