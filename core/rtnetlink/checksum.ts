/** The internet checksum (RFC 1071); a byte of 0 completes an odd number of bytes. */
export function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The bytes that a checksum of the transport layer covers before the segment itself (RFC 9293, 3.1; RFC 8200, 8.1). */
export function pseudoHeader(
  { source, destination, protocol }: {
    readonly source: Uint8Array;
    readonly destination: Uint8Array;
    readonly protocol: number;
  },
  length: number,
): readonly number[] {
  const size = [length >> 8, length & 0xff];
  return source.length === 4
    ? [...source, ...destination, 0, protocol, ...size]
    : [...source, ...destination, 0, 0, ...size, 0, 0, 0, protocol];
}
