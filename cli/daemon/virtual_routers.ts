import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { ownProgram } from "../../core/host/mod.ts";
import type { DesiredState, VrrpInstance } from "../../core/model/mod.ts";
import { runCommand } from "../../core/process/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { removeVrrpAddresses } from "../../core/system/vrrp.ts";
import {
  type AddressRecord,
  CommandWatch,
  type Discards,
  type RouterStatus,
  serviceTracks,
} from "../../core/vrrp/mod.ts";
import { describeRouterEvent } from "../format/vrrp.ts";
import type { DaemonLog } from "./log.ts";
import { VrrpSpeaker } from "./vrrp_speaker.ts";

/** How often the quorums of services are read; milliseconds. */
const LOOK_MS = 500;

/** Options of {@linkcode VirtualRouters}. */
export interface VirtualRoutersOptions {
  /** The log. */
  readonly log: DaemonLog;
  /** The known state of the quorum of a service, by its name in the file. */
  readonly quorum: (name: string) => "met" | "lost" | undefined;
  /** The record of added addresses. */
  readonly record: AddressRecord;
  /** The source of time. */
  readonly clock: Clock;
}

/** The virtual routers of the daemon's file, and the states of tracked things that only the daemon has. */
export class VirtualRouters implements AsyncDisposable {
  readonly #options: VirtualRoutersOptions;
  readonly #speaker: VrrpSpeaker;
  readonly #commands: CommandWatch;
  #instances: readonly VrrpInstance[] = [];
  #timer: Disposable | undefined;
  #sent = "";

  /** Runs nothing yet. */
  constructor(options: VirtualRoutersOptions) {
    const { log, clock } = this.#options = options;
    this.#speaker = new VrrpSpeaker({
      program: () => ownProgram(["__speaker"]),
      removeAddresses: () => removeVrrpAddresses(options.record),
      onEvent: (event) => log.write(describeRouterEvent(event)),
      onProblem: (message) => log.write({ level: "error", event: "vrrp", message }),
      clock,
    });
    this.#commands = new CommandWatch({ run: runCommand, onChange: () => this.#track(), clock });
  }

  /** The last reported state of the routers. */
  get status(): readonly RouterStatus[] {
    return this.#speaker.routers;
  }

  /** Messages that belong to no router, by reason. */
  get discarded(): Discards {
    return this.#speaker.discarded;
  }

  /** Takes the first file or another one. */
  load(desired: DesiredState): void {
    this.#instances = desired.vrrp ?? [];
    this.#commands.load(this.#instances);
    this.#sent = "";
    this.#track();
    this.#speaker.load(desired);
    this.#lookLater();
  }

  /** The health of services may have changed. */
  healthChanged(): void {
    if (this.#tracksServices) this.#track();
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

  /** Ends the routers, which give up their addresses. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#commands[Symbol.dispose]();
    await this.#speaker[Symbol.asyncDispose]();
  }

  get #tracksServices(): boolean {
    return this.#instances.some(({ tracks }) => tracks.some(({ kind }) => kind === "service"));
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

  #track(): void {
    const states = { ...serviceTracks(this.#instances, this.#options.quorum), ...this.#commands.states };
    const text = JSON.stringify(states);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#speaker.track(states);
  }
}
