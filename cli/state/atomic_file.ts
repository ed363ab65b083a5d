import { asLvsctlError, EXIT } from "../../core/errors/mod.ts";

/**
 * Writes a file beside the old one and moves it there: whoever reads it, or finds it after a power cut, never sees half
 * of it. Owner and mode stay those of the old file; a new one is its owner's alone.
 *
 * A symbolic link stays, and what it leads to is replaced. A device or a pipe is written to as it is: replacing
 * /dev/stdout by a file would break the machine.
 *
 * @throws {LvsctlError} If it cannot be written; then the old file is still there.
 */
export function replaceFile(path: string, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    const old = statIfThere(path);
    if (old !== undefined && !old.isFile) {
      using stream = Deno.openSync(path, { write: true });
      return writeAll(stream, bytes);
    }
    replace(old === undefined ? path : Deno.realPathSync(path), { bytes, old });
  } catch (error) {
    throw asLvsctlError(error, { operation: "write", object: path });
  }
}

function replace(path: string, content: { readonly bytes: Uint8Array; readonly old: Deno.FileInfo | undefined }): void {
  const { bytes, old } = content;
  const temporary = `${path}.new-${Deno.pid}`;
  try {
    using file = Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 });
    if (old !== undefined) {
      const { uid, gid, mode } = old;
      // Before the mode: changing the owner takes set-id bits away.
      if (uid !== Deno.uid() || gid !== Deno.gid()) Deno.chownSync(temporary, uid, gid);
      if (mode !== null) Deno.chmodSync(temporary, mode & 0o7777);
    }
    writeAll(file, bytes);
    file.syncSync();
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made, or cannot be removed either: the first error is the one to tell.
    }
    throw error;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Writes a file that must not be there yet.
 *
 * @param options.mode Who may read it; as the process's mask says by default.
 * @throws {LvsctlError} If it is, or if it cannot be written.
 */
export function createFile(path: string, text: string, options: { readonly mode?: number } = {}): void {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true, ...options });
  } catch (error) {
    const isThere = error instanceof Deno.errors.AlreadyExists;
    const hint = isThere ? { hint: "--force replaces it", exitCode: EXIT.usage } : {};
    throw asLvsctlError(error, { operation: "write", object: path, ...hint });
  }
}
