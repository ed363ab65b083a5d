import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import { pathText } from "../model/mod.ts";

/** Enough for five million servers; the text of a larger file would not fit into the memory. */
export const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/** Opens a file for reading. Throws the system's errors, and an `LvsctlError` if it is not a regular file. */
export type OpenFile = (path: string) => Deno.FsFile;

/** Options of {@linkcode readRegularFile}. */
export interface ReadOptions {
  /**
   * Largest size of the file.
   *
   * @default {268435456}
   */
  readonly maxBytes?: number | undefined;
  /** The hint of the error if it is not a regular file. */
  readonly hint?: string | undefined;
  /**
   * Opens the file. Deno's own way waits for a named pipe that replaces the file at the last moment.
   *
   * @default {Deno.openSync}
   */
  readonly open?: OpenFile | undefined;
  /**
   * Exit status of the error if it is not such a file.
   *
   * @default {EXIT.refused}
   */
  readonly exitCode?: ExitCode | undefined;
}

/**
 * Reads a regular file, and nothing else: opening a named pipe would wait for its writer, opening a device can change it,
 * and reading one may never end. Symbolic links are followed.
 *
 * Throws the system's errors if the file cannot be opened or read.
 *
 * @throws {LvsctlError} If it is not a regular file, or is too large.
 */
export function readRegularFile(path: string, options: ReadOptions = {}): Uint8Array<ArrayBuffer> {
  const { open = Deno.openSync } = options;
  const found = Deno.statSync(path);
  checkRegular(path, found, options);
  using file = openSame(path, { found, open: () => open(path) });
  return readUpTo(file, sizeWithin(path, file.statSync(), options));
}

/**
 * Reads the beginning of a regular file; `undefined` if no file has that name, or if it is not a regular file.
 *
 * Throws the system's errors if the file cannot be opened or read.
 *
 * @param options.maxBytes Most bytes that are read.
 * @param options.open As that of {@linkcode readRegularFile}.
 * @throws {LvsctlError} If it is a file of the kernel without a size, or was replaced meanwhile.
 */
export async function readFileStart(
  path: string,
  options: { readonly maxBytes: number; readonly open?: OpenFile | undefined },
): Promise<Uint8Array | undefined> {
  const { open = Deno.open } = options;
  try {
    const found = await Deno.stat(path);
    if (!found.isFile) return undefined;
    refuseEndless(path, found, {});
    using file = await open(path);
    const { size, dev, ino } = await file.stat();
    if (dev !== found.dev || ino !== found.ino) throw replaced(path);
    const bytes = new Uint8Array(Math.min(size, options.maxBytes));
    let length = 0;
    for (let count: number | null = 0; count !== null && length < bytes.length;) {
      count = await file.read(bytes.subarray(length));
      length += count ?? 0;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** What a file is, with its article, if it is not a regular file: "a named pipe". */
export function describeKind(info: Deno.FileInfo): string | undefined {
  if (info.isFile) return undefined;
  if (info.isSymlink) return "a symbolic link";
  if (info.isDirectory) return "a directory";
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  return "a device";
}

/**
 * Checks that a file is a regular one with a size, before it is opened.
 *
 * @throws {LvsctlError} If it is not.
 */
export function checkRegular(path: string, info: Deno.FileInfo, options: ReadOptions): void {
  // Opening a directory does no harm, and the system's own error names it.
  const kind = info.isDirectory ? undefined : describeKind(info);
  if (kind !== undefined) throw refusal(path, `it is ${kind}, not a regular file`, options);
  refuseEndless(path, info, options);
}

/** A file of /proc has no size, and reading it may wait for an event or never end. */
function refuseEndless(path: string, { size, dev }: Deno.FileInfo, options: ReadOptions): void {
  if (size === 0 && dev === kernelDevice()) throw refusal(path, "it is a file of the kernel without a size", options);
}

function kernelDevice(): number | undefined {
  try {
    return Deno.statSync("/proc").dev;
  } catch {
    return undefined;
  }
}

/**
 * Opens a file that was found before, and nothing that replaced it since.
 *
 * @throws {LvsctlError} If another file has replaced it.
 */
export function openSame(
  path: string,
  { found, open }: { readonly found: Deno.FileInfo; readonly open: () => Deno.FsFile },
): Deno.FsFile {
  const file = open();
  try {
    const { dev, ino } = file.statSync();
    if (dev === found.dev && ino === found.ino) return file;
    throw replaced(path);
  } catch (error) {
    file.close();
    throw error;
  }
}

function replaced(path: string): LvsctlError {
  return refusal(path, "another file has replaced it meanwhile", { hint: "try again" });
}

/**
 * The size of an open file.
 *
 * @throws {LvsctlError} If it is too large.
 */
export function sizeWithin(path: string, { size }: Deno.FileInfo, options: ReadOptions): number {
  const { maxBytes = MAX_TEXT_BYTES, exitCode } = options;
  if (size > maxBytes) throw refusal(path, `it is larger than ${inMebibytes(maxBytes)}`, { exitCode });
  return size;
}

/** A size as text: "16 MiB". */
export function inMebibytes(bytes: number): string {
  return `${bytes / (1024 * 1024)} MiB`;
}

/** Reads a file to its end, but no more bytes than its size was: reading more of a file that grows may never end. */
export function readUpTo(file: Deno.FsFile, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** The error of a file that lvsctl does not read. */
export function refusal(path: string, reason: string, options: Pick<ReadOptions, "hint" | "exitCode">): LvsctlError {
  const { hint, exitCode = EXIT.refused } = options;
  return new LvsctlError(reason, { operation: "read", object: pathText(path), hint, exitCode });
}
