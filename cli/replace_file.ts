import { asLvsctlError } from "../core/errors/mod.ts";

/**
 * Writes a file beside the old one and moves it there: whoever reads it, or finds it after a power cut, never sees half
 * of it.
 *
 * @throws {LvsctlError} If it cannot be written; then the old file is still there.
 */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new-${Deno.pid}`;
  try {
    using file = Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
    file.syncSync();
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made, or cannot be removed either: the first error is the one to tell.
    }
    throw asLvsctlError(error, { operation: "write", object: path });
  }
}
