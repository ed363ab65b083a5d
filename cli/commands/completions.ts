import { Argument, Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { completionScript, SHELLS } from "./completions/scripts.ts";
import type { Context } from "../context/context.ts";

/** `lvsctl completions`. */
export function completionsCommand(context: Context, tree: () => Promise<CommandUnknownOpts>): CommandUnknownOpts {
  return new Command("completions")
    .description("Prints a completion script for a shell.")
    .addHelpText(
      "after",
      examples(
        "lvsctl completions bash > /etc/bash_completion.d/lvsctl",
        "lvsctl completions fish > ~/.config/fish/completions/lvsctl.fish",
      ),
    )
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell) => {
      context.io.out(completionScript(shell, await tree()));
    });
}
