import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { ownProgram } from "../../core/host/mod.ts";
import type { Check, DesiredState, Health, VrrpInstance, VrrpStateEvent } from "../../core/model/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";
import { runCommand } from "../../core/process/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { removeVrrpLeftovers } from "../../core/system/vrrp.ts";
import {
  checkTracks,
  CommandWatch,
  type Discards,
  FileWatch,
  type GroupState,
  InstanceStates,
  type RouterEvent,
  type RouterStatus,
  serviceTracks,
  type StateChange,
  stateEvent,
} from "../../core/vrrp/mod.ts";
import { describeRouterEvent } from "../format/vrrp.ts";
import type { EndSignals } from "./end_signals.ts";
import type { DaemonLog } from "./log.ts";
import { VERSION } from "../context/version.ts";
import { adoptSpeaker, hasSpeaker } from "./speaker_link.ts";
import { followChanges } from "./state_followers.ts";
import { SyncFollower, type SyncFollowerOptions } from "./sync_follower.ts";
import type { Directories } from "../state/directories.ts";
import { speakerSocket, VrrpFiles } from "./vrrp_files.ts";
import { VrrpSpeaker } from "./vrrp_speaker.ts";

/** How often the quorums of services are read; milliseconds. */
const LOOK_MS = 500;

/** How long the routers go on without a daemon while it is restarted; milliseconds. */
const RESTART_MS = 30_000;

/** The most bytes of a tracked file. */
const MOST_BYTES = 4096;

/** Options of {@linkcode VirtualRouters}. */
export interface VirtualRoutersOptions {
  /** The log. */
  readonly log: DaemonLog;
  /** The known state of the quorum of a service, by its name in the file. */
  readonly quorum: (name: string) => "met" | "lost" | undefined;
  /** The known health of a tracked check. */
  readonly healthOf: (check: Check) => Health;
  /** The directories of the files that the process of the routers writes; undefined without any. */
  readonly directories: Directories | undefined;
  /** The kernel, whose sync daemons follow. */
  readonly kernel: SyncFollowerOptions["kernel"];
  /** Receives each change of an instance or a group, for notifications. */
  readonly onStateEvent: (event: VrrpStateEvent) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** The virtual routers of the daemon's file, the states of tracked things that only the daemon has, and what follows. */
export class VirtualRouters implements AsyncDisposable {
  readonly #options: VirtualRoutersOptions;
  readonly #speaker: VrrpSpeaker;
  readonly #commands: CommandWatch;
  readonly #files: FileWatch;
  readonly #states = new InstanceStates();
  #sync: SyncFollower;
  #instances: readonly VrrpInstance[] = [];
  #timer: Disposable | undefined;
  #sent = "";
  /** Resolved when routers that were left have ended after all. */
  #recalled: Promise<void> | undefined;

  /** Runs nothing yet. */
  constructor(options: VirtualRoutersOptions) {
    const { log, clock, directories } = this.#options = options;
    const socket = speakerSocket(directories);
    const onProblem = (message: string): void => log.write({ level: "error", event: "vrrp", message });
    const onTrouble = (message: string): void => log.write({ level: "warning", event: "vrrp", message });
    this.#speaker = new VrrpSpeaker({
      program: () => ownProgram(["__speaker"]),
      adopt: async () =>
        socket === undefined ? undefined : await adoptSpeaker(socket, { version: VERSION, onWait: onTrouble, clock }),
      isReachable: async () => socket !== undefined && await hasSpeaker(socket),
      removeLeftovers: () => void removeVrrpLeftovers(new VrrpFiles(directories)),
      onEvent: (event) => this.#take(event),
      onStatus: (routers) => this.#follow(this.#states.takeAll(routers)),
      onAdopted: (routers) => this.#adopt(routers),
      onLost: (reason) => this.#follow(this.#states.lose(reason)),
      onProblem,
      clock,
    });
    this.#commands = new CommandWatch({ run: runCommand, onChange: () => this.#track(), clock });
    this.#files = new FileWatch({
      read: (path) => new TextDecoder().decode(readRegularFile(path, { maxBytes: MOST_BYTES })),
      onChange: () => this.#track(),
      clock,
    });
    this.#sync = this.#newSync();
  }

  /** The last reported state of the routers. */
  get status(): readonly RouterStatus[] {
    return this.#speaker.routers;
  }

  /** The groups of the file, with their states. */
  get groups(): readonly GroupState[] {
    return this.#states.groups;
  }

  /** Messages that belong to no router, by reason. */
  get discarded(): Discards {
    return this.#speaker.discarded;
  }

  /** Takes the first file or another one. */
  load(desired: DesiredState): void {
    this.#instances = desired.vrrp ?? [];
    this.#states.load(this.#instances, desired.vrrpGroups ?? []);
    this.#sync.load(this.#instances);
    this.#commands.load(this.#instances);
    this.#files.load(this.#instances);
    this.#sent = "";
    this.#track();
    this.#speaker.load(desired);
    this.#lookLater();
  }

  /** The health of services, or of tracked checks, may have changed. */
  healthChanged(): void {
    if (this.#tracksHealth) this.#track();
  }

  /**
   * Lets the routers of an instance give up their addresses, or take part again.
   *
   * @throws {LvsctlError} If no instance has the name.
   */
  setReleased(name: string, isReleased: boolean): void {
    const names = this.#instances.map((instance) => instance.name);
    if (names.includes(name)) return this.#speaker.setReleased(name, isReleased);
    throw new LvsctlError(`no virtual router of the daemon has the name "${name}"`, {
      hint: names.length === 0 ? "its file has none" : `its file has ${names.join(", ")}`,
      exitCode: EXIT.usage,
    });
  }

  /**
   * Ends the routers, or leaves them, with their addresses and sync daemons, to the next daemon. Those that were left end
   * too if a stop follows the signal for a restart.
   *
   * @param ends What ends the daemon.
   */
  async end(ends: Pick<EndSignals, "isRestart" | "stopped">): Promise<void> {
    if (!ends.isRestart) return await this[Symbol.asyncDispose]();
    this.#endWatches();
    const isLeft = await this.#speaker.leave({ forMs: RESTART_MS });
    if (!isLeft) return this.#sync[Symbol.dispose]();
    this.#sync.leave();
    this.#recalled = ends.stopped.then(() => this.#recall());
  }

  /** Waits until routers that were left have ended, if no other daemon follows. */
  async ended(ends: Pick<EndSignals, "isRestart">): Promise<void> {
    if (!ends.isRestart) await this.#recalled;
  }

  /** Ends the routers, which give up their addresses. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#endWatches();
    await this.#speaker[Symbol.asyncDispose]();
    this.#sync[Symbol.dispose]();
  }

  async #recall(): Promise<void> {
    this.#sync = this.#newSync();
    this.#sync.load(this.#instances);
    if (await this.#speaker.recall()) this.#sync[Symbol.dispose]();
    else this.#sync.leave();
  }

  #newSync(): SyncFollower {
    const { log, clock, kernel, directories } = this.#options;
    return new SyncFollower({
      kernel,
      record: new VrrpFiles(directories).sync,
      onChange: (message) => log.write({ level: "notice", event: "vrrp", message }),
      onProblem: (message) => log.write({ level: "warning", event: "vrrp", message }),
      clock,
    });
  }

  #endWatches(): void {
    this.#timer?.[Symbol.dispose]();
    this.#commands[Symbol.dispose]();
    this.#files[Symbol.dispose]();
  }

  get #tracksServices(): boolean {
    return this.#instances.some(({ tracks }) => tracks.some(({ kind }) => kind === "service"));
  }

  get #tracksHealth(): boolean {
    return this.#tracksServices || this.#instances.some(({ tracks }) => tracks.some(({ kind }) => kind === "check"));
  }

  /** Looks at quorums regularly, because the first one of a service is no event. */
  #lookLater(): void {
    this.#timer?.[Symbol.dispose]();
    if (!this.#tracksServices) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#track();
      this.#lookLater();
    }, LOOK_MS);
  }

  #take(event: RouterEvent): void {
    this.#options.log.write(describeRouterEvent(event));
    if (event.kind === "state") this.#follow(this.#states.take(event.status));
  }

  /** Takes over the states of a former daemon, which has sent their notifications. */
  #adopt(routers: readonly RouterStatus[]): void {
    const changes = routers.flatMap((router) => this.#states.take(router));
    // What several routers of an instance have passed through is no state of it.
    const last = new Map(changes.map((change) => [`${change.subject} ${change.name}`, change]));
    for (const change of last.values()) this.#sync.follow(change);
  }

  #follow(changes: readonly StateChange[]): void {
    const { onStateEvent } = this.#options;
    followChanges(changes, {
      sync: (change) => this.#sync.follow(change),
      notify: (change) => onStateEvent(stateEvent(change, Date.now())),
    });
  }

  #track(): void {
    const { quorum, healthOf } = this.#options;
    const ofDaemon = { ...serviceTracks(this.#instances, quorum), ...checkTracks(this.#instances, healthOf) };
    const states = { ...ofDaemon, ...this.#commands.states, ...this.#files.states };
    const text = JSON.stringify(states);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#speaker.track(states);
  }
}
