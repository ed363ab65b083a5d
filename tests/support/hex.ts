/** The bytes of hexadecimal digits; white space between them is for reading. */
export function fromHex(digits: string): Uint8Array {
  const pairs = digits.replaceAll(/\s/g, "").match(/../g) ?? [];
  return new Uint8Array(pairs.map((pair) => parseInt(pair, 16)));
}

/** Bytes as hexadecimal digits, in groups of four bytes. */
export function toHex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return (digits.match(/.{1,8}/g) ?? []).join(" ");
}
