/** The kernel's class of a real server's address. */
export type AddressKind = "unicast" | "local" | "other";

/** Classifies an IPv4 address as inet_addr_type does on a machine with a loopback interface only. */
export function ipv4Kind(bytes: Uint8Array): AddressKind {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (a + b + c + d === 0 || (a >= 224 && a <= 239) || (a & b & c & d) === 255) return "other";
  if (a === 127) return b === 255 && c === 255 && d === 255 ? "other" : "local";
  return "unicast";
}

/** Classifies an IPv6 address as ipv6_addr_type does; a link-local one belongs to another machine. */
export function ipv6Kind(bytes: Uint8Array): AddressKind {
  const [first = 0, second = 0] = bytes;
  if (first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)) return "other";
  if (bytes.subarray(0, 15).every((byte) => byte === 0)) {
    if (bytes[15] === 1) return "local";
    if (bytes[15] === 0) return "other";
  }
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? "other" : "unicast";
}
