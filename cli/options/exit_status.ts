import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import type { CommandUnknownOpts } from "./commander.ts";

/** The name of the program's value that holds the status; no option has it. */
const KEY = "exitStatus";

/**
 * Turns a function that returns an exit status into a command's action. Commander ignores what an action returns, so
 * the program at the root of the command keeps it for {@linkcode exitStatusOf}.
 */
export function withStatus<Args extends unknown[]>(
  action: (...args: Args) => Promise<ExitCode>,
): (this: CommandUnknownOpts, ...args: Args) => Promise<void> {
  return async function (...args): Promise<void> {
    const status = await action(...args);
    rootOf(this).setOptionValue(KEY, status);
  };
}

/** The status that the action of the program's command returned; `EXIT.ok` for an action without one. */
export function exitStatusOf(program: CommandUnknownOpts): ExitCode {
  const status: unknown = program.getOptionValue(KEY);
  return Object.values(EXIT).find((code) => code === status) ?? EXIT.ok;
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root;
}
