import { EXIT, type ExitCode } from "../core/errors/mod.ts";
import type { Io } from "./context/io.ts";
import { VERSION } from "./context/version.ts";
import type { ProgramName } from "./invocation.ts";

/**
 * Runs a command line under the name that the program was started by.
 *
 * Each front end is loaded here, only when it runs: a start costs no more than its own.
 *
 * @param args The arguments without the program's name.
 * @param io Standard input, output and error.
 * @param options.program The name: ipvsadm and its two scripts are commands of their own.
 * @param options.typed The name as it was typed, which ipvsadm's messages repeat.
 * @returns The exit status of the process; every failure has been printed.
 */
export async function dispatch(
  args: readonly string[],
  io: Io,
  options: { readonly program: ProgramName; readonly typed: string },
): Promise<number> {
  const { program } = options;
  // The end of the options. The tree of commands has "ipvsadm" for its help alone.
  if (program === "lvsctl" && args[0] === "--") return await dispatch(args.slice(1), io, options);
  const isSubcommand = program === "lvsctl" && args[0] === "ipvsadm";
  if (program === "lvsctl" && !isSubcommand) {
    return isVersionRequest(args) ? printVersion(io) : await runLvsctl(args, io);
  }
  try {
    const [{ runIpvsadm, runIpvsadmRestore, runIpvsadmSave }, { kernelContext }] = await Promise.all([
      import("./ipvsadm/mod.ts"),
      import("./context/kernel_context.ts"),
    ]);
    const context = kernelContext(io);
    if (program === "ipvsadm-save") return await runIpvsadmSave(args, context);
    if (program === "ipvsadm-restore") return await runIpvsadmRestore(args, context);
    if (isSubcommand) return await runIpvsadm(args.slice(1), context);
    return await runIpvsadm(args, context, { program: options.typed });
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    io.err(`ipvsadm: internal error: ${text.replaceAll("\n", " ")}; please report this\n`);
    return EXIT.refused;
  }
}

/** Whether the arguments ask for nothing but the version, which needs no tree of commands. */
function isVersionRequest(args: readonly string[]): boolean {
  return args.length === 1 && ["version", "--version", "-V"].includes(args[0] ?? "");
}

/** Prints the version, and returns the exit status of the process. */
function printVersion(io: Io): ExitCode {
  try {
    io.out(`lvsctl ${VERSION}\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return EXIT.ok;
    io.err(`lvsctl: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.refused;
  }
}

async function runLvsctl(args: readonly string[], io: Io): Promise<number> {
  const [{ reportError, run }, { systemContext }] = await Promise.all([
    import("./run_command_line.ts"),
    import("./system_context.ts"),
  ]);
  try {
    return await run(systemContext(io, args));
  } catch (error) {
    return await reportError(error, { args, io });
  }
}
