import { addressFamily, formatVip, type Vip } from "../model/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { arpConflict, arpProbe, gratuitousArp, type Neighbour } from "./arp.ts";
import type { Link } from "./codec.ts";
import { ETHERTYPE, formatHardwareAddress, type Frame, type FramePort } from "./frame.ts";
import { advertisementConflict, neighbourAdvertisement, solicitationProbe } from "./neighbour_discovery.ts";

/** The machine's link layer, for announcements and probes; tests have their own. */
export interface LinkLayer {
  /**
   * Opens an interface for frames of one of {@linkcode ETHERTYPE}; the caller closes it.
   *
   * @throws {LvsctlError} Without permission.
   */
  openPort(link: Link, type: number): FramePort;
  /** Whether the machine forwards packets from an interface, which its advertisements must state. */
  isIpv6Router(device: string): boolean;
  /** Waits; milliseconds. */
  wait(milliseconds: number): Promise<void>;
  /** The time by a monotonic clock; milliseconds. */
  now(): number;
}

/** Number and interval of announcements. */
export interface AnnouncementOptions {
  /** Number of announcements, 1 or more. */
  readonly count: number;
  /** Time from one to the next; milliseconds. */
  readonly intervalMs: number;
}

/** Default: several, because one frame can be lost, or a switch can have just brought its port up. */
export const DEFAULT_ANNOUNCEMENT: AnnouncementOptions = { count: 3, intervalMs: 200 };

/**
 * Number of probes, and the time to wait for answers. RFC 5227 takes up to seven seconds; but a host on the link that
 * has the address answers within milliseconds, and of three probes one arrives.
 */
const PROBES = { count: 3, waitMs: 200 } as const;

/** A VIP with its interface. */
interface LinkVip extends Neighbour {
  readonly vip: Vip;
  readonly link: Link;
  readonly isIpv4: boolean;
}

/** The ports of several interfaces, each opened at its first use. */
class Ports implements Disposable {
  readonly #layer: LinkLayer;
  readonly #open = new Map<string, FramePort>();

  constructor(layer: LinkLayer) {
    this.#layer = layer;
  }

  of({ link, isIpv4 }: LinkVip): FramePort {
    const key = `${link.index} ${isIpv4}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const port = this.#layer.openPort(link, isIpv4 ? ETHERTYPE.arp : ETHERTYPE.ipv6);
    this.#open.set(key, port);
    return port;
  }

  all(): readonly FramePort[] {
    return [...this.#open.values()];
  }

  [Symbol.dispose](): void {
    for (const port of this.#open.values()) port[Symbol.dispose]();
  }
}

/** The VIPs on interfaces that are up and have neighbours. */
function reachableVips(vips: readonly Vip[], links: readonly Link[]): LinkVip[] {
  const byName = new Map(links.map((link) => [link.name, link]));
  return vips.flatMap((vip): LinkVip[] => {
    const link = byName.get(vip.device);
    if (link === undefined || !link.isUp || !link.hasNeighbours) return [];
    const { address } = vip;
    return [{ vip, link, address, hardwareAddress: link.hardwareAddress, isIpv4: addressFamily(address) === "ipv4" }];
  });
}

/** The VIPs to announce or to probe for, and their interfaces. */
export interface LinkRequest {
  /** The VIPs. */
  readonly vips: readonly Vip[];
  /** The machine's interfaces. */
  readonly links: readonly Link[];
}

/**
 * Announces VIPs to the neighbours: by gratuitous ARP in both forms, and by unsolicited neighbour advertisement.
 *
 * @returns The announced VIPs, without those on interfaces that are down or have no neighbours.
 * @throws {LvsctlError} If an interface refuses a frame.
 */
export async function announceVips(
  layer: LinkLayer,
  { vips, links, count, intervalMs }: LinkRequest & AnnouncementOptions,
): Promise<readonly Vip[]> {
  const reachable = reachableVips(vips, links);
  using ports = new Ports(layer);
  for (let round = 0; round < count && reachable.length > 0; round++) {
    if (round > 0) await layer.wait(intervalMs);
    sendRound(layer, { reachable, ports });
  }
  return reachable.map(({ vip }) => vip);
}

/**
 * Announces VIPs once, for a caller that repeats it at times of its own.
 *
 * @throws {LvsctlError} If an interface refuses a frame.
 */
export function announceOnce(layer: LinkLayer, { vips, links }: LinkRequest): void {
  using ports = new Ports(layer);
  sendRound(layer, { reachable: reachableVips(vips, links), ports });
}

function sendRound(
  layer: LinkLayer,
  { reachable, ports }: { readonly reachable: readonly LinkVip[]; readonly ports: Ports },
): void {
  for (const linkVip of reachable) {
    for (const frame of announcementOf(linkVip, layer)) ports.of(linkVip).send(frame);
  }
}

function announcementOf(linkVip: LinkVip, layer: LinkLayer): readonly Frame[] {
  if (linkVip.isIpv4) return gratuitousArp(linkVip);
  return [neighbourAdvertisement(linkVip, { isRouter: layer.isIpv6Router(linkVip.link.name) })];
}

/** Another host that answers for a VIP. */
export interface VipHolder {
  /** The VIP. */
  readonly vip: Vip;
  /** Hardware address of the host, as text. */
  readonly hardwareAddress: string;
}

/**
 * Probes the links for other hosts that have one of the VIPs, all of them simultaneously.
 *
 * @throws {LvsctlError} If another host has one.
 */
export function assertUnused(layer: LinkLayer, request: LinkRequest): void {
  probe(layer, request, (vip, hardwareAddress) => {
    throw inUseError(vip, hardwareAddress);
  });
}

/**
 * Probes the links for other hosts that have one of the VIPs; this machine's own interfaces do not count.
 *
 * @throws {LvsctlError} If an interface refuses a frame.
 */
export function vipHolders(layer: LinkLayer, request: LinkRequest): readonly VipHolder[] {
  const own = new Set(request.links.map((link) => formatHardwareAddress(link.hardwareAddress)));
  const holders = new Map<string, VipHolder>();
  probe(layer, request, (vip, hardwareAddress) => {
    if (!own.has(hardwareAddress)) holders.set(`${formatVip(vip)} ${hardwareAddress}`, { vip, hardwareAddress });
  });
  return [...holders.values()];
}

type OnHolder = (vip: Vip, hardwareAddress: string) => void;

function probe(layer: LinkLayer, request: LinkRequest, onHolder: OnHolder): void {
  const reachable = reachableVips(request.vips, request.links);
  using ports = new Ports(layer);
  for (let round = 0; round < PROBES.count && reachable.length > 0; round++) {
    for (const vip of reachable) ports.of(vip).send(vip.isIpv4 ? arpProbe(vip) : solicitationProbe(vip));
    const deadlineMs = layer.now() + PROBES.waitMs;
    // Answers at the other ports are queued meanwhile.
    for (const port of ports.all()) {
      listen(port, { deadlineMs, vips: reachable.filter((vip) => ports.of(vip) === port), layer, onHolder });
    }
  }
}

function listen(
  port: FramePort,
  { deadlineMs, vips, layer, onHolder }: {
    readonly deadlineMs: number;
    readonly vips: readonly LinkVip[];
    readonly layer: LinkLayer;
    readonly onHolder: OnHolder;
  },
): void {
  for (;;) {
    const frame = port.receive(Math.max(0, Math.ceil(deadlineMs - layer.now())));
    if (frame === undefined) return;
    for (const linkVip of vips) {
      const other = linkVip.isIpv4 ? arpConflict(frame, linkVip) : advertisementConflict(frame, linkVip);
      if (other !== undefined) onHolder(linkVip.vip, formatHardwareAddress(other));
    }
    // A flood of frames must not extend the deadline.
    if (layer.now() >= deadlineMs) return;
  }
}

function inUseError(vip: Vip, hardwareAddress: string): LvsctlError {
  return new LvsctlError(`${hardwareAddress} answers for it on that link`, {
    operation: "add VIP",
    object: formatVip(vip),
    errno: "EADDRINUSE",
    hint: "remove it from that host first, or add --force to take it over",
  });
}
