import { EXIT, type ExitCode, LvsctlError } from "../core/errors/mod.ts";
import { errorLine } from "../core/model/mod.ts";
import { adviceOn, orderHint } from "./options/advice.ts";
import { CommanderError, type CommandUnknownOpts, usageMessage } from "./options/commander.ts";
import { wantsDocument, wantsPluginLine } from "./options/display_options.ts";
import { exitStatusOf } from "./options/exit_status.ts";
import type { Context } from "./context/context.ts";
import { helpTopic, wordsToParse } from "./help_words.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs the command line of a context.
 *
 * @returns The exit status of the process; every failure has been printed.
 */
export async function run(context: Context): Promise<ExitCode> {
  const { args } = context;
  // The end of the options, before the command that the tree of commands is built for.
  if (args[0] === "--") return await run({ ...context, args: args.slice(1) });
  let program: CommandUnknownOpts | undefined;
  try {
    program = await buildProgram(context);
    await program.parseAsync(wordsToParse(program, args), { from: "user" });
    return exitStatusOf(program);
  } catch (error) {
    if (error instanceof LvsctlError && error.kind === "service-name") return await runWithName(context, error);
    return await reportFailure(error, { context, program });
  }
}

/** Runs the command line with a service in place of a name that the daemon knows, or reports the error about it. */
async function runWithName(context: Context, error: LvsctlError): Promise<ExitCode> {
  const { withServiceOf } = await import("./daemon/service_names.ts");
  try {
    const args = await withServiceOf(context, context.args, { error });
    if (args !== undefined) return await run({ ...context, args });
  } catch (ambiguity) {
    return await reportError(ambiguity, context);
  }
  return await reportFailure(error, { context, program: undefined });
}

/** The command line that failed, and its tree of commands if there is one. */
interface FailedCommandLine {
  readonly context: Context;
  readonly program: CommandUnknownOpts | undefined;
}

async function reportFailure(error: unknown, failed: FailedCommandLine): Promise<ExitCode> {
  const { status } = failureOf(error);
  const { args, io } = failed.context;
  return await reportError(error, { args, io, advice: status === EXIT.usage ? adviceAbout(error, failed) : [] });
}

/** The lines that help with a usage error. */
function adviceAbout(error: unknown, { context, program }: FailedCommandLine): readonly string[] {
  const { args } = context;
  if (error instanceof CommanderError) {
    if (program === undefined) return [];
    return adviceOn(error, { program, args: helpTopic(args) ?? args });
  }
  const hint = orderHint(args);
  return hint === undefined ? [] : [hint];
}

/** An error as it is reported. */
interface Failure {
  /** The exit status. */
  readonly status: ExitCode;
  /** The error; undefined if nothing has to be reported. */
  readonly error?: LvsctlError;
  /** Whether the message has been printed, unless programs get a document. */
  readonly isPrinted?: boolean;
}

function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Help and version arrive here too, with status 0.
    if (error.exitCode === 0) return { status: EXIT.ok };
    const message = error.code === "commander.help" ? "a subcommand is missing" : usageMessage(error.message);
    const status = EXIT.usage;
    return { status, error: new LvsctlError(message, { exitCode: status }), isPrinted: true };
  }
  // The reader of standard output has ended, as `head` does: the rest is not wanted.
  if (error instanceof Deno.errors.BrokenPipe) return { status: EXIT.ok };
  if (error instanceof LvsctlError) return { status: error.exitCode, error };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    status: EXIT.refused,
    error: new LvsctlError(`internal error: ${text.replaceAll("\n", " ")}; please report this`),
  };
}

/**
 * Prints why a command line failed: as text, as one line of JSON if it asks for a document, or as the line of a
 * monitoring plugin if it asks for that.
 *
 * @param error The thrown value.
 * @param options.args The command line without the program's name.
 * @param options.io Its streams.
 * @param options.advice Lines below the message.
 * @returns The exit status.
 */
export async function reportError(
  error: unknown,
  { args, io, advice = [] }: Pick<Context, "args" | "io"> & { readonly advice?: readonly string[] },
): Promise<ExitCode> {
  const failure = failureOf(error);
  if (failure.error === undefined) return failure.status;
  if (wantsPluginLine(args)) {
    const { pluginLine, PLUGIN_STATUS } = await import("./format/plugin_line.ts");
    const line = pluginLine("unknown", failure.error.message.replaceAll("\n", "; "));
    try {
      io.out(line);
    } catch {
      // Standard output cannot be written, which may be the failure itself.
      io.err(line);
    }
    return PLUGIN_STATUS.unknown;
  }
  if (wantsDocument(args)) {
    const { printErrorDocument } = await import("./format/error.ts");
    printErrorDocument(io, failure.error, { advice });
    return failure.status;
  }
  if (failure.isPrinted !== true) {
    for (const line of failure.error.message.split("\n")) io.err(`lvsctl: ${errorLine(line)}\n`);
  }
  for (const line of advice) io.err(`${line}\n`);
  return failure.status;
}
