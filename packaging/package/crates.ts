/**
 * The Rust libraries in Deno's executable.
 *
 * @module
 */

/** A Rust library. */
export interface Crate {
  /** Its name at crates.io. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
}

/** How Rust's messages of panics name a source file of a library: below the registry, NAME-VERSION. */
const SOURCE = /index\.crates\.io-[0-9a-f]+\/([A-Za-z0-9_-]+)-(\d+\.\d+\.\d+[A-Za-z0-9.+-]*)\//g;

/** How much is read at once; bytes. */
const PIECE = 1 << 20;

/** Longer than any match. */
const OVERLAP = 512;

/**
 * Lists the libraries whose source files an executable names, sorted. A library that cannot panic is not named.
 *
 * @param program The executable, which has its runtime uncompressed.
 */
export function cratesOf(program: Uint8Array<ArrayBuffer>): readonly Crate[] {
  const decoder = new TextDecoder("latin1");
  const found = new Map<string, Crate>();
  for (let at = 0; at < program.length; at += PIECE) {
    for (
      const [, name = "", version = ""] of decoder.decode(program.subarray(at, at + PIECE + OVERLAP)).matchAll(SOURCE)
    ) {
      found.set(`${name} ${version}`, { name, version });
    }
  }
  return [...found].toSorted(([one], [other]) => one < other ? -1 : 1).map(([, crate]) => crate);
}
