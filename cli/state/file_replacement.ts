import { asLvsctlError, type LvsctlError } from "../../core/errors/mod.ts";
import { createNewFile } from "../../core/files/mod.ts";

/** The mode of a replacement: all can read it. */
const MODE = 0o644;

/**
 * A new file for all readers, written in pieces next to the old one, and then renamed over it. It does not wait for the
 * disk: after a power cut the old content may be there. A symbolic link is replaced, not followed, because the directory
 * may belong to another user.
 */
export class FileReplacement implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: Deno.FsFile;
  #isCommitted = false;

  /**
   * Creates the new file.
   *
   * @throws {LvsctlError} If it cannot be created.
   */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.new-${Deno.pid}`;
    try {
      // An earlier process of the same number may have left it.
      removeIfExists(this.#temporary);
      this.#file = createNewFile(this.#temporary, { mode: 0o600 });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Writes the next piece.
   *
   * @throws {LvsctlError} If that is not possible, such as without space.
   */
  async write(piece: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < piece.length;) written += await this.#file.write(piece.subarray(written));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Puts the new file in the place of the old one.
   *
   * @throws {LvsctlError} If that is not possible.
   */
  commit(): void {
    try {
      Deno.chmodSync(this.#temporary, MODE);
      Deno.renameSync(this.#temporary, this.#path);
      this.#isCommitted = true;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Closes the new file, and removes it unless it is in the place of the old one. */
  [Symbol.dispose](): void {
    this.#file.close();
    if (!this.#isCommitted) removeIfExists(this.#temporary);
  }

  #failure(error: unknown): LvsctlError {
    return asLvsctlError(error, { operation: "write", object: this.#path });
  }
}

/** Removes a file that may be missing; one that cannot be removed stays. */
export function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Whatever follows reports it, if it matters.
  }
}
