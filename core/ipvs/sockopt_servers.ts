import {
  addressFromBytes,
  type CountedServer,
  DEFAULT_TUNNEL,
  type ForwardingMethod,
  ipv4Value,
  type RealServer,
  serviceFamily,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import { IP_VS_CONN_F, IP_VS_CONN_F_FWD_MASK, IP_VS_SO_GET, IPPROTO } from "./constants.ts";
import { procName, servicesWithIpv6Servers } from "./proc_table.ts";

/** Reads options of the kernel by an IPv4 socket (getsockopt(2) at the level IPPROTO_IP). */
export interface OptionReader extends Disposable {
  /**
   * Reads an option.
   *
   * @param option Its number.
   * @param buffer The request, which the answer replaces.
   * @param options.length Bytes of both.
   * @returns Whether the kernel has answered.
   */
  read(option: number, buffer: Uint8Array<ArrayBuffer>, options: { readonly length: number }): boolean;
  /** The text of `/proc/net/ip_vs`, which may be empty if no address is IPv6; `undefined` if it cannot be read. */
  table(): string | undefined;
}

/** `struct ip_vs_get_services` and `struct ip_vs_service_entry` (linux/ip_vs.h) on 64-bit machines; bytes. */
const SERVICES = { header: 8, entry: 104, protocol: 0, address: 4, port: 8, mark: 12, servers: 44 } as const;

/** `struct ip_vs_get_dests` on 64-bit machines; bytes. */
const REQUEST = { header: 24, protocol: 0, address: 4, port: 8, mark: 12, servers: 16 } as const;

/** `struct ip_vs_dest_entry` on 64-bit machines; bytes. */
const SERVER = {
  entry: 96,
  address: 0,
  port: 4,
  flags: 8,
  weight: 12,
  upperThreshold: 16,
  lowerThreshold: 20,
  active: 24,
  inactive: 28,
  persistent: 32,
} as const;

/** From how many IPv4 services on a table is read this way; opening the socket takes as long as reading some dozens. */
const LEAST_SERVICES = 100;

/** Up to how many servers a service is read this way: its buffer is kept. */
const MOST_SERVERS = 4096;

/** The forwarding methods of {@linkcode SockoptServers}, by number: tunnels have more settings than the struct. */
const FORWARD = new Map<number, ForwardingMethod>(
  (["nat", "local", "dr", "bypass"] as const).map((name) => [IP_VS_CONN_F[name], name]),
);

/**
 * The servers of IPv4 services by the kernel's older interface, `IP_VS_SO_GET_DESTS`: one system call for each service
 * and one search for it, where netlink takes two and three.
 *
 * That interface leaves out servers whose family is not the service's, so services with IPv6 servers are found in
 * `/proc/net/ip_vs`, and an answer is only used if it has as many servers as the kernel counts for the service. It has no
 * settings of tunnels either. In each of these cases, and if the kernel refuses an option, the caller uses netlink.
 */
export class SockoptServers implements Disposable {
  readonly #open: () => OptionReader;
  #reader: OptionReader | undefined;
  /** The numbers of servers of the last listing's services. */
  #counts = new WeakMap<ServiceId, number>();
  #buffer = new Uint8Array(0);
  #view = new DataView(this.#buffer.buffer);
  readonly #address = new Uint8Array(4);
  readonly #addressView = new DataView(this.#address.buffer);

  /** Uses a socket, which is opened for the first large table. */
  constructor(open: () => OptionReader) {
    this.#open = open;
  }

  /**
   * Learns how many servers each IPv4 service of a large table has. The kernel lists the services in netlink's order.
   *
   * @param services All services of the table.
   */
  count(services: readonly VirtualService[]): void {
    this.forget();
    if (services.length < LEAST_SERVICES) return;
    const ids = services.map(({ id }) => id).filter((id) => serviceFamily(id) === "ipv4");
    if (ids.length < LEAST_SERVICES) return;
    const length = SERVICES.header + ids.length * SERVICES.entry;
    const buffer = new Uint8Array(length);
    const view = new DataView(buffer.buffer);
    view.setUint32(0, ids.length, true);
    this.#reader ??= this.#open();
    if (!this.#reader.read(IP_VS_SO_GET.SERVICES, buffer, { length })) return;
    const table = this.#reader.table();
    if (table === undefined) return;
    // An IPv4 server that is added after the count would make up for an IPv6 one that is left out.
    const mixed = servicesWithIpv6Servers(table);
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index];
      const start = SERVICES.header + index * SERVICES.entry;
      if (id !== undefined && isService(id, view, start) && !(mixed.size > 0 && mixed.has(procName(id)))) {
        this.#counts.set(id, view.getUint32(start + SERVICES.servers, true));
      }
    }
  }

  /** Forgets the numbers of servers, which a change may make wrong. */
  forget(): void {
    this.#counts = new WeakMap();
  }

  /** Reads the servers of a service; `undefined` if netlink has to. */
  servers(id: ServiceId): RealServer[] | undefined {
    const count = this.#read(id);
    if (count === undefined) return undefined;
    const servers: RealServer[] = [];
    for (let index = 0; index < count; index++) {
      const forward = this.#forward(index);
      if (forward === undefined) return undefined;
      const start = REQUEST.header + index * SERVER.entry;
      servers.push({
        address: this.#addressAt(start),
        port: this.#view.getUint16(start + SERVER.port),
        forward,
        weight: this.#view.getUint32(start + SERVER.weight, true),
        upperThreshold: this.#view.getUint32(start + SERVER.upperThreshold, true),
        lowerThreshold: this.#view.getUint32(start + SERVER.lowerThreshold, true),
        tunnel: DEFAULT_TUNNEL,
      });
    }
    return servers;
  }

  /** As {@linkcode SockoptServers.servers}, with the connections of the servers. */
  countedServers(id: ServiceId): CountedServer[] | undefined {
    return this.servers(id)?.map((server, index) => {
      const start = REQUEST.header + index * SERVER.entry;
      // Written out, because spreading is slower in cold code.
      return {
        address: server.address,
        port: server.port,
        forward: server.forward,
        weight: server.weight,
        upperThreshold: server.upperThreshold,
        lowerThreshold: server.lowerThreshold,
        tunnel: server.tunnel,
        activeConnections: this.#view.getUint32(start + SERVER.active, true),
        inactiveConnections: this.#view.getUint32(start + SERVER.inactive, true),
        persistentConnections: this.#view.getUint32(start + SERVER.persistent, true),
      };
    });
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  /** Fills the buffer with the servers of a service; their number, or `undefined` if they are not all of them. */
  #read(id: ServiceId): number | undefined {
    const count = this.#counts.get(id);
    if (count === undefined || count > MOST_SERVERS || this.#reader === undefined) return undefined;
    // Room for one more: the kernel does not say how many servers it has left out.
    const length = REQUEST.header + (count + 1) * SERVER.entry;
    if (this.#buffer.length < length) {
      this.#buffer = new Uint8Array(2 * length);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#writeRequest(id, count + 1);
    if (!this.#reader.read(IP_VS_SO_GET.DESTS, this.#buffer, { length })) return undefined;
    if (count > 0 && !this.#isFilled(count - 1)) return undefined;
    return this.#isFilled(count) ? undefined : count;
  }

  #writeRequest(id: ServiceId, room: number): void {
    const view = this.#view;
    const isMark = id.kind === "fwmark";
    view.setUint16(REQUEST.protocol, isMark ? 0 : IPPROTO[id.protocol], true);
    view.setUint32(REQUEST.address, isMark ? 0 : ipv4Value(id.address) ?? 0);
    view.setUint16(REQUEST.port, isMark ? 0 : id.port);
    view.setUint32(REQUEST.mark, isMark ? id.mark : 0, true);
    view.setUint32(REQUEST.servers, room, true);
    for (let index = Math.max(0, room - 2); index < room; index++) {
      view.setUint32(REQUEST.header + index * SERVER.entry + SERVER.address, 0);
    }
  }

  /** Whether the kernel wrote an entry: it refuses a server with the address 0.0.0.0. */
  #isFilled(index: number): boolean {
    return this.#view.getUint32(REQUEST.header + index * SERVER.entry + SERVER.address) !== 0;
  }

  #forward(index: number): ForwardingMethod | undefined {
    const flags = this.#view.getUint32(REQUEST.header + index * SERVER.entry + SERVER.flags, true);
    return FORWARD.get(flags & IP_VS_CONN_F_FWD_MASK);
  }

  #addressAt(start: number): RealServer["address"] {
    this.#addressView.setUint32(0, this.#view.getUint32(start + SERVER.address));
    return addressFromBytes(this.#address, 4);
  }
}

/** Whether an entry of the kernel's list is a service. */
function isService(id: ServiceId, view: DataView, start: number): boolean {
  const mark = view.getUint32(start + SERVICES.mark, true);
  if (id.kind === "fwmark") return mark === id.mark;
  return mark === 0 && view.getUint16(start + SERVICES.protocol, true) === IPPROTO[id.protocol] &&
    view.getUint32(start + SERVICES.address) === ipv4Value(id.address) &&
    view.getUint16(start + SERVICES.port) === id.port;
}
