import { EXIT, type ExitCode, LvsctlError } from "../core/errors/mod.ts";
import { adviceOn, orderHint } from "./options/advice.ts";
import { CommanderError, type CommandUnknownOpts } from "./options/commander.ts";
import { exitStatusOf } from "./options/exit_status.ts";
import type { Context } from "./context/context.ts";
import type { Io } from "./context/io.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs the command line of a context.
 *
 * @returns The exit status of the process; every failure has been printed.
 */
export async function run(context: Context): Promise<ExitCode> {
  const { args } = context;
  let program: CommandUnknownOpts | undefined;
  try {
    program = await buildProgram(context);
    await program.parseAsync(wordsToParse(program, args), { from: "user" });
    return exitStatusOf(program);
  } catch (error) {
    if (error instanceof LvsctlError && error.kind === "service-name") return await runWithName(context, error);
    return reportFailure(error, { context, program });
  }
}

/** Runs the command line with a service in place of a name that the daemon knows, or reports the error about it. */
async function runWithName(context: Context, error: LvsctlError): Promise<ExitCode> {
  const { withServiceOf } = await import("./daemon/service_names.ts");
  try {
    const args = await withServiceOf(context, context.args, { error });
    if (args !== undefined) return await run({ ...context, args });
  } catch (ambiguity) {
    return reportError(ambiguity, context.io);
  }
  return reportFailure(error, { context, program: undefined });
}

function reportFailure(
  error: unknown,
  { context, program }: { readonly context: Context; readonly program: CommandUnknownOpts | undefined },
): ExitCode {
  const status = reportError(error, context.io);
  if (status === EXIT.usage) printAdvice(error, { context, program });
  return status;
}

/** Prints what helps with a usage error. */
function printAdvice(
  error: unknown,
  { context, program }: { readonly context: Context; readonly program: CommandUnknownOpts | undefined },
): void {
  const { args, io } = context;
  if (error instanceof CommanderError) {
    if (program === undefined) return;
    const words = args[0] === "help" ? args.slice(1) : args;
    for (const line of adviceOn(error, { program, args: words })) io.err(`${line}\n`);
    return;
  }
  const hint = orderHint(args);
  if (hint !== undefined) io.err(`${hint}\n`);
}

/**
 * Turns "help COMMAND SUBCOMMAND" into "COMMAND SUBCOMMAND --help": commander explains only the first word, and answers
 * an unknown one by general help. An unknown word is parsed as a command, which refuses it with a suggestion.
 */
function wordsToParse(program: CommandUnknownOpts, args: readonly string[]): readonly string[] {
  const [first, ...words] = args;
  const [name] = words;
  if (first !== "help" || name === undefined || /^(?:-|help$|ipvsadm$)/.test(name)) return args;
  let command = program;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child === undefined) return words;
    command = child;
  }
  return [...words, "--help"];
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
