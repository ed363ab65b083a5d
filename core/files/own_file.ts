import { LvsctlError } from "../errors/mod.ts";
import { pathText } from "../model/mod.ts";
import { checkRegular, describeKind, openSame, type ReadOptions, readUpTo, sizeWithin } from "./regular_file.ts";

/** Options of {@linkcode openOwnFile}. */
export interface OwnFileOptions {
  /**
   * Whether each write goes to the end of the file.
   *
   * @default {false}
   */
  readonly append?: boolean | undefined;
  /**
   * What to do about a file that lvsctl does not use.
   *
   * @default {"move it away; lvsctl creates its own"}
   */
  readonly hint?: string | undefined;
}

const HINT = "move it away; lvsctl creates its own";

/** Bits of a directory's mode: others than its owner may write in it. */
const OTHERS_MAY_WRITE = 0o022;

/** Attempts to open a file that other processes replace or delete at the same time. */
const ATTEMPTS = 10;

/**
 * Opens a file that lvsctl itself wrote, such as a lock, for reading and writing, and creates it if it is missing. It
 * never cuts the file off, and never opens anything else in its place: see {@linkcode checkOwnFile}.
 *
 * Throws the system's errors if the file cannot be opened.
 *
 * @throws {LvsctlError} If something else has its name.
 */
export function openOwnFile(path: string, options: OwnFileOptions = {}): Deno.FsFile {
  const { append = false } = options;
  const access = { read: true, ...(append ? { append } : { write: true }) };
  for (let attempt = 1;; attempt++) {
    try {
      const found = checkOwnFile(path, options);
      // Both ways to open never wait, not even for a named pipe; a symbolic link cannot be created over.
      return found === undefined
        ? Deno.openSync(path, { ...access, createNew: true, mode: 0o600 })
        : openSame(path, { found, open: () => Deno.openSync(path, access) });
    } catch (error) {
      const isDirectoryMissing = error instanceof Deno.errors.NotFound &&
        lstatIfExists(directoryOf(path)) === undefined;
      const isRace = error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotFound;
      if (!isRace || isDirectoryMissing || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Reads a file that lvsctl itself wrote.
 *
 * Throws the system's errors if the file cannot be opened or read.
 *
 * @throws {LvsctlError} If something else has its name, or if it is too large.
 */
export function readOwnFile(path: string, options: ReadOptions = {}): string {
  using file = openForReading(path, options);
  return new TextDecoder().decode(readUpTo(file, sizeWithin(path, file.statSync(), options)));
}

/**
 * As {@linkcode readOwnFile}, for the end of a file.
 *
 * @param options.maxBytes Most bytes that are read.
 */
export function readOwnFileEnd(path: string, options: { readonly maxBytes: number }): string {
  using file = openForReading(path, {});
  const { size } = file.statSync();
  file.seekSync(Math.max(0, size - options.maxBytes), Deno.SeekMode.Start);
  return new TextDecoder().decode(readUpTo(file, Math.min(size, options.maxBytes)));
}

/**
 * As {@linkcode checkOwnFile}, for a file with JSON: another text, such as a configuration that a mistaken
 * command line names as the state, is not one of lvsctl's own. A file may be empty or begin with null bytes after a power
 * failure.
 *
 * @returns The file; `undefined` if there is none.
 * @throws {LvsctlError} If something else has the name.
 */
export function checkOwnJson(path: string): Deno.FileInfo | undefined {
  const info = checkOwnFile(path);
  if (info === undefined) return undefined;
  using file = openSame(path, { found: info, open: () => Deno.openSync(path) });
  const start = readUpTo(file, Math.min(info.size, START_BYTES));
  if (OWN_TEXT.test(new TextDecoder().decode(start))) return info;
  throw new LvsctlError("it has other text, and lvsctl did not write it", {
    operation: "use",
    object: pathText(path),
    hint: HINT,
  });
}

/** Enough to tell a file that a power failure filled with zeros from the image of a disk. */
const START_BYTES = 64 * 1024;

/**
 * The beginning of a state as lvsctl writes it: JSON without blanks, zeros alone, or the few bytes of a part. A
 * configuration as JSON has version 1 too, and then other keys than the states of an early lvsctl.
 */
const OWN_TEXT = /^(?:\0*$|[[{].{0,10}$|\{"(?:version":(?:2,|1,"states")|notifications"))/s;

function openForReading(path: string, options: ReadOptions): Deno.FsFile {
  const found = checkOwnFile(path, options);
  if (found === undefined) throw new Deno.errors.NotFound(`No such file or directory: '${path}'`);
  return openSame(path, { found, open: () => Deno.openSync(path) });
}

/**
 * Checks that lvsctl itself may have written the file of a name: a regular file, not a symbolic link. In a directory that
 * others can write to, such as /tmp, it must belong to this user or to root, and must have no second name, which would
 * make it a file of another program.
 *
 * @returns The file; `undefined` if there is none.
 * @throws {LvsctlError} If something else has the name.
 */
export function checkOwnFile(
  path: string,
  options: { readonly hint?: string | undefined } = {},
): Deno.FileInfo | undefined {
  const info = lstatIfExists(path);
  if (info === undefined) return undefined;
  const { hint = HINT } = options;
  const isForeign = !isTrusted(info.uid);
  const isLinked = info.nlink !== null && info.nlink > 1;
  const kind = describeKind(info);
  const reason = kind !== undefined
    ? `it is ${kind}, not a file that lvsctl wrote`
    : (isForeign || isLinked) && isOpenToOthers(directoryOf(path))
    ? isForeign
      ? `it belongs to user ${info.uid}, in a directory that others can write to`
      : "it has a second name (a hard link), in a directory that others can write to"
    : undefined;
  if (reason !== undefined) throw new LvsctlError(reason, { operation: "use", object: pathText(path), hint });
  checkRegular(path, info, { hint });
  return info;
}

function isTrusted(uid: number | null): boolean {
  return uid === null || uid === 0 || uid === Deno.uid();
}

/** Whether another user can create files in a directory; also if that is unknown. */
function isOpenToOthers(directory: string): boolean {
  try {
    const { uid, mode } = Deno.statSync(directory);
    return !isTrusted(uid) || ((mode ?? 0) & OTHERS_MAY_WRITE) !== 0;
  } catch {
    return true;
  }
}

function directoryOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, Math.max(end, 1));
}

function lstatIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
