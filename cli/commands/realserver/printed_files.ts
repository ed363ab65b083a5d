import { asLvsctlError } from "../../../core/errors/mod.ts";
import { listNames, pathText } from "../../../core/model/mod.ts";
import { isPrintedSetup, type PrintedFile } from "../../../core/realserver/mod.ts";
import { isReplaceable } from "../../config/saved_file.ts";
import { consents } from "../../context/consent.ts";
import type { Io } from "../../context/io.ts";
import { replaceFile } from "../../state/atomic_file.ts";

/**
 * Prints files, each under its path if there are several, or writes them to a directory by their names. Files there that
 * are not of an earlier set-up are replaced only with consent.
 *
 * @throws {LvsctlError} If a file cannot be written, or if consent is missing; then none is.
 */
export function writePrinted(
  io: Io,
  { files, directory, yes }: {
    readonly files: readonly PrintedFile[];
    readonly directory: string | undefined;
    readonly yes?: boolean | undefined;
  },
): void {
  if (directory === undefined) {
    const [only, another] = files;
    if (only !== undefined && another === undefined) return io.out(only.text);
    return io.out(files.map(({ path, text }) => `# ===== ${path}\n${text}`).join("\n"));
  }
  const written = files.map((file) => ({
    ...file,
    target: `${directory}/${file.path.slice(file.path.lastIndexOf("/") + 1)}`,
  }));
  if (!mayReplace(io, { targets: written.map(({ target }) => target), directory, yes })) return;
  io.beginChange?.();
  for (const { path, text, isProgram, target } of written) {
    replaceFile(target, text);
    try {
      // A new file is readable by its owner only; other users' programs read these.
      Deno.chmodSync(target, isProgram ? 0o755 : 0o644);
    } catch (error) {
      throw asLvsctlError(error, { operation: "write", object: target });
    }
    if (io.verbosity !== "quiet") io.out(`${target}: belongs to ${path}\n`);
  }
}

function mayReplace(
  io: Io,
  { targets, directory, yes }: {
    readonly targets: readonly string[];
    readonly directory: string;
    readonly yes: boolean | undefined;
  },
): boolean {
  if (yes) return true;
  const foreign = targets.filter((target) => !isReplaceable(target, isPrintedSetup)).map(pathText);
  const stranger = foreign.length === 1 ? "a file that lvsctl did not print" : "files that lvsctl did not print";
  return consents(io, {
    operation: "write to",
    object: pathText(directory),
    losses: () => foreign.length === 0 ? [] : [`it replaces ${listNames(foreign)}, ${stranger}`],
    asksAlways: false,
    plan: () => foreign.map((path) => `~ replace ${path}\n`).join(""),
    question: () => foreign.length === 1 ? `Replace ${stranger}?` : `Replace ${foreign.length} ${stranger}?`,
  });
}
