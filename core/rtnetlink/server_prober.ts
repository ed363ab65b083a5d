import { type AddressFamily, addressFamily, type IpAddress, type Tunnel } from "../model/mod.ts";
import type { Transport } from "../netlink/mod.ts";
import type { Link } from "./codec.ts";
import { ethernetFrame, ETHERTYPE, type Frame, type FramePort } from "./frame.ts";
import type { PacketLayer } from "./packet_layer.ts";
import { answerFilter } from "./frame_filter.ts";
import { echoPacket, type Ends, TCP, tcpPacket, tunnelPacket, tunnelProtocol } from "./ip_packet.ts";
import { type NextHop, resolveHops } from "./next_hops.ts";
import { RouteClient } from "./route_client.ts";
import { readPacket, type ReceivedPacket, type ReceivedRefusal, type ReceivedSegment } from "./received_packet.ts";

/** A question to a real server: whether it answers packets that are sent to it as IPVS sends them. */
export interface ServerQuestion {
  /** The interface that leads to the server. */
  readonly device: string;
  /** Hardware address of the server, or of the router to it: "02:00:00:00:00:11". */
  readonly nextHop: string;
  /** The real server's own address. */
  readonly server: IpAddress;
  /** The VIP that it must have too. */
  readonly vip: IpAddress;
  /** TCP port of the service; undefined if the service is not one port of TCP. */
  readonly port?: number | undefined;
  /** An address of the director, of the VIP's family, to which the server answers. */
  readonly source: IpAddress;
  /** The tunnel, with the source of its packets; undefined with dr. */
  readonly tunnel?: (Tunnel & { readonly source: IpAddress }) | undefined;
}

/** The answers of a real server. */
export interface ServerAnswer {
  /** Its answer to a connection: `returned` if it sends the packet on; undefined if none arrived. */
  readonly connection?: "accepted" | "refused" | "returned" | undefined;
  /** Whether the VIP answers ICMP there. */
  readonly answersEcho: boolean;
  /** Whether its own address answers ICMP by the same way, through the tunnel if there is one. */
  readonly answersOwnEcho: boolean;
  /** How it refuses the packets of the tunnel: it has no such protocol, or no such interface or port. */
  readonly tunnelRefusal?: "protocol" | "port" | undefined;
}

/** A lost packet must not look like a silent server. */
const ROUNDS = 3;

/** Answers that arrive after a round are counted too; milliseconds. */
const ROUND_MS = 300;

/** Questions that are sent at once, and the time before the next ones: the receive buffer holds their answers. */
const BATCH = { questions: 64, waitMs: 30 } as const;

/** Ports above those that Linux gives to its own connections; each question has one, as servers can share a host. */
const PORTS = { first: 61_000, last: 65_000 } as const;

/** A question with its answer so far. */
interface Asked {
  readonly question: ServerQuestion;
  readonly link: Link;
  /** Number of the question, in the packets' sequence numbers. */
  readonly index: number;
  answer: ServerAnswer;
}

/** Echo requests have two sequence numbers for each question. */
const ECHOES = { vip: 0, own: 1 } as const;

/** Asks real servers whether they answer for VIPs, in frames that pass by the director's own IPVS. */
export class ServerProber implements Disposable {
  readonly #routes: RouteClient;
  readonly #layer: PacketLayer;

  /**
   * Connects over a transport; the prober closes it.
   *
   * @param transport A routing-netlink socket, for the interfaces.
   * @param layer The link layer.
   */
  constructor(transport: Transport, layer: PacketLayer) {
    this.#routes = new RouteClient(transport);
    this.#layer = layer;
  }

  /**
   * Asks each question: by a TCP connection that is reset as soon as the server accepts it, so that no program sees it,
   * and by ICMP.
   *
   * @returns The answers, in the order of the questions; undefined for an interface that is down or has no neighbours.
   * @throws {LvsctlError} Without permission, or if an interface refuses a frame.
   */
  ask(questions: readonly ServerQuestion[]): readonly (ServerAnswer | undefined)[] {
    const links = new Map(this.#routes.links().map((link) => [link.name, link]));
    const asked = questions.flatMap((question, index): Asked[] => {
      const link = links.get(question.device);
      if (link === undefined || !link.isUp || !link.hasNeighbours) return [];
      return [{ question, link, index, answer: { answersEcho: false, answersOwnEcho: false } }];
    });
    using rounds = new Rounds(this.#layer, asked);
    rounds.run();
    const answers = new Map(asked.map(({ question, answer }) => [question, answer]));
    return questions.map((question) => answers.get(question));
  }

  /**
   * Asks the links for the hardware addresses of hosts, as the kernel asks before it sends a packet.
   *
   * @returns The hardware addresses, in the order of the hosts; `null` for a host that did not answer, undefined for one
   * on an interface that is down or has no neighbours.
   * @throws {LvsctlError} Without permission, or if an interface refuses a frame.
   */
  hardwareAddresses(hops: readonly NextHop[]): readonly (string | null | undefined)[] {
    return hops.length === 0 ? [] : resolveHops(this.#layer, { hops, links: this.#routes.links() });
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#routes.close();
  }
}

/** One run of {@linkcode ServerProber.ask}. */
class Rounds implements Disposable {
  readonly #layer: PacketLayer;
  readonly #asked: readonly Asked[];
  /** By the number of their question. */
  readonly #byIndex: ReadonlyMap<number, Asked>;
  readonly #ports = new Map<string, FramePort>();
  /** The identifier of the echo requests. */
  readonly #identifier: number;
  readonly #start: number;

  constructor(layer: PacketLayer, asked: readonly Asked[]) {
    this.#layer = layer;
    this.#asked = asked;
    this.#byIndex = new Map(asked.map((each) => [each.index, each]));
    this.#identifier = Math.floor(layer.random() * 0x1_0000);
    this.#start = Math.floor(layer.random() * 0x7fff_0000);
  }

  /** Asks what is not decided yet, several times. */
  run(): void {
    for (let round = 0; round < ROUNDS; round++) {
      const open = this.#asked.filter((asked) => !isDecided(asked));
      if (open.length === 0) return;
      this.#askAll(open);
    }
  }

  #askAll(open: readonly Asked[]): void {
    for (let first = 0; first < open.length; first += BATCH.questions) {
      const batch = open.slice(first, first + BATCH.questions);
      for (const asked of batch) this.#send(asked);
      this.#listen(this.#layer.now() + BATCH.waitMs, batch);
    }
    this.#listen(this.#layer.now() + ROUND_MS, open);
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports.values()) port[Symbol.dispose]();
  }

  #send(asked: Asked): void {
    const { question, index } = asked;
    const { vip, server, source, port } = question;
    const ends = { source, destination: vip };
    const echo = (ends: Ends, which: number): void =>
      this.#sendPacket(
        asked,
        echoPacket(ends, { identifier: this.#identifier, sequence: (index * 2 + which) & 0xffff }),
      );
    if (port !== undefined) this.#sendSegment(asked, TCP.syn);
    echo(ends, ECHOES.vip);
    if (addressFamily(server) === addressFamily(source)) echo({ source, destination: server }, ECHOES.own);
  }

  #sendSegment(asked: Asked, flags: number): void {
    const { question: { source, vip, port = 0 }, index } = asked;
    // The reset follows the first segment, which has one number.
    const sequence = this.#start + index + (flags === TCP.rst ? 1 : 0);
    const segment = { from: portOf(index), to: port, sequence, flags };
    this.#sendPacket(asked, tcpPacket({ source, destination: vip }, segment));
  }

  #sendPacket({ question, link }: Asked, packet: readonly number[]): void {
    const { server, nextHop, tunnel, vip } = question;
    const outer = tunnel === undefined
      ? packet
      : tunnelPacket(packet, { source: tunnel.source, destination: server, tunnel });
    const family: AddressFamily = outer[0] === 0x45 ? "ipv4" : "ipv6";
    const header = { to: hardwareBytes(nextHop), from: link.hardwareAddress, type: ETHERTYPE[family] };
    const frame: Frame = ethernetFrame(header, outer);
    // Answers have the family of the VIP, refusals of the tunnel that of the server.
    for (const each of new Set([family, addressFamily(vip)])) this.#portOf(link, each);
    this.#portOf(link, family).send(frame);
  }

  #portOf(link: Link, family: AddressFamily): FramePort {
    const key = `${link.index} ${family}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const filter = answerFilter({ family, ...PORTS });
    const port = this.#layer.openPort(link, { type: ETHERTYPE[family], filter });
    this.#ports.set(key, port);
    return port;
  }

  /** Reads answers until all of some questions are decided, or the time is over. */
  #listen(deadlineMs: number, wanted: readonly Asked[]): void {
    do {
      for (const port of this.#ports.values()) {
        for (let frame = port.receive(0); frame !== undefined; frame = port.receive(0)) {
          const packet = readPacket(frame);
          if (packet !== undefined) this.#take(packet);
          // A flood of frames must not extend the time.
          if (this.#layer.now() >= deadlineMs) return;
        }
      }
      if (wanted.every(isDecided)) return;
      const [first] = this.#ports.values();
      const restMs = deadlineMs - this.#layer.now();
      if (first === undefined || restMs <= 0) return;
      const frame = first.receive(Math.min(Math.ceil(restMs), POLL_MS));
      const packet = frame === undefined ? undefined : readPacket(frame);
      if (packet !== undefined) this.#take(packet);
    } while (this.#layer.now() < deadlineMs);
  }

  #take(packet: ReceivedPacket): void {
    if (packet.kind === "segment") return this.#takeSegment(packet);
    if (packet.kind === "refusal") return this.#takeRefusal(packet);
    const asked = this.#byIndex.get(packet.sequence >> 1);
    if (packet.identifier !== this.#identifier || asked === undefined) return;
    const { vip, server, source } = asked.question;
    if (packet.destination !== source) return;
    if ((packet.sequence & 1) === ECHOES.vip) {
      if (packet.source === vip) asked.answer = { ...asked.answer, answersEcho: true };
    } else if (packet.source === server) asked.answer = { ...asked.answer, answersOwnEcho: true };
  }

  #takeSegment(segment: ReceivedSegment): void {
    const { from, to, source, destination, flags, sequence, acknowledgement } = segment;
    const returned = this.#byIndex.get(sequence - this.#start);
    if (returned?.question.vip === destination && from === portOf(returned.index) && flags === TCP.syn) {
      return this.#decide(returned, "returned");
    }
    const asked = this.#byIndex.get(acknowledgement - this.#start - 1);
    if (asked === undefined || to !== portOf(asked.index) || asked.question.vip !== source) return;
    if ((flags & TCP.rst) !== 0) return this.#decide(asked, "refused");
    if ((flags & TCP.syn) === 0) return;
    this.#sendSegment(asked, TCP.rst);
    this.#decide(asked, "accepted");
  }

  #takeRefusal({ source, refusal, quoted }: ReceivedRefusal): void {
    for (const asked of this.#asked) {
      const { server, vip, tunnel, source: own } = asked.question;
      if (tunnel !== undefined) {
        const isTunnel = source === server && quoted.destination === server &&
          quoted.protocol === tunnelProtocol(tunnel, vip);
        if (isTunnel && (refusal === "protocol" || refusal === "port")) {
          asked.answer = { ...asked.answer, tunnelRefusal: refusal };
        }
      } else if (source === server && quoted.destination === vip && this.#isQuoted(quoted.start, asked)) {
        // The server sends the packet on, and finds no way or a shorter one.
        if (own !== vip && refusal !== "protocol" && refusal !== "port") this.#decide(asked, "returned");
      }
    }
  }

  /** Whether the bytes after a quoted header belong to the question's connection. */
  #isQuoted(start: DataView, { index }: Asked): boolean {
    return start.byteLength >= 8 && start.getUint16(0) === portOf(index) && start.getUint32(4) === this.#start + index;
  }

  #decide(asked: Asked, connection: "accepted" | "refused" | "returned"): void {
    // A packet that came back reaches the director's own IPVS, by which another server may answer it.
    if (asked.answer.connection === undefined) asked.answer = { ...asked.answer, connection };
  }
}

/** Time to wait at one interface before the others are read; milliseconds. */
const POLL_MS = 5;

/** Whether further packets would teach nothing. */
function isDecided({ question, answer }: Asked): boolean {
  if (answer.tunnelRefusal !== undefined) return true;
  return question.port === undefined ? answer.answersEcho : answer.connection !== undefined;
}

/** The source port of a question. */
function portOf(index: number): number {
  return PORTS.first + index % (PORTS.last - PORTS.first + 1);
}

function hardwareBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (byte) => parseInt(byte, 16));
}
