import { LvsctlError } from "../../core/errors/mod.ts";
import { createNewFile, openOwnFile, readOwnFile, readOwnFileEnd } from "../../core/files/mod.ts";
import { formatEntry, isEntryId, type JournalEntry, parseEntry } from "./entry.ts";

/** Size at which the journal is rotated: one older file remains. */
const MAX_BYTES = 1024 * 1024;

/** The end of the journal that is read for the last entry; a line is much shorter. */
const TAIL_BYTES = 64 * 1024;

/** Most snapshots, and most bytes of all of them. */
const SNAPSHOTS = { count: 20, bytes: 64 * 1024 * 1024 } as const;

/** Size up to which a new snapshot does not need the sizes of the others. */
const SMALL_BYTES = 64 * 1024;

/**
 * The changes that lvsctl made, in files of bounded size: a line of JSON for each start and each end of a run, and a
 * snapshot of the state before each run that can be undone.
 *
 * Every method throws the system's errors: callers report them and change the table nevertheless.
 */
export class Journal {
  readonly #directory: string;

  /**
   * Reads and writes nothing yet.
   *
   * @param directory The directory of the files; the first write creates it.
   */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Appends a line. */
  append(entry: JournalEntry): void {
    const bytes = new TextEncoder().encode(formatEntry(entry));
    using file = this.#open(this.#path(), (name) => openOwnFile(name, { append: true }));
    const { size } = file.statSync();
    try {
      // A single write, so that lines of several processes do not mix.
      if (file.writeSync(bytes) < bytes.length) throw new Error("No space left on device");
    } catch (error) {
      // Half a line would make the next line invalid, too.
      this.#cutTo(size);
      throw error;
    }
    if (size + bytes.length > MAX_BYTES) this.#rotate();
  }

  /** Returns the entries, the oldest first, each from its last line. */
  entries(): JournalEntry[] {
    const entries = new Map<string, JournalEntry>();
    for (const path of [this.#path("1"), this.#path()]) {
      for (const line of readIfExists(path).split("\n")) {
        const entry = parseEntry(line);
        if (entry !== undefined) entries.set(entry.id, entry);
      }
    }
    return [...entries.values()];
  }

  /** Returns the last entry of a table, without reading the whole journal; undefined if its end has none. */
  lastEntry(namespace: string): JournalEntry | undefined {
    const lines = readTailIfExists(this.#path()).split("\n");
    for (const line of lines.toReversed()) {
      const entry = parseEntry(line);
      if (entry?.namespace === namespace) return entry;
    }
    return undefined;
  }

  /**
   * Stores a snapshot, and deletes old ones.
   *
   * @param id The entry's id.
   * @param text The snapshot.
   */
  keepSnapshot(id: string, text: string): void {
    const path = this.#snapshotPath(id);
    this.#refuseLink();
    const bytes = new TextEncoder().encode(text);
    try {
      using file = this.#open(path, (name) => createNewFile(name, { mode: 0o600 }));
      for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
    } catch (error) {
      removeIfExists(path);
      throw error;
    }
    this.#dropOldSnapshots(bytes.length);
  }

  /** Returns the snapshot of an entry; undefined if it no longer exists. */
  snapshot(id: string): string | undefined {
    try {
      return readOwnFile(this.#snapshotPath(id));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Deletes the snapshot of an entry. */
  dropSnapshot(id: string): void {
    removeIfExists(this.#snapshotPath(id));
  }

  #path(suffix = ""): string {
    return `${this.#directory}/journal.jsonl${suffix === "" ? "" : `.${suffix}`}`;
  }

  #snapshotPath(id: string): string {
    return `${this.#directory}/undo/${id}`;
  }

  /** Old snapshots are deleted, which must not happen in a directory that a link leads to. */
  #refuseLink(): void {
    const path = `${this.#directory}/undo`;
    if (!isLink(path)) return;
    throw new LvsctlError("it is a symbolic link, not a directory that lvsctl made", {
      operation: "use",
      object: path,
      hint: "move it away; lvsctl makes its own",
    });
  }

  #open(path: string, open: (path: string) => Deno.FsFile): Deno.FsFile {
    try {
      return open(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o755 });
      return open(path);
    }
  }

  #cutTo(size: number): void {
    try {
      using file = openOwnFile(this.#path());
      file.truncateSync(size);
    } catch {
      // Then readers skip the half line.
    }
  }

  /** Renames the full journal; the lock and the second look at its size prevent two processes from renaming it twice. */
  #rotate(): void {
    using lock = this.#open(`${this.#directory}/journal.lock`, openOwnFile);
    if (!lock.tryLockSync(true)) return;
    if (Deno.statSync(this.#path()).size > MAX_BYTES) Deno.renameSync(this.#path(), this.#path("1"));
  }

  #dropOldSnapshots(newestBytes: number): void {
    const directory = `${this.#directory}/undo`;
    // Names begin with the time, whose number of digits is constant until the year 2059.
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).filter(isEntryId).sort();
    let dropped = Math.max(names.length - SNAPSHOTS.count, 0);
    if (newestBytes > SMALL_BYTES) {
      const sizes = names.map((name) => sizeOf(`${directory}/${name}`));
      let total = sizes.slice(dropped).reduce((sum, size) => sum + size, 0);
      // The newest snapshot stays, even if it alone is too large.
      for (; total > SNAPSHOTS.bytes && dropped < names.length - 1; dropped++) total -= sizes[dropped] ?? 0;
    }
    for (const name of names.slice(0, dropped)) removeIfExists(`${directory}/${name}`);
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    // Creating the first snapshot makes the directory, or reports why it cannot.
    return false;
  }
}

function readIfExists(path: string): string {
  try {
    return readOwnFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function readTailIfExists(path: string): string {
  try {
    return readOwnFileEnd(path, { maxBytes: TAIL_BYTES });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
