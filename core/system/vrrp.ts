/**
 * Runs virtual routers on the real network, in a loop that blocks in the kernel: it belongs into a process of its own.
 *
 * @module
 */

import { LvsctlError } from "../errors/mod.ts";
import { NetlinkSocket, type RawSocket, RawSockets } from "../ffi/mod.ts";
import type { IpAddress, Vip, VipChange } from "../model/mod.ts";
import { announceOnce, devicesOfSecondaries, RouteClient, VRRP_ADDRESS_PROTOCOL } from "../rtnetlink/mod.ts";
import {
  jsonLine,
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
 * @throws {LvsctlError} Without permission, or without libnl.
 */
export function runVrrpSpeaker(): void {
  using sockets = new RawSockets();
  using watch = sockets.watchInterfaces();
  using host = new SystemHost(sockets);
  // A message that the daemon has taken in part: this process must not wait for it.
  let rest = new Uint8Array();
  using session = new SpeakerSession({
    host,
    now: () => performance.now(),
    timeOfDay: Date.now,
    send: (message) => {
      rest = sockets.write(STDOUT, rest);
      if (rest.length > 0) return false;
      rest = sockets.write(STDOUT, jsonLine(message));
      return true;
    },
  });
  const buffer = new Uint8Array(READ_BYTES);
  removeVrrpAddresses();
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
 * Removes the addresses of virtual routers whose process was killed; the kernel knows them by their mark, since Linux
 * 5.18.
 *
 * @returns The removed addresses.
 * @throws {LvsctlError} Without libnl, or if the kernel refuses.
 */
export function removeVrrpAddresses(): readonly Vip[] {
  using routes = new RouteClient(new NetlinkSocket("route"));
  const links = routes.links();
  const names = new Map(links.map(({ name, index }) => [index, name]));
  const vips = routes.addresses()
    .filter(({ protocol }) => protocol === VRRP_ADDRESS_PROTOCOL)
    .map(({ index, ...vip }): Vip => ({ ...vip, device: names.get(index) ?? "" }));
  // The first address of a subnet last, because the kernel deletes the others with it.
  const changes = vips.toReversed().map((vip): VipChange => ({ operation: "deleteVip", vip }));
  const errors = changes.length === 0 ? new Map() : execute(routes, changes);
  for (const error of errors.values()) if (error.errno !== "EADDRNOTAVAIL") throw error;
  return vips;
}

/** Runs changes. The deletion of a subnet's first address keeps the others, unlike in the kernel by default. */
function execute(routes: RouteClient, changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError> {
  const links = routes.links();
  const devices = devicesOfSecondaries(changes, { links, addresses: routes.addresses() });
  using _promotion = devices.length === 0 ? undefined : promoteIfPossible(devices);
  return routes.execute(changes, { links, protocol: VRRP_ADDRESS_PROTOCOL });
}

/** A director that yields must give up its addresses in any case: the routers add what is lost with them again. */
function promoteIfPossible(devices: readonly string[]): Disposable | undefined {
  try {
    return promoteSecondaries(devices);
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
  }
}

/** This machine. */
class SystemHost implements VrrpHost, Disposable {
  readonly #sockets: RawSockets;
  readonly #routes = new RouteClient(new NetlinkSocket("route"));
  readonly #open = new Set<RawSocket>();
  /** The addresses of the interfaces when they could be read last. */
  readonly #addresses = new Map<string, readonly IpAddress[]>();

  constructor(sockets: RawSockets) {
    this.#sockets = sockets;
  }

  /** The descriptors of the open ports. */
  get descriptors(): readonly number[] {
    return [...this.#open].map(({ descriptor }) => descriptor);
  }

  isRunning(device: string): boolean {
    return this.#sockets.isRunning(device);
  }

  addresses(device: string): readonly IpAddress[] {
    try {
      const index = this.#routes.links().find(({ name }) => name === device)?.index;
      const found = this.#routes.addresses()
        .filter((address) => address.index === index && address.protocol !== VRRP_ADDRESS_PROTOCOL)
        .map(({ address }) => address);
      this.#addresses.set(device, found);
      return found;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      // The kernel changes too much at the moment: another look follows, and no router must give up its addresses.
      return this.#addresses.get(device) ?? [];
    }
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

  addVips(vips: readonly Vip[]): readonly string[] {
    return this.#execute(vips.map((vip): VipChange => ({ operation: "addVip", vip })), "EEXIST");
  }

  absentVips(vips: readonly Vip[]): readonly Vip[] {
    try {
      const isPresent = this.#presence();
      return vips.filter((vip) => !isPresent(vip));
    } catch (error) {
      // Another look follows.
      if (error instanceof LvsctlError) return [];
      throw error;
    }
  }

  removeVips(vips: readonly Vip[]): readonly string[] {
    return this.#attempt(() => {
      const found = vips.filter(this.#presence());
      // The first address of a subnet last, because the kernel deletes the others with it.
      return this.#execute(found.toReversed().map((vip) => ({ operation: "deleteVip", vip })), "EADDRNOTAVAIL");
    });
  }

  announce(vips: readonly Vip[]): readonly string[] {
    return this.#attempt(() => {
      announceOnce(SYSTEM_LINK_LAYER, { vips, links: this.#routes.links() });
      return [];
    });
  }

  [Symbol.dispose](): void {
    for (const socket of this.#open) socket[Symbol.dispose]();
    this.#open.clear();
    this.#routes.close();
  }

  /** Tells which addresses are on their interfaces. */
  #presence(): (vip: Vip) => boolean {
    const links = new Map(this.#routes.links().map(({ name, index }) => [name, index]));
    const present = new Set(this.#routes.addresses().map(({ index, address }) => `${index} ${address}`));
    return ({ device, address }) => present.has(`${links.get(device)} ${address}`);
  }

  /** Runs changes, and returns the messages of errors of another kind than the given one. */
  #execute(changes: readonly VipChange[], ignored: string): readonly string[] {
    if (changes.length === 0) return [];
    return this.#attempt(() => {
      const errors = execute(this.#routes, changes);
      return [...errors.values()].filter(({ errno }) => errno !== ignored).map(({ message }) => message);
    });
  }

  #attempt(run: () => readonly string[]): readonly string[] {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return [error.message];
    }
  }
}
