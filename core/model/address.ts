import { EXIT, LvsctlError } from "../errors/mod.ts";

/** Internet protocol version of an address or of a firewall mark. */
export type AddressFamily = "ipv4" | "ipv6";

/** An IP address in its one canonical spelling (RFC 5952 for IPv6), so that equal addresses are equal strings. */
export type IpAddress = string & { readonly __brand: "IpAddress" };

// The readers and writers below go character by character: tables of many thousand addresses pass through them.

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let index = 0;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && text[index++] !== ".") return undefined;
    const start = index;
    let value = 0;
    for (let code = text.charCodeAt(index); code >= 48 && code <= 57; code = text.charCodeAt(++index)) {
      value = value * 10 + code - 48;
    }
    // A leading zero means an octal number to some programs, and nothing to others.
    if (index === start || value > 255 || (index - start > 1 && text[start] === "0")) return undefined;
    bytes[octet] = value;
  }
  return index === text.length ? bytes : undefined;
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  let at = 0;
  /** Where "::" stands, in bytes; -1 where there is none. */
  let gap = -1;
  let index = 0;
  if (text.startsWith("::")) {
    gap = 0;
    index = 2;
  }
  while (index < text.length) {
    const start = index;
    let value = 0;
    for (let digit = hexDigit(text.charCodeAt(index)); digit >= 0; digit = hexDigit(text.charCodeAt(++index))) {
      value = value * 16 + digit;
    }
    if (text[index] === ".") {
      const v4 = parseIpv4(text.slice(start));
      if (v4 === undefined || at > 12) return undefined;
      bytes.set(v4, at);
      at += 4;
      break;
    }
    if (index === start || index - start > 4 || at === 16) return undefined;
    bytes[at++] = value >> 8;
    bytes[at++] = value;
    if (index === text.length) break;
    if (text[index++] !== ":" || index === text.length) return undefined;
    if (text[index] === ":") {
      if (gap >= 0) return undefined;
      gap = at;
      index++;
    }
  }
  if (gap < 0) return at === 16 ? bytes : undefined;
  if (at > 14) return undefined;
  bytes.copyWithin(16 - (at - gap), gap, at);
  bytes.fill(0, gap, 16 - (at - gap));
  return bytes;
}

function formatIpv6(bytes: Uint8Array): string {
  const word = (index: number): number => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
  // RFC 5952 4.2: "::" stands for the longest run of two or more zeros, the first one if two are equally long.
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && word(end) === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    if (end > index) index = end;
  }
  // RFC 5952 5: an IPv4-mapped address is written with its IPv4 part dotted.
  if (start === 0 && length === 5 && word(5) === 0xffff) return `::ffff:${bytes.subarray(12, 16).join(".")}`;
  let text = "";
  for (let index = 0; index < 8; index++) {
    if (index === start) {
      text += "::";
      index += length - 1;
    } else text += (text === "" || text.endsWith("::") ? "" : ":") + word(index).toString(16);
  }
  return text;
}

/** Whether the address is IPv4 or IPv6. */
export function addressFamily(address: IpAddress): AddressFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Whether the text is an IP address in its canonical spelling already: cheaper than reading it. */
export function isIpAddress(text: string): text is IpAddress {
  return text.includes(":") ? tryParseIpAddress(text) === text : parseIpv4(text) !== undefined;
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

/** Text that sorts (by UTF-16 units, as `<` does) as the address does: by family, IPv4 first, then by value. */
export function addressSortKey(address: IpAddress): string {
  const bytes = addressBytes(address);
  let key = bytes.length === 4 ? "4" : "6";
  for (let index = 0; index < bytes.length; index += 2) {
    key += String.fromCharCode(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  return key;
}

/** Compares two sort keys. */
export function compareSortKeys(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Orders addresses by family (IPv4 first), then by value. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  return compareSortKeys(addressSortKey(a), addressSortKey(b));
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
