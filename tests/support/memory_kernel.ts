import { IpvsClient } from "../../core/ipvs/mod.ts";
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from "../../core/netlink/message.ts";
import { EBUSY, EINTR, EINVAL, ENOENT, EOPNOTSUPP, EPERM } from "./kernel/errnos.ts";
import { Faults } from "./kernel/faults.ts";
import { LINUX_6_1, type MemoryKernelOptions } from "./kernel/options.ts";
import { MemorySocket } from "./kernel/socket.ts";
import { MemorySockopt } from "./kernel/sockopt.ts";
import { SyncDaemons } from "./kernel/sync_daemons.ts";
import { Table } from "./kernel/table.ts";
import { Timeouts } from "./kernel/timeouts.ts";
import type { StatisticsNumbers } from "./kernel/traffic.ts";
import { attribute, type Attributes, little, message, parseAttributes, readU16, readU32 } from "./kernel/wire.ts";

export type { MemoryKernelOptions } from "./kernel/options.ts";

/** The flag of an answer that leaves the request's attributes out (linux/netlink.h). */
const NLM_F_CAPPED = 0x100;

/** Types of messages below this one are netlink's own. */
const NLMSG_MIN_TYPE = 16;

interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly command: number;
  readonly attributes: Attributes;
}

/**
 * A kernel with IPVS in memory, at the level of netlink datagrams.
 *
 * It reads requests and writes answers without lvsctl's own code. The contract tests run the same cases on it and on
 * the real kernel.
 */
export class MemoryKernel {
  /** Faults that a test injects. */
  readonly faults = new Faults();
  readonly #options: Required<MemoryKernelOptions>;
  readonly #table: Table;
  readonly #daemons = new SyncDaemons();
  readonly #timeouts = new Timeouts();
  #openSockets = 0;

  constructor(options: MemoryKernelOptions = {}) {
    this.#options = { ...LINUX_6_1, ...options };
    this.#table = new Table(this.#options);
  }

  /** Number of open sockets. */
  get openSockets(): number {
    return this.#openSockets;
  }

  /** Number of the IPVS family. */
  get family(): number {
    return this.#options.family;
  }

  /** Opens a socket. */
  connect(): MemorySocket {
    this.#openSockets++;
    const receiver = {
      run: (datagram: Uint8Array, socket: MemorySocket): void => this.#runDatagram(datagram, socket),
      closed: (): void => void this.#openSockets--,
    };
    return new MemorySocket(receiver, { faults: this.faults, bufferBytes: this.#options.receiveBufferBytes });
  }

  /** Opens a client on a new socket. */
  openClient(): IpvsClient {
    return new IpvsClient(this.connect(), { family: this.family, openOptions: () => this.openOptions() });
  }

  /** Opens a socket for options. */
  openOptions(): MemorySockopt {
    this.#openSockets++;
    return new MemorySockopt({
      services: () => this.#table.inOrder(),
      procText: () => this.procText(),
      closed: () => void this.#openSockets--,
    });
  }

  /** Sets the traffic of every service and every server, and the connections of every server. */
  setTraffic(numbers: StatisticsNumbers, connections: readonly [number, number, number] = [0, 0, 0]): void {
    for (const service of this.#table.services.values()) {
      service.traffic = numbers;
      for (const destination of service.destinations) {
        destination.traffic = numbers;
        destination.connections = connections;
      }
    }
  }

  /** The text of /proc/net/ip_vs. */
  procText(): string {
    const lines = [
      "IP Virtual Server version 1.2.1 (size=4096)",
      "Prot LocalAddress:Port Scheduler Flags",
      "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn",
      ...this.#table.inOrder().flatMap((service) => service.procLines()),
    ];
    return `${lines.join("\n")}\n`;
  }

  /** Runs the messages of a datagram in order, as netlink_rcv_skb does. */
  #runDatagram(datagram: Uint8Array, socket: MemorySocket): void {
    let offset = 0;
    while (datagram.length - offset >= 16) {
      const length = readU32(datagram, offset);
      if (length < 16 || length > datagram.length - offset) return;
      const bytes = datagram.subarray(offset, offset + length);
      offset += Math.ceil(length / 4) * 4;
      this.#runMessage(bytes, socket);
    }
  }

  #runMessage(bytes: Uint8Array, socket: MemorySocket): void {
    const [type, flags, sequence] = [readU16(bytes, 4), readU16(bytes, 6), readU32(bytes, 8)];
    let errno = 0;
    if ((flags & NLM_F_REQUEST) !== 0 && type >= NLMSG_MIN_TYPE) {
      const attributes = parseAttributes(bytes.subarray(20));
      errno = bytes.length < 20
        ? EINVAL
        : this.#runRequest({ type, flags, sequence, command: bytes[16] ?? 0, attributes }, socket);
    }
    // For netlink EINTR means "already answered", as with dumps.
    if (errno === EINTR) return;
    if (errno === 0 && (flags & NLM_F_ACK) === 0) return;
    const body = [...little(-errno, 4), ...bytes.subarray(0, 16)];
    socket.answer(message({ type: NLMSG_ERROR, flags: NLM_F_CAPPED, sequence }, body));
  }

  #runRequest(request: Request, socket: MemorySocket): number {
    if (request.type !== this.family) return ENOENT;
    const isDump = (request.flags & NLM_F_DUMP) === NLM_F_DUMP;
    const run = (isDump ? this.#dumps : this.#commands)[request.command];
    if (run === undefined && !(request.command in { ...this.#dumps, ...this.#commands })) return EOPNOTSUPP;
    if (!this.faults.isPermitted) return EPERM;
    return run?.(request, socket) ?? EOPNOTSUPP;
  }

  readonly #commands: Readonly<Record<number, (request: Request, socket: MemorySocket) => number>> = {
    1: ({ attributes }) => this.#change(() => this.#table.addService(attributes)),
    2: ({ attributes }) => this.#change(() => this.#table.editService(attributes)),
    3: ({ attributes }) => this.#change(() => this.#table.deleteService(attributes)),
    4: (request, socket) => {
      const service = this.#table.find(request.attributes);
      if (typeof service === "number") return service;
      return this.#reply(request, socket, [1, service.encode()]);
    },
    5: ({ attributes }) => this.#change(() => this.#changeDestination(attributes, "add")),
    6: ({ attributes }) => this.#change(() => this.#changeDestination(attributes, "edit")),
    7: ({ attributes }) => this.#change(() => this.#changeDestination(attributes, "delete")),
    9: ({ attributes }) =>
      this.#change(() => {
        const kernel = { options: this.#options, hasMixedFamilies: this.#table.hasMixedFamilies };
        return this.#daemons.start(attributes.get(3), kernel);
      }),
    10: ({ attributes }) => this.#change(() => this.#daemons.stop(attributes.get(3))),
    12: ({ attributes }) => this.#change(() => this.#timeouts.set(attributes)),
    13: (request, socket) => this.#reply(request, socket, [12, this.#timeouts.encode()]),
    15: (request, socket) => {
      const info = [...attribute(1, little(0x010201, 4)), ...attribute(2, little(4096, 4))];
      return this.#reply(request, socket, [14, info]);
    },
    16: ({ attributes }) => this.#change(() => this.#table.zero(attributes)),
    17: () =>
      this.#change(() => {
        this.#table.services.clear();
        return 0;
      }),
  };

  readonly #dumps: Readonly<Record<number, (request: Request, socket: MemorySocket) => number>> = {
    4: (request, socket) => {
      const entries = this.#table.inOrder().map((service) => service.encode());
      return this.#dump(request, socket, [1, entries]);
    },
    8: (request, socket) => {
      const service = this.#table.find(request.attributes);
      const destinations = typeof service === "number" ? [] : service.destinations;
      return this.#dump(request, socket, [5, destinations.map((destination) => destination.encode(this.#options))]);
    },
    11: (request, socket) => this.#dump(request, socket, [9, this.#daemons.encode()]),
  };

  #changeDestination(attributes: Attributes, what: "add" | "edit" | "delete"): number {
    return this.#table.changeDestination(attributes, what, this.#daemons.areRunning);
  }

  #change(run: () => number): number {
    const fault = this.faults.next("change");
    if (fault !== 0) return fault;
    const errno = run();
    if (errno === 0 || errno === EINTR) this.faults.afterChange();
    return errno;
  }

  #reply({ sequence }: Request, socket: MemorySocket, [command, attributes]: readonly [number, number[]]): number {
    socket.answer(message({ type: this.family, flags: 0, sequence }, [command, 1, 0, 0, ...attributes]));
    return 0;
  }

  #dump(
    { sequence }: Request,
    socket: MemorySocket,
    [command, entries]: readonly [number, readonly (readonly number[])[]],
  ): number {
    if (socket.isDumping) return EBUSY;
    const isDisturbed = this.faults.disturbedDumps > 0;
    if (isDisturbed) this.faults.disturbedDumps--;
    const flags = NLM_F_MULTI | (isDisturbed ? NLM_F_DUMP_INTR : 0);
    const datagrams: number[][] = [];
    let datagram: number[] = [];
    for (const entry of entries) {
      const next = message({ type: this.family, flags, sequence }, [command, 1, 0, 0, ...entry]);
      if (datagram.length > 0 && datagram.length + next.length > this.#options.dumpBytes) {
        datagrams.push(datagram);
        datagram = [];
      }
      datagram.push(...next);
    }
    if (datagram.length > 0) datagrams.push(datagram);
    // The end has its own datagram, because the kernel reaches it only when it looks for more entries.
    datagrams.push(message({ type: NLMSG_DONE, flags, sequence }, little(0, 4)));
    socket.startDump(datagrams);
    return EINTR;
  }
}
