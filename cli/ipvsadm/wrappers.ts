import type { KernelContext } from "../context/context.ts";
import { STATUS } from "./failure.ts";
import { readInput } from "./input.ts";
import { type IpvsadmOptions, runIpvsadm } from "./run.ts";

/**
 * `ipvsadm-save [-n]`: prints the table as rules.
 *
 * @param args The arguments without the program's name.
 * @param context The streams, and the access to the kernel.
 * @param options Names.
 * @returns The exit status.
 */
export async function runIpvsadmSave(
  args: readonly string[],
  context: KernelContext,
  options: IpvsadmOptions = {},
): Promise<number> {
  if (args.some((arg) => arg.startsWith("-") && arg !== "-n")) {
    context.io.err(
      "ipvsadm-save: prints the IPVS table as rules for ipvsadm-restore\n" +
        "   With -n, addresses and ports are numbers.\n",
    );
    return 1;
  }
  return await runIpvsadm(args.includes("-n") ? ["-S", "-n"] : ["-S"], context, options);
}

/**
 * `ipvsadm-restore`: clears the table, then runs the rules on standard input, without the lines that begin with "#".
 *
 * @param _args The arguments, which are ignored.
 * @param context The streams, and the access to the kernel.
 * @param options Names and input.
 * @returns The exit status of the last rule.
 */
export async function runIpvsadmRestore(
  _args: readonly string[],
  context: KernelContext,
  options: IpvsadmOptions = {},
): Promise<number> {
  // Read the whole input before clearing the table: the input may be a pipe from ipvsadm-save.
  const rules = readWhole(options.input ?? readInput(context.io));
  if (rules === undefined) {
    context.io.err("ipvsadm-restore: the input is larger than 256 MiB\n");
    return STATUS.invalid;
  }
  await runIpvsadm(["-C"], context, options);
  // A comment becomes an empty line, so that messages have the line numbers of the file.
  return await runIpvsadm(["-R"], context, { ...options, input: [rules.replace(/^#.*/gm, "")] });
}

/** Most characters of the rules. */
const MAX_INPUT_LENGTH = 256 * 1024 * 1024;

/** All pieces of an input; undefined if they are more than any table, such as an endless device. */
function readWhole(input: Iterable<string>): string | undefined {
  let text = "";
  for (const piece of input) {
    text += piece;
    if (text.length > MAX_INPUT_LENGTH) return undefined;
  }
  return text;
}
