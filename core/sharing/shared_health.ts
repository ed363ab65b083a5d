import { EtcdError } from "../etcd/mod.ts";
import { counted, formatServiceId, type HealthSharing, type ServerId, type ServiceId } from "../model/mod.ts";
import { sleep } from "../time/mod.ts";
import { verdictKeys } from "./keys.ts";
import { MOST_DIRECTORS, OtherDirectors } from "./other_directors.ts";
import { Publisher } from "./publisher.ts";
import type { SharedHealthOptions, SharingStatus, Verdict, Vouch } from "./shared_health_options.ts";
import { MAX_LIST, MAX_STATES, sharedId } from "./verdicts.ts";

/** Time between two signs of life; milliseconds. */
const RENEW_MS = 2000;

/** The longest time between two attempts to publish while answers are lost; milliseconds. */
const LONGEST_RETRY_MS = 16_000;

/** Changes within this time are published together; milliseconds. */
const GATHER_MS = 50;

/** The shortest time between two publications, so that flapping servers do not fill the store; milliseconds. */
const LEAST_PUBLISH_MS = 500;

/** The shortest and the longest time between two readings, when nothing is disputed; milliseconds. */
const READ_MS = { least: 1000, most: 5000 };

/** Time between two readings while other directors keep a server that is unhealthy here; milliseconds. */
const DISPUTED_MS = 500;

/** A comparison that is younger than this needs no other one; milliseconds. */
const COMPARED_MS = 700;

/** How long the first reading may take until the own verdicts decide alone; milliseconds. */
const FIRST_READING_MS = 10_000;

/** How long the first publication waits for the first results of checks; milliseconds. */
const FIRST_RESULTS_MS = 2000;

/** Time between two looks at them; milliseconds. */
const LOOK_MS = 200;

/** The length of a stored text in an answer, with the base64 of it, its key and its revisions. */
const ENCODED = 1.5;

/** The bounds of the states that are read, because other programs may write there: this director, and one too many. */
const STATES_LIMITS = { limit: MOST_DIRECTORS + 2, maxBytes: ENCODED * MAX_STATES * (MOST_DIRECTORS + 2) };

/** The longest answer with a list; bytes. */
const LIST_BYTES = ENCODED * MAX_LIST;

/** How long verdicts count at least, however short the interval of a check is; milliseconds. */
const LEAST_AGE_MS = 5000;

/** A request that is repeated. */
type RequestKind = "publish" | "read";

/** What a failure of a request means. */
const FAILURE: Readonly<Record<RequestKind, string>> = {
  publish: "other directors do not get the verdicts of this one",
  read: "the checks of this director alone decide as soon as the verdicts of others are old",
};

/** What the first success after a failure means. */
const SUCCESS: Readonly<Record<RequestKind, string>> = {
  publish: "other directors get the verdicts of this one again",
  read: "the verdicts of other directors are known again",
};

/** Publishes the verdicts of this director, and knows those of others, which can only keep servers in the table. */
export class SharedHealth {
  readonly #options: SharedHealthOptions;
  readonly #publisher: Publisher;
  readonly #others = new OtherDirectors();
  #settings: HealthSharing;
  /** The settings from the next comparison on. */
  #nextSettings: HealthSharing;
  /** When the last successful reading began. */
  #readAt = -Infinity;
  /** When the verdicts were last compared: all decisions until the next time use the same age. */
  #comparedAt = -Infinity;
  /** Why the last request of each kind failed. */
  readonly #problems = new Map<RequestKind, string>();
  #unpublished = 0;
  /** The ids of servers that the file of this time has: its objects stay the same until another file is loaded. */
  readonly #ids = new WeakMap<ServiceId, WeakMap<ServerId, string>>();
  /** The disputed servers by their ids, with their services. */
  #disputed: ReadonlyMap<string, ServiceId> = new Map();
  /** The servers for which a vouch was given since the last comparison, by their ids, with their services. */
  readonly #answered = new Map<string, ServiceId>();
  #isBlind = false;
  /** Whether the verdicts of others are not known yet. */
  #isStarting = true;
  readonly #beganAt: number;
  #readEveryMs = READ_MS.least;
  #wakePublisher = (): void => {};
  #wakeReader = (): void => {};

  /** Does nothing yet. */
  constructor(options: SharedHealthOptions) {
    this.#options = options;
    this.#settings = this.#nextSettings = options.settings;
    this.#beganAt = options.clock.now();
    this.#publisher = new Publisher(options);
  }

  /** The state at this moment. */
  get status(): SharingStatus {
    const { quorum } = this.#settings;
    const { names, ignored } = this.#others;
    return {
      quorum,
      directors: names,
      ignored,
      unpublished: this.#unpublished,
      disputed: this.#disputed.size,
      isBlind: this.#isBlind,
      problem: this.#problems.get("read") ?? this.#problems.get("publish"),
    };
  }

  /**
   * The verdict of other directors on a server that is unhealthy here: undefined unless enough of them see it healthy,
   * none sees it unhealthy, and the last reading is young enough. Before the first reading it is of 0 directors.
   */
  vouchOf(
    checked: Pick<Verdict, "service" | "server" | "check">,
  ): Vouch | undefined {
    const vouch = this.#vouchOf(checked);
    // A decision may be made before the next comparison, which then has to include it.
    if (vouch !== undefined) this.#answered.set(this.#idOf(checked), checked.service);
    return vouch;
  }

  /** The id of a server; with thousands of servers, working it out takes longer than all the rest. */
  #idOf(checked: Pick<Verdict, "service" | "server" | "check">): string {
    const { service, server } = checked;
    let ids = this.#ids.get(service);
    if (ids === undefined) this.#ids.set(service, ids = new WeakMap());
    let id = ids.get(server);
    if (id === undefined) ids.set(server, id = sharedId(checked));
    return id;
  }

  #vouchOf(checked: Pick<Verdict, "service" | "server" | "check">): Vouch | undefined {
    const { clock } = this.#options;
    const { quorum, limitMs } = this.#settings;
    if (this.#isStarting) return { directors: 0, limitMs };
    // A process that stood still compares late: then the present moment counts.
    const now = Math.max(this.#comparedAt, clock.now() - 2 * DISPUTED_MS);
    if (now - this.#readAt > this.#maxAgeMs(checked)) return undefined;
    const { healthy, unhealthy } = this.#others.count(this.#idOf(checked));
    return unhealthy > 0 || healthy < quorum ? undefined : { directors: healthy, limitMs };
  }

  /** Publishes soon, because a verdict of this director has changed. */
  changed(): void {
    this.#wakePublisher();
    this.#wakeReader();
  }

  /** Takes other settings, which are active from the next comparison on. */
  configure(settings: HealthSharing): void {
    this.#nextSettings = settings;
    this.#wakeReader();
  }

  /**
   * Publishes and reads until the signal is aborted; then it leaves the store.
   *
   * @param options.isRestart Whether the same director starts again at once: then its verdicts stay for the time of
   * their lease, so that other directors keep their servers.
   */
  async run(
    signal: AbortSignal,
    { isRestart = () => false }: { readonly isRestart?: () => boolean } = {},
  ): Promise<void> {
    await Promise.all([this.#publish(signal), this.#read(signal), this.#watchAge(signal)]);
    await this.#publisher.leave({ isRestart: isRestart() });
    if (isRestart()) return;
    this.#others.clear();
    this.#readAt = -Infinity;
    this.#isStarting = false;
    this.#compare();
  }

  #maxAgeMs({ check }: Pick<Verdict, "check">): number {
    return Math.max(this.#settings.maxAgeIntervals * check.intervalMs, LEAST_AGE_MS);
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { verdicts, clock } = this.#options;
    let renewMs = RENEW_MS;
    await this.#untilFirstResults(signal);
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => this.#wakePublisher = resolve);
      const began = clock.now();
      await this.#attempt("publish", signal, async () => {
        const left = await this.#publisher.publish(verdicts(), signal);
        if (left > 0 && this.#unpublished === 0) {
          this.#options.log("warning", `the verdicts on ${counted(left, "server")} are not shared: they are too many`);
        }
        this.#unpublished = left;
      });
      // An answer that was lost may stand for a write, which etcd keeps until it is compacted.
      const { hasLostWrite } = this.#publisher;
      renewMs = hasLostWrite ? Math.min(2 * renewMs, LONGEST_RETRY_MS) : RENEW_MS;
      await this.#wait(renewMs, { woken: hasLostWrite ? undefined : woken, signal });
      const pauseMs = Math.max(GATHER_MS, LEAST_PUBLISH_MS - (clock.now() - began));
      await sleep(pauseMs, { clock, signal }).catch(() => {});
    }
  }

  /** Waits for the first results, so that the verdicts of before a restart are not replaced by unknown ones. */
  async #untilFirstResults(signal: AbortSignal): Promise<void> {
    const { verdicts, clock } = this.#options;
    while (!signal.aborted && clock.now() - this.#beganAt < FIRST_RESULTS_MS) {
      if (verdicts().every(({ health }) => health !== "unknown")) return;
      await sleep(LOOK_MS, { clock, signal }).catch(() => {});
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => this.#wakeReader = resolve);
      await this.#attempt("read", signal, () => this.#readOnce(signal));
      this.#compare();
      const isDisputed = this.#disputed.size > 0;
      await this.#wait(isDisputed ? DISPUTED_MS : this.#readEveryMs * (0.75 + random() / 2), { woken, signal });
      // A change of this director is often one of the others too, a moment later.
      await sleep(GATHER_MS, { clock: this.#options.clock, signal }).catch(() => {});
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { etcd, prefix, name, clock } = this.#options;
    const keys = verdictKeys(prefix);
    // The answer may be on its way for a time.
    const began = clock.now();
    const states = await etcd.range({ prefix: keys.states, ...STATES_LIMITS }, signal);
    const reading = this.#others.begin(states, { prefix: keys.states, own: name });
    for (const director of reading.lacking()) {
      const list = await this.#readList(keys.lists + director, signal);
      if (list !== undefined) reading.takeList(list);
    }
    // States count for nothing without their list, so a decision has either the old ones or all of the new ones.
    this.#others.take(reading);
    this.#readAt = began;
  }

  /** Reads a stored list; one that is too long counts as missing, so that it concerns its director alone. */
  async #readList(key: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await this.#options.etcd.range({ key, maxBytes: LIST_BYTES }, signal)).entries[0]?.value;
    } catch (error) {
      if (error instanceof EtcdError && error.etcdKind === "oversized") return undefined;
      throw error;
    }
  }

  /** Notices verdicts that have become too old while the store does not answer. */
  async #watchAge(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await sleep(DISPUTED_MS, { clock, signal }).catch(() => {});
      const hasNews = this.#disputed.size + this.#answered.size > 0;
      if (!signal.aborted && hasNews && clock.now() - this.#comparedAt > COMPARED_MS) this.#compare();
    }
  }

  /** Compares the own verdicts with those of others, and reports the services for which that makes a difference. */
  #compare(): void {
    const { verdicts, onChanged, clock } = this.#options;
    this.#comparedAt = clock.now();
    const isSame = this.#settings === this.#nextSettings;
    this.#settings = this.#nextSettings;
    const isFirst = this.#isStarting;
    if (isFirst && this.#readAt === -Infinity && this.#comparedAt - this.#beganAt < FIRST_READING_MS) return;
    this.#isStarting = false;
    const own = verdicts();
    const disputed = new Map<string, ServiceId>();
    let [ill, leastAgeMs] = [0, READ_MS.most * 4];
    for (const verdict of own) {
      leastAgeMs = Math.min(leastAgeMs, this.#maxAgeMs(verdict));
      if (verdict.decided !== "unhealthy") continue;
      ill++;
      if (this.#vouchOf(verdict) !== undefined) disputed.set(this.#idOf(verdict), verdict.service);
    }
    // Several readings within the age at which a verdict no longer counts: one may be slow.
    this.#readEveryMs = Math.min(Math.max(leastAgeMs / 4, READ_MS.least), READ_MS.most);
    const decided = new Map([...this.#disputed, ...this.#answered]);
    // Decisions of before the first reading, and with other settings, are made again.
    const [before, services] = isFirst || !isSame
      ? [new Map<string, ServiceId>(), new Set(decided.values())]
      : [decided, new Set<ServiceId>()];
    this.#answered.clear();
    this.#disputed = disputed;
    for (const [id, service] of before) if (!disputed.has(id)) services.add(service);
    for (const [id, service] of disputed) if (!before.has(id)) services.add(service);
    if (services.size > 0) onChanged([...services].map(formatServiceId));
    this.#noteBlindness(own.length > 0 && ill === own.length && 2 * disputed.size > own.length, own.length);
  }

  #noteBlindness(isBlind: boolean, servers: number): void {
    if (isBlind === this.#isBlind) return;
    this.#isBlind = isBlind;
    const { log } = this.#options;
    if (!isBlind) {
      return log("notice", "this director reaches servers again, or other directors do not reach them either");
    }
    log(
      "error",
      `this director cannot reach the servers: all ${servers} are unhealthy here, and other directors reach most of ` +
        "them; examine its network",
    );
  }

  /** Makes a request; a failure is reported once until the next success. */
  async #attempt(kind: RequestKind, signal: AbortSignal, request: () => Promise<void>): Promise<void> {
    const { log, onBug } = this.#options;
    try {
      await request();
      if (this.#problems.delete(kind)) log("notice", SUCCESS[kind]);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EtcdError)) return onBug(error);
      if (!this.#problems.has(kind)) log("warning", `${error.message}; ${FAILURE[kind]}`);
      this.#problems.set(kind, error.message);
    }
  }

  async #wait(
    delayMs: number,
    { woken, signal }: { readonly woken: Promise<void> | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = (): void => resolve();
    using _timer = clock.setTimer(stop, delayMs);
    signal.addEventListener("abort", stop, { once: true });
    void woken?.then(stop);
    if (signal.aborted) stop();
    await promise;
    signal.removeEventListener("abort", stop);
  }
}
