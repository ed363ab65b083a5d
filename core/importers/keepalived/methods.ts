import type { Entry, Value } from "../document.ts";
import { entry } from "./connection.ts";
import type { Method } from "./virtual.ts";

/** A forwarding method as a key. */
export function methodEntry({ forward, statement }: Method): Entry {
  return entry("forward", forward, statement?.origin);
}

/** Encapsulation as a key, where it is said. */
export function tunnelEntry({ forward, tunnel, statement }: Method): Entry | undefined {
  const value = forward === "tun" ? tunnelValue(tunnel) : undefined;
  return value === undefined ? undefined : entry("tunnel", value, statement?.origin);
}

/** Encapsulation of its words: "type gue port 6080 csum". */
export function tunnelValue(words: readonly string[]): Value | undefined {
  const after = (word: string): string | undefined => words[words.indexOf(word) + 1];
  const type = words.includes("type") ? after("type") : undefined;
  if (type === undefined) return undefined;
  const checksum = ["nocsum", "csum", "remcsum"].find((word) => words.includes(word));
  const port = words.includes("port") ? Number(after("port")) : undefined;
  return {
    type,
    ...(port === undefined ? {} : { port }),
    ...(checksum === undefined ? {} : { checksum: checksum === "nocsum" ? "none" : checksum }),
  };
}

/** An address without a port, as lvsctl writes it. */
export function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
