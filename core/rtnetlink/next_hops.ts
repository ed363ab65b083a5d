import { type AddressFamily, addressFamily, type IpAddress } from "../model/mod.ts";
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

/** The time to wait for answers in each round; milliseconds. */
const ROUND_MS = 200;

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
  using stack = new DisposableStack();
  const ports = new Map<string, FramePort>();
  for (const { link, hop } of asked) {
    const family = addressFamily(hop.address);
    const key = portKey(link, family);
    if (ports.has(key)) continue;
    const options = { type: family === "ipv4" ? ETHERTYPE.arp : ETHERTYPE.ipv6, filter: neighbourFilter(family) };
    ports.set(key, stack.use(layer.openPort(link, options)));
  }
  const open = (): Asked[] => asked.filter(({ hardwareAddress }) => hardwareAddress === undefined);
  for (let round = 0; round < ROUNDS && open().length > 0; round++) {
    for (const each of open()) ports.get(portKey(each.link, addressFamily(each.hop.address)))?.send(questionOf(each));
    const deadlineMs = layer.now() + ROUND_MS;
    // Answers at the other ports are queued meanwhile.
    for (const [key, port] of ports) {
      const those = asked.filter(({ link, hop }) => portKey(link, addressFamily(hop.address)) === key);
      listen(port, { layer, deadlineMs, those });
    }
  }
  const answers = new Map(asked.map(({ hop, hardwareAddress }) => [hop, hardwareAddress ?? null]));
  return hops.map((hop) => answers.get(hop));
}

function portKey({ index }: Link, family: AddressFamily): string {
  return `${index} ${family}`;
}

function questionOf({ hop: { address, source }, link: { hardwareAddress } }: Asked): ReturnType<typeof arpRequest> {
  return addressFamily(address) === "ipv4"
    ? arpRequest({ address, hardwareAddress, source })
    : solicitation({ address, hardwareAddress, source });
}

function listen(
  port: FramePort,
  { layer, deadlineMs, those }: {
    readonly layer: PacketLayer;
    readonly deadlineMs: number;
    readonly those: readonly Asked[];
  },
): void {
  while (those.some(({ hardwareAddress }) => hardwareAddress === undefined)) {
    const frame = port.receive(Math.max(0, Math.ceil(deadlineMs - layer.now())));
    if (frame === undefined) return;
    for (const each of those) {
      const { hop: { address }, link: { hardwareAddress } } = each;
      const other = addressFamily(address) === "ipv4"
        ? arpConflict(frame, { address, hardwareAddress })
        : advertisementConflict(frame, { address, hardwareAddress });
      if (other !== undefined) each.hardwareAddress ??= formatHardwareAddress(other);
    }
    // A flood of frames must not extend the deadline.
    if (layer.now() >= deadlineMs) return;
  }
}
