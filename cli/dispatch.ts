import { EXIT } from "../core/errors/mod.ts";
import type { Context } from "./context/context.ts";
import type { ProgramName } from "./invocation.ts";

/**
 * Runs a command line under the name that the program was started by.
 *
 * The front ends are loaded here, so that each costs only those who use it.
 *
 * @param args The arguments without the program's name.
 * @param context Streams, and the way to the kernel.
 * @param options.program The name: ipvsadm and its two scripts are commands of their own.
 * @param options.typed The name as it was typed, which ipvsadm's messages repeat.
 * @returns The status for the process to end with; every failure has been printed.
 */
export async function dispatch(
  args: readonly string[],
  context: Context,
  options: { readonly program: ProgramName; readonly typed: string },
): Promise<number> {
  const { program } = options;
  const isSubcommand = program === "lvsctl" && args[0] === "ipvsadm";
  if (program === "lvsctl" && !isSubcommand) return (await import("./run_command_line.ts")).run(args, context);
  try {
    const { runIpvsadm, runIpvsadmRestore, runIpvsadmSave } = await import("./ipvsadm/mod.ts");
    if (program === "ipvsadm-save") return await runIpvsadmSave(args, context);
    if (program === "ipvsadm-restore") return await runIpvsadmRestore(args, context);
    if (isSubcommand) return await runIpvsadm(args.slice(1), context);
    return await runIpvsadm(args, context, { program: options.typed });
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    context.io.err(`ipvsadm: internal error: ${text.replaceAll("\n", " ")}; please report this\n`);
    return EXIT.refused;
  }
}
