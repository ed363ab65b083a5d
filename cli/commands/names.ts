import { namesInDefaultFile } from "../config/file_names.ts";
import type { Context } from "../context/context.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";

/**
 * `lvsctl __names`: prints the names of services in the default file, for parts of the program without the reader of
 * files. Each line is a name, a tab and the service.
 */
export function namesCommand(context: Context): CommandUnknownOpts {
  return new Command("__names").action(async () => {
    for (const [name, service] of await namesInDefaultFile(context)) context.io.out(`${name}\t${service}\n`);
  });
}
