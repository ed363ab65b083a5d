import type { Clock } from "../time/mod.ts";

/** How often files and directories are compared with what they were, for what the system does not report; milliseconds. */
const LOOK_MS = 1000;

/** Waits for a change of a file. */
export interface FileWait extends Disposable {
  /** Resolves at the next change in the directory of the file, or of the file itself; it never rejects. */
  readonly changed: Promise<void>;
}

interface Wait {
  readonly path: string;
  /** What the file was at the beginning. */
  readonly version: string;
  readonly resolve: () => void;
}

/**
 * Watches the directories of files: a writer replaces a file by renaming another one. One watch of the system for all.
 *
 * The system watches a directory, and not its path: where another directory or the target of a link takes the path, and
 * where the file itself is a link to another directory, only a look at the files sees the change.
 */
export class FileWatch implements Disposable {
  readonly #clock: Clock;
  readonly #waits = new Map<string, Set<Wait>>();
  #watcher: Deno.FsWatcher | undefined;
  /** The watched directories, by path, as they were. */
  #watched: ReadonlyMap<string, string> = new Map();
  #timer: Disposable | undefined;

  /** Watches nothing yet. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Waits for a change of a file. */
  wait(path: string): FileWait {
    const { promise, resolve } = Promise.withResolvers<void>();
    const directory = directoryOf(path);
    const waits = this.#waits.get(directory) ?? new Set();
    const wait = { path, version: versionOf(path), resolve };
    this.#waits.set(directory, waits.add(wait));
    if (this.#isReplaced(directory)) this.#watch();
    this.#timer ??= this.#lookLater();
    return {
      changed: promise,
      [Symbol.dispose]: () => {
        waits.delete(wait);
      },
    };
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#close();
  }

  #close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Whether a path leads to another directory than the watched one. */
  #isReplaced(directory: string): boolean {
    return identityOf(directory) !== this.#watched.get(directory);
  }

  /** Watches the directories with waits in place of those before. */
  #watch(): void {
    this.#close();
    for (const [directory, waits] of this.#waits) if (waits.size === 0) this.#waits.delete(directory);
    const watched = new Map<string, string>();
    for (const directory of this.#waits.keys()) {
      const identity = identityOf(directory);
      if (identity !== undefined) watched.set(directory, identity);
    }
    this.#watched = watched;
    if (watched.size === 0) return;
    try {
      this.#watcher = Deno.watchFs([...watched.keys()], { recursive: false });
    } catch {
      // The system's limit is reached, for example: the looks remain.
      this.#watched = new Map();
      return;
    }
    void this.#follow(this.#watcher);
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind, paths } of watcher) {
        if (kind === "access") continue;
        for (const path of paths) this.#wake(directoryOf(path));
      }
    } catch {
      // As without a watch.
    }
  }

  #wake(directory: string): void {
    for (const { resolve } of this.#waits.get(directory) ?? []) resolve();
  }

  #lookLater(): Disposable | undefined {
    if (this.#waits.values().every(({ size }) => size === 0)) return undefined;
    return this.#clock.setTimer(() => {
      this.#look();
      this.#timer = this.#lookLater();
    }, LOOK_MS);
  }

  #look(): void {
    const replaced = [...this.#waits.keys()].filter((directory) => this.#isReplaced(directory));
    // First, so that nothing is missed that comes after the file is read.
    if (replaced.length > 0) this.#watch();
    for (const directory of replaced) this.#wake(directory);
    for (const waits of this.#waits.values()) {
      for (const { path, version, resolve } of waits) if (versionOf(path) !== version) resolve();
    }
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Differs between directories, also between one and another that gets its number later; undefined without one. */
function identityOf(directory: string): string | undefined {
  const info = statIfPossible(directory);
  return info?.isDirectory === true ? [info.dev, info.ino, info.birthtime?.getTime()].join(" ") : undefined;
}

/** Differs between versions of a file. */
function versionOf(path: string): string {
  const info = statIfPossible(path);
  return info === undefined ? "" : [info.dev, info.ino, info.mtime?.getTime(), info.size].join(" ");
}

function statIfPossible(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
