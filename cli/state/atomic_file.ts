import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  checkOwnFile,
  createNewFile,
  describeKind,
  isStreamPath,
  openForWriting,
  readFileStart,
} from "../../core/files/mod.ts";
import { pathText, visible } from "../../core/model/mod.ts";

/** The mode of a new file. */
const NEW_MODE = 0o600;

/**
 * Writes a new file next to the old one and renames it over the old one: no reader sees half a file, not even after a
 * power cut. The file keeps its owner and mode; by default the owner alone can read a new file.
 *
 * A symbolic link stays, and its target is replaced. A device or an open pipe of the process is written to directly,
 * because a file in place of /dev/stdout would break the machine.
 *
 * @throws {LvsctlError} If the file cannot be written; then the old file is still there. So it is for a named pipe,
 * which may never get a reader, and for a link whose target does not exist.
 */
export function replaceFile(path: string, text: string, options: { readonly mode?: number } = {}): void {
  const bytes = new TextEncoder().encode(text);
  try {
    const old = statIfExists(path);
    if (old === undefined) refuseDanglingLink(path);
    if (old !== undefined && !old.isFile) {
      refusePipe(path, old);
      using stream = openForWriting(path);
      return writeAll(stream, bytes);
    }
    replace(old === undefined ? path : Deno.realPathSync(path), { bytes, old, mode: options.mode });
  } catch (error) {
    throw asLvsctlError(error, { operation: "write", object: pathText(path) });
  }
}

/** The longest beginning by which a kind of file is known. */
const BEGINNING_BYTES = 64;

/**
 * Keeps a file of another kind than a command writes, such as a configuration that was named by mistake.
 *
 * @param path The file; a new or an empty one, or a stream, is not judged.
 * @param options.usual What such a file begins with.
 * @param options.what What it has, in words.
 * @throws {LvsctlError} If the file begins with something else, or cannot be read.
 */
export async function refuseOtherContent(
  path: string,
  { usual, what }: { readonly usual: RegExp; readonly what: string },
): Promise<void> {
  const about = { operation: "write", object: pathText(path) };
  let start: Uint8Array | undefined;
  try {
    start = await readFileStart(path, { maxBytes: BEGINNING_BYTES });
  } catch (error) {
    throw asLvsctlError(error, about);
  }
  if (start === undefined || start.length === 0 || usual.test(new TextDecoder().decode(start))) return;
  throw new LvsctlError(`it exists, and has no ${what}`, {
    ...about,
    hint: "name another file, or remove this one",
    exitCode: EXIT.usage,
  });
}

function refusePipe(path: string, info: Deno.FileInfo): void {
  if (!info.isFifo && !info.isSocket || isStreamPath(path) || path === "/dev/stdout" || path === "/dev/stderr") return;
  throw new LvsctlError(`it is ${describeKind(info)}, not a regular file`, {
    operation: "write",
    object: pathText(path),
    hint: "to write to a stream, redirect standard output",
    exitCode: EXIT.usage,
  });
}

/** A rename would replace the link, and leave the file missing that it stands for. */
function refuseDanglingLink(path: string): void {
  let target: string;
  try {
    target = Deno.readLinkSync(path);
  } catch {
    return; // It is not a link, or nothing has the name.
  }
  throw new LvsctlError(`it is a symbolic link to ${visible(target)}, which does not exist`, {
    operation: "write",
    object: pathText(path),
    hint: "create the target, or remove the link",
    exitCode: EXIT.usage,
  });
}

/**
 * As {@linkcode replaceFile}, for a file of lvsctl's own, which is never a symbolic link, a device or a pipe.
 *
 * @throws {LvsctlError} If something else has its name, or if the file cannot be written.
 */
export function replaceOwnFile(path: string, text: string): void {
  try {
    replace(path, { bytes: new TextEncoder().encode(text), old: checkOwnFile(path) });
  } catch (error) {
    throw asLvsctlError(error, { operation: "write", object: pathText(path) });
  }
}

function replace(
  path: string,
  content: {
    readonly bytes: Uint8Array;
    readonly old: Deno.FileInfo | undefined;
    readonly mode?: number | undefined;
  },
): void {
  const { bytes, old } = content;
  const temporary = `${path}.new-${Deno.pid}`;
  try {
    using file = createNewFile(temporary, { mode: NEW_MODE });
    if (old !== undefined) {
      const { uid, gid, mode } = old;
      // Before the mode, because changing the owner clears set-id bits.
      if (uid !== Deno.uid() || gid !== Deno.gid()) Deno.chownSync(temporary, uid, gid);
      if (mode !== null && (mode & 0o7777) !== NEW_MODE) Deno.chmodSync(temporary, mode & 0o7777);
    }
    if (old === undefined && content.mode !== undefined) Deno.chmodSync(temporary, content.mode);
    writeAll(file, bytes);
    file.syncSync();
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never created, or cannot be removed either: the first error matters.
    }
    throw error;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

function statIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Writes a file that must not exist yet.
 *
 * @param options.mode The file's mode; by default that of the process's mask.
 * @throws {LvsctlError} If the file exists or cannot be written.
 */
export function createFile(path: string, text: string, options: { readonly mode?: number } = {}): void {
  try {
    using file = createNewFile(path, { mode: options.mode ?? 0o666 });
    try {
      writeAll(file, new TextEncoder().encode(text));
    } catch (error) {
      Deno.removeSync(path);
      throw error;
    }
  } catch (error) {
    const exists = error instanceof Deno.errors.AlreadyExists;
    const hint = exists ? { hint: "replace it with --force", exitCode: EXIT.usage } : {};
    throw asLvsctlError(error, { operation: "write", object: pathText(path), ...hint });
  }
}
