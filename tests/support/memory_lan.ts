import type { PacketLayer } from "../../core/rtnetlink/mod.ts";

/** A host of the in-memory LAN. */
export interface LanHost {
  /** Hardware address: "02:00:00:00:00:11". */
  readonly hardwareAddress: string;
  /** The addresses for which it answers ARP and neighbour discovery. */
  readonly answersFor: readonly string[];
  /** Further addresses that it accepts packets for, as a real server has the VIP on lo. */
  readonly hidden?: readonly string[];
  /** TCP ports with a program. */
  readonly ports?: readonly number[];
  /** Whether it drops packets to its TCP ports. */
  readonly dropsTcp?: boolean;
  /** Whether it ignores ICMP. */
  readonly ignoresIcmp?: boolean;
  /** Whether it sends packets to other addresses back, as a router does. */
  readonly forwards?: boolean;
  /** Protocols of IP that it unpacks: 4 and 41 for IP in IP, 47 for GRE, 17 for GUE. */
  readonly unpacks?: readonly number[];
  /** What it answers to the packets of another tunnel: the type and code of ICMP, the length of the quotation. */
  readonly refuses?: "protocol" | "port";
  /** Whether its rp_filter drops what comes out of a tunnel. */
  readonly filters?: boolean;
  /** Number of packets that get lost before the first answer. */
  loses?: number;
}

/** A LAN without lvsctl's own code: hosts that answer frames. */
export class MemoryLan {
  /** The hosts. */
  readonly hosts: LanHost[] = [];
  /** The source ports of these segments. */
  readonly sourcePorts: number[] = [];
  /** The flags of each TCP segment that reached a host, with its port: "02 80". */
  readonly segments: string[] = [];
  #queue: Uint8Array[] = [];
  #now = 0;

  /** The link layer of the director. */
  readonly layer: PacketLayer = {
    openPort: (_link, { type }) => ({
      send: (frame) => this.#deliver(frame),
      receive: (timeoutMs) => {
        // poll(2) takes whole milliseconds.
        if (!Number.isInteger(timeoutMs)) throw new TypeError(`not whole milliseconds: ${timeoutMs}`);
        const at = this.#queue.findIndex((frame) => read16(frame, 12) === type);
        if (at < 0) this.#now += timeoutMs + 0.3;
        return at < 0 ? undefined : this.#queue.splice(at, 1)[0];
      },
      [Symbol.dispose]: () => {},
    }),
    now: () => this.#now,
    random: () => 0.5,
  };

  #deliver(frame: Uint8Array): void {
    const type = read16(frame, 12);
    if (type === 0x0806) return this.#answerArp(frame);
    const host = this.hosts.find(({ hardwareAddress }) => hardwareAddress === hardware(frame.subarray(0, 6)));
    const packet = frame.slice(14);
    if (packet[6] === 58 && type === 0x86dd && packet[40] === 135) return this.#answerSolicitation(frame);
    if (host === undefined) return;
    if ((host.loses ?? 0) > 0) return void (host.loses = (host.loses ?? 0) - 1);
    const answer = answerOf(host, packet, (segment, port) => {
      this.segments.push(segment);
      this.sourcePorts.push(port);
    });
    if (answer === undefined) return;
    const back = [...frame.slice(6, 12), ...frame.slice(0, 6), ...(answer[0] === 0x45 ? [8, 0] : [0x86, 0xdd])];
    this.#queue.push(Uint8Array.from([...back, ...answer]));
  }

  #answerArp(frame: Uint8Array): void {
    const target = spell(frame.slice(38, 42));
    const host = this.hosts.find(({ answersFor }) => answersFor.includes(target));
    if (host === undefined) return;
    const own = host.hardwareAddress.split(":").map((byte) => parseInt(byte, 16));
    const asker = frame.slice(22, 32);
    const answer = [
      ...asker.slice(0, 6),
      ...own,
      8,
      6,
      0,
      1,
      8,
      0,
      6,
      4,
      0,
      2,
      ...own,
      ...frame.slice(38, 42),
      ...asker,
    ];
    this.#queue.push(Uint8Array.from(answer));
  }

  #answerSolicitation(frame: Uint8Array): void {
    const target = frame.slice(62, 78);
    const host = this.hosts.find(({ answersFor }) => answersFor.includes(spell(target)));
    if (host === undefined) return;
    const own = host.hardwareAddress.split(":").map((byte) => parseInt(byte, 16));
    const message = [136, 0, 0, 0, 0x60, 0, 0, 0, ...target, 2, 1, ...own];
    const header = [0x60, 0, 0, 0, 0, message.length, 58, 255, ...target, ...frame.slice(22, 38)];
    this.#queue.push(Uint8Array.from([...frame.slice(6, 12), ...own, 0x86, 0xdd, ...header, ...message]));
  }
}

function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function hardware(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** An address: IPv4 with dots, IPv6 by its words, of which the LAN's tests use no long runs of zeros but one. */
function spell(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, index) => read16(bytes, index * 2).toString(16));
  return words.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}

/** A packet's header. */
function header(packet: Uint8Array): { protocol: number; from: Uint8Array; to: Uint8Array; body: Uint8Array } {
  return packet[0] === 0x45
    ? { protocol: packet[9] ?? 0, from: packet.slice(12, 16), to: packet.slice(16, 20), body: packet.slice(20) }
    : { protocol: packet[6] ?? 0, from: packet.slice(8, 24), to: packet.slice(24, 40), body: packet.slice(40) };
}

/** A packet without checksums, which the director's kernel would have verified. */
function build(protocol: number, from: Uint8Array, to: Uint8Array, body: readonly number[]): number[] {
  const length = body.length;
  return from.length === 4
    ? [0x45, 0, (length + 20) >> 8, (length + 20) & 0xff, 0, 0, 0, 0, 64, protocol, 0, 0, ...from, ...to, ...body]
    : [0x60, 0, 0, 0, length >> 8, length & 0xff, protocol, 64, ...from, ...to, ...body];
}

const UNPACKED_AT: Readonly<Record<number, number>> = { 4: 0, 41: 0, 47: 4, 17: 12 };

function answerOf(
  host: LanHost,
  packet: Uint8Array,
  onSegment: (text: string, sourcePort: number) => void,
): number[] | undefined {
  const { protocol, from, to, body } = header(packet);
  const at = UNPACKED_AT[protocol];
  if (at !== undefined) {
    if (host.unpacks?.includes(protocol) === true) {
      return host.filters === true ? undefined : answerOf(host, body.slice(at), onSegment);
    }
    if (host.refuses === undefined) return undefined;
    const [type, code] = from.length === 4
      ? [3, host.refuses === "protocol" ? 2 : 3]
      : host.refuses === "protocol"
      ? [4, 1]
      : [1, 4];
    return build(from.length === 4 ? 1 : 58, to, from, [type, code, 0, 0, 0, 0, 0, 0, ...packet]);
  }
  if (![...host.answersFor, ...host.hidden ?? []].includes(spell(to))) {
    return host.forwards === true ? [...packet] : undefined;
  }
  if (protocol === 6) {
    const port = read16(body, 2);
    const flags = body[13] ?? 0;
    onSegment(`${flags.toString(16).padStart(2, "0")} ${port}`, read16(body, 0));
    if (flags !== 2 || host.dropsTcp === true) return undefined;
    const isOpen = host.ports?.includes(port) === true;
    const acknowledged = [...body.slice(4, 8)];
    // The sequence numbers of the tests do not end with 255.
    acknowledged[3] = (acknowledged[3] ?? 0) + 1;
    const start = [...body.slice(2, 4), ...body.slice(0, 2), 9, 9, 9, 9, ...acknowledged];
    return build(6, to, from, [...start, 0x50, isOpen ? 0x12 : 0x14, 0, 0, 0, 0, 0, 0]);
  }
  const isRequest = (protocol === 1 && body[0] === 8) || (protocol === 58 && body[0] === 128);
  if (!isRequest || host.ignoresIcmp === true) return undefined;
  return build(protocol, to, from, [protocol === 1 ? 0 : 129, ...body.slice(1)]);
}
