import { describeTrack, type VrrpInstance, type VrrpTrack } from "../model/mod.ts";
import type { CommandEnd, CommandOptions } from "../process/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { TrackState } from "./effective_priority.ts";

/** A tracked program. */
type CommandTrack = Extract<VrrpTrack, { readonly kind: "command" }>;

/** Dependencies of a {@linkcode CommandWatch}. */
export interface CommandWatchOptions {
  /** Runs a program. */
  readonly run: (words: readonly string[], options: CommandOptions) => Promise<CommandEnd>;
  /** Called when a state has changed. */
  readonly onChange: () => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** Runs the programs that instances track, each at its interval and never twice at the same time. */
export class CommandWatch implements Disposable {
  readonly #options: CommandWatchOptions;
  readonly #programs = new Map<string, Program>();

  /** Runs nothing yet. */
  constructor(options: CommandWatchOptions) {
    this.#options = options;
  }

  /** Takes the instances of a file: programs that stay keep their state. */
  load(instances: readonly VrrpInstance[]): void {
    const tracks = instances.flatMap((instance) => instance.tracks).filter((track) => track.kind === "command");
    const wanted = new Map(tracks.map((track) => [describeTrack(track), track]));
    for (const [label, program] of this.#programs) {
      if (JSON.stringify(program.track) === JSON.stringify(wanted.get(label))) continue;
      program[Symbol.dispose]();
      this.#programs.delete(label);
    }
    for (const [label, track] of wanted) {
      if (!this.#programs.has(label)) this.#programs.set(label, new Program(track, this.#options));
    }
  }

  /** The states by label. */
  get states(): Readonly<Record<string, TrackState>> {
    return Object.fromEntries([...this.#programs].map(([label, { state }]) => [label, state]));
  }

  /** Ends all programs. */
  [Symbol.dispose](): void {
    for (const program of this.#programs.values()) program[Symbol.dispose]();
    this.#programs.clear();
  }
}

/** One program, run repeatedly. */
class Program implements Disposable {
  readonly track: CommandTrack;
  readonly #options: CommandWatchOptions;
  readonly #end = new AbortController();
  #timer: Disposable | undefined;
  #state: TrackState = "unknown";
  /** Number of results in a row that contradict the state. */
  #contrary = 0;

  constructor(track: CommandTrack, options: CommandWatchOptions) {
    this.track = track;
    this.#options = options;
    this.#run();
  }

  get state(): TrackState {
    return this.#state;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#end.abort();
  }

  #run(): void {
    const { run, clock } = this.#options;
    const { command, timeoutMs, intervalMs } = this.track;
    const startedAt = clock.now();
    const limit = new AbortController();
    let isLate = false;
    // One that the kernel does not end, because it waits for a disk for example, is bad all the time.
    const expire = (): void => {
      isLate = true;
      limit.abort();
      this.#timer = clock.setTimer(expire, intervalMs);
      this.#take(false);
    };
    this.#timer = clock.setTimer(expire, timeoutMs);
    const finish = (isGood: boolean): void => {
      if (this.#end.signal.aborted) return;
      this.#timer?.[Symbol.dispose]();
      if (!isLate) this.#take(isGood);
      this.#timer = clock.setTimer(() => this.#run(), Math.max(0, startedAt + intervalMs - clock.now()));
    };
    run(command, { environment: {}, signal: AbortSignal.any([limit.signal, this.#end.signal]), clock })
      .then((end) => finish(end.kind === "ended" && end.status.success), () => finish(false));
  }

  #take(isGood: boolean): void {
    const result = isGood ? "good" : "bad";
    if (result === this.#state) {
      this.#contrary = 0;
      return;
    }
    const { rise, fall } = this.track;
    const needed = this.#state === "unknown" ? 1 : isGood ? rise : fall;
    if (++this.#contrary < needed) return;
    this.#contrary = 0;
    this.#state = result;
    this.#options.onChange();
  }
}
