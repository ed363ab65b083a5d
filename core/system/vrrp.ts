/**
 * Runs virtual routers on the real network, in a loop that blocks in the kernel: it belongs into a process of its own.
 *
 * @module
 */

import { LvsctlError } from "../errors/mod.ts";
import { NetlinkSocket, type RawSocket, RawSockets } from "../ffi/mod.ts";
import type { IpAddress, Vip } from "../model/mod.ts";
import { announceOnce, RouteClient } from "../rtnetlink/mod.ts";
import {
  type AddressRecord,
  jsonLine,
  MachineAddresses,
  packetOf,
  type PortPlace,
  readIpv4Packet,
  SpeakerSession,
  VRRP_GROUP,
  VRRP_PROTOCOL,
  type VrrpHost,
  type VrrpPort,
} from "../vrrp/mod.ts";
import { promoteSecondaries, SYSTEM_LINK_LAYER } from "./vips.ts";

/** Standard input and output, which lead to the daemon. */
const STDIN = 0;
const STDOUT = 1;

/** Bytes that are read from the daemon at once. */
const READ_BYTES = 64 * 1024;

/** The longest wait; milliseconds. */
const LONGEST_WAIT_MS = 1000;

/**
 * Runs the virtual routers that the daemon configures over standard input, until it ends or says so; then the addresses
 * are removed.
 *
 * @param record The record of added addresses.
 * @throws {LvsctlError} Without permission, or without libnl.
 */
export function runVrrpSpeaker(record: AddressRecord): void {
  using sockets = new RawSockets();
  using watch = sockets.watchInterfaces();
  using host = new SystemHost(sockets, record);
  // A message that the daemon has taken in part: this process must not wait for it.
  let rest = new Uint8Array();
  using session = new SpeakerSession({
    host,
    now: () => performance.now(),
    timeOfDay: Date.now,
    onBegin: () => host.removeLeftovers(),
    send: (message) => {
      rest = sockets.write(STDOUT, rest);
      if (rest.length > 0) return false;
      rest = sockets.write(STDOUT, jsonLine(message));
      return true;
    },
  });
  const buffer = new Uint8Array(READ_BYTES);
  while (!session.isEnded) {
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, session.dueAt - performance.now()));
    sockets.wait([STDIN, watch.descriptor, ...host.descriptors], waitMs);
    if (watch.takeChange()) session.look();
    if (sockets.canRead(STDIN)) {
      const bytes = sockets.read(STDIN, buffer);
      if (bytes.length === 0) return;
      session.take(bytes);
    }
    session.turn();
  }
}

/**
 * Removes the addresses of virtual routers whose process was killed: those that the kernel marks, since Linux 5.18, and
 * those of the record.
 *
 * @param record The record of added addresses.
 * @returns The removed addresses.
 * @throws {LvsctlError} Without libnl, or if the kernel refuses.
 */
export function removeVrrpAddresses(record: AddressRecord): readonly Vip[] {
  using routes = new RouteClient(new NetlinkSocket("route"));
  return new MachineAddresses({ routes, record, promote: promoteSecondaries }).removeAll();
}

/** This machine. */
class SystemHost implements VrrpHost, Disposable {
  readonly #sockets: RawSockets;
  readonly #routes = new RouteClient(new NetlinkSocket("route"));
  readonly #addresses: MachineAddresses;
  readonly #open = new Set<RawSocket>();

  constructor(sockets: RawSockets, record: AddressRecord) {
    this.#sockets = sockets;
    this.#addresses = new MachineAddresses({ routes: this.#routes, record, promote: promoteSecondaries });
  }

  /** The descriptors of the open ports. */
  get descriptors(): readonly number[] {
    return [...this.#open].map(({ descriptor }) => descriptor);
  }

  /** Removes the addresses of a process that was killed. */
  removeLeftovers(): void {
    this.#addresses.removeAll();
  }

  refresh(): void {
    this.#addresses.refresh();
  }

  isRunning(device: string): boolean {
    return this.#sockets.isRunning(device);
  }

  addresses(device: string): readonly IpAddress[] {
    return this.#addresses.ownOf(device);
  }

  openPort({ device, family }: PortPlace): VrrpPort {
    const index = this.#routes.links().find(({ name }) => name === device)?.index;
    if (index === undefined) throw new LvsctlError(`there is no interface "${device}"`, { operation: "open a port" });
    const socket = this.#sockets.open({ device, index, protocol: VRRP_PROTOCOL, group: VRRP_GROUP[family] });
    this.#open.add(socket);
    return {
      send: (message, carrier) => socket.send(packetOf(message, carrier), carrier.destination),
      receive: () => {
        const packet = socket.receive();
        if (packet === undefined) return undefined;
        if (packet === "cut") return "packet";
        return packet.family === "ipv6" ? packet : readIpv4Packet(packet.packet) ?? "packet";
      },
      [Symbol.dispose]: () => {
        this.#open.delete(socket);
        socket[Symbol.dispose]();
      },
    };
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
      announceOnce(SYSTEM_LINK_LAYER, { vips, links: this.#routes.links() });
      return [];
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return [error.message];
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#open) socket[Symbol.dispose]();
    this.#open.clear();
    this.#routes.close();
  }
}
