import { LvsctlError } from "../errors/mod.ts";
import { EtcdError, type Snapshot, type WatchMessage } from "../etcd/mod.ts";
import { oneLine } from "../model/mod.ts";
import { sleep, unlessAborted } from "../time/mod.ts";
import type { DirectorOptions, StoreStatus } from "./director_options.ts";
import { type Member, nextTurn } from "./member.ts";
import { Presence } from "./presence.ts";
import { nextStep, parseRollout, type Rollout } from "./rollout.ts";
import type { StoredRollout } from "./store.ts";
import { StoreFollower } from "./store_follower.ts";
import { takeTurn } from "./turn.ts";
import type { Version } from "./version.ts";

/** Time between two looks of each director at the one that has the turn; milliseconds. */
const LOOK_MS = 20_000;

/** Time between two attempts to report the end of a turn; milliseconds. */
const REPORT_AGAIN_MS = 1000;

/** A director of a cluster: follows the store, and takes versions when it is its turn. */
export class ClusterDirector {
  readonly #options: DirectorOptions;
  readonly #presence: Presence;
  #active: Version;
  #stored: StoredRollout = { rollout: undefined, modRevision: 0 };
  #problem: string | undefined;
  #confirmedAt: number | undefined;
  /** The version that is not valid here, and why. */
  #refused: { readonly digest: string; readonly reason: string } | undefined;
  readonly #follower: StoreFollower;
  #lookedAt = -Infinity;
  #acting: Promise<void> | undefined;
  #mustAct = false;
  /** The signal of the run; a step goes on after the request that led to it. */
  #running: AbortSignal | undefined;

  /** Does nothing yet. */
  constructor(options: DirectorOptions) {
    this.#options = options;
    this.#active = options.active;
    this.#problem = options.problem;
    this.#confirmedAt = options.problem === undefined ? options.timeOfDay() : undefined;
    this.#presence = new Presence({
      store: options.store,
      clock: options.clock,
      describe: () => this.#description,
      onBug: (error) => options.hooks.bug(error),
      onOther: ({ name }) =>
        options.hooks.log(
          "warning",
          `${name} is in the store already: the last daemon of this director was killed, or another director has the same ` +
            "name; set LVSCTL_HOST there",
        ),
      onLost: (error) => {
        this.#lose(error.message);
        // The stream may be as dead as the requests, without a sign of it.
        this.#follower.readAgain();
      },
    });
    this.#follower = new StoreFollower({
      store: options.store,
      clock: options.clock,
      random: options.random,
      onSnapshot: (snapshot) => this.#take(snapshot),
      onMessage: (message) => this.#follows(message),
      onLost: (error) => this.#lose(error.message),
      onBug: (error) => options.hooks.bug(error),
    });
  }

  /** The state of its configuration. */
  get status(): StoreStatus {
    return {
      active: this.#active,
      confirmedAt: this.#confirmedAt,
      problem: this.#problem,
      refusal: this.#refused?.reason,
      rollout: this.#stored.rollout,
      endpoints: this.#options.store.etcd.endpoints,
    };
  }

  /** Follows the store until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = signal;
    await Promise.all([this.#follower.run(signal), this.#presence.run(signal), this.#look(signal)]);
    await this.#acting;
  }

  /**
   * Reads the store again, and a version that was not valid here too.
   *
   * @throws {LvsctlError} If the store cannot be read, or the version is not valid here.
   */
  async refresh(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    let snapshot: Snapshot;
    try {
      snapshot = await store.etcd.range({ prefix: store.keys.watched }, signal);
    } catch (error) {
      if (!(error instanceof EtcdError) && !signal.aborted) throw error;
      const problem = error instanceof EtcdError ? error.message : `${store.address} does not answer in time`;
      this.#lose(problem);
      throw new LvsctlError(`${problem}; version ${this.#active.number} stays active`);
    }
    this.#refused = undefined;
    this.#take(snapshot);
    if (this.#problem !== undefined) throw new LvsctlError(this.#problem);
    const step = this.#step;
    if (step?.kind !== "take") return;
    if (this.#acting !== undefined) await unlessAborted(this.#acting, signal);
    const { refusal } = this.status;
    if (refusal !== undefined) throw new LvsctlError(refusal);
    if (signal.aborted) throw new LvsctlError(`version ${step.number} is not active yet`);
  }

  get #description(): Member {
    const { name, instance, labels, program, hooks, timeOfDay } = this.#options;
    const { number, digest } = this.#active;
    const error = this.#refused?.reason;
    return { name, instance, program, number, digest, at: timeOfDay(), health: hooks.health(), labels, error };
  }

  #take({ entries }: Snapshot): void {
    const { store: { keys } } = this.#options;
    const entry = entries.find(({ key }) => key === keys.rollout);
    this.#takeRollout({ text: entry?.value, modRevision: entry?.modRevision ?? 0 });
  }

  #follows({ changes }: WatchMessage): void {
    const { store: { keys } } = this.#options;
    for (const { key, entry } of changes) {
      if (key !== keys.rollout) continue;
      // An event that comes late is older than what was read.
      if (entry !== undefined && entry.modRevision <= this.#stored.modRevision) continue;
      this.#takeRollout({ text: entry?.value, modRevision: entry?.modRevision ?? 0 });
    }
  }

  #takeRollout({ text, modRevision }: { readonly text: string | undefined; readonly modRevision: number }): void {
    const { store: { address }, hooks, timeOfDay } = this.#options;
    const rollout = text === undefined ? undefined : parseRollout(text);
    // A turn that has just begun needs no look: with many directors, each event would be as many requests.
    if (modRevision !== this.#stored.modRevision) this.#lookedAt = this.#options.clock.now();
    this.#stored = { rollout, modRevision };
    if (rollout === undefined) {
      const what = text === undefined ? "has no configuration" : "has a damaged configuration";
      return this.#lose(`${address} ${what}`);
    }
    if (this.#problem !== undefined) hooks.log("notice", `${address} answers again`);
    this.#problem = undefined;
    this.#confirmedAt = timeOfDay();
    this.#act();
  }

  #lose(problem: string): void {
    const before = this.#problem;
    this.#problem = problem;
    if (before !== undefined) return;
    this.#options.hooks.log("error", `${problem}; version ${this.#active.number} stays active`);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      await sleep(LOOK_MS * (0.75 + random() / 2), { clock, signal }).catch(() => {});
      if (!signal.aborted) this.#act();
    }
  }

  get #step(): ReturnType<typeof nextStep> | undefined {
    const { rollout } = this.#stored;
    if (rollout === undefined) return undefined;
    const { name, instance } = this.#options;
    return nextStep(rollout, { name, instance, active: this.#active });
  }

  /** Does the next step, and once more if something changes meanwhile. */
  #act(): void {
    if (this.#running === undefined) return;
    this.#mustAct = true;
    this.#acting ??= this.#steps(this.#running).finally(() => this.#acting = undefined);
  }

  async #steps(signal: AbortSignal): Promise<void> {
    while (this.#mustAct && !signal.aborted) {
      this.#mustAct = false;
      try {
        await this.#doStep(signal);
      } catch (error) {
        if (signal.aborted) return;
        // The next look tries again.
        if (error instanceof EtcdError) this.#lose(error.message);
        else if (error instanceof LvsctlError) this.#options.hooks.log("error", error.message);
        else this.#options.hooks.bug(error);
      }
    }
  }

  async #doStep(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const { rollout } = this.#stored;
    const step = this.#step;
    if (rollout === undefined || step === undefined) return;
    switch (step.kind) {
      case "keep":
        // The turn was claimed, but the answer to that was lost.
        return this.#isMine(rollout) ? await this.#takeTurn(rollout, signal) : undefined;
      case "take":
        return await this.#takeVersion(step.number, signal);
      case "halt":
        return void await store.replace({ ...rollout, state: "halted", reason: step.reason }, this.#stored, { signal });
      case "elect":
        return await this.#passOn(rollout, signal);
      case "wait":
        return await this.#lookAt(step.turn, rollout, signal);
      case "apply":
        return await this.#claimTurn(rollout, signal);
    }
  }

  async #takeVersion(number: number, signal: AbortSignal): Promise<void> {
    const { hooks } = this.#options;
    const { digest } = this.#stored.rollout ?? { digest: "" };
    if (this.#refused?.digest === digest) return;
    try {
      await this.#apply(await this.#read(number, signal));
      this.#refused = undefined;
    } catch (error) {
      if (!(error instanceof LvsctlError) || error instanceof EtcdError) throw error;
      const reason = `version ${number} is not active: ${error.message}`;
      this.#refused = { digest, reason };
      hooks.log("error", reason);
    }
    await this.#presence.renew(signal);
  }

  /** Reads a version, whose text has to be the one that the roll-out names. */
  async #read(number: number, signal: AbortSignal): Promise<Version> {
    const { store } = this.#options;
    const { rollout } = this.#stored;
    return await store.version(number, { digest: rollout?.number === number ? rollout.digest : undefined, signal });
  }

  async #apply(version: Version): Promise<void> {
    const { hooks } = this.#options;
    await hooks.apply(version);
    this.#active = version;
    hooks.save(version);
  }

  /** Makes it the turn of the next director that does not have the version; without one the roll-out is complete. */
  async #passOn(rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { store, hooks } = this.#options;
    await this.#presence.renew(signal);
    const turn = nextTurn(await store.members(signal), rollout);
    const next: Rollout = { ...rollout, turn, applying: undefined, state: turn === undefined ? "complete" : "running" };
    const stored = await store.replace(next, this.#stored, { signal });
    if (stored === undefined) return;
    this.#stored = stored;
    const after = turn === undefined ? "all directors have it" : `the next director is ${turn}`;
    hooks.log("info", `version ${rollout.number} of ${store.address}: ${after}`);
  }

  /** Looks whether the director that has the turn still runs. */
  async #lookAt(turn: string, rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options;
    if (clock.now() - this.#lookedAt < LOOK_MS / 2) return;
    this.#lookedAt = clock.now();
    const { entries } = await store.etcd.range({ key: store.keys.members + turn }, signal);
    if (entries.length > 0) return;
    if (rollout.applying === undefined) return await this.#passOn(rollout, signal);
    const reason = `${turn}: the daemon ended, or lost the store, while it applied version ${rollout.number}`;
    await store.replace({ ...rollout, state: "halted", reason }, this.#stored, { signal });
  }

  async #claimTurn(rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { store, name, instance } = this.#options;
    const claimed = await store.replace({ ...rollout, applying: instance }, this.#stored, { member: name, signal });
    // Another director has changed it: the event is on its way.
    if (claimed === undefined) return;
    this.#stored = claimed;
    await this.#takeTurn(rollout, signal);
  }

  async #takeTurn(rollout: Rollout, signal: AbortSignal): Promise<void> {
    const { store, clock, hooks } = this.#options;
    const previous = this.#active;
    hooks.log("info", `version ${rollout.number} of ${store.address}: it is the turn of this director`);
    const failure = await takeTurn(rollout, {
      read: () => this.#read(rollout.number, signal),
      apply: (version) => this.#apply(version),
      previous,
      hooks,
      clock,
      signal,
      isCurrent: () => this.#stored.rollout === undefined || this.#isMine(rollout),
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      hooks.bug(error);
      return `internal error: ${oneLine(String(error))}`;
    });
    this.#refused = failure === undefined ? undefined : { digest: rollout.digest, reason: failure };
    await this.#endTurn(rollout, { failure, signal });
    const { rollout: last } = this.#stored;
    if (failure !== undefined || last?.state !== "halted" || this.#active === previous) return;
    if (last.number === rollout.number && last.applying === this.#options.instance) await this.#goBack(last, previous);
  }

  /** Leaves the version of a roll-out that another director has halted, because this one seemed to have ended. */
  async #goBack({ number, reason }: Rollout, previous: Version): Promise<void> {
    const { hooks } = this.#options;
    const halted = `the roll-out of version ${number} has halted: ${reason ?? "no reason given"}`;
    try {
      await this.#apply(previous);
      hooks.log("error", `${halted}; version ${previous.number} is active again`);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      hooks.log("error", `${halted}; and version ${previous.number} is not valid any more: ${error.message}`);
    }
  }

  #isMine({ number }: Rollout): boolean {
    const { rollout } = this.#stored;
    return rollout?.number === number && rollout.state === "running" && rollout.applying === this.#options.instance;
  }

  /** Reports the end of the turn, also if the store is away for a time. */
  async #endTurn(
    rollout: Rollout,
    { failure, signal }: { readonly failure: string | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    const { store, name, clock } = this.#options;
    while (!signal.aborted) {
      try {
        this.#stored = await store.rollout(signal);
        const { rollout: current } = this.#stored;
        if (current === undefined || !this.#isMine(rollout)) return;
        if (failure === undefined) return await this.#passOn(current, signal);
        await this.#presence.renew(signal);
        const reason = `${name}: ${failure}`;
        const halted = await store.replace({ ...current, state: "halted", reason }, this.#stored, { signal });
        if (halted !== undefined) return void (this.#stored = halted);
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        this.#lose(error.message);
      }
      await sleep(REPORT_AGAIN_MS, { clock, signal });
    }
  }
}
