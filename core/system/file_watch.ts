/** Waits for a change of a file. */
export interface FileWait extends Disposable {
  /** Resolves at the next change in the directory of the file; it never rejects. */
  readonly changed: Promise<void>;
}

/** Watches the directories of files: a writer replaces a file by renaming another one. One watch of the system for all. */
export class FileWatch implements Disposable {
  readonly #waits = new Map<string, Set<() => void>>();
  #watcher: Deno.FsWatcher | undefined;
  #watched: ReadonlySet<string> = new Set();

  /** Waits for a change of a file. Where the system cannot watch it, none is ever seen. */
  wait(path: string): FileWait {
    const { promise, resolve } = Promise.withResolvers<void>();
    const directory = directoryOf(path);
    const waits = this.#waits.get(directory) ?? new Set();
    this.#waits.set(directory, waits.add(resolve));
    if (!this.#watched.has(directory)) this.#watch();
    return {
      changed: promise,
      [Symbol.dispose]: () => {
        waits.delete(resolve);
      },
    };
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Watches the directories with waits in place of those before. */
  #watch(): void {
    this[Symbol.dispose]();
    for (const [directory, waits] of this.#waits) if (waits.size === 0) this.#waits.delete(directory);
    const directories = [...this.#waits.keys()].filter(isDirectory);
    this.#watched = new Set(directories);
    if (directories.length === 0) return;
    try {
      this.#watcher = Deno.watchFs(directories, { recursive: false });
    } catch {
      // The system's limit is reached, for example: the interval of the source remains.
      this.#watched = new Set();
      return;
    }
    void this.#follow(this.#watcher);
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind, paths } of watcher) {
        if (kind === "access") continue;
        for (const path of paths) for (const changed of this.#waits.get(directoryOf(path)) ?? []) changed();
      }
    } catch {
      // As without a watch.
    }
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
