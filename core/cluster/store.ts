import { EXIT, LvsctlError } from "../errors/mod.ts";
import type { EtcdClient, Operation, StoreUrl } from "../etcd/mod.ts";
import { type ClusterKeys, clusterKeys, versionKey } from "./keys.ts";
import { type Member, nextTurn, parseMember } from "./member.ts";
import { formatRollout, parseRollout, type Rollout } from "./rollout.ts";
import { digestOf, formatVersion, isVersionNumber, MAX_TEXT_BYTES, parseVersion, type Version } from "./version.ts";

/** The part of etcd's client that the cluster needs. */
export type Etcd = Pick<
  EtcdClient,
  "range" | "commit" | "endpoints" | "grantLease" | "renewLease" | "revokeLease" | "watch"
>;

/** Versions that the store keeps. */
const KEPT_VERSIONS = 50;

/** The roll-out in the store. */
export interface StoredRollout {
  /** The roll-out; undefined if there is none, or if it is damaged. */
  readonly rollout: Rollout | undefined;
  /** The revision of its key; 0 if the key does not exist. */
  readonly modRevision: number;
}

/** A new version. */
export interface NewVersion {
  /** The text of the file. */
  readonly text: string;
  /** The user and host that push it. */
  readonly author: string;
  /** The time of the push; milliseconds since 1970. */
  readonly at: number;
  /** How long a director runs with it before the next one takes it; milliseconds. */
  readonly soakMs: number;
  /** The older version whose text it repeats. */
  readonly rollbackOf?: number | undefined;
}

/** The configuration of a cluster in the store. */
export class ClusterStore {
  readonly #etcd: Etcd;
  readonly #url: StoreUrl;
  /** The keys. */
  readonly keys: ClusterKeys;

  /** Reads nothing yet. */
  constructor(etcd: Etcd, url: StoreUrl) {
    this.#etcd = etcd;
    this.#url = url;
    this.keys = clusterKeys(url.prefix);
  }

  /** The address of the store. */
  get address(): string {
    return this.#url.text;
  }

  /** The client. */
  get etcd(): Etcd {
    return this.#etcd;
  }

  /**
   * Reads the roll-out.
   *
   * @throws {EtcdError} If the store cannot be read.
   */
  async rollout(signal?: AbortSignal): Promise<StoredRollout> {
    const { entries: [entry] } = await this.#etcd.range({ key: this.keys.rollout }, signal);
    return { rollout: entry && parseRollout(entry.value), modRevision: entry?.modRevision ?? 0 };
  }

  /**
   * Reads a version.
   *
   * @param options.digest The digest that the text must have; undefined for any.
   * @throws {EtcdError} If the store cannot be read.
   * @throws {LvsctlError} If the store does not have it, or it is damaged or another text.
   */
  async version(
    number: number,
    { digest, signal }: { readonly digest?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Version> {
    const { entries: [entry] } = await this.#etcd.range({ key: versionKey(this.keys, number) }, signal);
    const version = entry === undefined ? undefined : parseVersion(entry.value);
    const isDamaged = version?.number !== number;
    if (!isDamaged && (digest === undefined || version.digest === digest)) return version;
    const reason = entry === undefined
      ? "the store does not have it"
      : isDamaged
      ? "it is damaged in the store, or a later lvsctl stored it"
      : "its text is not the one that the roll-out names";
    throw new LvsctlError(reason, {
      operation: "read",
      object: `version ${number} of ${this.address}`,
      hint: entry === undefined ? '"lvsctl cluster history" lists the versions' : "push the file again",
    });
  }

  /**
   * Reads all versions that are not damaged, the newest first.
   *
   * @throws {EtcdError} If the store cannot be read.
   */
  async versions(): Promise<readonly Version[]> {
    const { entries } = await this.#etcd.range({ prefix: this.keys.versions });
    const versions = entries.map(({ value }) => parseVersion(value));
    return versions.filter((version) => version !== undefined).sort((one, other) => other.number - one.number);
  }

  /**
   * Reads the directors that run, in the order of their names.
   *
   * @throws {EtcdError} If the store cannot be read.
   */
  async members(signal?: AbortSignal): Promise<readonly Member[]> {
    const { entries } = await this.#etcd.range({ prefix: this.keys.members }, signal);
    // A record with another name than its key never gets a turn, and would keep the roll-out waiting.
    return entries.map(({ key, value }) => ({ key, member: parseMember(value) }))
      .flatMap(({ key, member }) => member !== undefined && key === this.keys.members + member.name ? [member] : [])
      .sort((one, other) => one.name < other.name ? -1 : 1);
  }

  /**
   * Replaces the roll-out, if it has not changed since it was read.
   *
   * @param seen The roll-out as it was read.
   * @param options.member The member that must still run.
   * @returns The roll-out as it is stored now; undefined if it was not replaced.
   * @throws {EtcdError} If the store cannot be written.
   */
  async replace(
    rollout: Rollout,
    seen: StoredRollout,
    { member, signal }: { readonly member?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<StoredRollout | undefined> {
    const { isDone, revision } = await this.#etcd.commit({
      when: [
        { key: this.keys.rollout, modRevision: seen.modRevision },
        ...member === undefined ? [] : [{ key: this.keys.members + member, modRevision: "exists" as const }],
      ],
      then: [{ put: this.keys.rollout, value: formatRollout(rollout) }],
    }, signal);
    return isDone ? { rollout, modRevision: revision } : undefined;
  }

  /**
   * Stores a version, which the directors take one after another.
   *
   * @param seen The roll-out as it was read when the version was validated.
   * @returns The roll-out.
   * @throws {LvsctlError} If the text is too large, or the roll-out has changed.
   * @throws {EtcdError} If the store cannot be written.
   */
  async push(version: NewVersion, seen: StoredRollout): Promise<Rollout> {
    const { text, author, at, soakMs, rollbackOf } = version;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > MAX_TEXT_BYTES) {
      throw new LvsctlError(`the file has ${bytes} bytes, and the store takes at most ${MAX_TEXT_BYTES}`, {
        operation: "push to",
        object: this.address,
        hint: "use ranges and defaults in place of repeated services",
        exitCode: EXIT.usage,
      });
    }
    const before = seen.rollout;
    const number = (before?.number ?? await this.#lastNumber()) + 1;
    const digest = digestOf(text);
    const base = before === undefined ? 0 : before.state === "complete" ? before.number : before.base;
    const turn = nextTurn(await this.members(), { number, digest });
    // Without a director that lacks it nothing is left to do: those that start later take the last version.
    const state = turn === undefined ? "complete" : "running";
    const rollout: Rollout = { number, digest, author, at, base, state, soakMs, turn };
    const key = versionKey(this.keys, number);
    const { isDone } = await this.#etcd.commit({
      when: [{ key: this.keys.rollout, modRevision: seen.modRevision }, { key, modRevision: 0 }],
      then: [
        { put: key, value: formatVersion({ number, text, digest, author, at, rollbackOf }) },
        { put: this.keys.rollout, value: formatRollout(rollout) },
        ...this.#expired(number, base),
      ],
    });
    // The answer of an endpoint may be lost after it has stored the version: then the next one refuses it.
    if (isDone || isSamePush(rollout, (await this.rollout()).rollout)) return rollout;
    throw new LvsctlError("another push came first", {
      operation: "push to",
      object: this.address,
      hint: 'nothing was stored; look at "lvsctl cluster history" and push again',
    });
  }

  /** The removal of the version that is too old; the one that directors go back to stays. */
  #expired(number: number, base: number): readonly Operation[] {
    const old = number - KEPT_VERSIONS;
    return old > 0 && old !== base ? [{ remove: versionKey(this.keys, old) }] : [];
  }

  /** The number of the newest version, damaged or not, if the roll-out is missing or damaged. */
  async #lastNumber(): Promise<number> {
    const { entries } = await this.#etcd.range({ prefix: this.keys.versions });
    const numbers = entries.map(({ key }) => Number(key.slice(this.keys.versions.length)));
    return numbers.filter(isVersionNumber).reduce((last, number) => Math.max(last, number), 0);
  }
}

/** Whether a stored roll-out is the one of a push: directors change other parts of it as soon as it is stored. */
function isSamePush(pushed: Rollout, stored: Rollout | undefined): boolean {
  return stored?.number === pushed.number && stored.digest === pushed.digest && stored.author === pushed.author &&
    stored.at === pushed.at;
}
