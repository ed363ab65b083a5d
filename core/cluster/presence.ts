import { EtcdError } from "../etcd/mod.ts";
import { type Clock, sleep } from "../time/mod.ts";
import { formatMember, type Member, parseMember } from "./member.ts";
import type { ClusterStore } from "./store.ts";

/** How long a member stays in the store after its last sign of life; seconds. */
const LEASE_SECONDS = 15;

/** Time between two signs of life; milliseconds. */
const RENEW_MS = 5000;

/** Renewals that fail in a row before the store counts as lost: one alone may be late on a busy machine. */
const MANY_FAILURES = 2;

/** The longest time for leaving the store at the end; milliseconds. */
const LEAVE_MS = 1000;

/** The most other daemons with the same name that are remembered. */
const MOST_REPORTED = 100;

/** Options of a {@linkcode Presence}. */
export interface PresenceOptions {
  /** The store. */
  readonly store: ClusterStore;
  /** The source of time. */
  readonly clock: Clock;
  /** Describes the member as it is now. */
  readonly describe: () => Member;
  /** Called with another daemon that has the same name. */
  readonly onOther: (other: Member) => void;
  /** Called with an error that is a bug. */
  readonly onBug: (error: unknown) => void;
  /** Called when the store does not answer, from the second failure in a row on. */
  readonly onLost: (error: EtcdError) => void;
}

/** Keeps a director among the members in the store, as long as it lives. */
export class Presence {
  readonly #options: PresenceOptions;
  #lease: string | undefined;
  #published = "";
  #modRevision = 0;
  /** The other daemons with the same name that were reported, by the ids of their runs. */
  readonly #reported = new Set<string>();

  /** Does nothing yet. */
  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Renews the lease and the description, until the signal is aborted; then it leaves the store. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onLost, onBug } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.renew(signal);
        failures = 0;
      } catch (error) {
        if (error instanceof EtcdError) {
          if (++failures >= MANY_FAILURES) onLost(error);
        } else if (!signal.aborted) onBug(error);
      }
      await sleep(RENEW_MS, { clock, signal }).catch(() => {});
    }
    await this.#leave();
  }

  /**
   * Renews the lease, and publishes the description if it has changed.
   *
   * @throws {EtcdError} If the store cannot be written.
   */
  async renew(signal: AbortSignal): Promise<void> {
    const { store, describe } = this.#options;
    if (this.#lease === undefined || !await store.etcd.renewLease(this.#lease, signal)) {
      this.#lease = await store.etcd.grantLease(LEASE_SECONDS, signal);
      this.#published = "";
    }
    const member = describe();
    const content = formatMember({ ...member, at: 0 });
    if (content === this.#published) return;
    const key = store.keys.members + member.name;
    const then = [{ put: key, value: formatMember(member), lease: this.#lease }];
    let written = await store.etcd.commit({ when: [{ key, modRevision: this.#modRevision }], then }, signal);
    if (!written.isDone) {
      await this.#reportOther(member, signal);
      written = await store.etcd.commit({ when: [], then }, signal);
    }
    this.#modRevision = written.revision;
    this.#published = content;
  }

  /** Reports another daemon with the same name, once. */
  async #reportOther({ name, instance }: Member, signal: AbortSignal): Promise<void> {
    const { store, onOther } = this.#options;
    const { entries: [entry] } = await store.etcd.range({ key: store.keys.members + name }, signal);
    const other = entry === undefined ? undefined : parseMember(entry.value);
    if (other === undefined || other.instance === instance || this.#reported.has(other.instance)) return;
    if (this.#reported.size >= MOST_REPORTED) this.#reported.clear();
    this.#reported.add(other.instance);
    onOther(other);
  }

  async #leave(): Promise<void> {
    if (this.#lease === undefined) return;
    const end = new AbortController();
    using _timer = this.#options.clock.setTimer(() => end.abort(), LEAVE_MS);
    try {
      await this.#options.store.etcd.revokeLease(this.#lease, end.signal);
    } catch {
      // The lease ends by itself.
    }
  }
}
