import { readBe16 } from "./wire.ts";

/** A number with a fixed count of hexadecimal digits. */
export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** Bytes in hexadecimal digits. */
export function hexBytes(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => hex(byte, 2)).join("");
}

/** Address and port in the form of /proc/net/ip_vs. */
export function procEndpoint(
  at: { readonly family: number; readonly address: Uint8Array; readonly port: number },
): string {
  if (at.family === 2) return `${hexBytes(at.address.subarray(0, 4))}:${hex(at.port, 4)}`;
  const words = Array.from({ length: 8 }, (_, index) => hex(readBe16(at.address, index * 2), 4).toLowerCase());
  return `[${words.join(":")}]:${hex(at.port, 4)}`;
}
