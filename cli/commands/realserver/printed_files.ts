import { asLvsctlError } from "../../../core/errors/mod.ts";
import type { PrintedFile } from "../../../core/realserver/mod.ts";
import type { Io } from "../../context/io.ts";
import { replaceFile } from "../../state/atomic_file.ts";

/**
 * Prints files, each under its path if there are several, or writes them to a directory by their names.
 *
 * @throws {LvsctlError} If a file cannot be written.
 */
export function writePrinted(
  io: Io,
  { files, directory }: { readonly files: readonly PrintedFile[]; readonly directory: string | undefined },
): void {
  if (directory === undefined) {
    const [only, another] = files;
    if (only !== undefined && another === undefined) return io.out(only.text);
    return io.out(files.map(({ path, text }) => `# ===== ${path}\n${text}`).join("\n"));
  }
  io.beginChange?.();
  for (const { path, text, isProgram } of files) {
    const target = `${directory}/${path.slice(path.lastIndexOf("/") + 1)}`;
    replaceFile(target, text);
    try {
      // A new file is readable by its owner only; other users' programs read these.
      Deno.chmodSync(target, isProgram ? 0o755 : 0o644);
    } catch (error) {
      throw asLvsctlError(error, { operation: "write", object: target });
    }
    io.out(`${target}: belongs to ${path}\n`);
  }
}
