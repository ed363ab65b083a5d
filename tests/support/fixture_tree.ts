/**
 * A directory of files and links for a test: what stands for /proc and /sys.
 *
 * @module
 */

/** A directory that goes when it is disposed of. */
export class FixtureTree implements Disposable {
  /** Where it is. */
  readonly root: string;

  /**
   * Makes the files; of a path that ends in "/", an empty directory.
   *
   * @param files Their texts by path.
   */
  constructor(files: Readonly<Record<string, string>>) {
    this.root = Deno.makeTempDirSync();
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** Makes a file, or replaces it. */
  write(path: string, text: string): void {
    const full = `${this.root}/${path}`;
    Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    if (!path.endsWith("/")) Deno.writeTextFileSync(full, text);
  }

  /** Makes a symbolic link. */
  link(path: string, target: string): void {
    const full = `${this.root}/${path}`;
    Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    Deno.symlinkSync(target, full);
  }

  /** The text of a file. */
  read(path: string): string {
    return Deno.readTextFileSync(`${this.root}/${path}`);
  }

  /** Deletes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
