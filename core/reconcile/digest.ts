import {
  formatServiceId,
  formatVip,
  type ForwardingMethod,
  type KernelState,
  type RealServer,
  type ServiceEntry,
  type SyncDaemon,
  type VirtualService,
} from "../model/mod.ts";
import type { PlannedChanges } from "./plan.ts";
import { ownedVips } from "./plan_vips.ts";

/**
 * Two lanes of 32 bits: enough to notice changes by other programs, and fast for a hundred thousand servers. It does not
 * protect against deliberate collisions.
 */
class Lanes {
  #first = SEED;
  #second = SEED;

  /** Starts over, so that one instance serves many servers. */
  reset(): this {
    this.#first = SEED;
    this.#second = SEED;
    return this;
  }

  number(value: number): this {
    this.#first = Math.imul(this.#first ^ value, 0x01000193);
    this.#second = Math.imul(this.#second + value, 0x5bd1e995) ^ (this.#second >>> 15);
    return this;
  }

  text(text: string): this {
    // Local variables: this loop is most of the cost of a digest.
    let first = this.#first;
    let second = this.#second;
    for (let index = 0; index < text.length; index += 2) {
      // Two characters a step; the missing one behind the last counts as 0.
      const code = (text.charCodeAt(index) << 16) | text.charCodeAt(index + 1);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second, 31) + code | 0;
    }
    this.#first = first;
    this.#second = second;
    return this.number(text.length);
  }

  /** Adds another digest; the order of several does not matter. */
  join(other: Lanes): this {
    this.#first = (this.#first + spread(other.#first)) | 0;
    this.#second = (this.#second + spread(other.#second)) | 0;
    return this;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hex(spread(this.#first)) + hex(spread(this.#second));
  }
}

const SEED = 0x11c9dc5;

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}

/** Lets every bit have a say in every other one. */
function spread(lane: number): number {
  const half = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return whole ^ (whole >>> 16);
}

const METHODS: Readonly<Record<ForwardingMethod, number>> = { nat: 0, dr: 1, tun: 2, local: 3, bypass: 4 };
const TUNNELS: Readonly<Record<RealServer["tunnel"]["type"], number>> = { ipip: 0, gue: 1, gre: 2 };
const CHECKSUMS: Readonly<Record<RealServer["tunnel"]["checksum"], number>> = { none: 0, csum: 1, remcsum: 2 };

function addServer(lanes: Lanes, server: RealServer, local: ForwardingMethod): Lanes {
  const { address, port, weight, upperThreshold, lowerThreshold, tunnel } = server;
  const forward = server.forward === "local" ? local : server.forward;
  lanes.text(address).number((METHODS[forward] << 16) | port).number(weight);
  // Most servers have none, and a hundred thousand of them should not take longer for it.
  if (upperThreshold !== 0 || lowerThreshold !== 0) lanes.number(-1).number(upperThreshold).number(lowerThreshold);
  if (forward === "tun") lanes.number(TUNNELS[tunnel.type]).number(tunnel.port).number(CHECKSUMS[tunnel.checksum]);
  return lanes;
}

function serviceLanes({ id, scheduler, schedulerFlags, onePacket, persistence }: VirtualService): Lanes {
  const lanes = new Lanes().text(formatServiceId(id)).text(scheduler).number(schedulerFlags).number(onePacket ? 1 : 0);
  if (persistence !== undefined) {
    lanes.number(persistence.timeoutSeconds).number(persistence.netmask).text(persistence.engine ?? "");
  }
  return lanes;
}

function entryLanes({ service, servers }: ServiceEntry, local: ForwardingMethod): Lanes {
  const lanes = serviceLanes(service);
  const one = new Lanes();
  for (const server of servers) lanes.join(addServer(one.reset(), server, local));
  return lanes;
}

function daemonLanes({ role, interface: device, syncId, maxLength, group, port, ttl }: SyncDaemon): Lanes {
  return new Lanes().text(role).text(device).number(syncId).text(String([maxLength, group, port, ttl]));
}

/**
 * A text that is the same for the same service with the same servers, in whatever order: 16 hexadecimal digits.
 *
 * @param entry The service with its servers.
 * @param local What a server counts as that the kernel says is local.
 */
export function entryDigest(entry: ServiceEntry, local: ForwardingMethod = "local"): string {
  return entryLanes(entry, local).toString();
}

/** The parts of a state that count in {@linkcode stateDigest}. */
export interface DigestParts {
  /** Whether the timeouts count. */
  readonly timeouts: boolean;
  /** Whether the sync daemons count. */
  readonly syncDaemons: boolean;
}

/**
 * The digest of a kernel's state: 16 hexadecimal digits, the same for the same state. Of the addresses, those that
 * lvsctl added count, if the state has them.
 *
 * @param state The kernel's state, or some services of it.
 * @param parts The parts that count in addition to services and addresses.
 */
export function stateDigest(state: KernelState, parts: DigestParts): string {
  const { timeouts: { tcpSeconds, tcpFinSeconds, udpSeconds }, vips } = state;
  const lanes = new Lanes();
  if (parts.timeouts) lanes.number(tcpSeconds).number(tcpFinSeconds).number(udpSeconds);
  if (parts.syncDaemons) { for (const daemon of state.syncDaemons) lanes.join(daemonLanes(daemon)); }
  for (const vip of vips === undefined ? [] : ownedVips(vips)) {
    lanes.join(new Lanes().text(formatVip(vip)).text(String([vip.label, vip.scope, vip.dad, vip.prefixRoute])));
  }
  for (const entry of state.services) lanes.join(entryLanes(entry, "local"));
  return lanes.toString();
}

/** The digest of a plan's changes: 16 hexadecimal digits, the same for the same changes in the same order. */
export function changesDigest({ changes, vips }: PlannedChanges): string {
  return new Lanes().text(JSON.stringify([vips.first, changes, vips.last])).toString();
}
