import { addressFamily, formatVip, type Vip } from "../model/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { arpConflict, arpProbe, gratuitousArp, type Neighbour } from "./arp.ts";
import type { Link } from "./codec.ts";
import { ETHERTYPE, formatHardwareAddress, type Frame, type FramePort } from "./frame.ts";
import { advertisementConflict, neighbourAdvertisement, solicitationProbe } from "./neighbour_discovery.ts";

/** What announcing and probing need of the machine; tests give their own. */
export interface LinkLayer {
  /**
   * Opens an interface for frames of one of {@linkcode ETHERTYPE}; the caller closes it.
   *
   * @throws {LvsctlError} If that is not permitted.
   */
  openPort(link: Link, type: number): FramePort;
  /** Whether the machine forwards what comes in on that interface, which advertisements have to say. */
  isIpv6Router(device: string): boolean;
  /** Lets time pass; milliseconds. */
  wait(milliseconds: number): Promise<void>;
  /** A clock that only goes forward; milliseconds. */
  now(): number;
}

/** How often an address is announced. */
export interface AnnouncementOptions {
  /** How often, 1 at the least. */
  readonly count: number;
  /** From one time to the next; milliseconds. */
  readonly intervalMs: number;
}

/** How often is enough: a lost frame, or a switch that has just brought its port up, must not cost the address. */
export const DEFAULT_ANNOUNCEMENT: AnnouncementOptions = { count: 3, intervalMs: 200 };

/**
 * How long a probe waits. RFC 5227 takes up to seven seconds; a host on the link that has the address answers within
 * milliseconds, and of three probes one arrives.
 */
const PROBES = { count: 3, waitMs: 200 } as const;

/** A VIP on its interface. */
interface Place extends Neighbour {
  readonly vip: Vip;
  readonly link: Link;
  readonly isIpv4: boolean;
}

/** The ports of several places, each opened when it is first used. */
class Ports implements Disposable {
  readonly #layer: LinkLayer;
  readonly #open = new Map<string, FramePort>();

  constructor(layer: LinkLayer) {
    this.#layer = layer;
  }

  of({ link, isIpv4 }: Place): FramePort {
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

/** Where the VIPs are that somebody could be told of: on interfaces that are up and have neighbours. */
function placesOf(vips: readonly Vip[], links: readonly Link[]): Place[] {
  const byName = new Map(links.map((link) => [link.name, link]));
  return vips.flatMap((vip): Place[] => {
    const link = byName.get(vip.device);
    if (link === undefined || !link.isUp || !link.hasNeighbours) return [];
    const { address } = vip;
    return [{ vip, link, address, hardwareAddress: link.hardwareAddress, isIpv4: addressFamily(address) === "ipv4" }];
  });
}

/** The VIPs to announce or to look for, and where they are to be. */
export interface LinkRequest {
  /** The VIPs. */
  readonly vips: readonly Vip[];
  /** The machine's interfaces. */
  readonly links: readonly Link[];
}

/**
 * Tells the neighbours where the VIPs are: by gratuitous ARP in both forms, and by unsolicited neighbour advertisement.
 *
 * @returns Those that were announced; on an interface that is down or has no neighbours there is nobody to tell.
 * @throws {LvsctlError} If an interface takes no frame.
 */
export async function announceVips(
  layer: LinkLayer,
  { vips, links, count, intervalMs }: LinkRequest & AnnouncementOptions,
): Promise<readonly Vip[]> {
  const places = placesOf(vips, links);
  using ports = new Ports(layer);
  for (let round = 0; round < count && places.length > 0; round++) {
    if (round > 0) await layer.wait(intervalMs);
    for (const place of places) {
      for (const frame of announcementOf(place, layer)) ports.of(place).send(frame);
    }
  }
  return places.map(({ vip }) => vip);
}

function announcementOf(place: Place, layer: LinkLayer): readonly Frame[] {
  if (place.isIpv4) return gratuitousArp(place);
  return [neighbourAdvertisement(place, { isRouter: layer.isIpv6Router(place.link.name) })];
}

/**
 * Asks on the links whether somebody else has one of the VIPs, all at once.
 *
 * @throws {LvsctlError} If somebody has.
 */
export function assertNobodyHas(layer: LinkLayer, request: LinkRequest): void {
  const places = placesOf(request.vips, request.links);
  using ports = new Ports(layer);
  for (let round = 0; round < PROBES.count && places.length > 0; round++) {
    for (const place of places) ports.of(place).send(place.isIpv4 ? arpProbe(place) : solicitationProbe(place));
    const deadline = layer.now() + PROBES.waitMs;
    // Answers queue up at the other ports while one is listened to.
    for (const port of ports.all()) {
      listen(port, {
        deadline,
        places: places.filter((p) => ports.of(p) === port),
        layer,
      });
    }
  }
}

function listen(
  port: FramePort,
  { deadline, places, layer }: {
    readonly deadline: number;
    readonly places: readonly Place[];
    readonly layer: LinkLayer;
  },
): void {
  for (;;) {
    const frame = port.receive(Math.max(0, Math.ceil(deadline - layer.now())));
    if (frame === undefined) return;
    for (const place of places) {
      const other = place.isIpv4 ? arpConflict(frame, place) : advertisementConflict(frame, place);
      if (other !== undefined) throw takenError(place.vip, other);
    }
    // With a flood of frames there would be a next one for ever.
    if (layer.now() >= deadline) return;
  }
}

function takenError(vip: Vip, other: Uint8Array): LvsctlError {
  return new LvsctlError(`${formatHardwareAddress(other)} answers for it on that link`, {
    operation: "add VIP",
    object: formatVip(vip),
    errno: "EADDRINUSE",
    hint: "take it from that host first, or add --force to take it over",
  });
}
