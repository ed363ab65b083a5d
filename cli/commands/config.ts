import { parseConfig } from "../../core/config/mod.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { type Context, readFile } from "../context.ts";
import { printJson } from "../format/json.ts";

/** `lvsctl config`. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config").description("Works on files alone: no kernel, no root.").addCommand(
    new Command("check")
      .description("Validates a file and names every problem in it.")
      .argument("<file>", "YAML; - is standard input")
      .option("--json", "print JSON")
      .action(async (file, { json }) => {
        const { services } = await parseConfig(readFile(context.io, file), { file });
        const servers = services.reduce((sum, service) => sum + service.servers.length, 0);
        if (json) printJson(context.io, { valid: true, services: services.length, servers });
        else {context.io.out(
            `${
              file === "-" ? "<stdin>" : file
            }: valid (virtual services: ${services.length}, real servers: ${servers})\n`,
          );}
      }),
  );
}
