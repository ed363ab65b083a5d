import { parseIpAddress, type Vip } from "../model/mod.ts";
import { intervalOnWire } from "./acceptance.ts";
import { PRIORITY_OWNER, PRIORITY_STOP } from "./advertisement.ts";
import { Advertiser } from "./advertiser.ts";
import type { Decoded } from "./decode_advertisement.ts";
import { effectivePriority, shownState, type TrackResult } from "./effective_priority.ts";
import { HeardRouters, type OwnRouter } from "./heard_routers.ts";
import type { VrrpHost, VrrpPort } from "./host.ts";
import { interfaceFault } from "./interface_fault.ts";
import { initialMachine, type Machine, type MachineAction, type MachineEvent, react } from "./machine.ts";
import { ProblemReports } from "./problem_reports.ts";
import { addressesOf, type RouterSettings } from "./settings.ts";
import { describeMessage, describeSilence } from "./reasons.ts";
import { ShownState } from "./shown_state.ts";
import { chooseSource } from "./source_address.ts";
import { placeOf, type RouterEvent, type RouterState, type RouterStatus } from "./status.ts";
import { timersOf } from "./timers.ts";
import { VirtualAddresses } from "./virtual_addresses.ts";

/** The source of a router that has no address yet; it sends nothing then. */
const NO_SOURCE = { ipv4: "0.0.0.0", ipv6: "::" } as const;

/** Dependencies of a {@linkcode Router}. */
export interface RouterOptions {
  /** The machine. */
  readonly host: VrrpHost;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Receives reports. */
  readonly onEvent: (event: RouterEvent) => void;
}

/** What the other routers of a group cause. */
export type GroupEvent = Extract<MachineEvent, { readonly kind: "take" | "yield" }>;

/** Why a router does not take part, apart from its own faults. */
export interface Obstacles {
  /** What it and the other routers of its group track. */
  readonly results: readonly TrackResult[];
  /** A fault that is not its own: of its group, or of the daemon; undefined without one. */
  readonly otherFault?: string | undefined;
}

/** One virtual router: its machine, its addresses and what it has counted. It does nothing between calls. */
export class Router {
  readonly #options: RouterOptions;
  readonly #problems: ProblemReports;
  readonly #addresses: VirtualAddresses;
  readonly #heard: HeardRouters;
  readonly #advertiser: Advertiser;
  readonly #shown: ShownState;
  #settings: RouterSettings;
  #machine: Machine;
  #startAt: number;
  #isReleased = false;
  /** Whether it continues an active router, and has not taken its addresses over yet. */
  #isContinuing = false;
  /** Whether the last advertisement was one of an active router that it does not preempt. */
  #hearsActive = false;
  /** When it has sent an advertisement last; a moment of the monotonic clock. */
  #spokeAt = -Infinity;
  /** Whether it waits for other routers of its group. */
  #isWaiting = false;
  #faults: readonly string[] = [];
  #results: readonly TrackResult[] = [];
  #longestDelayMs = 0;
  #activations = 0;

  /**
   * Creates a router that takes part after its delay, and removes addresses that a former one left.
   *
   * @param settings Its settings.
   * @param options Dependencies, the present moment, and the active router of another process that this one continues.
   */
  constructor(
    settings: RouterSettings,
    options: RouterOptions & { readonly now: number; readonly continued?: RouterStatus | undefined },
  ) {
    this.#settings = settings;
    this.#options = options;
    const onProblem = (message: string): void => {
      const { name, family } = this.#settings;
      options.onEvent({ kind: "problem", name, family, message });
    };
    this.#problems = new ProblemReports(onProblem, options.timeOfDay);
    // Others can send packets that are findings without end: they must not hide its own failures.
    this.#heard = new HeardRouters(new ProblemReports(onProblem, options.timeOfDay), options.timeOfDay);
    this.#advertiser = new Advertiser(this.#problems);
    this.#addresses = new VirtualAddresses(addressesOf(settings), {
      host: options.host,
      problems: this.#problems,
      isOwner: () => this.isOwner,
      virtualMac: settings.virtualMac,
    });
    this.#machine = initialMachine(settings.priority);
    this.#startAt = options.now + settings.startupDelayMs;
    this.#shown = new ShownState(options);
    if (options.continued !== undefined) this.#continue(options.continued, options.now);
    else if (!this.isOwner) this.#addresses.removeFormer();
  }

  /** Its settings. */
  get settings(): RouterSettings {
    return this.#settings;
  }

  /** Whether it has the addresses. */
  get isActive(): boolean {
    return this.#machine.state === "active";
  }

  /** When it has something to do next; a moment of the monotonic clock. */
  get dueAt(): number {
    const startAt = this.#shown.state === "init" && this.#machine.state === "init" ? this.#startAt : Infinity;
    const machineAt = this.#isWaiting ? Infinity : this.#machine.dueAt;
    return Math.min(machineAt, this.#addresses.dueAt, startAt);
  }

  /** Takes other settings of the same router, which keeps its state. */
  update(settings: RouterSettings, now: number): void {
    const formerIntervalMs = intervalOnWire(this.#settings);
    this.#startAt += settings.startupDelayMs - this.#settings.startupDelayMs;
    this.#settings = settings;
    if (intervalOnWire(settings) !== formerIntervalMs) this.#react({ kind: "settings" }, now);
    this.#addresses.replace(addressesOf(settings), this.isActive ? now : undefined);
  }

  /** Advertises once more if it is active, so that other routers are patient with the one that continues. */
  remind(): void {
    if (this.isActive) this.#advertiser.advertise(this.#settings, this.#machine.priority);
  }

  /** Leaves addresses on the machine from now on, because another router has them. */
  handOver(vips: readonly Vip[]): void {
    this.#addresses.handOver(vips);
  }

  /**
   * Reads the state of its interface again.
   *
   * @param port Its port; undefined if it cannot be opened.
   * @param now The present moment.
   */
  look(port: VrrpPort | undefined, now: number): void {
    const { device } = this.#settings;
    const virtual = new Set(addressesOf(this.#settings).map(({ address }) => address));
    const own = this.#options.host.addresses(device).filter((address) => this.isOwner || !virtual.has(address));
    const source = chooseSource(own, this.#settings);
    this.#advertiser.use(port, source);
    const fault = interfaceFault(this.#options.host, { settings: this.#settings, isOpen: port !== undefined, source });
    this.#faults = fault === undefined ? [] : [fault];
    if (!this.isActive) this.#setVirtualLink(false);
    if (!this.isActive || fault !== undefined) return;
    this.#setVirtualLink(true);
    if (this.#isContinuing) this.#addresses.acquire(now);
    else this.#addresses.restore(now);
    this.#isContinuing = false;
  }

  /** Whether it owns the addresses. */
  get isOwner(): boolean {
    return this.#settings.priority === PRIORITY_OWNER;
  }

  /** Its own fault, without what it tracks; undefined without one. */
  get fault(): string | undefined {
    return this.#isReleased ? "it is released" : this.#faults[0];
  }

  /** Takes what it and its group track into account, and starts, stops or changes its priority accordingly. */
  apply(now: number, { results, otherFault }: Obstacles): void {
    this.#results = results;
    const takesPart = this.#machine.state !== "init";
    const { priority, faults } = effectivePriority({ priority: this.#settings.priority, takesPart }, results);
    if (priority !== this.#machine.priority) this.#react({ kind: "priority", priority }, now);
    const all = [...this.#faults, ...faults, ...otherFault === undefined ? [] : [otherFault]];
    if (this.#isReleased) return this.#leave("released", "released by lvsctl vrrp release", now);
    if (all.length > 0) return this.#leave("fault", all.join("; "), now);
    if (this.#machine.state !== "init") return;
    if (now < this.#startAt) this.#enter("init", "it waits for its startup_delay", now);
    else this.#react({ kind: "start" }, now, "it takes part");
  }

  /** Gives up the addresses until {@linkcode Router.resume}. */
  release(): void {
    this.#isReleased = true;
  }

  /** Takes part again after {@linkcode Router.release}. */
  resume(): void {
    this.#isReleased = false;
  }

  /** Hears a message with its number. */
  hear(received: Decoded, now: number): void {
    const { source, advertisement: { priority, intervalMs } } = received;
    // Some links return packets to their sender. One that has sent nothing hears a copy of its machine.
    const isEcho = source === this.#advertiser.source && now < this.#spokeAt + intervalOnWire(this.#settings) &&
      [PRIORITY_STOP, this.#machine.priority].includes(priority);
    if (isEcho || !this.#heard.take(received, this.#own)) return;
    this.#shown.hear(now);
    const before = this.#machine;
    this.#react({ kind: "message", priority, intervalMs, source }, now, describeMessage({ priority, source }));
    this.#heard.noteContest(before.state === "active" && this.isActive && priority > 0);
    // One that preempts does not wait longer because of what it hears.
    if (this.#machine.state === "backup" && priority > 0) this.#hearsActive = this.#machine.dueAt > before.dueAt;
  }

  /** Whether it is a backup, and will stay one because it hears the active router. */
  hearsActive(now: number): boolean {
    return this.#hearsActive && this.#machine.state === "backup" && !this.isReady(now);
  }

  /** Whether it is a backup that has waited for long enough to take over. */
  isReady(now: number): boolean {
    return this.#machine.state === "backup" && now >= this.#machine.dueAt;
  }

  /**
   * Lets it wait although it is ready, or ends that.
   *
   * @param others The routers of its group that it waits for; none ends it.
   * @param now The present moment.
   */
  waitFor(others: readonly Router[], now: number): void {
    const [first] = others;
    this.#isWaiting = first !== undefined;
    if (first !== undefined) {
      this.#enter("backup", `${this.#silenceInWords(now)}; it waits for ${first.settings.name} of its group`, now);
    }
  }

  /** Does what is due. */
  turn(now: number): void {
    if (!this.#isWaiting && now >= this.#machine.dueAt) {
      if (this.isActive) this.#longestDelayMs = Math.max(this.#longestDelayMs, now - this.#machine.dueAt);
      this.#react({ kind: "time" }, now, this.#silenceInWords(now));
    }
    if (this.isActive) this.#addresses.turn(now);
  }

  /** Follows the other routers of its group. */
  follow(event: GroupEvent, options: { readonly now: number; readonly leader: string }): void {
    this.#react(event, options.now, `it follows ${options.leader} of its group`);
  }

  /** Removes the addresses that it has given up: all routers send their last advertisements before, which takes less time. */
  settle(): void {
    if (this.#addresses.settle()) this.#setVirtualLink(false);
  }

  /** Takes part no longer: the others are informed, and {@linkcode settle} removes the addresses. */
  leave(now: number): void {
    this.#leave("init", "it stops", now);
  }

  /** Stops for good: the addresses are removed, and the others are informed. */
  stop(now: number): void {
    this.leave(now);
    this.settle();
    if (this.#settings.virtualMac) this.#problems.reportAll(this.#options.host.removeVirtualLink(this.#settings));
  }

  /** Reports a problem once. */
  report(message: string): void {
    this.#problems.report(message);
  }

  #continue(router: RouterStatus, now: number): void {
    const { priority, activations } = router;
    this.#machine = { state: "active", priority, activeIntervalMs: intervalOnWire(this.#settings), dueAt: now };
    this.#shown.continue(router);
    this.#activations = activations;
    this.#spokeAt = now;
    this.#isContinuing = true;
  }

  get #own(): OwnRouter {
    return { settings: this.#settings, priority: this.#machine.priority, source: this.#advertiser.source };
  }

  /** Its state at this moment. */
  get status(): RouterStatus {
    return {
      ...placeOf(this.#settings),
      ...this.#heard.summary(this.#own),
      ...this.#shown.status,
      priority: this.#machine.priority,
      tracks: this.#results.map(({ track: { label, weight }, state }) => ({ label, weight, ...shownState(state) })),
      source: this.#advertiser.source,
      timers: timersOf(this.#machine, this.#settings),
      sent: this.#advertiser.sent,
      longestDelayMs: this.#longestDelayMs,
      activations: this.#activations,
    };
  }

  /** Why it takes over when its timer fires. */
  #silenceInWords(now: number): string {
    const { downMs } = timersOf(this.#machine, this.#settings);
    const { priority } = this.#machine;
    return describeSilence(this.#heard.last, { priority, quietMs: this.#shown.quietMs(now), downMs });
  }

  #leave(state: RouterState, reason: string, now: number): void {
    this.#react({ kind: "stop" }, now, reason);
    this.#enter(state, reason, now);
  }

  #react(event: MachineEvent, now: number, reason = ""): void {
    const { version, preemption, virtualMac } = this.#settings;
    const settings = { version, preemption, virtualMac, intervalMs: intervalOnWire(this.#settings) };
    const source = this.#advertiser.source ?? parseIpAddress(NO_SOURCE[this.#settings.family]);
    const before = this.#machine.state;
    const { machine, actions } = react(this.#machine, { event, now, settings, source });
    this.#machine = machine;
    for (const action of actions) this.#act(action, now);
    if (machine.state !== before && machine.state !== "init") this.#enter(machine.state, reason, now);
  }

  #act(action: MachineAction, now: number): void {
    switch (action.kind) {
      case "advertise":
        this.#spokeAt = now;
        return this.#advertiser.advertise(this.#settings, action.priority);
      case "acquire":
        this.#activations++;
        this.#setVirtualLink(true);
        return this.#addresses.acquire(now);
      case "announce":
        return this.#addresses.repeat(now);
      case "release":
        return this.#addresses.release();
    }
  }

  #setVirtualLink(isUp: boolean): void {
    if (!this.#settings.virtualMac) return;
    this.#problems.reportAll(this.#options.host.setVirtualLink(this.#settings, isUp));
  }

  #enter(state: RouterState, reason: string, now: number): void {
    const from = this.#shown.enter(state, { reason, now });
    if (from === undefined) return;
    this.#hearsActive = false;
    this.#heard.noteContest(false);
    this.#options.onEvent({ kind: "state", from, status: this.status });
  }
}
