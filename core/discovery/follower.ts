import type { DiscoveredServer, Discovery, DiscoveryAnswer } from "../model/mod.ts";
import { type Clock, sleep } from "../time/mod.ts";
import { LossLimit } from "./loss_limit.ts";
import { failureReason } from "./failure.ts";
import type { SourceReader } from "./reader.ts";

/** The first delay after a failure, which each further one doubles, and the longest; milliseconds. */
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** A list with the time of its last confirmation. */
export interface KnownList {
  /** All servers. */
  readonly servers: readonly DiscoveredServer[];
  /** When the source last gave it; milliseconds since 1970. */
  readonly at: number;
}

/** The state of a source. */
export interface SourceStatus {
  /** Name of the source. */
  readonly name: string;
  /** Number of servers in the list in use; undefined without a list. */
  readonly servers: number | undefined;
  /** When the source last gave the list in use; milliseconds since 1970. Undefined if it never did. */
  readonly at: number | undefined;
  /** Why the source cannot be read now; undefined if it can. */
  readonly failure: string | undefined;
  /** Why its last list is refused; undefined if it is accepted. */
  readonly refusal: string | undefined;
  /** How often it could not be read. */
  readonly failures: number;
  /** How often a list was refused. */
  readonly refusals: number;
}

/** Options of a {@linkcode SourceFollower}. */
export interface FollowerOptions {
  /** The source and its rules. */
  readonly discovery: Discovery;
  /** Reads the source. */
  readonly reader: SourceReader;
  /** The list of an earlier daemon, or of the same source with other settings. */
  readonly known: KnownList | undefined;
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** A number from 0 to 1, by which reading times of many directors differ. */
  readonly random: () => number;
  /** Called when the list in use has changed. */
  readonly onList: (status: SourceStatus) => void;
  /** Called when a reading has failed or succeeded, or a list was refused or accepted, and the one before was not. */
  readonly onState: (status: SourceStatus) => void;
}

/** Follows one source: an error, an empty list and a list with too great a loss leave the last list in use. */
export class SourceFollower implements Disposable {
  readonly #options: FollowerOptions;
  readonly #controller = new AbortController();
  readonly #limit: LossLimit;
  readonly #settled = Promise.withResolvers<void>();
  #known: KnownList | undefined;
  #failure: string | undefined;
  #refusal: string | undefined;
  #failures = 0;
  #refusals = 0;
  #wake: AbortController | undefined;

  /** Starts to read. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#known = options.known;
    this.#limit = new LossLimit(options.known?.servers);
    void this.#run();
  }

  /** The list in use. */
  get known(): KnownList | undefined {
    return this.#known;
  }

  /** The servers of the source, or why there are none. */
  get answer(): DiscoveryAnswer {
    if (this.#known !== undefined) return { servers: this.#known.servers };
    return { failure: this.#failure ?? this.#refusal ?? "no answer yet" };
  }

  /** The state of the source. */
  get status(): SourceStatus {
    return {
      name: this.#options.discovery.name,
      servers: this.#known?.servers.length,
      at: this.#known?.at,
      failure: this.#failure,
      refusal: this.#refusal,
      failures: this.#failures,
      refusals: this.#refusals,
    };
  }

  /** Resolves once the source was read for the first time, with or without success. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Accepts the next list whatever it lacks, and reads it now. */
  agree(): void {
    this.#limit.agree();
    this.#wake?.abort();
  }

  /** Reads a source that has failed again now, and not after the delay. */
  retry(): void {
    if (this.#failure !== undefined) this.#wake?.abort();
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#controller.abort();
    this.#settled.resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    let retryMs = RETRY_MS;
    while (!signal.aborted) {
      const wake = this.#wake = new AbortController();
      const both = AbortSignal.any([signal, wake.signal]);
      let delayMs: number;
      try {
        const { servers, againMs } = await this.#options.reader.read(both);
        if (signal.aborted) return;
        delayMs = againMs;
        retryMs = RETRY_MS;
        this.#take(servers);
      } catch (error) {
        if (signal.aborted) return;
        if (wake.signal.aborted) retryMs = RETRY_MS;
        else this.#fail(error);
        delayMs = wake.signal.aborted ? 0 : retryMs;
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
      this.#settled.resolve();
      await this.#pause(delayMs, both);
    }
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    try {
      await sleep(delayMs * (0.9 + random() / 5), { clock, signal });
    } catch {
      // Either it was woken, or it ends.
    }
  }

  #fail(error: unknown): void {
    const { onState } = this.#options;
    const isNew = this.#failure === undefined;
    this.#failures++;
    this.#failure = failureReason(error);
    if (isNew) onState(this.status);
  }

  #take(servers: readonly DiscoveredServer[]): void {
    const { clock, timeOfDay, discovery, onList, onState } = this.#options;
    const before = { failure: this.#failure, refusal: this.#refusal };
    this.#failure = undefined;
    const decision = this.#limit.judge(servers, { ...discovery, now: clock.now() });
    this.#refusal = decision.isAccepted ? undefined : decision.reason;
    if (decision.isAccepted) {
      const hasChanged = !areEqual(this.#known?.servers, servers);
      this.#known = { servers, at: timeOfDay() };
      if (hasChanged) onList(this.status);
    } else this.#refusals++;
    const isSame = before.failure === undefined && (before.refusal === undefined) === (this.#refusal === undefined);
    if (!isSame) onState(this.status);
  }
}

function areEqual(a: readonly DiscoveredServer[] | undefined, b: readonly DiscoveredServer[]): boolean {
  if (a?.length !== b.length) return false;
  const text = ({ address, port, weight }: DiscoveredServer): string => `${address} ${port ?? ""} ${weight ?? ""}`;
  const known = new Set(a.map(text));
  return b.every((server) => known.has(text(server)));
}
