import { EINVAL, ERANGE } from "./errnos.ts";
import { ipv4Kind, ipv6Kind } from "./address_kind.ts";
import type { MemoryKernelOptions } from "./options.ts";
import { procEndpoint } from "./proc_text.ts";
import { NO_TRAFFIC, statistics32, statistics64, type StatisticsNumbers } from "./traffic.ts";
import { attribute, type Attributes, big, little, parseAttributes, readBe16, readU16, readU32 } from "./wire.ts";

const AF_INET = 2;

/** Numbers of the forwarding methods. */
const MASQUERADING = 0;
const LOCALNODE = 1;
const TUNNEL = 2;
const DIRECT_ROUTING = 3;

/** Tunnel type GUE. */
const GUE = 1;

/** A destination in a request. */
export interface DestinationRequest {
  /** 0 if the request has no family. */
  readonly family: number;
  readonly address: Uint8Array;
  readonly port: number;
  readonly attributes: Attributes;
}

/** Reads the attribute DEST of a request; an errno if it is not acceptable. */
export function parseDestination(nested: Uint8Array | undefined, isFull: boolean): DestinationRequest | number {
  if (nested === undefined) return EINVAL;
  const attributes = parseAttributes(nested);
  const atLeast: Readonly<Record<number, number>> = { 2: 2, 3: 4, 4: 4, 5: 4, 6: 4, 11: 2, 13: 1, 14: 2, 15: 2 };
  for (const [type, bytes] of attributes) {
    if (bytes.length < (atLeast[type] ?? 0) || (type === 1 && bytes.length > 16)) return EINVAL;
  }
  const [address, port, family] = [1, 2, 11].map((type) => attributes.get(type));
  if (address === undefined || port === undefined) return EINVAL;
  if (isFull && [3, 4, 5, 6].some((type) => !attributes.has(type))) return EINVAL;
  const bytes = new Uint8Array(16);
  bytes.set(address);
  return { family: family === undefined ? 0 : readU16(family), address: bytes, port: readBe16(port), attributes };
}

/** The forwarding method of a request. */
export function requestedMethod(request: DestinationRequest): number {
  return readU32(request.attributes.get(3) ?? new Uint8Array(4)) & 7;
}

/** A real server. */
export class Destination {
  readonly family: number;
  readonly address: Uint8Array;
  readonly port: number;
  method = 0;
  weight = 0;
  upperThreshold = 0;
  lowerThreshold = 0;
  tunnelType = 0;
  tunnelPort = 0;
  tunnelFlags = 0;
  traffic: StatisticsNumbers = NO_TRAFFIC;
  /** Active, inactive and persistent connections. */
  connections: readonly [number, number, number] = [0, 0, 0];

  constructor(family: number, request: DestinationRequest) {
    this.family = family;
    this.address = request.address;
    if (family === AF_INET) {
      this.address = new Uint8Array([...request.address.subarray(0, 4), ...Array<number>(12).fill(0)]);
    }
    this.port = request.port;
  }

  /** Whether address and port are those of a request. */
  is(family: number, request: DestinationRequest): boolean {
    const length = family === AF_INET ? 4 : 16;
    return this.family === family && this.port === request.port &&
      this.address.subarray(0, length).every((byte, index) => byte === request.address[index]);
  }

  /** The errno for an address that the kernel refuses; 0 for any other. */
  addressErrno(): number {
    return this.#kind() === "other" ? EINVAL : 0;
  }

  #kind(): "unicast" | "local" | "other" {
    return this.family === AF_INET ? ipv4Kind(this.address) : ipv6Kind(this.address);
  }

  /** Applies the settings of a request. */
  update(request: DestinationRequest, options: Required<MemoryKernelOptions>): void {
    const number = (type: number): number => readU32(request.attributes.get(type) ?? new Uint8Array(4));
    this.method = requestedMethod(request);
    this.weight = number(4);
    this.upperThreshold = number(5);
    this.lowerThreshold = number(6);
    if (options.hasTunnelTypes) {
      this.tunnelType = number(13) & 0xff;
      this.tunnelPort = readBe16(request.attributes.get(14) ?? new Uint8Array(2));
      this.tunnelFlags = number(15) & 0xffff;
    }
    if (options.reportsLocalNodes && this.#kind() === "local") this.method = LOCALNODE;
  }

  /** The attribute DEST of an answer. */
  encode(options: Required<MemoryKernelOptions>): number[] {
    return attribute(2, [
      ...attribute(1, [...this.address]),
      ...attribute(2, big(this.port, 2)),
      ...attribute(3, little(this.method, 4)),
      ...attribute(4, little(this.weight, 4)),
      ...(options.hasTunnelTypes
        ? [
          ...attribute(13, little(this.tunnelType, 1)),
          ...attribute(14, big(this.tunnelPort, 2)),
          ...attribute(15, little(this.tunnelFlags, 2)),
        ]
        : []),
      ...attribute(5, little(this.upperThreshold, 4)),
      ...attribute(6, little(this.lowerThreshold, 4)),
      ...this.connections.flatMap((count, index) => attribute(7 + index, little(count, 4))),
      ...attribute(11, little(this.family, 2)),
      ...attribute(10, statistics32(this.traffic)),
      ...attribute(12, statistics64(this.traffic)),
    ]);
  }

  /** Its line in /proc/net/ip_vs. */
  procLine(): string {
    const names: Readonly<Record<number, string>> = {
      [MASQUERADING]: "Masq",
      [LOCALNODE]: "Local",
      [TUNNEL]: "Tunnel",
      [DIRECT_ROUTING]: "Route",
    };
    const columns = [(names[this.method] ?? "Masq").padEnd(7), String(this.weight).padEnd(6)];
    const [active, inactive] = this.connections;
    return `  -> ${procEndpoint(this)}      ${columns.join(" ")} ${String(active).padEnd(10)} ${
      String(inactive).padEnd(10)
    }`;
  }
}

/** The errno for wrong numbers of a full destination; 0 if they are right. */
export function numbersErrno(request: DestinationRequest, options: Required<MemoryKernelOptions>): number {
  const number = (type: number): number => readU32(request.attributes.get(type) ?? new Uint8Array(4));
  if (number(4) > 0x7fffffff || number(6) > number(5)) return ERANGE;
  const hasPort = readBe16(request.attributes.get(14) ?? new Uint8Array(2)) !== 0;
  return options.hasTunnelTypes && (number(13) & 0xff) === GUE && !hasPort ? EINVAL : 0;
}
