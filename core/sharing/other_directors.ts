import type { Snapshot } from "../etcd/mod.ts";
import type { Health } from "../model/mod.ts";
import { MOST_SERVERS, parseList, parseStates, type PublishedStates, type ServerList } from "./verdicts.ts";

/** The most other directors whose verdicts count. */
export const MOST_DIRECTORS = 100;

/** The most ids in all different lists of servers together: some directors may have all servers, and many a few. */
const MOST_IDS = 16 * MOST_SERVERS;

/** For how many readings the verdicts of a director count while it has others, and the list of these cannot be read. */
const MOST_READINGS = 3;

/** The form of the name of a director: it is a part of a key, which any program may write. */
const DIRECTOR_NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** The states of a director in the store. */
export interface StoredStates {
  /** The name of the director. */
  readonly name: string;
  /** Their revision in the store. */
  readonly modRevision: number;
  /** The states. */
  readonly published: PublishedStates;
}

/** A director whose verdicts are known. */
interface Director extends StoredStates {
  readonly list: ServerList;
  /** The readings since then in which the list of newer states was missing. */
  readonly missed: number;
}

/** How many other directors see a server in which state. */
export interface Counts {
  /** Directors that see it healthy. */
  readonly healthy: number;
  /** Directors that see it unhealthy. */
  readonly unhealthy: number;
}

/** The states of all directors at one reading, with the lists of servers that are known or read for them. */
export class Reading {
  readonly #lists: Map<string, ServerList>;
  #ids: number;
  /** Whether a list was too long in addition to the others. */
  #isFull = false;
  /** The states of the directors, in the order of their names. */
  readonly directors: readonly StoredStates[];
  /** The number of directors that are too many, or whose states are damaged. */
  readonly ignored: number;

  /** Takes the states, and the lists of before. */
  constructor(
    { directors, ignored }: Pick<Reading, "directors" | "ignored">,
    lists: Iterable<ServerList>,
  ) {
    this.directors = directors;
    this.ignored = ignored;
    const used = new Set(directors.map(({ published }) => published.digest));
    this.#lists = new Map(
      [...lists].filter(({ digest }) => used.has(digest)).map((list) => [list.digest, list]),
    );
    this.#ids = [...this.#lists.values()].reduce((sum, { places }) => sum + places.size, 0);
  }

  /**
   * The names of directors whose list of servers is missing: it has to be read before the next name is taken. Most
   * directors have the same list, but one that names it may not have stored it.
   */
  *lacking(): Generator<string, void, undefined> {
    for (const { name, published: { digest } } of this.directors) {
      if (this.#isFull) return;
      if (!this.#lists.has(digest)) yield name;
    }
  }

  /** Takes a list of servers, if the states of a director are about it. */
  takeList(stored: string): void {
    const list = parseList(stored);
    if (list === undefined || this.#lists.has(list.digest)) return;
    if (!this.directors.some(({ published }) => published.digest === list.digest)) return;
    this.#isFull = this.#ids + list.places.size > MOST_IDS;
    if (this.#isFull) return;
    this.#lists.set(list.digest, list);
    this.#ids += list.places.size;
  }

  /** The list that the states of a director are about; undefined if it could not be read. */
  listOf({ published: { digest } }: StoredStates): ServerList | undefined {
    return this.#lists.get(digest);
  }
}

/** The verdicts of other directors, as the store had them at its last reading. */
export class OtherDirectors {
  #directors: readonly Director[] = [];
  #ignored = 0;

  /** The names of the directors whose verdicts can be used, in the order of the names. */
  get names(): readonly string[] {
    return this.#directors.map(({ name }) => name);
  }

  /** The number of directors that are too many, or whose verdicts are damaged or not complete. */
  get ignored(): number {
    return this.#ignored;
  }

  /**
   * Begins a reading with the states of all directors; {@linkcode OtherDirectors.take} ends it.
   *
   * @param options.prefix The beginning of the keys, before the name of the director.
   * @param options.own The name of this director.
   */
  begin({ entries }: Snapshot, options: { readonly prefix: string; readonly own: string }): Reading {
    const { prefix, own } = options;
    const before = new Map(this.#directors.map((director) => [director.name, director]));
    const directors: StoredStates[] = [];
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
    return new Reading({ directors, ignored }, this.#directors.map(({ list }) => list));
  }

  /** Takes states and lists of a reading together; a director whose list is missing keeps its states for a time. */
  take(reading: Reading): void {
    const before = new Map(this.#directors.map((director) => [director.name, director]));
    const directors: Director[] = [];
    let { ignored } = reading;
    for (const stored of reading.directors) {
      const [list, known] = [reading.listOf(stored), before.get(stored.name)];
      if (list !== undefined) directors.push({ ...stored, list, missed: 0 });
      else if (known !== undefined && known.missed < MOST_READINGS) {
        directors.push({ ...known, missed: known.missed + 1 });
      } else ignored++;
    }
    this.#directors = directors;
    this.#ignored = ignored;
  }

  /** Forgets everything. */
  clear(): void {
    this.#directors = [];
    this.#ignored = 0;
  }

  /** Counts the verdicts on a server, by its id. */
  count(id: string): Counts {
    const counts: Record<Health, number> = { healthy: 0, unhealthy: 0, unknown: 0 };
    for (const { list, published: { states } } of this.#directors) {
      const place = list.places.get(id);
      counts[(place === undefined ? undefined : states[place]) ?? "unknown"]++;
    }
    return { healthy: counts.healthy, unhealthy: counts.unhealthy };
  }
}
