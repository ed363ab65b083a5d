import { SCHEMA_LINE, TITLE } from "./lines.ts";

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
  if (!text.startsWith(TITLE)) return false;
  const rest = text.slice(TITLE.length + (text.startsWith(SCHEMA_LINE, TITLE.length) ? SCHEMA_LINE.length : 0));
  if (rest.includes("#")) return false;
  for (const [, key = ""] of rest.matchAll(/(?<=^|[ {])([A-Za-z_]\w*):(?=\s)/gm)) if (!KEYS.has(key)) return false;
  return true;
}
