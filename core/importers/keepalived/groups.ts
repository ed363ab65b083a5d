import {
  addressBytes,
  type AddressFamily,
  addressFamily,
  addressFromBytes,
  tryParseIpAddress,
} from "../../model/mod.ts";
import type { Report } from "../imported.ts";
import type { Statement } from "./statement.ts";

/** A value of `listen`: an address, a range of addresses, or a firewall mark. */
export type Listen =
  | {
    /** Distinguishes the kinds. */
    readonly kind: "address";
    /** Family of the addresses. */
    readonly family: AddressFamily;
    /** The address or range in lvsctl's format, IPv6 without brackets. */
    readonly address: string;
    /** The port; 0 is every port. */
    readonly port: number;
    /** Its statement. */
    readonly statement: Statement;
  }
  | {
    /** Distinguishes the kinds. */
    readonly kind: "mark";
    /** Family; undefined if it is omitted. */
    readonly family: AddressFamily | undefined;
    /** The firewall mark. */
    readonly mark: number;
    /** Its statement. */
    readonly statement: Statement;
  };

/** Most addresses of a range. */
const MAX_ADDRESSES = 65_536n;

function valueOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
}

/** The first and the last address of an address, a range or a network. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
  readonly family: AddressFamily;
}

/** Parses an address, a range or a network; returns the problem as text if it is invalid. */
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
    if (!/^\d+$/.test(end) || length > bits) return "its prefix length is invalid";
    const size = 1n << BigInt(bits - length);
    if (first % size !== 0n) return "it has host bits, so keepalived skips it";
    return { first, last: first + size - 1n, family };
  }
  const other = tryParseIpAddress(end);
  if (other !== undefined) {
    if (addressFamily(other) !== family) return "its ends have different address families";
    return order(first, valueOf(addressBytes(other)), family);
  }
  const unit = family === "ipv4" ? 8n : 16n;
  const value = family === "ipv4" ? /^\d+$/.test(end) ? Number(end) : NaN : parseInt(end, 16);
  if (!(value >= 0 && value < 2 ** Number(unit)) || !/^[\da-f]+$/i.test(end)) return "the end of its range is invalid";
  return order(first, ((first >> unit) << unit) | BigInt(value), family);
}

function order(first: bigint, last: bigint, family: AddressFamily): Span | string {
  return last <= first ? "its range ends before it begins, so keepalived skips it" : { first, last, family };
}

/** Formats the addresses of a span for lvsctl, whose ranges differ in the last part of the address only. */
function formatSpan({ first, last, family }: Span): readonly string[] {
  const unit = family === "ipv4" ? 8n : 16n;
  const length = family === "ipv4" ? 4 : 16;
  const ranges: string[] = [];
  for (let start = first; start <= last;) {
    const end = ((start >> unit) + 1n << unit) - 1n;
    const stop = end < last ? end : last;
    const text = addressFromBytes(bytesOf(start, length));
    const radix = family === "ipv4" ? 10 : 16;
    const [from, to] = [start, stop].map((value) => (value & ((1n << unit) - 1n)).toString(radix));
    // An address that ends in "::" has the last part 0.
    const head = text.endsWith("::") ? text : text.slice(0, Math.max(text.lastIndexOf("."), text.lastIndexOf(":")) + 1);
    ranges.push(start === stop ? text : `${head}[${from}-${to}]`);
    start = stop + 1n;
  }
  return ranges;
}

/** Parses a line of a group; none, with a report, if keepalived skips it. */
export function readListens(statement: Statement, report: Report): readonly Listen[] {
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
    ? `it has more than ${MAX_ADDRESSES} addresses`
    : undefined;
  if (problem !== undefined || typeof span === "string") {
    report.add(origin, problem ?? "");
    return [];
  }
  return formatSpan(span).map((address) => ({ kind: "address", family: span.family, address, port, statement }));
}
