import type { EtcdClient, Operation } from "../etcd/mod.ts";
import type { Health } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";
import { verdictKeys } from "./keys.ts";
import { formatList, formatStates, MOST_SERVERS, sharedId, type SharedServer } from "./verdicts.ts";

/** How long verdicts stay in the store after the last sign of life of their director; seconds. */
const LEASE_SECONDS = 6;

/** The same while the director starts again: a start on a busy machine takes long. */
const RESTART_SECONDS = 30;

/** The longest time for leaving the store at the end; milliseconds. */
const LEAVE_MS = 1000;

/** A verdict that a director publishes. */
export interface Verdict extends SharedServer {
  /** The health of the server. */
  readonly health: Health;
}

/** The part of etcd's client that publishing and reading need. */
export type VerdictStore = Pick<EtcdClient, "range" | "commit" | "grantLease" | "renewLease" | "revokeLease">;

/** Options of a {@linkcode Publisher}. */
export interface PublisherOptions {
  /** The store. */
  readonly etcd: VerdictStore;
  /** The beginning of all keys. */
  readonly prefix: string;
  /** The name of the director. */
  readonly name: string;
  /** The source of time. */
  readonly clock: Clock;
}

/** A list of servers, with the verdicts that it was made of. */
interface PublishedList extends ReturnType<typeof formatList> {
  readonly servers: readonly Verdict[];
  /** The places of the servers among the verdicts: sorted, so that the order of a file makes no other list. */
  readonly order: readonly number[];
}

/** Keeps the verdicts of a director in the store as long as it lives; it writes only what has changed. */
export class Publisher {
  readonly #options: PublisherOptions;
  #lease: string | undefined;
  /** What the store has: the digest of the list, and the states as text. */
  #published = { digest: "", states: "" };
  #hasLostWrite = false;
  #list: PublishedList = { servers: [], order: [], ...formatList([]) };

  /** Publishes nothing yet. */
  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Whether it is unknown if the last write was made. */
  get hasLostWrite(): boolean {
    return this.#hasLostWrite;
  }

  /**
   * Renews the lease, and writes what has changed.
   *
   * @returns The number of verdicts that are too many to publish.
   * @throws {EtcdError} If the store cannot be written.
   */
  async publish(verdicts: readonly Verdict[], signal: AbortSignal): Promise<number> {
    const { etcd, prefix, name } = this.#options;
    if (this.#lease === undefined || !await etcd.renewLease(this.#lease, signal)) {
      this.#published = { digest: "", states: "" };
      this.#lease = undefined;
      this.#lease = await etcd.grantLease(LEASE_SECONDS, signal);
    }
    const shared = verdicts.length > MOST_SERVERS ? verdicts.slice(0, MOST_SERVERS) : verdicts;
    const { text, digest, order } = this.#listOf(shared);
    const states = formatStates({ digest, states: order.map((at) => shared[at]?.health ?? "unknown") });
    const before = this.#published;
    if (before.digest === digest && before.states === states) return verdicts.length - shared.length;
    const keys = verdictKeys(prefix);
    const lease = this.#lease;
    const then: readonly Operation[] = [
      ...before.digest === digest ? [] : [{ put: keys.lists + name, value: text, lease }],
      { put: keys.states + name, value: states, lease },
    ];
    // Until the store has answered, it is unknown what it has.
    this.#published = { digest: "", states: "" };
    this.#hasLostWrite = true;
    await etcd.commit({ when: [], then }, signal);
    this.#hasLostWrite = false;
    this.#published = { digest, states };
    return verdicts.length - shared.length;
  }

  /**
   * Takes the verdicts out of the store; without an answer, they go with the lease.
   *
   * @param options.isRestart Whether the same director starts again at once: then they stay for a longer time.
   */
  async leave({ isRestart }: { readonly isRestart: boolean }): Promise<void> {
    if (this.#lease === undefined) return;
    const { etcd, clock } = this.#options;
    const end = new AbortController();
    using _timer = clock.setTimer(() => end.abort(), LEAVE_MS);
    try {
      if (isRestart) await this.#keep(end.signal);
      else await etcd.revokeLease(this.#lease, end.signal);
    } catch {
      // The lease ends by itself.
    }
    this.#lease = undefined;
  }

  /** Keeps what the store has for the time of a restart. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { etcd, prefix, name } = this.#options;
    const { digest, states } = this.#published;
    if (digest !== this.#list.digest) return;
    const keys = verdictKeys(prefix);
    const lease = await etcd.grantLease(RESTART_SECONDS, signal);
    const then: readonly Operation[] = [
      { put: keys.lists + name, value: this.#list.text, lease },
      { put: keys.states + name, value: states, lease },
    ];
    await etcd.commit({ when: [], then }, signal);
  }

  /** The list of the servers; the last one as long as they are the same. */
  #listOf(verdicts: readonly Verdict[]): PublishedList {
    const { servers } = this.#list;
    const isSame = servers.length === verdicts.length && verdicts.every(({ service, server, check }, at) => {
      const before = servers[at];
      return before?.service === service && before.server === server && before.check === check;
    });
    if (isSame) return this.#list;
    const sorted = verdicts.map((verdict, at) => ({ id: sharedId(verdict), at })).sort((one, other) =>
      one.id < other.id ? -1 : 1
    );
    const order = sorted.map(({ at }) => at);
    this.#list = { servers: verdicts, order, ...formatList(sorted.map(({ id }) => id)) };
    return this.#list;
  }
}
