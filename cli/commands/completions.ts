import { Argument, Command, type CommandUnknownOpts } from "../commander.ts";
import { completionScript, SHELLS } from "../completions.ts";
import type { Context } from "../context.ts";

/** `lvsctl completions`. */
export function completionsCommand(context: Context): CommandUnknownOpts {
  return new Command("completions")
    .description("Prints a completion script; for bash: source <(lvsctl completions bash)")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .action(async (shell) => {
      const { buildFullProgram } = await import("../program.ts");
      context.io.out(completionScript(shell, await buildFullProgram(context)));
    });
}
