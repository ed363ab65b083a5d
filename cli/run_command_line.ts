import { EXIT, type ExitCode, LvsctlError } from "../core/errors/mod.ts";
import { CommanderError } from "./options/commander.ts";
import type { Context } from "./context/context.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs one command line.
 *
 * @returns The status for the process to end with; every failure has been printed.
 */
export async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  context.args = args;
  try {
    const program = await buildProgram(args, context);
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

function report(error: unknown, { io, exitCode }: Context): ExitCode {
  // Commander has printed its message by then; help and version arrive here too, with status 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  // Whoever read our output has gone: nobody is left to tell, and it is no failure of ours.
  if (error instanceof Deno.errors.BrokenPipe) return exitCode;
  if (error instanceof LvsctlError) {
    for (const line of error.message.split("\n")) io.err(`lvsctl: ${line}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  io.err(`lvsctl: internal error: ${text.replaceAll("\n", " ")}; please report this\n`);
  return EXIT.refused;
}
