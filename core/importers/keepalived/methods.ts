import type { Entry, Value } from "../document.ts";
import { entry } from "./connection.ts";
import type { Method } from "./virtual.ts";

/** The key of a forwarding method. */
export function methodEntry({ forward, statement }: Method): Entry {
  return entry("forward", forward, statement);
}

/** The key of an encapsulation; undefined if it is omitted. */
export function tunnelEntry({ forward, tunnel, statement }: Method): Entry | undefined {
  const value = forward === "tun" ? tunnelValue(tunnel) : undefined;
  return value === undefined ? undefined : entry("tunnel", value, statement);
}

/** Converts the words of an encapsulation, such as "type gue port 6080 csum"; undefined without a type. */
export function tunnelValue(words: readonly string[]): Value | undefined {
  const after = (word: string): string | undefined => words[words.indexOf(word) + 1];
  const type = words.includes("type") ? after("type") : undefined;
  if (type === undefined) return undefined;
  const checksum = ["nocsum", "csum", "remcsum"].find((word) => words.includes(word));
  const port = words.includes("port") ? Number(after("port")) : undefined;
  return { type, port, checksum: checksum === "nocsum" ? "none" : checksum };
}

/** Formats an address without a port. */
export function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
