import {
  addressBytes,
  type AddressFamily,
  addressFamily,
  addressFromBytes,
  tryParseIpAddress,
} from "../../model/mod.ts";
import type { Report } from "../imported.ts";
import type { Statement } from "./statement.ts";

/** Where clients come in: an address, a range of them, or a firewall mark. */
export type Entrance =
  | {
    /** Tells the kinds apart. */
    readonly kind: "address";
    /** Family of the addresses. */
    readonly family: AddressFamily;
    /** The address as lvsctl writes it, with a range perhaps; IPv6 without brackets around it. */
    readonly address: string;
    /** The port; 0 is every port. */
    readonly port: number;
    /** Where it stands. */
    readonly statement: Statement;
  }
  | {
    /** Tells the kinds apart. */
    readonly kind: "mark";
    /** Family, where one is written. */
    readonly family: AddressFamily | undefined;
    /** The firewall mark. */
    readonly mark: number;
    /** Where it stands. */
    readonly statement: Statement;
  };

/** How many addresses a range may be. */
const MAX_ADDRESSES = 65_536n;

function valueOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
}

/** The first and the last address of what is written: an address, a range or a network. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
  readonly family: AddressFamily;
}

function parseSpan(text: string): Span | string {
  const [, start = "", sign, end = ""] = /^([^-/]+)(?:([-/])(.*))?$/.exec(text) ?? [];
  const address = tryParseIpAddress(start);
  if (address === undefined) return "it is not an IP address";
  const family = addressFamily(address);
  const bytes = addressBytes(address);
  const first = valueOf(bytes);
  const bits = family === "ipv4" ? 32 : 128;
  if (sign === undefined) return { first, last: first, family };
  if (sign === "/") {
    const length = Number(end);
    if (!/^\d+$/.test(end) || length > bits) return "the length of its prefix is none";
    const size = 1n << BigInt(bits - length);
    if (first % size !== 0n) return "bits of the host are set in it, so keepalived skips it";
    return { first, last: first + size - 1n, family };
  }
  const other = tryParseIpAddress(end);
  if (other !== undefined) {
    if (addressFamily(other) !== family) return "it goes from one family to the other";
    return order(first, valueOf(addressBytes(other)), family);
  }
  const unit = family === "ipv4" ? 8n : 16n;
  const value = family === "ipv4" ? /^\d+$/.test(end) ? Number(end) : NaN : parseInt(end, 16);
  if (!(value >= 0 && value < 2 ** Number(unit)) || !/^[\da-f]+$/i.test(end)) return "the end of its range is none";
  return order(first, ((first >> unit) << unit) | BigInt(value), family);
}

function order(first: bigint, last: bigint, family: AddressFamily): Span | string {
  return last <= first ? "its range ends before it begins, so keepalived skips it" : { first, last, family };
}

/** The addresses of a span as lvsctl writes them: one range for each that differs in its last part only. */
function writeSpan({ first, last, family }: Span): readonly string[] {
  const unit = family === "ipv4" ? 8n : 16n;
  const length = family === "ipv4" ? 4 : 16;
  const written: string[] = [];
  for (let start = first; start <= last;) {
    const end = ((start >> unit) + 1n << unit) - 1n;
    const stop = end < last ? end : last;
    const text = addressFromBytes(bytesOf(start, length));
    const radix = family === "ipv4" ? 10 : 16;
    const [from, to] = [start, stop].map((value) => (value & ((1n << unit) - 1n)).toString(radix));
    // The last part may be hidden in "::", which ends with 0.
    const head = text.endsWith("::") ? text : text.slice(0, Math.max(text.lastIndexOf("."), text.lastIndexOf(":")) + 1);
    written.push(start === stop ? text : `${head}[${from}-${to}]`);
    start = stop + 1n;
  }
  return written;
}

/** Where clients come in by a line of a group; nothing, and reported, if keepalived would skip it. */
export function readEntrances(statement: Statement, report: Report): readonly Entrance[] {
  const { keyword, words: [second, third], origin } = statement;
  if (keyword === "fwmark") {
    const mark = Number(second);
    if (!/^\d+$/.test(second ?? "") || mark > 0xffffffff) {
      report.add(origin, "it is not a firewall mark");
      return [];
    }
    return [{
      kind: "mark",
      mark,
      family: third === "inet6" ? "ipv6" : third === "inet" ? "ipv4" : undefined,
      statement,
    }];
  }
  const span = parseSpan(keyword);
  const port = Number(second ?? "0");
  const problem = typeof span === "string"
    ? span
    : !/^\d{1,5}$/.test(second ?? "0") || port > 65535
    ? `"${second}" is not a port`
    : span.last - span.first >= MAX_ADDRESSES
    ? `it stands for more than ${MAX_ADDRESSES} addresses`
    : undefined;
  if (problem !== undefined || typeof span === "string") {
    report.add(origin, problem ?? "");
    return [];
  }
  return writeSpan(span).map((address) => ({ kind: "address", family: span.family, address, port, statement }));
}
