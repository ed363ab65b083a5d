import { LvsctlError } from "../../core/errors/mod.ts";
import { openNames } from "../../core/system/names.ts";
import type { KernelContext } from "../context/context.ts";
import { IpvsadmFailure, STATUS } from "./failure.ts";
import { readInput } from "./input.ts";
import { openKernel } from "./kernel.ts";
import type { NameService } from "./names.ts";
import { Output } from "../context/buffered_output.ts";
import { firstCommand, parseCommandLine } from "./parse/command_line.ts";
import { runRestore } from "./restore.ts";
import { runRequest } from "./session.ts";
import { helpText, VERSION_LINE } from "./print/help.ts";

/** Options of {@linkcode runIpvsadm}. */
export interface IpvsadmOptions {
  /**
   * The program's name in its messages.
   *
   * @default {"ipvsadm"}
   */
  readonly program?: string | undefined;
  /**
   * Looks up host and service names; it is closed at the end.
   *
   * @default {openNames}
   */
  readonly names?: NameService | undefined;
  /**
   * The input of a restore.
   *
   * @default {readInput}
   */
  readonly input?: Iterable<string> | undefined;
}

/**
 * Runs a command line of ipvsadm.
 *
 * @param args The arguments without the program's name.
 * @param context The streams, and the access to the kernel.
 * @param options The program's name, names and input.
 * @returns ipvsadm's exit status; every failure is printed.
 */
export async function runIpvsadm(
  args: readonly string[],
  context: KernelContext,
  options: IpvsadmOptions = {},
): Promise<number> {
  const output = new Output(context.io);
  try {
    const status = await runCommandLine(args, { context, output, options });
    output.flush();
    return status;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return STATUS_OF_SIGPIPE;
    output.flush();
    return report(error, context);
  }
}

/** The shell's status for a program that SIGPIPE ended: ipvsadm's if the reader of its output has ended. */
const STATUS_OF_SIGPIPE = 128 + 13;

interface Run {
  readonly context: KernelContext;
  readonly output: Output;
  readonly options: IpvsadmOptions;
}

async function runCommandLine(args: readonly string[], { context, output, options }: Run): Promise<number> {
  const { program = "ipvsadm" } = options;
  const command = firstCommand(args);
  if (command === "help" || command === "version") {
    output.write(command === "help" ? helpText(program) : `${VERSION_LINE}\n`);
    return STATUS.ok;
  }
  using names = options.names ?? openNames();
  using kernel = await openKernel(context);
  const session = { context, kernel, names, program, output };
  const request = parseCommandLine(args.length === 0 ? ["-L"] : args, session);
  if (request.kind === "restore") return runRestore(session, options.input ?? readInput(context.io));
  runRequest(session, request);
  return STATUS.ok;
}

function report(error: unknown, { io }: KernelContext): number {
  if (error instanceof IpvsadmFailure) {
    io.err(`${error.message}\n`);
    return error.status;
  }
  if (error instanceof LvsctlError) {
    io.err(`${error.message}\n`);
    return STATUS.listing;
  }
  throw error;
}
