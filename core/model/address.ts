import { EXIT, LvsctlError } from "../errors/mod.ts";

/** Internet protocol version of an address or of a firewall mark. */
export type AddressFamily = "ipv4" | "ipv6";

/** An IP address in its one canonical spelling (RFC 5952 for IPv6), so that equal addresses are equal strings. */
export type IpAddress = string & { readonly __brand: "IpAddress" };

const IPV4_OCTET = /^(?:0|[1-9]\d{0,2})$/;

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    const value = Number(part);
    if (!IPV4_OCTET.test(part) || value > 255) return undefined;
    bytes[index] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups: number[][] = [];
  for (const [half, part] of halves.entries()) {
    const words: number[] = [];
    const pieces = part === "" ? [] : part.split(":");
    for (const [index, piece] of pieces.entries()) {
      if (piece.includes(".")) {
        const isLast = half === halves.length - 1 && index === pieces.length - 1;
        const v4 = isLast ? parseIpv4(piece) : undefined;
        if (v4 === undefined) return undefined;
        const view = new DataView(v4.buffer);
        words.push(view.getUint16(0), view.getUint16(2));
      } else if (/^[0-9a-f]{1,4}$/i.test(piece)) words.push(parseInt(piece, 16));
      else return undefined;
    }
    groups.push(words);
  }
  const [head = [], tail] = groups;
  const known = head.length + (tail?.length ?? 0);
  if (tail === undefined ? known !== 8 : known > 7) return undefined;
  const words = [...head, ...Array<number>(8 - known).fill(0), ...(tail ?? [])];
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint16(index * 2, word));
  return bytes;
}

function formatIpv6(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2));
  // RFC 5952 5: an IPv4-mapped address is written with its IPv4 part dotted.
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return `::ffff:${bytes.slice(12, 16).join(".")}`;
  }
  // RFC 5952 4.2: "::" stands for the longest run of two or more zeros, the first one if two are equally long.
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && words[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    if (end > index) index = end;
  }
  const hex = (list: readonly number[]): string => list.map((word) => word.toString(16)).join(":");
  return start < 0 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

/** Whether the address is IPv4 or IPv6. */
export function addressFamily(address: IpAddress): AddressFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

const CANONICAL_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether the text is an IP address in its canonical spelling already: cheaper than reading it. */
export function isIpAddress(text: string): text is IpAddress {
  return text.includes(":") ? tryParseIpAddress(text) === text : CANONICAL_IPV4.test(text);
}

/**
 * Reads an address as written by a person, and gives its canonical spelling.
 *
 * Short forms that `inet_aton` takes silently ("10.1", "010.0.0.1") are refused, and so are zones ("fe80::1%eth0").
 *
 * @returns `undefined` if the text is no IP address.
 */
export function tryParseIpAddress(text: string): IpAddress | undefined {
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return bytes === undefined ? undefined : addressFromBytes(bytes);
}

/**
 * As {@linkcode tryParseIpAddress}, for text that has to be an address.
 *
 * @throws {LvsctlError} If it is none.
 */
export function parseIpAddress(text: string): IpAddress {
  const address = tryParseIpAddress(text);
  if (address !== undefined) return address;
  const hint = /^[\d.]+$/.test(text)
    ? "an IPv4 address is four numbers from 0 to 255 without leading zeros, as in 192.0.2.10"
    : text.includes("%")
    ? "leave out the zone after %"
    : "write it as 192.0.2.10 or 2001:db8::10";
  throw new LvsctlError(`"${text}" is not an IP address`, { hint, exitCode: EXIT.usage });
}

/** The address in network byte order: 4 bytes for IPv4, 16 for IPv6. */
export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = addressFamily(address) === "ipv6" ? parseIpv6(address) : parseIpv4(address);
  if (bytes === undefined) throw new TypeError(`Not a canonical IP address: ${address}`);
  return bytes;
}

/**
 * The canonical spelling of 4 or 16 bytes in network byte order.
 *
 * @throws {RangeError} For any other length.
 */
export function addressFromBytes(bytes: Uint8Array): IpAddress {
  // The length was checked, so the spelling is canonical: this is the one place that may brand it.
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as IpAddress;
  if (bytes.length === 16) return formatIpv6(bytes) as IpAddress;
  throw new RangeError(`An IP address has 4 or 16 bytes: got ${bytes.length}`);
}

/** Orders addresses by family (IPv4 first), then by value. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const [left, right] = [addressBytes(a), addressBytes(b)];
  if (left.length !== right.length) return left.length - right.length;
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Writes address and port together, IPv6 in brackets: "192.0.2.10:80", "[2001:db8::1]:80". */
export function formatEndpoint(address: IpAddress, port: number): string {
  return addressFamily(address) === "ipv6" ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Reads "ADDR:PORT" or "[V6ADDR]:PORT".
 *
 * The spellings that ipvsadm takes for something else ("2001:db8::1:80", "[10.0.0.1]:80") are errors with a hint.
 *
 * @param options.defaultPort Port where none is written; without it the port is compulsory.
 * @throws {LvsctlError} If the text is not of that form.
 */
export function parseEndpoint(
  text: string,
  options: { readonly defaultPort?: number } = {},
): { readonly address: IpAddress; readonly port: number } {
  const refuse = (reason: string, hint: string): LvsctlError => new LvsctlError(reason, { hint, exitCode: EXIT.usage });
  const form = "write ADDRESS:PORT, as in 192.0.2.10:80 or [2001:db8::10]:80";
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const plain = /^([^:[\]]*)(?::([^:]*))?$/.exec(text);
  const match = bracketed ?? plain;
  if (match === null) {
    const address = tryParseIpAddress(text);
    const last = text.lastIndexOf(":");
    const guess = address !== undefined && /^\d+$/.test(text.slice(last + 1))
      ? `write [${text.slice(0, last)}]:${text.slice(last + 1)} for a port, or [${text}]:PORT`
      : form;
    throw refuse(`"${text}" is ambiguous: an IPv6 address goes in brackets`, guess);
  }
  const [, host = "", portText] = match;
  const address = parseIpAddress(host);
  if (bracketed !== null && addressFamily(address) === "ipv4") {
    throw refuse(`"${text}" has an IPv4 address in brackets`, "brackets are for IPv6 addresses only");
  }
  if (portText === undefined) {
    if (options.defaultPort !== undefined) return { address, port: options.defaultPort };
    throw refuse(`"${text}" has no port`, form);
  }
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > 65535) {
    throw refuse(`"${portText}" is not a port`, "a port is a number from 0 to 65535");
  }
  return { address, port };
}
