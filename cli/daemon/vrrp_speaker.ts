import type { StartedProgram } from "../../core/host/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { type Discards, type RouterEvent, routersOf, type RouterStatus, type TrackState } from "../../core/vrrp/mod.ts";
import { type Adoption, type FormerSpeaker, type SpeakerLink, startSpeaker } from "./speaker_link.ts";
import { SpeakerProcess } from "./speaker_process.ts";

/** Time between two signs of life; milliseconds. */
const ALIVE_MS = 1000;

/** Signs of life after which a process that has given none is replaced. A daemon that stands still gives none either. */
const MOST_UNANSWERED = 10;

/** Time until a process that has ended is started again; milliseconds. */
const RESTART_MS = 1000;

/** How long the process of another version goes on while no process of this version starts; milliseconds. */
const REPLACE_MS = 20_000;

/** Options of a {@linkcode VrrpSpeaker}. */
export interface VrrpSpeakerOptions {
  /** The program that runs the routers. */
  readonly program: () => StartedProgram;
  /** Takes over the process of a daemon that has ended; undefined if there is none. */
  readonly adopt: () => Promise<Adoption | undefined>;
  /** Whether another daemon can connect to the process. */
  readonly isReachable: () => Promise<boolean>;
  /** Receives reports. */
  readonly onEvent: (event: RouterEvent) => void;
  /** Removes what a killed process has left on the machine. */
  readonly removeLeftovers: () => void;
  /** Receives the state of all routers, about once in a second. */
  readonly onStatus: (routers: readonly RouterStatus[]) => void;
  /** Called with the routers of a process that was taken over or replaced, as they are. */
  readonly onAdopted: (routers: readonly RouterStatus[]) => void;
  /** Called if the process ends by itself, after its addresses are removed. */
  readonly onLost: (reason: string) => void;
  /** Receives the message if the process ends by itself. */
  readonly onProblem: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/**
 * The daemon's side of the process that runs the virtual routers. They have a process of their own, because the daemon's
 * loop may stand still for seconds while it changes a large table, and because it removes the addresses if the daemon is
 * killed.
 */
export class VrrpSpeaker implements AsyncDisposable {
  readonly #options: VrrpSpeakerOptions;
  readonly #released = new Set<string>();
  #desired: Pick<DesiredState, "vrrp" | "vrrpGroups"> = {};
  #tracks: Readonly<Record<string, TrackState>> = {};
  #process: SpeakerProcess | undefined;
  #timer: Disposable | undefined;
  #routers: readonly RouterStatus[] = [];
  #discarded: Discards = {};
  /** Number of signs of life since the last message of the process. */
  #unanswered = 0;
  #isClosed = false;
  readonly #closing = Promise.withResolvers<void>();
  /** How long the process goes on for the next daemon, milliseconds; undefined if it has to end. */
  #holdMs: number | undefined;
  /** Resolved when a process of a former daemon is taken over, or there is none; undefined before the first start. */
  #adoption: Promise<void> | undefined;
  /** Resolved when the process of a former daemon has ended; undefined if the first file has routers. */
  #farewell: Promise<boolean> | undefined;

  /** Starts no process yet. */
  constructor(options: VrrpSpeakerOptions) {
    this.#options = options;
  }

  /** The last reported state of all routers. */
  get routers(): readonly RouterStatus[] {
    return this.#routers;
  }

  /** Messages that belong to no router, by reason, of the present process. */
  get discarded(): Discards {
    return this.#discarded;
  }

  /**
   * Takes the first file or another one; the process starts when a file has routers. If the first file has none, the
   * process of a former daemon ends.
   */
  load(desired: Pick<DesiredState, "vrrp" | "vrrpGroups">): void {
    this.#desired = desired;
    const names = new Set((desired.vrrp ?? []).map(({ name }) => name));
    for (const name of this.#released) if (!names.has(name)) this.#released.delete(name);
    if (this.#process !== undefined) this.#configure(this.#process);
    else if (names.size > 0 && this.#adoption === undefined) this.#adoption = this.#adopt();
    else if (names.size === 0) this.#farewell ??= this.#endFormer();
  }

  /** Takes the states of tracked things, by their labels. */
  track(states: Readonly<Record<string, TrackState>>): void {
    this.#tracks = states;
    this.#process?.send({ kind: "track", states });
  }

  /** The routers of an instance give up their addresses, or take part again. */
  setReleased(name: string, isReleased: boolean): void {
    if (isReleased) this.#released.add(name);
    else this.#released.delete(name);
    this.#process?.send({ kind: "release", name, isReleased });
  }

  /**
   * Leaves the process to the next daemon: until then it goes on, and keeps its addresses. One that the next daemon cannot
   * reach is stopped.
   *
   * @param options.forMs How long it goes on without a daemon; milliseconds.
   * @returns Whether the routers stay as they are.
   */
  async leave({ forMs }: { readonly forMs: number }): Promise<boolean> {
    this.#holdMs = forMs;
    await this.#close();
    const process = this.#process;
    if (process === undefined) return true;
    if (!await this.#options.isReachable()) {
      this.#options.onProblem(
        "the next daemon cannot reach the process of the virtual routers: it gives up its addresses",
      );
      await process.stop(this.#options.clock);
      return false;
    }
    this.#process = undefined;
    process.send({ kind: "hold", forMs });
    await process.leave();
    return true;
  }

  /** Ends a process that was left, because no other daemon follows. Returns false if there is none any more. */
  async recall(): Promise<boolean> {
    return await this.#endFormer();
  }

  /** Ends the process, which gives up its addresses first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#process?.stop(this.#options.clock);
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    this.#timer?.[Symbol.dispose]();
    await Promise.all([this.#farewell, this.#adoption]);
  }

  /** Ends the process of a former daemon, whose file had routers. Returns false if there is none. */
  async #endFormer(): Promise<boolean> {
    const adoption = await this.#options.adopt();
    if (adoption === undefined) return false;
    if ("former" in adoption) await adoption.former.stop();
    else await this.#follow(adoption.link, { isAdopted: false }).stop(this.#options.clock);
    // One that did not stop in time is killed.
    this.#removeLeftovers();
    return true;
  }

  async #adopt(): Promise<void> {
    await this.#farewell;
    const adoption = await this.#options.adopt();
    if (adoption !== undefined && "former" in adoption) await this.#replace(adoption.former);
    else if (adoption !== undefined || !this.#isClosed) this.#start(adoption?.link);
  }

  /** Replaces the process of another version: the present one is ready before that ends, so that no packet is missing. */
  async #replace(former: FormerSpeaker): Promise<void> {
    const process = await this.#startBeside(former);
    if (process === undefined) {
      // A process that was not ready may have replaced its socket.
      const forMs = this.#isClosed && await this.#options.isReachable() ? this.#holdMs : undefined;
      if (forMs !== undefined) return await former.hold({ forMs });
      await former.stop();
      this.#removeLeftovers();
      if (!this.#isClosed) this.#startLater();
      return;
    }
    const routers = await former.leave();
    this.#keepReleased(routers);
    this.#options.onAdopted(routers);
    this.#begin(process, routers.filter(({ state }) => state === "active"));
  }

  /** Starts a process while another one goes on; undefined if none is ready in time, or the daemon stops. */
  async #startBeside(former: FormerSpeaker): Promise<SpeakerProcess | undefined> {
    const { clock, onProblem } = this.#options;
    const until = clock.now() + REPLACE_MS;
    while (!this.#isClosed) {
      former.alive();
      const process = this.#tryStart();
      const ready = process?.isReady(clock);
      await Promise.race([ready, this.#closing.promise]);
      // The next daemon finds this process if it is there: it has replaced the socket of the other one.
      const isUseful = !this.#isClosed || this.#holdMs !== undefined;
      if (isUseful && await ready === true) return process;
      await process?.destroy();
      if (this.#isClosed) break;
      const goesOn = clock.now() < until;
      onProblem(
        "the process of the virtual routers is not ready; that of another version " +
          (goesOn ? "goes on meanwhile" : "gives up its addresses"),
      );
      if (!goesOn) break;
      const wait = Promise.withResolvers<void>();
      using _timer = clock.setTimer(() => wait.resolve(), RESTART_MS);
      await Promise.race([wait.promise, this.#closing.promise]);
    }
    return undefined;
  }

  #start(adopted?: SpeakerLink): void {
    const process = adopted === undefined ? this.#tryStart() : this.#follow(adopted, { isAdopted: true });
    if (process === undefined) this.#startLater();
    else this.#begin(process);
  }

  /** Starts a process; undefined, with a report, if that fails. */
  #tryStart(): SpeakerProcess | undefined {
    const { onProblem, program } = this.#options;
    try {
      return this.#follow(startSpeaker(program()), { isAdopted: false });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onProblem(`the process of the virtual routers cannot start: ${reason}; it is tried again`);
      return undefined;
    }
  }

  /**
   * Uses a process from now on.
   *
   * @param continued The active routers of the process before it, which it continues.
   */
  #begin(process: SpeakerProcess, continued: readonly RouterStatus[] = []): void {
    this.#process = process;
    this.#unanswered = 0;
    // It may have ended while it waited for the process before it, whose addresses are there.
    if (process.endReason !== undefined) return this.#lose(process.endReason);
    this.#configure(process, continued);
    this.#live(process);
  }

  #startLater(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.setTimer(() => this.#start(), RESTART_MS);
  }

  #follow(link: SpeakerLink, { isAdopted }: { readonly isAdopted: boolean }): SpeakerProcess {
    const { onEvent, onStatus, onAdopted } = this.#options;
    let isNew = isAdopted;
    const process = new SpeakerProcess(link, {
      onMessage: (message) => {
        this.#unanswered = 0;
        if (message.kind === "hello") return;
        if (message.kind === "event") return this.#inform(() => onEvent(message.event));
        this.#routers = message.routers;
        this.#discarded = message.discarded;
        if (isNew) {
          this.#keepReleased(message.routers);
          this.#inform(() => onAdopted(message.routers));
        }
        isNew = false;
        this.#inform(() => onStatus(message.routers));
      },
      onEnd: (reason) => {
        // One that was left, or that was not used yet, has no addresses.
        if (this.#process === process) this.#lose(reason);
      },
    });
    return process;
  }

  /** A bug of what follows the routers, as notifications do, must not end their process. */
  #inform(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.onProblem(`internal error: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The present process has ended by itself. */
  #lose(reason: string): void {
    this.#process = undefined;
    this.#routers = [];
    this.#discarded = {};
    this.#removeLeftovers();
    if (this.#isClosed) return;
    this.#options.onProblem(`the process of the virtual routers has ended (${reason}); it starts again`);
    this.#options.onLost(`the process of the virtual routers has ended (${reason})`);
    this.#startLater();
  }

  #removeLeftovers(): void {
    try {
      this.#options.removeLeftovers();
    } catch (error) {
      this.#options.onProblem(error instanceof Error ? error.message : String(error));
    }
  }

  /** A process that is started later has to know what a former daemon has released. */
  #keepReleased(routers: readonly RouterStatus[]): void {
    for (const { name, state } of routers) if (state === "released") this.#released.add(name);
  }

  #configure(process: SpeakerProcess, continued: readonly RouterStatus[] = []): void {
    process.send({ kind: "track", states: this.#tracks });
    for (const name of this.#released) process.send({ kind: "release", name, isReleased: true });
    const settings = routersOf(this.#desired);
    process.send({ kind: "configure", settings, ...continued.length === 0 ? {} : { continued } });
  }

  /** Gives signs of life as long as the process runs. */
  #live(process: SpeakerProcess): void {
    this.#timer?.[Symbol.dispose]();
    if (process !== this.#process || this.#isClosed) return;
    if (++this.#unanswered > MOST_UNANSWERED) {
      this.#options.onProblem("the process of the virtual routers does not answer; it is replaced");
      return process.kill();
    }
    process.send({ kind: "alive" });
    this.#timer = this.#options.clock.setTimer(() => this.#live(process), ALIVE_MS);
  }
}
