import { formatEntry, type JournalEntry, parseEntry } from "./entry.ts";

/** Size at which the journal is put aside and begun anew; the one that was put aside before goes then. */
const MAX_BYTES = 1024 * 1024;

/** How many snapshots are kept, and how much of the disk they may take together. */
const SNAPSHOTS = { count: 20, bytes: 64 * 1024 * 1024 } as const;

/** A snapshot that need not be looked at for what the others take. */
const SMALL_BYTES = 64 * 1024;

/**
 * What lvsctl changed, in files of bounded size: a line of JSON for each beginning and each end, and for those that can
 * be undone a snapshot of what was before.
 *
 * Every method throws what the system does: that the journal cannot be kept must not keep anybody from changing the
 * table.
 */
export class Journal {
  readonly #directory: string;

  /**
   * Touches nothing yet.
   *
   * @param directory Where the files are; it is made when something is written.
   */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Adds a line. */
  append(entry: JournalEntry): void {
    const bytes = new TextEncoder().encode(formatEntry(entry));
    using file = this.#open(this.#path(), { append: true, create: true, mode: 0o600 });
    const { size } = file.statSync();
    try {
      // One write: lines of several processes do not mix.
      if (file.writeSync(bytes) < bytes.length) throw new Error("No space left on device");
    } catch (error) {
      // Half a line would spoil the next one, too.
      this.#cutTo(size);
      throw error;
    }
    if (size + bytes.length > MAX_BYTES) this.#rotate();
  }

  /** The entries, the oldest first, each as its last line tells it. */
  entries(): JournalEntry[] {
    const entries = new Map<string, JournalEntry>();
    for (const path of [this.#path("1"), this.#path()]) {
      for (const line of readIfThere(path).split("\n")) {
        const entry = parseEntry(line);
        if (entry !== undefined) entries.set(entry.id, entry);
      }
    }
    return [...entries.values()];
  }

  /**
   * Keeps a snapshot, and lets go of old ones.
   *
   * @param id Name of the entry that it belongs to.
   * @param text What is kept.
   */
  keepSnapshot(id: string, text: string): void {
    const path = this.#snapshotPath(id);
    const bytes = new TextEncoder().encode(text);
    try {
      using file = this.#open(path, { write: true, createNew: true, mode: 0o600 });
      for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
    } catch (error) {
      removeIfThere(path);
      throw error;
    }
    this.#dropOldSnapshots(bytes.length);
  }

  /** The snapshot of an entry; undefined if there is none any more. */
  snapshot(id: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.#snapshotPath(id));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Lets go of the snapshot of an entry. */
  dropSnapshot(id: string): void {
    removeIfThere(this.#snapshotPath(id));
  }

  #path(suffix = ""): string {
    return `${this.#directory}/journal.jsonl${suffix === "" ? "" : `.${suffix}`}`;
  }

  #snapshotPath(id: string): string {
    return `${this.#directory}/undo/${id}`;
  }

  #open(path: string, options: Deno.OpenOptions): Deno.FsFile {
    try {
      return Deno.openSync(path, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o755 });
      return Deno.openSync(path, options);
    }
  }

  #cutTo(size: number): void {
    try {
      using file = Deno.openSync(this.#path(), { write: true });
      file.truncateSync(size);
    } catch {
      // Then readers pass over the half line.
    }
  }

  /** Puts the journal aside. Two processes at once must not put aside what the other has just begun. */
  #rotate(): void {
    using lock = this.#open(`${this.#directory}/journal.lock`, { write: true, create: true, mode: 0o600 });
    if (!lock.tryLockSync(true)) return;
    if (Deno.statSync(this.#path()).size > MAX_BYTES) Deno.renameSync(this.#path(), this.#path("1"));
  }

  #dropOldSnapshots(newestBytes: number): void {
    const directory = `${this.#directory}/undo`;
    // Names begin with the time, in as many digits until the year 2059.
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    let dropped = Math.max(names.length - SNAPSHOTS.count, 0);
    if (newestBytes > SMALL_BYTES) {
      const sizes = names.map((name) => sizeOf(`${directory}/${name}`));
      let total = sizes.slice(dropped).reduce((sum, size) => sum + size, 0);
      // The newest stays, whatever its size.
      for (; total > SNAPSHOTS.bytes && dropped < names.length - 1; dropped++) total -= sizes[dropped] ?? 0;
    }
    for (const name of names.slice(0, dropped)) removeIfThere(`${directory}/${name}`);
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function removeIfThere(path: string): void {
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
