import { EXIT, LvsctlError } from "../errors/mod.ts";
import { formatIpv4, formatIpv6, ipv4Value, ipv6Words } from "./address_words.ts";

export { ipv4Value } from "./address_words.ts";

/** Internet protocol version of an address or of a firewall mark. */
export type AddressFamily = "ipv4" | "ipv6";

/** An IP address in its one canonical spelling (RFC 5952 for IPv6), so that equal addresses are equal strings. */
export type IpAddress = string & { readonly __brand: "IpAddress" };

/** The address as words of 16 bits, two for IPv4 and eight for IPv6; undefined if the text is not an address. */
function addressWords(text: string): readonly number[] | undefined {
  if (text.includes(":")) return ipv6Words(text);
  const value = ipv4Value(text);
  return value === undefined ? undefined : [value >>> 16, value & 0xffff];
}

/** The words of an address that was parsed before. */
function canonicalWords(address: IpAddress): readonly number[] {
  const words = addressWords(address);
  if (words === undefined) throw new TypeError(`Not a canonical IP address: ${address}`);
  return words;
}

/** The canonical spelling of two or eight words. */
function formatWords(words: readonly number[]): IpAddress {
  const text = words.length === 2 ? formatIpv4(words) : formatIpv6(words);
  // Formatted from its value, the text is canonical: only here and in addressFromBytes() without a check.
  return text as IpAddress;
}

/** Whether the address is IPv4 or IPv6. */
export function addressFamily(address: IpAddress): AddressFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Whether the text is an IP address in its canonical spelling; cheaper than parsing it. */
export function isIpAddress(text: string): text is IpAddress {
  return text.includes(":") ? tryParseIpAddress(text) === text : ipv4Value(text) !== undefined;
}

/**
 * Reads an address as a user writes it, and returns its canonical spelling.
 *
 * Short forms that `inet_aton` accepts silently ("10.1", "010.0.0.1") are refused, and so are zones ("fe80::1%eth0").
 *
 * @returns `undefined` if the text is not an IP address.
 */
export function tryParseIpAddress(text: string): IpAddress | undefined {
  const words = addressWords(text);
  return words === undefined ? undefined : formatWords(words);
}

/**
 * As {@linkcode tryParseIpAddress}, for text that must be an address.
 *
 * @throws {LvsctlError} If the text is not an IP address.
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
  // IPv4 has its own path here and in addressFromBytes(), because each server of a table passes through both.
  const value = ipv4Value(address);
  if (value !== undefined) return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  const words = canonicalWords(address);
  const bytes = new Uint8Array(words.length * 2);
  for (const [index, word] of words.entries()) {
    bytes[index * 2] = word >> 8;
    bytes[index * 2 + 1] = word;
  }
  return bytes;
}

/**
 * The canonical spelling of 4 or 16 bytes in network byte order.
 *
 * @param bytes The address, optionally followed by other bytes.
 * @param length Length of the address; all of the bytes by default.
 * @throws {RangeError} For any other length.
 */
export function addressFromBytes(bytes: Uint8Array, length: number = bytes.length): IpAddress {
  // Formatted from its value, the text is canonical.
  if (length === 4 && bytes.length >= 4) return (ipv4Network(bytes) + String(bytes[3])) as IpAddress;
  if (length !== 16 || bytes.length < 16) {
    throw new RangeError(`An IP address has 4 or 16 bytes: got ${bytes.length}`);
  }
  const words: number[] = [];
  for (let index = 0; index < length; index += 2) {
    words.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  return formatWords(words);
}

/** The IPv4 address with a value, the highest byte first: 0x7f000001 is 127.0.0.1. */
export function ipv4FromValue(value: number): IpAddress {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as IpAddress;
}

/** The first three numbers of the last formatted address: most addresses of a table share theirs. */
const lastNetwork = { value: -1, text: "" };

/** The first three numbers of an IPv4 address, each with its dot. */
function ipv4Network(bytes: Uint8Array): string {
  // By index, because destructuring allocates an iterator result for each number.
  const value = ((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  if (value !== lastNetwork.value) {
    lastNetwork.value = value;
    lastNetwork.text = `${bytes[0]}.${bytes[1]}.${bytes[2]}.`;
  }
  return lastNetwork.text;
}

/** Text that sorts (by UTF-16 units, as `<`) like the addresses: by family, IPv4 first, then by value. */
export function addressSortKey(address: IpAddress): string {
  const words = canonicalWords(address);
  return (words.length === 2 ? "4" : "6") + String.fromCharCode(...words);
}

/** Compares two sort keys. */
export function compareSortKeys(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Orders addresses by family (IPv4 first), then by value. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const leftValue = ipv4Value(a);
  const rightValue = ipv4Value(b);
  if (leftValue !== undefined && rightValue !== undefined) return leftValue - rightValue;
  const left = canonicalWords(a);
  const right = canonicalWords(b);
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
 * The spellings that ipvsadm misreads ("2001:db8::1:80", "[10.0.0.1]:80") are errors with a hint.
 *
 * @param options.defaultPort Port of a text without one; if omitted, the port is required.
 * @throws {LvsctlError} If the text has another form.
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
    const isPort = /^\d+$/.test(text.slice(last + 1)) && tryParseIpAddress(text.slice(0, last)) !== undefined;
    const guess = address === undefined
      ? form
      : !isPort
      ? options.defaultPort === undefined ? `write [${text}]:PORT` : `write [${text}], or [${text}]:PORT`
      : `write [${text.slice(0, last)}]:${text.slice(last + 1)} for a port, or [${text}]:PORT`;
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
