import { readStoredText } from "../cluster/stored_text.ts";
import type { Context } from "../context/context.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { withStoredFile } from "../options/store_options.ts";

/**
 * `lvsctl __stored`: prints a version of a store as JSON, for parts of the program without the client of stores.
 */
export function storedCommand({ io }: Context): CommandUnknownOpts {
  return withStoredFile(new Command("__stored").argument("<address>", "the address of the store"))
    .option("--changes", "the version is for a change of the table")
    .action(async (address, { storeVersion, ...options }) => {
      const stored = await readStoredText(address, { ...options, version: storeVersion });
      io.out(`${JSON.stringify(stored)}\n`);
    });
}
