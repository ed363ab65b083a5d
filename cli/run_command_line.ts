import { EXIT, type ExitCode, LvsctlError } from "../core/errors/mod.ts";
import { CommanderError } from "./options/commander.ts";
import { exitStatusOf } from "./options/exit_status.ts";
import type { Context } from "./context/context.ts";
import type { Io } from "./context/io.ts";
import { buildProgram } from "./program.ts";
import { COMMANDS } from "./registry.ts";

/**
 * Runs the command line of a context.
 *
 * @returns The exit status of the process; every failure has been printed.
 */
export async function run(context: Context): Promise<ExitCode> {
  try {
    const program = await buildProgram(context);
    await program.parseAsync(wordsToParse(context.args), { from: "user" });
    return exitStatusOf(program);
  } catch (error) {
    return reportError(error, context.io);
  }
}

/** Commander answers "help NAME" with an unknown name by general help; NAME alone is refused with a suggestion. */
function wordsToParse(args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const isUnknown = name !== undefined && /^[^-]/.test(name) && name !== "help" &&
    COMMANDS.every((command) => command.name !== name);
  return first === "help" && isUnknown ? args.slice(1) : args;
}

/** Prints why a command line failed, and returns its exit status. */
export function reportError(error: unknown, io: Io): ExitCode {
  // Commander has printed its message by then; help and version arrive here too, with status 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  // The reader of standard output has ended, as `head` does: the rest is not wanted.
  if (error instanceof Deno.errors.BrokenPipe) return EXIT.ok;
  if (error instanceof LvsctlError) {
    for (const line of error.message.split("\n")) io.err(`lvsctl: ${line}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  io.err(`lvsctl: internal error: ${text.replaceAll("\n", " ")}; please report this\n`);
  return EXIT.refused;
}
