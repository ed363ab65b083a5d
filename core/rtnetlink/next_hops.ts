import { type AddressFamily, addressFamily, addressFromBytes, type IpAddress } from "../model/mod.ts";
import { arpConflict, arpRequest } from "./arp.ts";
import type { Link } from "./codec.ts";
import { ETHERTYPE, formatHardwareAddress, type FramePort } from "./frame.ts";
import { neighbourFilter } from "./frame_filter.ts";
import { advertisementConflict, solicitation } from "./neighbour_discovery.ts";
import type { PacketLayer } from "./packet_layer.ts";

/** A host on a link whose hardware address is wanted. */
export interface NextHop {
  /** Its address. */
  readonly address: IpAddress;
  /** The interface. */
  readonly device: string;
  /** An address of this machine, of the same family, that asks. */
  readonly source: IpAddress;
}

/** A lost frame must not look like a silent host. */
const ROUNDS = 3;

/** The time to wait for the answers of a round; milliseconds. */
const ROUND_MS = 200;

/** Requests that are sent at once, and the time before the next ones: the receive buffer holds their answers. */
const BATCH = { requests: 64, waitMs: 20 } as const;

/** A host with its hardware address once it answered. */
interface Asked {
  readonly hop: NextHop;
  readonly link: Link;
  hardwareAddress: string | undefined;
}

/**
 * Asks the links for the hardware addresses of hosts, as the kernel asks before it sends a packet.
 *
 * @returns The hardware addresses, in the order of the hosts; `null` for a host that did not answer, undefined for one on
 * an interface that is down or has no neighbours.
 */
export function resolveHops(
  layer: PacketLayer,
  { hops, links }: { readonly hops: readonly NextHop[]; readonly links: readonly Link[] },
): readonly (string | null | undefined)[] {
  const byName = new Map(links.map((link) => [link.name, link]));
  const asked = hops.flatMap((hop): Asked[] => {
    const link = byName.get(hop.device);
    return link === undefined || !link.isUp || !link.hasNeighbours ? [] : [{ hop, link, hardwareAddress: undefined }];
  });
  using ports = new Ports(layer, asked);
  for (let round = 0; round < ROUNDS; round++) {
    const open = asked.filter(isOpen);
    for (let first = 0; first < open.length; first += BATCH.requests) {
      const batch = open.slice(first, first + BATCH.requests);
      for (const each of batch) ports.of(each).send(questionOf(each));
      ports.listen(batch, BATCH.waitMs);
    }
    ports.listen(open, ROUND_MS);
  }
  const answers = new Map(asked.map(({ hop, hardwareAddress }) => [hop, hardwareAddress ?? null]));
  return hops.map((hop) => answers.get(hop));
}

function isOpen({ hardwareAddress }: Asked): boolean {
  return hardwareAddress === undefined;
}

function questionOf({ hop: { address, source }, link: { hardwareAddress } }: Asked): ReturnType<typeof arpRequest> {
  return addressFamily(address) === "ipv4"
    ? arpRequest({ address, hardwareAddress, source })
    : solicitation({ address, hardwareAddress, source });
}

/** Bytes of a frame with the address that it is about: the sender of ARP, the target of an advertisement. */
const ADDRESS = { ipv4: { at: 28, length: 4 }, ipv6: { at: 62, length: 16 } } as const;

/** A port of an interface and a family, and the hosts that it asks for. */
interface HopPort {
  readonly port: FramePort;
  readonly family: AddressFamily;
  readonly hops: Map<IpAddress, Asked>;
}

/** The ports of all hosts, each opened at its first use. */
class Ports implements Disposable {
  readonly #layer: PacketLayer;
  readonly #ports = new Map<string, HopPort>();

  constructor(layer: PacketLayer, asked: readonly Asked[]) {
    this.#layer = layer;
    for (const each of asked) this.#portOf(each).hops.set(each.hop.address, each);
  }

  of(asked: Asked): FramePort {
    return this.#portOf(asked).port;
  }

  #portOf({ link, hop: { address } }: Asked): HopPort {
    const family = addressFamily(address);
    const key = `${link.index} ${family}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const options = { type: family === "ipv4" ? ETHERTYPE.arp : ETHERTYPE.ipv6, filter: neighbourFilter(family) };
    const port = { port: this.#layer.openPort(link, options), family, hops: new Map<IpAddress, Asked>() };
    this.#ports.set(key, port);
    return port;
  }

  /** Reads answers until all of some hosts have answered, or the time is over. */
  listen(wanted: readonly Asked[], waitMs: number): void {
    const deadlineMs = this.#layer.now() + waitMs;
    // Answers at the other ports are queued meanwhile.
    for (const port of this.#ports.values()) {
      const own = wanted.filter(({ hop }) => port.hops.get(hop.address) !== undefined);
      let open = own.filter(isOpen).length;
      while (open > 0) {
        const frame = port.port.receive(Math.max(0, Math.ceil(deadlineMs - this.#layer.now())));
        if (frame === undefined) break;
        if (take(frame, port)) open = own.filter(isOpen).length;
        // A flood of frames must not extend the deadline.
        if (this.#layer.now() >= deadlineMs) break;
      }
    }
  }

  [Symbol.dispose](): void {
    for (const { port } of this.#ports.values()) port[Symbol.dispose]();
  }
}

/** Takes an answer; whether the frame is one. */
function take(frame: Uint8Array, { family, hops }: HopPort): boolean {
  const { at, length } = ADDRESS[family];
  if (frame.length < at + length) return false;
  const asked = hops.get(addressFromBytes(frame.slice(at, at + length)));
  if (asked === undefined || !isOpen(asked)) return false;
  const { hop: { address }, link: { hardwareAddress } } = asked;
  const other = (family === "ipv4" ? arpConflict : advertisementConflict)(frame, { address, hardwareAddress });
  if (other === undefined) return false;
  asked.hardwareAddress = formatHardwareAddress(other);
  return true;
}
