import { intervalOnWire, type Refusal } from "./acceptance.ts";
import { VRRP_GROUP } from "./advertisement.ts";
import { decodeAdvertisement } from "./decode_advertisement.ts";
import type { TrackResult, TrackState } from "./effective_priority.ts";
import type { VrrpPort } from "./host.ts";
import { portKey, Ports } from "./ports.ts";
import { type GroupEvent, Router, type RouterOptions } from "./router.ts";
import { continuesRouter, keptRouters, stopAll } from "./router_succession.ts";
import { addressesOf, type GroupSettings, type RouterSettings, type TrackSettings } from "./settings.ts";
import type { Discards, RouterEvent, RouterStatus } from "./status.ts";

/** The most packets that are taken from a port at once, so that a flood does not delay the timers. */
const PACKETS_AT_ONCE = 64;

/** More packets than wait at a port: the kernel's buffer has room for some hundred. */
const PACKETS_THAT_WAIT = 2048;

/** Options of a {@linkcode Speaker}. */
export interface SpeakerOptions extends Omit<RouterOptions, "onEvent"> {
  /** The present moment of a monotonic clock; milliseconds. */
  readonly now: () => number;
  /** Receives reports. */
  readonly onEvent: (event: RouterEvent) => void;
}

/** What the speaker has to run. */
export interface SpeakerSettings {
  /** The routers. */
  readonly routers: readonly RouterSettings[];
  /** Their groups. */
  readonly groups: readonly GroupSettings[];
}

/** All virtual routers of this machine. It does nothing between calls, and never waits. */
export class Speaker implements Disposable {
  readonly #options: SpeakerOptions;
  readonly #ports: Ports;
  /** Messages that belong to no router, by reason. */
  readonly #discarded: { [reason in Refusal]?: number } = {};
  readonly #tracks = new Map<string, TrackState>();
  readonly #released = new Set<string>();
  #routers: readonly Router[] = [];
  #faultOf: (settings: RouterSettings) => string | undefined = () => undefined;
  #groups: readonly GroupSettings[] = [];

  /** Runs no router yet. */
  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#ports = new Ports(options.host);
  }

  /**
   * Takes its first settings or others: a router that stays the same keeps its state.
   *
   * @param settings The settings.
   * @param continued The routers of another process, which has ended and left them to this one.
   */
  configure({ routers, groups }: SpeakerSettings, continued: readonly RouterStatus[] = []): void {
    const now = this.#options.now();
    for (const { label, state, value } of continued.flatMap(({ tracks }) => tracks)) {
      if ((this.#tracks.get(label) ?? "unknown") === "unknown") this.#tracks.set(label, value ?? state);
    }
    const kept = keptRouters(this.#routers, routers);
    const staying = new Set(kept.values());
    const active = routers.filter((settings) => kept.get(settings)?.isActive === true);
    const leaving = this.#routers.filter((router) => !staying.has(router));
    for (const router of this.#routers) {
      // An address that moves between active routers stays on the machine.
      const others = active.filter((settings) => kept.get(settings) !== router);
      router.handOver(others.flatMap(addressesOf));
    }
    stopAll(leaving, now);
    for (const [settings, router] of kept) router.update(settings, now);
    for (const router of staying) router.handOver([]);
    this.#routers = routers.map((settings) =>
      kept.get(settings) ??
        new Router(settings, {
          ...this.#options,
          now,
          continued: continued.find((each) => continuesRouter(each, settings)),
        })
    );
    this.#groups = groups;
    this.#forget(routers);
    this.#ports.keep(routers);
    this.look();
  }

  /** Takes the states of things that only the daemon knows, by their labels. */
  track(states: Readonly<Record<string, TrackState>>): void {
    for (const [label, state] of Object.entries(states)) {
      // Another daemon does not know it yet.
      if (state !== "unknown" || !this.#tracks.has(label)) this.#tracks.set(label, state);
    }
    this.turn();
  }

  /** The routers of an instance give up their addresses, or take part again. */
  setReleased(name: string, isReleased: boolean): void {
    if (isReleased) this.#released.add(name);
    else this.#released.delete(name);
    this.turn();
  }

  /** Sets the faults of routers that are not their own; undefined for none. */
  setFault(faultOf: (settings: RouterSettings) => string | undefined): void {
    this.#faultOf = faultOf;
  }

  /** Reads the state of the interfaces again, and does what is due. */
  look(): void {
    const now = this.#options.now();
    this.#options.host.refresh();
    for (const router of this.#routers) {
      const port = this.#ports.of(router.settings, { onProblem: (message) => router.report(message) });
      router.look(port, now);
    }
    this.turn();
    // Only now, because an active router sends its last advertisement over a port that it loses.
    this.#ports.closeRetired();
  }

  /** Takes what waits at the ports, and then does what is due: a message that waits may have made it unnecessary. */
  turn(): void {
    const active = new Set(this.#routers.filter((router) => router.isActive));
    for (const [key, port] of this.#ports.open) this.#receive(key, port);
    const now = this.#options.now();
    this.#applyObstacles(now);
    this.#holdBack(now);
    for (const router of this.#routers) router.turn(now);
    for (const group of this.#groups) this.#align(group, active);
    for (const router of this.#routers) router.settle();
  }

  /** When it has something to do next; a moment of the monotonic clock. */
  get dueAt(): number {
    return Math.min(...this.#routers.map(({ dueAt }) => dueAt));
  }

  /** The state of all routers at this moment. */
  get status(): readonly RouterStatus[] {
    return this.#routers.map(({ status }) => status);
  }

  /** Messages that belong to no router, by reason. */
  get discarded(): Discards {
    return { ...this.#discarded };
  }

  /** Ends without giving anything up: another process continues with the routers and their addresses. */
  leave(): void {
    for (const router of this.#routers) router.remind();
    this.#routers = [];
    this.#ports[Symbol.dispose]();
  }

  /** Stops all routers and closes their ports. */
  [Symbol.dispose](): void {
    stopAll(this.#routers, this.#options.now());
    this.#routers = [];
    this.#ports[Symbol.dispose]();
  }

  /** One that returns with a later file begins anew. */
  #forget(routers: readonly RouterSettings[]): void {
    const names = new Set(routers.map(({ name }) => name));
    for (const name of this.#released) if (!names.has(name)) this.#released.delete(name);
    const labels = new Set(routers.flatMap(({ tracks }) => tracks.map(({ label }) => label)));
    for (const label of this.#tracks.keys()) if (!labels.has(label)) this.#tracks.delete(label);
  }

  #receive(key: string, port: VrrpPort): void {
    const now = this.#options.now();
    const isAboutToTakeOver = this.#routers.some((router) => portKey(router.settings) === key && router.isReady(now));
    // Whatever waits may be a sign of the active router, so that none of it may be left.
    const most = isAboutToTakeOver ? PACKETS_THAT_WAIT : PACKETS_AT_ONCE;
    try {
      for (let count = 0; count < most; count++) {
        const message = port.receive();
        if (message === undefined) return;
        this.#hear(key, message === "packet" ? { malformation: message } : decodeAdvertisement(message));
      }
    } catch {
      // The interface is gone or down; what it is now is read again.
      this.#ports.close(key);
      for (const router of this.#routers) {
        if (portKey(router.settings) === key) router.look(undefined, this.#options.now());
      }
    }
  }

  #hear(key: string, received: ReturnType<typeof decodeAdvertisement>): void {
    if ("malformation" in received) return this.#discard(received.malformation, key);
    const now = this.#options.now();
    const { vrid } = received.advertisement;
    const isForPeers = received.destination !== VRRP_GROUP.ipv4 && received.destination !== VRRP_GROUP.ipv6;
    const candidates = this.#routers.filter(({ settings }) => portKey(settings) === key && settings.vrid === vrid);
    const ofKind = candidates.filter(({ settings }) => settings.peers.length > 0 === isForPeers);
    // Routers with peers may have the same number, if their peers differ.
    const among = ofKind.filter(({ settings }) => !isForPeers || settings.peers.includes(received.source));
    const router = among[0] ?? ofKind[0] ?? candidates[0];
    if (router !== undefined) return router.hear(received, now);
    if (!this.#besides(key).some(({ settings }) => settings.vrid === vrid)) this.#discard("vrid", key);
  }

  /** Counts a message once, although each virtual interface has a port that gets what arrives at the one below. */
  #discard(reason: Refusal, key: string): void {
    const [first] = this.#besides(key);
    if (first !== undefined && portKey(first.settings) !== key) return;
    this.#discarded[reason] = (this.#discarded[reason] ?? 0) + 1;
  }

  /** The routers whose ports get the messages that a port gets, in order, with its own. */
  #besides(key: string): readonly Router[] {
    const own = this.#routers.find(({ settings }) => portKey(settings) === key)?.settings;
    return this.#routers.filter(({ settings: { device, family } }) => device === own?.device && family === own.family);
  }

  #applyObstacles(now: number): void {
    for (const router of this.#routers) {
      if (this.#released.has(router.settings.name)) router.release();
      else router.resume();
    }
    for (const router of this.#routers) {
      const members = this.#othersOf(router);
      const tracks = [router, ...members].flatMap(({ settings }) => settings.tracks);
      const fault = members.find((member) => member.fault !== undefined);
      router.apply(now, {
        results: distinct(tracks).map((track): TrackResult => ({ track, state: this.#stateOf(track) })),
        otherFault: this.#faultOf(router.settings) ??
          (fault === undefined ? undefined : `${fault.settings.name} of its group: ${fault.fault}`),
      });
    }
  }

  /** A router of a group takes over only with all others: where one still hears the active director, all wait. */
  #holdBack(now: number): void {
    const waits = this.#routers.map((router) => ({
      router,
      others: !router.isReady(now)
        ? []
        : this.#othersOf(router).filter((other) => !other.isActive && !other.isReady(now)),
    }));
    for (const { router, others } of waits) router.waitFor(others, now);
  }

  /** The routers of one group are active together, or none of them is. */
  #align(group: GroupSettings, activeBefore: ReadonlySet<Router>): void {
    const now = this.#options.now();
    const members = this.#routers.filter(({ settings }) => group.members.includes(settings.name));
    const lost = members.find((member) => activeBefore.has(member) && !member.isActive);
    const won = members.find((member) => !activeBefore.has(member) && member.isActive);
    // Another file may have joined routers that are active here to routers that are active on another director.
    const hearing = members.some(({ isActive }) => isActive)
      ? members.find((member) => member.hearsActive(now))
      : undefined;
    const leader = lost ?? won ?? hearing;
    if (leader === undefined) return;
    // With one priority, the addresses of one link may decide for this director and those of another one against it: both
    // give all up then, and the first router of the group decides which of them waits for the other.
    const handicapMs = members.indexOf(leader) * intervalOnWire(leader.settings);
    const event: GroupEvent = leader === won ? { kind: "take" } : { kind: "yield", handicapMs };
    for (const member of members) {
      if (member === leader) continue;
      member.follow(event, { now, leader: leader.settings.name });
      // Its addresses are announced before the daemon receives the change.
      member.turn(now);
    }
  }

  #othersOf(router: Router): readonly Router[] {
    const { name } = router.settings;
    const groups = this.#groups.filter(({ members }) => members.includes(name));
    return this.#routers.filter((other) =>
      other !== router && groups.some(({ members }) => members.includes(other.settings.name))
    );
  }

  #stateOf({ label, interface: device }: TrackSettings): TrackState {
    if (device !== undefined) return this.#options.host.isRunning(device) ? "good" : "bad";
    return this.#tracks.get(label) ?? "unknown";
  }
}

function distinct(tracks: readonly TrackSettings[]): readonly TrackSettings[] {
  return [...new Map(tracks.map((track) => [`${track.label} ${track.weight}`, track])).values()];
}
