import { Argument, Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { completionScript, SHELLS } from "./completions/scripts.ts";
import type { Context } from "../context/context.ts";

/** `lvsctl completions`. */
export function completionsCommand({ io }: Context): CommandUnknownOpts {
  return new Command("completions")
    .description(
      "Prints a completion script for a shell. It completes commands, options and their values, the services, servers " +
        "and VIPs of this machine, interfaces and files. zsh reads the script from a directory of $fpath, as _lvsctl.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl completions bash > /etc/bash_completion.d/lvsctl",
        "lvsctl completions zsh > /usr/local/share/zsh/site-functions/_lvsctl",
        "lvsctl completions fish > ~/.config/fish/completions/lvsctl.fish",
      ),
    )
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell) => io.out(completionScript(shell)));
}
