/**
 * The text of a file of the kernel, such as one below `/proc` or `/sys`. The caller knows the file: its path is fixed, or
 * the kernel named it.
 *
 * Throws the system's errors.
 */
export function readKernelFile(path: string): string {
  return Deno.readTextFileSync(path);
}

/** As {@linkcode readKernelFile}, for a file whose bytes may be no text. */
export function readKernelBytes(path: string): Uint8Array {
  return Deno.readFileSync(path);
}

/** Opens a file of the kernel for reading it piece by piece. Throws the system's errors. */
export function openKernelFile(path: string): Deno.FsFile {
  return Deno.openSync(path);
}

/** Writes the text to a file of the kernel, and never creates one. Throws the system's errors. */
export function writeKernelFile(path: string, text: string): void {
  // A missing file is not created, which would be possible in a test's directory.
  using file = Deno.openSync(path, { write: true, truncate: true });
  file.writeSync(new TextEncoder().encode(text));
}
