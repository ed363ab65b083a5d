/**
 * The layout of an executable of the launcher (packaging/launcher.c):
 *
 * ```text
 * [launcher][runtime: the deno executable][boot.js][NAME.js of each bundle and piece][footer]
 * ```
 *
 * @module
 */

/** The file that starts a bundle, or another piece of one. */
export interface PayloadBundle {
  /** The name of its row in bundles.ts, or of the piece. */
  name: string;
  /** Its source. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** The parts of the executable. */
export interface Payload {
  /** The compiled launcher.c. */
  launcher: Uint8Array<ArrayBuffer>;
  /** The deno executable. */
  runtime: Uint8Array<ArrayBuffer>;
  /** boot.js, which starts a bundle if Deno has no cache directory. */
  boot: Uint8Array<ArrayBuffer>;
  /** The bundles, in the order of bundles.ts, and then their other pieces. */
  bundles: readonly PayloadBundle[];
}

const SIZE_BYTES = 8;
const KEY_CHARACTERS = 16;
/** The last bytes of the file. A new layout needs a new number. */
const MAGIC = "LVSCTL05";

/** The length of the footer of an executable with that many bundles, in bytes: `struct footer` in launcher.c. */
export function footerLength(bundleCount: number): number {
  return (3 + bundleCount) * SIZE_BYTES + KEY_CHARACTERS + MAGIC.length;
}

/**
 * Returns the name of a payload's cache directory. It depends on the content, so that versions do not disturb each other.
 * It proves nothing about the files there: the launcher checks who can write them.
 */
export async function payloadKey(payload: Omit<Payload, "launcher">): Promise<string> {
  const layout = new TextEncoder().encode([MAGIC, ...payload.bundles.map(({ name }) => name)].join("\n"));
  const digests = await Promise.all([layout, ...payloadParts(payload)].map(sha256));
  const all = await sha256(new Uint8Array(digests.flatMap((digest) => [...digest])));
  return Array.from(all, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, KEY_CHARACTERS);
}

/** Returns the parts that are unpacked, in the order of the file. */
export function payloadParts(payload: Omit<Payload, "launcher">): readonly Uint8Array<ArrayBuffer>[] {
  const { runtime, boot, bundles } = payload;
  return [runtime, boot, ...bundles.map(({ bytes }) => bytes)];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Returns the footer: the sizes of all parts, the key and the magic. */
export async function encodeFooter(payload: Payload): Promise<Uint8Array> {
  const footer = new Uint8Array(footerLength(payload.bundles.length));
  const view = new DataView(footer.buffer);
  const parts = [payload.launcher, ...payloadParts(payload)];
  parts.forEach((part, index) => view.setBigUint64(index * SIZE_BYTES, BigInt(part.length), true));
  new TextEncoder().encodeInto(await payloadKey(payload) + MAGIC, footer.subarray(parts.length * SIZE_BYTES));
  return footer;
}
