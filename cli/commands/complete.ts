import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { complete } from "./completions/candidates.ts";
import { liveObjects } from "./completions/live_objects.ts";
import { PATH_DIRECTIVES } from "./completions/scripts.ts";

/**
 * `lvsctl __complete -- WORDS`: prints the words that can come next, for the scripts of `lvsctl completions`.
 *
 * The last of the words is the current one. Each line is a word, a tab and its description, in one line; a first line
 * that begins with ":" asks the shell for paths.
 */
export function completeCommand(context: Context, tree: () => Promise<CommandUnknownOpts>): CommandUnknownOpts {
  return new Command("__complete")
    .argument("[word...]")
    .action(async (words) => {
      const { candidates, paths } = await complete(await tree(), { words, live: liveObjects(context) });
      if (paths !== undefined) {
        context.io.out(`${[PATH_DIRECTIVES[paths.kind], ...paths.suffixes].join(" ")}\n`);
        return;
      }
      const lines = candidates.map(({ word, description = "" }) => `${word}\t${oneLine(description)}\n`);
      context.io.out(lines.join(""));
    });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
