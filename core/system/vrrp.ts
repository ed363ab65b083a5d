/**
 * Runs virtual routers on the real network, in a loop that blocks in the kernel: it belongs into a process of its own.
 *
 * @module
 */

import { LvsctlError } from "../errors/mod.ts";
import { NetlinkSocket, raisePriority, type RawSocket, RawSockets } from "../ffi/mod.ts";
import { type IpAddress, parsePrefix, type Vip } from "../model/mod.ts";
import { announceOnce, type LinkLayer, RouteClient } from "../rtnetlink/mod.ts";
import {
  type AddedLink,
  type AddressRecord,
  jsonLine,
  MachineAddresses,
  packetOf,
  type PortPlace,
  readIpv4Packet,
  type RouterSettings,
  type RouterStatus,
  SpeakerSession,
  type SysctlRecord,
  virtualLinkOf,
  VirtualLinks,
  VRRP_GROUP,
  VRRP_PROTOCOL,
  type VrrpHost,
  type VrrpPort,
} from "../vrrp/mod.ts";
import { isAloneInService, readSysctl, writeSysctl } from "../host/mod.ts";
import { promoteSecondaries, SYSTEM_LINK_LAYER } from "./vips.ts";

/** Standard input and output, which lead to the daemon. */
const STDIN = 0;
const STDOUT = 1;

/** Bytes that are read from the daemon at once. */
const READ_BYTES = 64 * 1024;

/** Records of what the virtual routers change on this machine, which outlive their process. */
export interface VrrpRecords {
  /** The added addresses. */
  readonly addresses: AddressRecord;
  /** The former values of kernel settings. */
  readonly sysctls: SysctlRecord;
}

/** The longest wait; milliseconds. */
const LONGEST_WAIT_MS = 1000;

/** Options of {@linkcode runVrrpSpeaker}. */
export interface SpeakerProcessOptions {
  /** The records of changes. */
  readonly records: VrrpRecords;
  /** The path at which another daemon connects after the end of the first; undefined without one. */
  readonly socket: string | undefined;
  /** The version of this program. */
  readonly version: string;
}

/**
 * Runs the virtual routers that the daemon configures over standard input, until it says so, or has ended and no other
 * one has connected for three intervals; then the addresses are removed.
 *
 * @throws {LvsctlError} Without permission, or without libnl.
 */
export function runVrrpSpeaker({ records, socket, version }: SpeakerProcessOptions): void {
  using sockets = new RawSockets();
  using watch = sockets.watchInterfaces();
  using host = new SystemHost(sockets, records);
  using daemon = new DaemonLink(sockets, socket);
  let hasBegun = false;
  let hasPriority = false;
  // Other programs, also those of the daemon, may need all processors for longer than an interval. The kernel's packets wait
  // for this process too, and nothing is urgent before the first routers run, unless they are active already.
  const raise = (): void => {
    if (!hasPriority) raisePriority(ownThreads());
    hasPriority = true;
  };
  using session = new SpeakerSession({
    host,
    now: () => performance.now(),
    timeOfDay: Date.now,
    version,
    pid: Deno.pid,
    onBegin: (continued) => {
      hasBegun = true;
      if (continued.length > 0) raise();
      host.removeLeftovers(continued);
    },
    isAlone: isAloneInService,
    send: (message) => daemon.send(jsonLine(message)),
  });
  while (!session.isEnded) {
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, session.dueAt - performance.now()));
    sockets.wait([...daemon.descriptors, watch.descriptor, ...host.descriptors], waitMs);
    if (watch.takeChange()) session.look();
    if (daemon.accept()) session.greet();
    const bytes = daemon.receive();
    if (bytes === "end") session.orphan();
    else if (bytes !== undefined) session.take(bytes);
    session.turn();
    if (hasBegun) raise();
  }
}

/** The numbers of this process's threads: the runtime's collect garbage while the first one waits for them. */
function ownThreads(): readonly number[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) => Number(name));
}

/** The connection with the daemon: standard input and output at first, and a local socket of another daemon later. */
class DaemonLink implements Disposable {
  readonly #sockets: RawSockets;
  readonly #listener: ReturnType<RawSockets["listen"]> | undefined;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #input: number | undefined = STDIN;
  #output = STDOUT;
  /** The rest of a message that the daemon has taken in part: this process must not wait for it. */
  #rest = new Uint8Array();

  constructor(sockets: RawSockets, path: string | undefined) {
    this.#sockets = sockets;
    this.#listener = path === undefined ? undefined : listenIfPossible(sockets, path);
  }

  /** The descriptors to wait for. */
  get descriptors(): readonly number[] {
    return [this.#input, this.#listener?.descriptor].filter((descriptor) => descriptor !== undefined);
  }

  /** Takes a message; false if the daemon does not take it at present. */
  send(line: Uint8Array<ArrayBuffer>): boolean {
    if (this.#input === undefined) return false;
    this.#rest = this.#sockets.write(this.#output, this.#rest);
    if (this.#rest.length > 0) return false;
    this.#rest = this.#sockets.write(this.#output, line);
    return true;
  }

  /** Whether another daemon has connected; while there is one, others are turned away. */
  accept(): boolean {
    const descriptor = this.#listener?.accept();
    if (descriptor === undefined) return false;
    if (this.#input !== undefined) {
      this.#sockets.close(descriptor);
      return false;
    }
    this.#input = this.#output = descriptor;
    this.#rest = new Uint8Array();
    return true;
  }

  /** Bytes that wait; "end" when the daemon has ended, and undefined if there are none. */
  receive(): Uint8Array | "end" | undefined {
    if (this.#input === undefined || !this.#sockets.canRead(this.#input)) return undefined;
    const bytes = this.#sockets.read(this.#input, this.#buffer);
    if (bytes.length > 0) return bytes;
    if (this.#input !== STDIN) this.#sockets.close(this.#input);
    this.#input = undefined;
    return "end";
  }

  [Symbol.dispose](): void {
    if (this.#input !== undefined && this.#input !== STDIN) this.#sockets.close(this.#input);
    this.#listener?.[Symbol.dispose]();
  }
}

/** Without the socket, only another daemon cannot take over. */
function listenIfPossible(sockets: RawSockets, path: string): ReturnType<RawSockets["listen"]> | undefined {
  try {
    return sockets.listen(path);
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
  }
}

/**
 * Removes what virtual routers whose process was killed have left: addresses that the kernel marks, since Linux 5.18, or
 * that are recorded, virtual interfaces, and changed kernel settings.
 *
 * @param records The records of changes.
 * @returns The removed addresses.
 * @throws {LvsctlError} Without libnl, or if the kernel refuses.
 */
export function removeVrrpLeftovers(records: VrrpRecords): readonly Vip[] {
  using routes = new RouteClient(new NetlinkSocket("route"));
  const removed = new MachineAddresses({ routes, record: records.addresses, promote: promoteSecondaries }).removeAll();
  new VirtualLinks({ routes, sysctls: SYSTEM_SYSCTLS, record: records.sysctls }).removeAll();
  return removed;
}

const SYSTEM_SYSCTLS = { read: readSysctl, write: writeSysctl };

/** This machine. */
class SystemHost implements VrrpHost, Disposable {
  readonly #sockets: RawSockets;
  readonly #routes = new RouteClient(new NetlinkSocket("route"));
  readonly #addresses: MachineAddresses;
  readonly #links: VirtualLinks;
  readonly #open = new Set<RawSocket>();
  readonly #frames: ReturnType<RawSockets["openFrameSender"]>;
  readonly #linkLayer: LinkLayer;

  constructor(sockets: RawSockets, records: VrrpRecords) {
    this.#sockets = sockets;
    this.#frames = sockets.openFrameSender();
    this.#linkLayer = {
      ...SYSTEM_LINK_LAYER,
      openPort: ({ index, name }, type) => ({
        send: (frame) => this.#frames.send(frame, { index, device: name, type }),
        receive: () => undefined,
        [Symbol.dispose]: () => {},
      }),
    };
    const routes = this.#routes;
    this.#addresses = new MachineAddresses({ routes, record: records.addresses, promote: promoteSecondaries });
    this.#links = new VirtualLinks({ routes, sysctls: SYSTEM_SYSCTLS, record: records.sysctls });
  }

  /** The descriptors of the open ports. */
  get descriptors(): readonly number[] {
    return [...this.#open].map(({ descriptor }) => descriptor);
  }

  /** Removes what a process that was killed has left, but not what the active routers of another one have. */
  removeLeftovers(continued: readonly RouterStatus[]): void {
    const addresses = continued.flatMap(({ vips }) => vips).map((vip) => parsePrefix(vip).address);
    this.#addresses.removeAll(new Set(addresses));
    this.#links.removeAll(new Set(continued.filter(({ virtualMac }) => virtualMac).map(virtualLinkOf)));
  }

  addVirtualLink(settings: RouterSettings): AddedLink {
    return this.#links.add(settings);
  }

  setVirtualLink(settings: RouterSettings, isUp: boolean): readonly string[] {
    return this.#links.set(settings, isUp);
  }

  removeVirtualLink(settings: RouterSettings): readonly string[] {
    return this.#links.remove(settings);
  }

  refresh(): void {
    this.#addresses.refresh();
  }

  isPresent(device: string): boolean {
    return this.#addresses.indexOf(device) !== undefined;
  }

  isRunning(device: string): boolean {
    return this.#sockets.isRunning(device);
  }

  addresses(device: string): readonly IpAddress[] {
    return this.#addresses.ownOf(device);
  }

  openPort({ device, family, listensOn }: PortPlace): VrrpPort {
    const indexes = new Map([listensOn, device].map((name) => [name, this.#currentIndex(name)]));
    const openSocket = (name: string, joins: boolean): RawSocket =>
      this.#sockets.open({
        device: name,
        index: indexes.get(name) ?? 0,
        protocol: VRRP_PROTOCOL,
        group: VRRP_GROUP[family],
        joins,
      });
    const socket = openSocket(listensOn, true);
    let sender = socket;
    try {
      // A backup must not send from a virtual hardware address, not even that it has joined the group.
      if (device !== listensOn) sender = openSocket(device, false);
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
    this.#open.add(socket);
    return {
      send: (message, carrier) => sender.send(packetOf(message, carrier), carrier.destination),
      receive: () => {
        const packet = socket.receive();
        if (packet === undefined) return undefined;
        if (packet === "cut") return "packet";
        return packet.family === "ipv6" ? packet : readIpv4Packet(packet.packet) ?? "packet";
      },
      isOutdated: () => [...indexes].some(([name, index]) => this.#addresses.indexOf(name) !== index),
      [Symbol.dispose]: () => {
        this.#open.delete(socket);
        for (const each of [socket, sender]) each[Symbol.dispose]();
      },
    };
  }

  #currentIndex(device: string): number {
    const index = this.#routes.links().find(({ name }) => name === device)?.index;
    if (index === undefined) throw new LvsctlError(`there is no interface "${device}"`, { operation: "open a port" });
    return index;
  }

  absentVips(vips: readonly Vip[]): readonly Vip[] {
    return this.#addresses.absent(vips);
  }

  addVips(vips: readonly Vip[]): readonly string[] {
    return this.#addresses.add(vips);
  }

  removeVips(vips: readonly Vip[], options: { readonly keepsForeign: boolean }): readonly string[] {
    return this.#addresses.remove(vips, options);
  }

  announce(vips: readonly Vip[]): readonly string[] {
    try {
      announceOnce(this.#linkLayer, { vips, links: this.#addresses.linksOf(vips.map(({ device }) => device)) });
      return [];
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return [error.message];
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#open) socket[Symbol.dispose]();
    this.#open.clear();
    this.#frames[Symbol.dispose]();
    this.#routes.close();
  }
}
