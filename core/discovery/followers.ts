import { fieldsOf, isMoment, itemsOf } from "../json/mod.ts";
import { type DiscoveredServer, type Discovery, type DiscoveryAnswer, tryParseIpAddress } from "../model/mod.ts";
import { type Clock, sleep } from "../time/mod.ts";
import { type KnownList, SourceFollower, type SourceStatus } from "./follower.ts";
import type { SourceReader } from "./reader.ts";

/** How long a first answer may take before the rest of a file becomes active without it; milliseconds. */
const ANSWER_MS = 3000;

/** Options of {@linkcode SourceFollowers}. */
export interface FollowersOptions {
  /** Makes the reader of a source. */
  readonly open: (discovery: Discovery) => SourceReader;
  /** What {@linkcode SourceFollowers.toJSON} of an earlier daemon has written. */
  readonly stored: unknown;
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Called when the list of a source has changed. */
  readonly onList: (status: SourceStatus) => void;
  /** Called when a source fails, recovers, has a list refused, or has one accepted again. */
  readonly onState: (status: SourceStatus) => void;
}

/** The sources of a daemon's file, each followed once. */
export class SourceFollowers implements Disposable {
  readonly #options: FollowersOptions;
  readonly #followers = new Map<string, { readonly settings: string; readonly follower: SourceFollower }>();
  readonly #restored: Map<string, KnownList>;
  /** The lists of the sources that the last file with fewer sources has left out: a roll-back needs them again. */
  #former = new Map<string, KnownList>();

  /** Follows nothing yet. */
  constructor(options: FollowersOptions) {
    this.#options = options;
    this.#restored = readStored(options.stored);
  }

  /** The state of each source. */
  get status(): readonly SourceStatus[] {
    return [...this.#followers.values()].map(({ follower }) => follower.status);
  }

  /** The servers of a source, which is followed from now on; waits some seconds for the first answer. Never throws. */
  async answer(discovery: Discovery): Promise<DiscoveryAnswer> {
    const follower = this.#follow(discovery);
    // A file that is read again is a reason to ask a failing source again.
    follower.retry();
    if (follower.known === undefined) {
      const controller = new AbortController();
      const late = sleep(ANSWER_MS, { clock: this.#options.clock, signal: controller.signal }).catch(() => {});
      await Promise.race([follower.settled, late]);
      controller.abort();
    }
    return follower.answer;
  }

  /** The servers of a source now, without waiting. */
  present(discovery: Discovery): DiscoveryAnswer {
    return this.#followers.get(discovery.name)?.follower.answer ?? { failure: "no answer yet" };
  }

  /** Stops to follow all sources but these. */
  retain(discoveries: readonly Discovery[]): void {
    const names = new Set(discoveries.map(({ name }) => name));
    const former = new Map<string, KnownList>();
    for (const [name, { follower }] of this.#followers) {
      if (names.has(name)) continue;
      if (follower.known !== undefined) former.set(name, follower.known);
      follower[Symbol.dispose]();
      this.#followers.delete(name);
    }
    if (former.size > 0) this.#former = former;
  }

  /** Accepts the next list of a source whatever it lacks; false if there is no such source. */
  agree(name: string): boolean {
    const found = this.#followers.get(name);
    found?.follower.agree();
    return found !== undefined;
  }

  /** The lists in use, for the next daemon. */
  toJSON(): unknown {
    return {
      version: 1,
      sources: [...this.#followers].flatMap(([name, { follower: { known } }]) =>
        known === undefined ? [] : [{
          name,
          at: known.at,
          servers: known.servers.map(({ address, port, weight }) => ({ address, port, weight })),
        }]
      ),
    };
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.retain([]);
  }

  #follow(discovery: Discovery): SourceFollower {
    const { open, clock, timeOfDay, random, onList, onState } = this.#options;
    const { name } = discovery;
    const settings = JSON.stringify(discovery);
    const present = this.#followers.get(name);
    if (present?.settings === settings) return present.follower;
    const known = present?.follower.known ?? this.#former.get(name) ?? this.#restored.get(name);
    present?.follower[Symbol.dispose]();
    // Later it would be older than the list of the follower.
    this.#restored.delete(name);
    const follower = new SourceFollower({
      discovery,
      reader: open(discovery),
      known,
      clock,
      timeOfDay,
      random,
      onList,
      onState,
    });
    this.#followers.set(name, { settings, follower });
    return follower;
  }
}

/** Reads stored lists; a list that is not valid as a whole is skipped. */
function readStored(stored: unknown): Map<string, KnownList> {
  const { version, sources } = fieldsOf(stored);
  const lists = new Map<string, KnownList>();
  for (const item of version === 1 ? itemsOf(sources) : []) {
    const { name, at, servers } = fieldsOf(item);
    const read = itemsOf(servers).map(readServer);
    const known = read.filter((server) => server !== undefined);
    if (typeof name !== "string" || !isMoment(at) || known.length === 0 || known.length < read.length) continue;
    lists.set(name, { at, servers: known });
  }
  return lists;
}

function readServer(stored: unknown): DiscoveredServer | undefined {
  const { address: text, port, weight } = fieldsOf(stored);
  const address = typeof text === "string" ? tryParseIpAddress(text) : undefined;
  const isNumberOrNone = (value: unknown): value is number | undefined =>
    value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0);
  if (address === undefined || !isNumberOrNone(port) || !isNumberOrNone(weight)) return undefined;
  return { address, port, weight };
}
