import { NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR } from "../../core/netlink/message.ts";
import { NLM_F_CREATE } from "../../core/netlink/mod.ts";
import { type LinkLayer, type OwnedVips, RouteClient, ServerProber, VipClient } from "../../core/rtnetlink/mod.ts";
import { MemoryLan } from "./memory_lan.ts";
import { EEXIST, EINVAL, ENODEV, EOPNOTSUPP, EPERM } from "./kernel/errnos.ts";
import { Faults } from "./kernel/faults.ts";
import { MemorySocket } from "./kernel/socket.ts";
import { attribute, little, message, parseAttributes, readText, readU16, readU32, text } from "./kernel/wire.ts";

const EADDRNOTAVAIL = 99;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const ENETUNREACH = 101;
const RTN_UNICAST = 1;

/** An interface of the in-memory kernel. */
export interface MemoryLink {
  readonly name: string;
  readonly isUp?: boolean;
  /** Kind of hardware (ARPHRD_): 1 is Ethernet, 772 the loopback. */
  readonly hardware?: number;
  /** Kind of a virtual interface. */
  readonly kind?: string;
  /** Hardware address; by default one of its number. */
  readonly hardwareAddress?: readonly number[];
  /** Whether it is a fallback device of the kernel, which cannot be deleted. */
  readonly isFallback?: boolean;
}

/** A route of the in-memory kernel. */
export interface MemoryRoute {
  /** Number of the interface. */
  readonly index: number;
  /** Kind of route (RTN_); unicast by default. */
  readonly type?: number;
  readonly gateway?: readonly number[];
  readonly source?: readonly number[];
}

/** A neighbour of the in-memory kernel. */
export interface MemoryNeighbour {
  readonly bytes: readonly number[];
  /** Number of the interface. */
  readonly index: number;
  /** Bits of NUD_. */
  readonly state: number;
}

/** Kinds of interfaces that can be created: their hardware, and the fallback device of a tunnel's module. */
const KINDS: Readonly<Record<string, { readonly hardware: number; readonly fallback?: string }>> = {
  dummy: { hardware: 1 },
  macvlan: { hardware: 1 },
  ipip: { hardware: 768, fallback: "tunl0" },
  ip6tnl: { hardware: 769, fallback: "ip6tnl0" },
  gre: { hardware: 778, fallback: "gre0" },
  ip6gre: { hardware: 823, fallback: "ip6gre0" },
};
const IFF_UP = 0x1;
const IFF_NOARP = 0x80;

/** An address of the in-memory kernel. */
interface MemoryAddress {
  readonly family: number;
  readonly prefixLength: number;
  readonly scope: number;
  readonly index: number;
  readonly bytes: readonly number[];
  readonly label: readonly number[] | undefined;
  readonly flags: number;
  readonly protocol: number;
}

/**
 * Interfaces and addresses in memory, at the level of netlink datagrams, without lvsctl's own code. Sent frames are
 * stored in a list; received frames are those that a test provides.
 */
export class MemoryRoutes {
  /** Faults that a test injects. */
  readonly faults = new Faults();
  /** Sent frames. */
  readonly frames: Uint8Array[] = [];
  /** Frames to receive. */
  readonly incoming: Uint8Array[] = [];
  /** Routes by the bytes of their address, in decimal with commas; other addresses have none. */
  readonly routes = new Map<string, MemoryRoute>();
  /** The other hosts, for questions to real servers. */
  readonly lan = new MemoryLan();
  /** The neighbours. */
  readonly neighbours: MemoryNeighbour[] = [];
  /** The interfaces with promote_secondaries, which keep the other addresses of a subnet. */
  readonly promotions: string[] = [];
  #isPromoting = false;
  /** Total time of all waits; milliseconds. */
  readonly waited: number[] = [];
  /** Whether the kernel stores the mark of an address (since Linux 5.18). */
  keepsProtocol = true;
  /** Number of open sockets and ports. */
  open = 0;
  /** Called after an interface was created or deleted. */
  onLinks: () => void = () => {};
  /** Kinds of interfaces that the kernel cannot create. */
  readonly missingKinds = new Set<string>();
  readonly #links: (MemoryLink | undefined)[];
  readonly #addresses: MemoryAddress[] = [];
  readonly #noted = new Set<string>();

  constructor(links: readonly MemoryLink[] = [{ name: "lo", hardware: 772 }, { name: "eth0" }, { name: "eth1" }]) {
    this.#links = [...links];
  }

  /** Names of the interfaces. */
  get linkNames(): readonly string[] {
    return this.#links.flatMap((link) => link === undefined ? [] : [link.name]);
  }

  /** Gives an interface another name. */
  rename(name: string, to: string): void {
    const at = this.#links.findIndex((link) => link?.name === name);
    const link = this.#links[at];
    if (link !== undefined) this.#links[at] = { ...link, name: to };
  }

  /** Loads the module of a kind of tunnel, which creates its fallback device. */
  loadKind(kind: string): void {
    const fallback = KINDS[kind]?.fallback;
    if (fallback === undefined || this.missingKinds.has(kind) || this.linkNames.includes(fallback)) return;
    this.#addLink({ name: fallback, kind, isUp: false, isFallback: true });
  }

  #addLink(link: MemoryLink): void {
    this.#links.push(link);
    this.onLinks();
  }

  /** lvsctl's record of its addresses, for kernels that do not store the mark. */
  readonly owned: OwnedVips = {
    has: ({ address, device }) => this.#noted.has(`${address} ${device}`),
    update: ({ added, deleted }) => {
      for (const { address, device } of deleted) this.#noted.delete(`${address} ${device}`);
      for (const { address, device } of added) this.#noted.add(`${address} ${device}`);
    },
  };

  /** Frames without a network. */
  readonly layer: LinkLayer = {
    openPort: () => {
      this.open++;
      return {
        send: (frame) => void this.frames.push(frame),
        receive: () => this.incoming.shift(),
        [Symbol.dispose]: () => void this.open--,
      };
    },
    isIpv6Router: (device) => device === "eth1",
    wait: (milliseconds) => {
      this.waited.push(milliseconds);
      return Promise.resolve();
    },
    now: () => 0,
  };

  /** Opens a client on a new socket. */
  openClient(): VipClient {
    const promote = (devices: readonly string[]): Disposable => {
      this.promotions.push(devices.join(" "));
      this.#isPromoting = true;
      return { [Symbol.dispose]: () => this.#isPromoting = false };
    };
    return new VipClient(this.connect(), { layer: this.layer, owned: this.owned, promote });
  }

  /** Opens a client of interfaces and routes on a new socket. */
  openRouteClient(): RouteClient {
    return new RouteClient(this.connect());
  }

  /** Opens what asks real servers, which are on its LAN. */
  openServerProber(): ServerProber {
    return new ServerProber(this.connect(), this.lan.layer);
  }

  /** Opens a socket. */
  connect(): MemorySocket {
    this.open++;
    const run = (datagram: Uint8Array, socket: MemorySocket): void => this.#run(datagram, socket);
    const closed = (): void => void this.open--;
    return new MemorySocket({ run, closed }, { faults: this.faults, bufferBytes: 1 << 20 });
  }

  /** Adds an address as another program does, without lvsctl's mark. */
  addForeign(
    bytes: readonly number[],
    where: { readonly index: number; readonly prefixLength: number; readonly flags?: number },
  ): void {
    const family = bytes.length === 4 ? 2 : 10;
    this.#addresses.push({ flags: 0, ...where, family, bytes, scope: 0, label: undefined, protocol: 0 });
  }

  #run(datagram: Uint8Array, socket: MemorySocket): void {
    for (let offset = 0; datagram.length - offset >= 16;) {
      const length = readU32(datagram, offset);
      this.#runMessage(datagram.subarray(offset, offset + length), socket);
      offset += Math.ceil(length / 4) * 4;
    }
  }

  #runMessage(bytes: Uint8Array, socket: MemorySocket): void {
    const [type, flags, sequence] = [readU16(bytes, 4), readU16(bytes, 6), readU32(bytes, 8)];
    if ((flags & NLM_F_DUMP) === NLM_F_DUMP) {
      const { answer, bodies } = this.#entries(type);
      const header = { flags: NLM_F_MULTI, sequence };
      const datagrams = bodies.map((body) => message({ ...header, type: answer }, body));
      return socket.startDump([...datagrams, message({ ...header, type: NLMSG_DONE }, little(0, 4))]);
    }
    if (type === RTM_GETROUTE) return this.#answerRoute(bytes, socket);
    const rest = bytes.subarray(16);
    const isLink = type === RTM_NEWLINK || type === RTM_DELLINK;
    const errno = type < 16
      ? 0
      : !this.faults.isPermitted
      ? EPERM
      : isLink
      ? this.#changeLink(rest, { type, flags })
      : this.#change(type, rest);
    if (errno === 0 && (flags & NLM_F_ACK) === 0) return;
    const body = [...little(-errno, 4), ...bytes.subarray(0, 16)];
    socket.answer(message({ type: NLMSG_ERROR, flags: 0x100, sequence }, body));
  }

  #entries(type: number): { readonly answer: number; readonly bodies: readonly (readonly number[])[] } {
    if (type === RTM_GETADDR) return { answer: RTM_NEWADDR, bodies: this.#addresses.map((one) => this.#encode(one)) };
    if (type === RTM_GETNEIGH) {
      const bodies = this.neighbours.map(({ bytes, index, state }) => [
        ...[bytes.length === 4 ? 2 : 10, 0, 0, 0, ...little(index, 4), ...little(state, 2), 0, RTN_UNICAST],
        ...attribute(1, bytes),
      ]);
      return { answer: RTM_NEWNEIGH, bodies };
    }
    if (type !== RTM_GETLINK) return { answer: type, bodies: [] };
    const bodies = this.#links.flatMap((link, at) => link === undefined ? [] : [linkBody(link, at + 1)]);
    return { answer: RTM_NEWLINK, bodies };
  }

  /** The deletion of a subnet's primary IPv4 address deletes the others, unless one of them is promoted. */
  #remove(at: number): void {
    const isFellow = (other: MemoryAddress): boolean =>
      other.family === 2 && other.index === gone?.index && other.prefixLength === gone.prefixLength &&
      subnetOf(other) === subnetOf(gone);
    const gone = this.#addresses[at];
    const isPrimary = this.#addresses.findIndex(isFellow) === at;
    this.#addresses.splice(at, 1);
    if (!isPrimary || this.#isPromoting) return;
    for (let index = this.#addresses.length - 1; index >= 0; index--) {
      const other = this.#addresses[index];
      if (other !== undefined && isFellow(other)) this.#addresses.splice(index, 1);
    }
  }

  #answerRoute(request: Uint8Array, socket: MemorySocket): void {
    const [family = 0, length = 0] = request.subarray(16);
    const sequence = readU32(request, 8);
    const destination = parseAttributes(request.subarray(16 + 12)).get(1) ?? new Uint8Array();
    const route = this.routes.get(String([...destination]));
    const answerError = (errno: number): void =>
      socket.answer(message({ type: NLMSG_ERROR, flags: 0x100, sequence }, [
        ...little(-errno, 4),
        ...request.subarray(0, 16),
      ]));
    if (route === undefined) return answerError(ENETUNREACH);
    const { index, type = RTN_UNICAST, gateway, source } = route;
    socket.answer(message({ type: RTM_NEWROUTE, flags: 0, sequence }, [
      ...[family, length, 0, 0, 254, 0, 0, type, 0, 0, 0, 0],
      ...attribute(1, [...destination]),
      ...attribute(4, little(index, 4)),
      ...(gateway === undefined ? [] : attribute(5, gateway)),
      ...(source === undefined ? [] : attribute(7, source)),
    ]));
    answerError(0);
  }

  #encode(address: MemoryAddress): readonly number[] {
    const { family, prefixLength, scope, index, bytes, flags, protocol } = address;
    const label = address.label ?? text(this.#links[index - 1]?.name ?? "");
    return [
      ...[family, prefixLength, flags & 0xff, scope, ...little(index, 4)],
      ...attribute(1, bytes),
      ...(family === 2 ? [...attribute(2, bytes), ...attribute(3, label)] : []),
      ...attribute(8, little(flags, 4)),
      ...(protocol === 0 ? [] : attribute(11, [protocol])),
    ];
  }

  #changeLink(body: Uint8Array, { type, flags }: { readonly type: number; readonly flags: number }): number {
    const fault = this.faults.next("change");
    if (fault !== 0) return fault;
    const index = readU32(body, 4);
    if (type === RTM_NEWLINK && (flags & NLM_F_CREATE) !== 0) return this.#makeLink(parseAttributes(body.subarray(16)));
    const link = this.#links[index - 1];
    if (link === undefined) return ENODEV;
    if (type === RTM_DELLINK) {
      if (KINDS[link.kind ?? ""] === undefined) return EOPNOTSUPP;
      if (link.isFallback) return 0;
      this.#links[index - 1] = undefined;
      for (const gone of this.#addresses.filter((address) => address.index === index)) {
        this.#addresses.splice(this.#addresses.indexOf(gone), 1);
      }
      this.onLinks();
      return 0;
    }
    const [wanted, mask] = [readU32(body, 8), readU32(body, 12)];
    if ((mask & IFF_UP) !== 0) this.#links[index - 1] = { ...link, isUp: (wanted & IFF_UP) !== 0 };
    return 0;
  }

  #makeLink(attributes: ReturnType<typeof parseAttributes>): number {
    const name = readText(attributes.get(3) ?? new Uint8Array()) ?? "";
    const kind = readText(parseAttributes(attributes.get(18) ?? new Uint8Array()).get(1) ?? new Uint8Array()) ?? "";
    if (this.linkNames.includes(name)) return EEXIST;
    if (KINDS[kind] === undefined || this.missingKinds.has(kind)) return EOPNOTSUPP;
    this.loadKind(kind);
    // The kernel has one fallback tunnel of each kind.
    if (this.#links.some((link) => link?.kind === kind && KINDS[kind]?.fallback !== undefined)) {
      return EEXIST;
    }
    const address = attributes.get(1);
    this.#addLink({ name, kind, isUp: false, ...(address === undefined ? {} : { hardwareAddress: [...address] }) });
    return 0;
  }

  #change(type: number, body: Uint8Array): number {
    const fault = this.faults.next("change");
    if (fault !== 0) return fault;
    const attributes = parseAttributes(body.subarray(8));
    const [family = 0, prefixLength = 0, , scope = 0] = body;
    const index = readU32(body, 4);
    const bytes = [...attributes.get(2) ?? attributes.get(1) ?? []];
    if (this.#links[index - 1] === undefined) return ENODEV;
    if (bytes.length !== (family === 2 ? 4 : 16)) return EINVAL;
    const at = this.#addresses.findIndex((one) =>
      one.index === index && String(one.bytes) === String(bytes) && one.prefixLength === prefixLength
    );
    if (type === RTM_DELADDR) {
      if (at < 0) return EADDRNOTAVAIL;
      this.#remove(at);
      return 0;
    }
    if (type !== RTM_NEWADDR) return EOPNOTSUPP;
    if (at >= 0) return EEXIST;
    const [label, flags] = [attributes.get(3), attributes.get(8)];
    this.#addresses.push({
      family,
      prefixLength,
      scope,
      index,
      bytes,
      label: label === undefined ? undefined : [...label],
      flags: flags === undefined ? 0 : readU32(flags),
      protocol: this.keepsProtocol ? attributes.get(11)?.[0] ?? 0 : 0,
    });
    return 0;
  }
}

function subnetOf({ bytes, prefixLength }: MemoryAddress): string {
  return bytes.flatMap((byte) => byte.toString(2).padStart(8, "0").split("")).slice(0, prefixLength).join("");
}

function linkBody(link: MemoryLink, index: number): number[] {
  const { name, kind, isUp = true } = link;
  const hardware = link.hardware ?? KINDS[kind ?? ""]?.hardware ?? 1;
  const flags = (isUp ? IFF_UP : 0) | (kind === undefined || kind === "veth" ? 0 : IFF_NOARP);
  return [
    ...[0, 0, ...little(hardware, 2), ...little(index, 4), ...little(flags, 4), ...little(0, 4)],
    ...attribute(3, text(name)),
    ...attribute(4, little(1500, 4)),
    ...attribute(1, link.hardwareAddress ?? [2, 0, 0, 0, 0, index]),
    ...(kind === undefined ? [] : attribute(18, attribute(1, text(kind)))),
  ];
}
