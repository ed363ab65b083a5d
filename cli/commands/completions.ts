import { Argument, Command, type CommandUnknownOpts } from "../options/commander.ts";
import { completionScript, SHELLS } from "./completions/scripts.ts";
import type { Context } from "../context/context.ts";

/** `lvsctl completions`. */
export function completionsCommand(context: Context, tree: () => Promise<CommandUnknownOpts>): CommandUnknownOpts {
  return new Command("completions")
    .description("Prints a completion script; for bash: source <(lvsctl completions bash)")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .action(async (shell) => {
      context.io.out(completionScript(shell, await tree()));
    });
}
