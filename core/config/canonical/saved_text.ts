import { HEADER } from "./lines.ts";

const [FIRST_LINE = ""] = HEADER.split("\n", 1);

/** The keys that {@linkcode formatState} writes. */
const KEYS: ReadonlySet<string> = new Set([
  ...["version", "timeouts", "tcp", "tcp_fin", "udp"],
  ...["sync_daemons", "role", "interface", "sync_id", "max_length", "group", "port", "ttl"],
  ...["vips", "address", "device", "label", "scope", "dad", "prefix_route"],
  ...["services", "listen", "scheduler", "scheduler_flags", "forward", "persistence", "timeout", "netmask", "engine"],
  ...["one_packet", "servers", "weight", "upper_threshold", "lower_threshold", "tunnel", "type", "checksum"],
]);

/**
 * Whether a text has the header of `lvsctl save` and nothing that `lvsctl save` does not write: a user may have edited
 * its values, but added neither a comment nor a key that another save would lose.
 */
export function isSavedText(text: string): boolean {
  if (!text.startsWith(`${FIRST_LINE}\n`)) return false;
  const rest = text.slice(FIRST_LINE.length);
  if (rest.includes("#")) return false;
  for (const [, key = ""] of rest.matchAll(/(?<=^|[ {])([A-Za-z_]\w*):(?=\s)/gm)) if (!KEYS.has(key)) return false;
  return true;
}
