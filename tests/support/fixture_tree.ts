/**
 * A directory of files and links for a test, in place of /proc and /sys.
 *
 * @module
 */

/** A temporary directory, deleted on disposal. */
export class FixtureTree implements Disposable {
  /** Path of the directory. */
  readonly root: string;

  /**
   * Creates the files; a path that ends in "/" becomes an empty directory.
   *
   * @param files The files' texts by path.
   */
  constructor(files: Readonly<Record<string, string>>) {
    this.root = Deno.makeTempDirSync();
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** Creates or replaces a file. */
  write(path: string, text: string): void {
    const full = `${this.root}/${path}`;
    Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    if (!path.endsWith("/")) Deno.writeTextFileSync(full, text);
  }

  /** Creates a symbolic link. */
  link(path: string, target: string): void {
    const full = `${this.root}/${path}`;
    Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    Deno.symlinkSync(target, full);
  }

  /** The text of a file. */
  read(path: string): string {
    return Deno.readTextFileSync(`${this.root}/${path}`);
  }

  /** Deletes the directory. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
