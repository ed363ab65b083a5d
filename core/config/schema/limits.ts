import {
  addressBytes,
  addressFamily,
  FORWARDING_METHODS,
  type ForwardingMethod,
  type IpAddress,
  MAX_PERSISTENCE_SECONDS,
  MAX_TIMEOUT_SECONDS,
  MAX_WEIGHT,
} from "../../model/mod.ts";
import type { Range } from "./types.ts";

/** Range of weights of real servers. */
export const WEIGHT: Range = { min: 0, max: MAX_WEIGHT };

/** Range of upper and lower thresholds of real servers, in connections; 0 is no threshold. */
export const THRESHOLD: Range = { min: 0, max: MAX_WEIGHT };

/** Range of ports of tunnels, checks and sync daemons. */
export const PORT: Range = { min: 1, max: 65535 };

/** Range of ports of real servers; 0 is the port of the connection. */
export const SERVER_PORT: Range = { min: 0, max: 65535 };

/** Range of firewall marks. */
export const MARK: Range = { min: 1, max: 0xffffffff };

/** Range of persistence timeouts; seconds. */
export const PERSISTENCE: Range = { min: 1, max: MAX_PERSISTENCE_SECONDS };

/** Range of the kernel's timeouts; seconds. */
export const TIMEOUT: Range = { min: 1, max: MAX_TIMEOUT_SECONDS };

/** Range of sync IDs. */
export const SYNC_ID: Range = { min: 0, max: 255 };

/** Range of the longest message of sync daemons, in bytes: up to the size of a UDP packet. */
export const SYNC_LENGTH: Range = { min: 1, max: 65507 };

/** Range of the multicast time to live of sync daemons, in hops. */
export const SYNC_TTL: Range = { min: 1, max: 255 };

/** Every forwarding method in a file: the ones that a user sets, and the ones that only the kernel sets. */
export const ALL_FORWARDING_METHODS = [
  ...FORWARDING_METHODS,
  "local",
  "bypass",
] as const satisfies readonly ForwardingMethod[];

/** Longest name of a scheduler, an engine or an interface in the kernel, in bytes without the final zero byte. */
export const MAX_NAME_BYTES = 15;

/** Whether a text is a valid name of a scheduler, an engine or an interface for the kernel. */
export function isKernelName(text: string): boolean {
  return text !== "" && !text.includes("\0") && new TextEncoder().encode(text).length <= MAX_NAME_BYTES;
}

/** Whether a value is a whole number in a range. */
export function isWithin(value: number, range: Range): boolean {
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}

/** Whether an address is a multicast address. */
export function isMulticast(address: IpAddress): boolean {
  const [first = 0] = addressBytes(address);
  return addressFamily(address) === "ipv4" ? first >= 224 && first <= 239 : first === 255;
}

/** Version of the file format that this program reads and writes. */
export const FORMAT_VERSION = 1;

/** The path of the JSON Schema on a machine where lvsctl is installed. */
export const SCHEMA_PATH = "/usr/share/lvsctl/lvsctl.schema.json";

/** The comment by which an editor's language server for YAML finds the schema of a file. */
export const SCHEMA_COMMENT = `# yaml-language-server: $schema=${SCHEMA_PATH}`;
