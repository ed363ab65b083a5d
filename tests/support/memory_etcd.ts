import { CompactedError, EtcdError } from "../../core/etcd/mod.ts";
import type { Entry, KeyRange, Snapshot, Transaction, WatchMessage } from "../../core/etcd/values.ts";
import type { Etcd } from "../../core/cluster/store.ts";
import type { Clock } from "../../core/time/mod.ts";

interface Stored {
  readonly entry: Entry;
  readonly lease: string | undefined;
}

interface Watcher {
  readonly prefix: string;
  readonly messages: WatchMessage[];
  wake: () => void;
}

/** An etcd in memory, for one process: all requests are answered at once. */
export class MemoryEtcd implements Etcd {
  readonly #clock: Clock;
  readonly #keys = new Map<string, Stored>();
  readonly #leases = new Map<string, { readonly seconds: number; timer: Disposable }>();
  readonly #watchers = new Set<Watcher>();
  #history: WatchMessage[] = [];
  #revision = 1;
  #nextLease = 1;
  /** Whether no request is answered. */
  isDown = false;
  /** Whether readings of single keys are not answered. */
  failsKeys = false;
  /** Whether changes are made, and the answers to them are lost. */
  losesAnswers = false;
  /** Whether watches are silent, as those of a server that the network has lost. */
  isSilent = false;
  /** The oldest revision from which a watch can begin. */
  compactedBefore = 0;
  /** The requests so far, by their name. */
  readonly requests: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly endpoints: Etcd["endpoints"] = [];

  range(range: KeyRange): Promise<Snapshot> {
    return this.#answer("range", () => {
      if ("key" in range && this.failsKeys) throw unanswered("read");
      const entries = [...this.#keys.values()].map(({ entry }) => entry)
        .filter(({ key }) => "key" in range ? key === range.key : key.startsWith(range.prefix));
      const { limit, maxBytes = Infinity } = range;
      const first = entries.sort((one, other) => one.key < other.key ? -1 : 1).slice(0, limit);
      const bytes = first.reduce((sum, { key, value }) => sum + 4 / 3 * (key.length + value.length), 0);
      if (bytes > maxBytes) throw new EtcdError("the answer is too long", { ...ABOUT, kind: "oversized" });
      return { revision: this.#revision, entries: first };
    });
  }

  commit({ when, then }: Transaction): Promise<{ readonly isDone: boolean; readonly revision: number }> {
    return this.#answer("commit", () => {
      const isMet = when.every(({ key, modRevision }) => {
        const present = this.#keys.get(key)?.entry.modRevision ?? 0;
        return modRevision === "exists" ? present > 0 : present === modRevision;
      });
      if (!isMet) return { isDone: false, revision: this.#revision };
      this.#revision++;
      for (const operation of then) {
        if ("put" in operation) this.#put(operation.put, operation.value, operation.lease);
        else this.#remove(operation.remove);
      }
      return { isDone: true, revision: this.#revision };
    });
  }

  grantLease(seconds: number): Promise<string> {
    return this.#answer("grantLease", () => {
      const id = String(this.#nextLease++);
      this.#leases.set(id, { seconds, timer: this.#expiry(id, seconds) });
      return id;
    });
  }

  renewLease(id: string): Promise<boolean> {
    return this.#answer("renewLease", () => {
      const lease = this.#leases.get(id);
      if (lease === undefined) return false;
      lease.timer[Symbol.dispose]();
      lease.timer = this.#expiry(id, lease.seconds);
      return true;
    });
  }

  revokeLease(id: string): Promise<void> {
    return this.#answer("revokeLease", () => this.#expire(id));
  }

  async *watch(
    prefix: string,
    { from, signal }: { readonly from: number; readonly signal: AbortSignal },
  ): AsyncGenerator<WatchMessage, void, undefined> {
    await this.#answer("watch", () => {});
    if (from < this.compactedBefore) throw new CompactedError(`revision ${from} is compacted`);
    const missed = this.#history.filter(({ revision }) => revision >= from);
    const watcher: Watcher = {
      prefix,
      messages: missed.filter((message) => concerns(message, prefix)),
      wake: () => {},
    };
    this.#watchers.add(watcher);
    const stop = (): void => watcher.wake();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const message = this.isSilent ? undefined : watcher.messages.shift();
        if (message !== undefined) yield message;
        else await new Promise<void>((resolve) => watcher.wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#watchers.delete(watcher);
    }
  }

  /** Writes a key as another program would. */
  put(key: string, value: string): void {
    this.#revision++;
    this.#put(key, value);
  }

  /** Loses all keys and leases, as an etcd that starts with an empty directory. */
  empty(): void {
    this.#keys.clear();
    for (const { timer } of this.#leases.values()) timer[Symbol.dispose]();
    this.#leases.clear();
    this.#history = [];
    this.#revision = 1;
  }

  /** The value of a key. */
  get(key: string): string | undefined {
    return this.#keys.get(key)?.entry.value;
  }

  /** The keys. */
  get keys(): readonly string[] {
    return [...this.#keys.keys()].sort();
  }

  // deno-lint-ignore require-await -- it fails as a request does
  async #answer<T>(name: string, answer: () => T): Promise<T> {
    this.requests.push(name);
    if (this.isDown) throw unanswered("read");
    const result = answer();
    if (this.losesAnswers && name === "commit") throw unanswered("write to");
    return result;
  }

  #put(key: string, value: string, lease?: string): void {
    const entry = { key, value, modRevision: this.#revision };
    this.#keys.set(key, { entry, lease });
    this.#tell(key, entry);
  }

  #remove(key: string): void {
    if (this.#keys.delete(key)) this.#tell(key, undefined);
  }

  #tell(key: string, entry: Entry | undefined): void {
    const message = {
      revision: this.#revision,
      changes: [{ key, entry }],
      isCreated: false,
      compactRevision: 0,
    };
    this.#history.push(message);
    for (const watcher of this.#watchers) {
      if (!concerns(message, watcher.prefix)) continue;
      watcher.messages.push(message);
      watcher.wake();
    }
  }

  #expiry(id: string, seconds: number): Disposable {
    return this.#clock.setTimer(() => this.#expire(id), seconds * 1000);
  }

  #expire(id: string): void {
    this.#leases.get(id)?.timer[Symbol.dispose]();
    if (!this.#leases.delete(id)) return;
    this.#revision++;
    for (const [key, { lease }] of this.#keys) if (lease === id) this.#remove(key);
  }
}

const ABOUT = { operation: "read", object: "10.0.0.1:2379" } as const;

function unanswered(operation: string): EtcdError {
  return new EtcdError("no answer within 4s", { ...ABOUT, kind: "unreachable", operation });
}

function concerns({ changes }: WatchMessage, prefix: string): boolean {
  return changes.some(({ key }) => key.startsWith(prefix));
}
