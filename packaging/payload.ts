/**
 * The layout of an executable that packaging/launcher.c starts:
 *
 * ```text
 * [launcher][runtime: the deno executable][lvsctl.js][ipvsadm.js][table.js][file.js][boot.js][footer]
 * ```
 *
 * @module
 */

/** What the executable is put together from. */
export interface Payload {
  /** The compiled launcher.c. */
  launcher: Uint8Array<ArrayBuffer>;
  /** The deno executable. */
  runtime: Uint8Array<ArrayBuffer>;
  /** The program, as one JavaScript file. */
  bundle: Uint8Array<ArrayBuffer>;
  /** The part of it that runs under ipvsadm's name, as one JavaScript file of its own. */
  dropIn: Uint8Array<ArrayBuffer>;
  /** The part of it that runs the commands without a file, likewise. */
  table: Uint8Array<ArrayBuffer>;
  /** The part of it that runs the commands that read a file, likewise. */
  file: Uint8Array<ArrayBuffer>;
  /** boot.js, which starts either where Deno has no caches. */
  boot: Uint8Array<ArrayBuffer>;
}

/** How many bytes the footer has: `struct footer` in launcher.c. */
export const FOOTER_BYTES = 80;

const KEY_CHARACTERS = 16;
/** The last bytes of the file. A new number belongs to a new layout. */
const MAGIC = "LVSCTL03";

/**
 * Returns what the cache directory of a payload is called: same content, same name, so that versions do not disturb
 * each other. It tells versions apart and proves nothing: who may write there is what the launcher checks.
 */
export async function payloadKey(payload: Omit<Payload, "launcher">): Promise<string> {
  const digests = await Promise.all(payloadParts(payload).map(sha256));
  const all = await sha256(new Uint8Array(digests.flatMap((digest) => [...digest])));
  return Array.from(all, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, KEY_CHARACTERS);
}

/** Returns the parts that are unpacked, in the order of the file. */
export function payloadParts(payload: Omit<Payload, "launcher">): readonly Uint8Array<ArrayBuffer>[] {
  const { runtime, bundle, dropIn, table, file, boot } = payload;
  return [runtime, bundle, dropIn, table, file, boot];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Returns the footer: seven sizes, the key and the magic. */
export async function encodeFooter(payload: Payload): Promise<Uint8Array> {
  const footer = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(footer.buffer);
  const parts = [payload.launcher, ...payloadParts(payload)];
  parts.forEach((part, index) => view.setBigUint64(index * 8, BigInt(part.length), true));
  new TextEncoder().encodeInto(await payloadKey(payload) + MAGIC, footer.subarray(parts.length * 8));
  return footer;
}
