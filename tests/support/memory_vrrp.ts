/**
 * A link in memory with directors that run virtual routers, on one clock that only the test moves.
 *
 * @module
 */
import type { AddressFamily, IpAddress, Vip } from "../../core/model/mod.ts";
import { addressFamily, formatPrefix, parseIpAddress, parsePrefix } from "../../core/model/mod.ts";
import type { ReceivedMessage } from "../../core/vrrp/decode_advertisement.ts";
import type { AddedLink, VrrpHost, VrrpPort } from "../../core/vrrp/host.ts";
import type { GroupSettings, RouterSettings } from "../../core/vrrp/settings.ts";
import { Speaker } from "../../core/vrrp/speaker.ts";
import type { RouterEvent, RouterStatus } from "../../core/vrrp/status.ts";

/** The device of every director. */
export const DEVICE = "eth0";

/** A VIP on the device. */
export function vip(text: string): Vip {
  return { ...parsePrefix(text), device: DEVICE, scope: "global", dad: false, prefixRoute: true };
}

/** The settings of a router of version 3 with one VIP; others as given. */
export function routerSettings(settings: Partial<RouterSettings> = {}): RouterSettings {
  return {
    name: "edge",
    family: "ipv4",
    vrid: 51,
    device: DEVICE,
    priority: 100,
    version: 3,
    intervalMs: 1000,
    vips: [vip("10.0.0.100")],
    excludedVips: [],
    peers: [],
    checksum: "pseudo-header",
    preemption: { isAllowed: true, delayMs: 0 },
    startupDelayMs: 0,
    virtualMac: false,
    tracks: [],
    ...settings,
  };
}

/** A link that joins directors, and its clock. */
export class MemoryLink {
  /** The present moment; milliseconds. */
  now = 100_000;
  /** What the time of day is ahead of it; milliseconds. */
  timeOfDayMs = 1_700_000_000_000;
  /** Decides whether a packet from one director arrives at another. */
  delivers: (from: MemoryDirector, to: MemoryDirector, vrid: number) => boolean = () => true;
  /** The times that the copies of a delivered packet take; milliseconds, none if it is lost. */
  delaysMs: (from: MemoryDirector, to: MemoryDirector) => readonly number[] = () => [0];
  /** All directors. */
  readonly directors: MemoryDirector[] = [];
  /** Packets that are still on their way, in the order of their arrival. */
  #onTheirWay: readonly { readonly at: number; readonly to: MemoryDirector; readonly packet: ReceivedMessage }[] = [];

  /** Adds a director with an address and a link-local one. */
  add(address: string, ...settings: readonly RouterSettings[]): MemoryDirector {
    const director = new MemoryDirector(this, address);
    this.directors.push(director);
    director.configure(settings);
    return director;
  }

  /** Lets time pass: every director does what is due, at the moment when it is due. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      this.settle();
      const due = this.directors.filter(({ isStopped }) => !isStopped).map(({ dueAt }) => dueAt);
      const next = Math.min(...due, this.#onTheirWay[0]?.at ?? Infinity);
      if (next > end) break;
      this.now = Math.max(this.now, next);
    }
    this.now = end;
    this.settle();
  }

  /** Carries a packet from one director to another, as {@linkcode MemoryLink.delaysMs} says. */
  carry(packet: ReceivedMessage, { from, to }: { readonly from: MemoryDirector; readonly to: MemoryDirector }): void {
    const copies = this.delaysMs(from, to).map((delayMs) => ({ at: this.now + delayMs, to, packet }));
    this.#onTheirWay = [...this.#onTheirWay, ...copies].toSorted((one, other) => one.at - other.at);
    this.#deliver();
  }

  #deliver(): void {
    const arrived = this.#onTheirWay.filter(({ at }) => at <= this.now);
    if (arrived.length === 0) return;
    this.#onTheirWay = this.#onTheirWay.slice(arrived.length);
    for (const { to, packet } of arrived) to.queue.push(packet);
  }

  /** Lets every director take what waits for it. */
  settle(): void {
    this.#deliver();
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const director of this.directors) {
        if (director.isStopped || (director.queue.length === 0 && director.dueAt > this.now)) continue;
        isBusy = true;
        director.turn();
      }
    }
  }
}

/** A director on the link. */
export class MemoryDirector implements VrrpHost {
  /** Packets that wait. */
  readonly queue: ReceivedMessage[] = [];
  /** Messages that it has sent, with the moment. */
  readonly sent: { readonly at: number; readonly message: Uint8Array; readonly destination: IpAddress }[] = [];
  /** Reported events. */
  readonly events: RouterEvent[] = [];
  /** The VIPs that it has. */
  readonly vips = new Set<string>();
  /** The moments of announcements. */
  readonly announcedAt: number[] = [];
  /** The devices that are down. */
  readonly down = new Set<string>();
  /** The devices that do not exist. */
  readonly missing = new Set<string>();
  /** How often the device was created. */
  generation = 1;
  /** Its own addresses. */
  addressList: IpAddress[];
  /** Whether it stands still, as a stopped process does. */
  isStopped = false;
  /** The number of open ports. */
  openPorts = 0;
  /** The VIPs that the machine had before any router. */
  readonly foreign = new Set<string>();
  /** The virtual interfaces: "51 on eth0". */
  readonly virtualLinks = new Set<string>();
  /** Those of them that are up. */
  readonly raisedLinks = new Set<string>();
  /** The interfaces of all ports that were opened, in order. */
  readonly opened: string[] = [];
  /** All removed VIPs, in order. */
  readonly removed: string[] = [];
  /** What it has done on the link and the machine, in order: "send VRID PRIORITY", "add VIP", "announce VIP", "remove VIP". */
  readonly deeds: string[] = [];
  /** How often interfaces and addresses were read. */
  readings = 0;
  /** Copies of packets that other ports of their family have taken, by port. */
  readonly #copies = new Set<{ readonly family: AddressFamily; readonly packets: ReceivedMessage[] }>();
  /** The error of every packet; undefined: packets are sent. */
  sendError: Error | undefined;
  readonly #link: MemoryLink;
  readonly #speaker: Speaker;

  /** Runs no router yet. */
  constructor(link: MemoryLink, address: string) {
    this.#link = link;
    this.addressList = [parseIpAddress(address), parseIpAddress(`fe80::${address.split(".").at(-1)}`)];
    this.#speaker = new Speaker({
      host: this,
      now: () => link.now,
      timeOfDay: () => link.now + link.timeOfDayMs,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** The state of its only router, or of the first. */
  get state(): string {
    return this.status[0]?.state ?? "none";
  }

  /** The state of its routers. */
  get status(): readonly RouterStatus[] {
    return this.#speaker.status;
  }

  /** What it has discarded without a router. */
  get discarded(): Readonly<Record<string, number | undefined>> {
    return this.#speaker.discarded;
  }

  /** When it has something to do. */
  get dueAt(): number {
    return this.#speaker.dueAt;
  }

  /** Its speaker, for what has no shorter way. */
  get speaker(): Speaker {
    return this.#speaker;
  }

  /** Takes other routers. */
  configure(routers: readonly RouterSettings[], groups: readonly GroupSettings[] = []): void {
    this.#speaker.configure({ routers, groups });
  }

  /** Does what is due. */
  turn(): void {
    this.#speaker.turn();
  }

  /** Ends it in order. */
  end(): void {
    this.#speaker[Symbol.dispose]();
    this.isStopped = true;
  }

  /** Brings a device up or down, which the kernel reports. */
  setDown(device: string, isDown: boolean): void {
    if (isDown) this.down.add(device);
    else this.down.delete(device);
    this.#speaker.look();
  }

  refresh(): void {
    this.readings++;
  }

  isPresent(device: string): boolean {
    return !this.missing.has(device);
  }

  isRunning(device: string): boolean {
    return !this.down.has(device) && !this.missing.has(device);
  }

  addresses(): readonly IpAddress[] {
    return this.addressList;
  }

  openPort({ device, family }: { readonly device: string; readonly family: AddressFamily }): VrrpPort {
    this.openPorts++;
    this.opened.push(device);
    const { generation } = this;
    const copies = { family, packets: new Array<ReceivedMessage>() };
    this.#copies.add(copies);
    let isClosed = false;
    return {
      send: (message, { source, destination }) => {
        if (this.sendError !== undefined) throw this.sendError;
        if (isClosed || this.down.has(DEVICE)) throw new Error("the port is closed");
        this.sent.push({ at: this.#link.now, message, destination });
        this.deeds.push(`send ${message[1]} ${message[2]}`);
        for (const other of this.#link.directors) {
          if (other === this || !other.isRunning(DEVICE) || !this.#link.delivers(this, other, message[1] ?? 0)) {
            continue;
          }
          const isForIt = /^(224\.|ff)/.test(destination) || other.addressList.includes(destination);
          if (!isForIt) continue;
          const packet = { message: message.slice(), source, destination, hopLimit: 255 };
          this.#link.carry(packet, { from: this, to: other });
        }
      },
      receive: () => {
        const copy = copies.packets.shift();
        if (copy !== undefined) return copy;
        const at = this.queue.findIndex(({ source }) => addressFamily(source) === family);
        const [packet] = at < 0 ? [] : this.queue.splice(at, 1);
        for (const other of this.#copies) {
          if (packet !== undefined && other !== copies && other.family === family) other.packets.push(packet);
        }
        return packet;
      },
      isOutdated: () => this.generation !== generation,
      [Symbol.dispose]: () => {
        isClosed = true;
        this.#copies.delete(copies);
        this.openPorts--;
      },
    };
  }

  addVirtualLink({ device, vrid }: RouterSettings): AddedLink {
    const name = `${vrid} on ${device}`;
    const isNew = !this.virtualLinks.has(name);
    this.virtualLinks.add(name);
    return { isNew, problems: [] };
  }

  setVirtualLink({ device, vrid }: RouterSettings, isUp: boolean): readonly string[] {
    const name = `${vrid} on ${device}`;
    if (this.raisedLinks.has(name) === isUp) return [];
    if (isUp) this.raisedLinks.add(name);
    else this.raisedLinks.delete(name);
    this.deeds.push(`${isUp ? "raise" : "lower"} ${name}`);
    return [];
  }

  removeVirtualLink({ device, vrid }: RouterSettings): readonly string[] {
    this.virtualLinks.delete(`${vrid} on ${device}`);
    return [];
  }

  absentVips(vips: readonly Vip[]): readonly Vip[] {
    return vips.filter((each) => !this.vips.has(formatPrefix(each)));
  }

  addVips(vips: readonly Vip[]): readonly string[] {
    for (const each of vips.map(formatPrefix)) {
      this.vips.add(each);
      this.deeds.push(`add ${each}`);
    }
    return [];
  }

  removeVips(vips: readonly Vip[], { keepsForeign }: { readonly keepsForeign: boolean }): readonly string[] {
    for (const each of vips.map(formatPrefix)) {
      if ((keepsForeign && this.foreign.has(each)) || !this.vips.delete(each)) continue;
      this.removed.push(each);
      this.deeds.push(`remove ${each}`);
    }
    return [];
  }

  announce(vips: readonly Vip[]): readonly string[] {
    this.announcedAt.push(this.#link.now);
    for (const each of vips) this.deeds.push(`announce ${formatPrefix(each)}`);
    return [];
  }
}
