import type { Destination } from "./destination.ts";
import { EAFNOSUPPORT, EINVAL, ENOENT } from "./errnos.ts";
import type { MemoryKernelOptions } from "./options.ts";
import { hex, hexBytes, procEndpoint } from "./proc_text.ts";
import { NO_TRAFFIC, statistics32, statistics64, type StatisticsNumbers } from "./traffic.ts";
import {
  attribute,
  type Attributes,
  big,
  little,
  parseAttributes,
  readBe16,
  readText,
  readU16,
  readU32,
  text,
} from "./wire.ts";

const AF_INET = 2;
const AF_INET6 = 10;

/** Ticks per second of the kernel's clock, in which timeouts are stored. */
const HZ = 100;

/** A service in a request. */
export interface ServiceRequest {
  /** Text that is equal for equal services. */
  readonly key: string;
  readonly family: number;
  readonly protocol: number;
  readonly address: Uint8Array;
  readonly port: number;
  readonly mark: number;
  /** Attributes beyond the identity. */
  readonly attributes: Attributes;
}

/** Reads the attribute SERVICE of a request; an errno if it is not acceptable. */
export function parseService(
  nested: Uint8Array | undefined,
  options: Required<MemoryKernelOptions>,
): ServiceRequest | number {
  if (nested === undefined) return EINVAL;
  const attributes = parseAttributes(nested);
  if (!keepsPolicy(attributes)) return EINVAL;
  const [family, protocol, address, port, mark] = [1, 2, 3, 4, 5].map((type) => attributes.get(type));
  if (family === undefined) return EINVAL;
  if (mark === undefined && (protocol === undefined || address === undefined || port === undefined)) return EINVAL;
  const af = readU16(family);
  if (af !== AF_INET && (af !== AF_INET6 || !options.hasIpv6)) return EAFNOSUPPORT;
  const bytes = new Uint8Array(16);
  if (mark === undefined) bytes.set((address ?? bytes).subarray(0, af === AF_INET ? 4 : 16));
  const request = {
    family: af,
    protocol: mark === undefined && protocol !== undefined ? readU16(protocol) : 6,
    address: bytes,
    port: mark === undefined && port !== undefined ? readBe16(port) : 0,
    mark: mark === undefined ? 0 : readU32(mark),
    attributes,
  };
  const key = request.mark !== 0
    ? `mark ${af} ${request.mark}`
    : `address ${af} ${request.protocol} ${bytes.join(".")} ${request.port}`;
  return { key, ...request };
}

/** Lengths that the kernel's attribute policy requires. */
function keepsPolicy(attributes: Attributes): boolean {
  const atLeast: Readonly<Record<number, number>> = { 1: 2, 2: 2, 4: 2, 5: 4, 8: 4, 9: 4 };
  for (const [type, bytes] of attributes) {
    if (bytes.length < (atLeast[type] ?? 0)) return false;
    if ((type === 3 && bytes.length > 16) || (type === 7 && bytes.length > 8)) return false;
    // NLA_NUL_STRING: the NUL is required within the longest length.
    if ((type === 6 || type === 11) && !((readText(bytes)?.length ?? 99) <= (type === 6 ? 15 : 16))) return false;
  }
  return true;
}

/** A virtual service. */
export class Service {
  readonly key: string;
  readonly family: number;
  readonly protocol: number;
  readonly address: Uint8Array;
  readonly port: number;
  readonly mark: number;
  scheduler = "";
  engine = "";
  flags = 0;
  timeoutTicks = 0;
  netmask: readonly number[] = [0, 0, 0, 0];
  traffic: StatisticsNumbers = NO_TRAFFIC;
  /** The newest first, as the kernel lists them. */
  destinations: Destination[] = [];

  constructor(request: ServiceRequest) {
    this.key = request.key;
    this.family = request.family;
    this.protocol = request.protocol;
    this.address = request.address;
    this.port = request.port;
    this.mark = request.mark;
  }

  /** Applies the settings of a request; returns an errno if they are refused. */
  update(request: ServiceRequest, options: Required<MemoryKernelOptions>): number {
    const [scheduler, flags, timeout, netmask] = [6, 7, 8, 9].map((type) => request.attributes.get(type));
    if (scheduler === undefined || flags === undefined || timeout === undefined || netmask === undefined) return EINVAL;
    const name = readText(scheduler) ?? "";
    if (name !== "none" && !options.schedulers.includes(name)) return ENOENT;
    const engine = readText(request.attributes.get(11) ?? new Uint8Array(1)) ?? "";
    if (engine !== "" && !options.engines.includes(engine)) return ENOENT;
    if (this.family === AF_INET6 && (readU32(netmask) < 1 || readU32(netmask) > 128)) return EINVAL;
    const mask = readU32(flags, 4);
    this.scheduler = name;
    this.engine = engine;
    this.flags = ((this.flags & ~mask) | (readU32(flags) & mask) | 2) >>> 0;
    this.timeoutTicks = (readU32(timeout) * HZ) % 2 ** 32;
    this.netmask = [...netmask.subarray(0, 4)];
    return 0;
  }

  /** The attribute SERVICE of an answer. */
  encode(): number[] {
    const identity = this.mark !== 0 ? attribute(5, little(this.mark, 4)) : [
      ...attribute(2, little(this.protocol, 2)),
      ...attribute(3, [...this.address]),
      ...attribute(4, big(this.port, 2)),
    ];
    return attribute(1, [
      ...attribute(1, little(this.family, 2)),
      ...identity,
      ...attribute(6, text(this.scheduler)),
      ...(this.engine === "" ? [] : attribute(11, text(this.engine))),
      ...attribute(7, [...little(this.flags, 4), ...little(0xffffffff, 4)]),
      ...attribute(8, little(Math.floor(this.timeoutTicks / HZ), 4)),
      ...attribute(9, this.netmask),
      ...attribute(10, statistics32(this.traffic)),
      ...attribute(12, statistics64(this.traffic)),
    ]);
  }

  /** Its lines in /proc/net/ip_vs. */
  procLines(): string[] {
    const onePacket = (this.flags & 4) === 0 ? "" : "ops ";
    const endpoint = `${{ 6: "TCP", 17: "UDP", 132: "SCTP" }[this.protocol]}  ${procEndpoint(this)}`;
    const persistent = (this.flags & 1) === 0 ? "" : `persistent ${this.timeoutTicks | 0} ${hexBytes(this.netmask)}`;
    const head = this.mark !== 0
      ? `FWM  ${hex(this.mark, 8)} ${this.scheduler} ${onePacket}`
      : this.family === AF_INET6
      ? `${endpoint} ${this.scheduler} `
      : `${endpoint} ${this.scheduler} ${onePacket} `;
    return [head + persistent, ...this.destinations.map((destination) => destination.procLine())];
  }
}
