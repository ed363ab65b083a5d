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

/** Weights of real servers. */
export const WEIGHT: Range = { min: 0, max: MAX_WEIGHT };

/** Upper and lower thresholds of real servers; 0 is none. */
export const THRESHOLD: Range = { min: 0, max: MAX_WEIGHT };

/** Ports of tunnels, checks and sync daemons. */
export const PORT: Range = { min: 1, max: 65535 };

/** Ports of real servers; 0 is that of the connection. */
export const SERVER_PORT: Range = { min: 0, max: 65535 };

/** Firewall marks. */
export const MARK: Range = { min: 1, max: 0xffffffff };

/** Persistence times; seconds. */
export const PERSISTENCE: Range = { min: 1, max: MAX_PERSISTENCE_SECONDS };

/** The kernel's timeouts; seconds. */
export const TIMEOUT: Range = { min: 1, max: MAX_TIMEOUT_SECONDS };

/** Ids of sync daemons. */
export const SYNC_ID: Range = { min: 0, max: 255 };

/** Longest messages of sync daemons: what a UDP packet holds. */
export const SYNC_LENGTH: Range = { min: 1, max: 65507 };

/** Multicast times to live of sync daemons. */
export const SYNC_TTL: Range = { min: 1, max: 255 };

/** Every forwarding method that a file may name: those that can be asked for, and those that the kernel chooses. */
export const ALL_FORWARDING_METHODS = [
  ...FORWARDING_METHODS,
  "local",
  "bypass",
] as const satisfies readonly ForwardingMethod[];

/** Longest name that the kernel keeps of a scheduler, an engine or an interface, without its final zero byte. */
export const MAX_NAME_BYTES = 15;

/** Whether the kernel can hold the text as the name of a scheduler, an engine or an interface. */
export function isKernelName(text: string): boolean {
  return text !== "" && !text.includes("\0") && new TextEncoder().encode(text).length <= MAX_NAME_BYTES;
}

/** Whether a value is a whole number in a range. */
export function isWithin(value: number, range: Range): boolean {
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}

/** Whether sync daemons can send to the address. */
export function isMulticast(address: IpAddress): boolean {
  const [first = 0] = addressBytes(address);
  return addressFamily(address) === "ipv4" ? first >= 224 && first <= 239 : first === 255;
}

/** Version of the form of files that this program reads and writes. */
export const FORMAT_VERSION = 1;
