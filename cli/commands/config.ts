import {
  ConfigError,
  type ConfigFile,
  type LintHost,
  loadJsonSchema,
  loadStartingFile,
  type Problem,
} from "../../core/config/mod.ts";
import { readKernel } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { printWarnings, readForReview } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { type Json, printJson } from "../format/json.ts";
import { createFile, replaceFile } from "../state/atomic_file.ts";

/** `lvsctl config`. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config")
    .description("Checks a file, starts one, and describes what one may say. Checking needs neither kernel nor root.")
    .addCommand(checkCommand(context))
    .addCommand(schemaCommand(context))
    .addCommand(initCommand(context));
}

function checkCommand(context: Context): CommandUnknownOpts {
  return new Command("check")
    .description(
      "Validates a file and those that it includes, and names every problem in them. Warns of what is legal and most " +
        "probably not meant; a comment allows it: # lvsctl: allow CODE. Names of hosts are not looked up.",
    )
    .argument("<file>", "YAML; - is standard input")
    .option("--strict", "take warnings as errors")
    .option("--kernel", "look for the services' addresses on this machine's interfaces too")
    .option("--json", "print JSON")
    .action(async (file, { strict, kernel, json }) => {
      const { io } = context;
      try {
        const found = await readForReview(context, file, kernel ? { machine: await thisMachine(context) } : {});
        const { warnings } = found;
        if (strict && warnings.length > 0) {
          throw new ConfigError(
            file,
            warnings.map(({ code, ...warning }) => {
              return { ...warning, message: `${warning.message} [${code}]` };
            }),
          );
        }
        printWarnings(io, { file, warnings });
        if (json) printJson(io, reviewJson(file, found));
        else io.out(`${file === "-" ? "<stdin>" : file}: valid (${describe(found)})\n`);
      } catch (error) {
        if (json && error instanceof ConfigError) {
          printJson(io, { valid: false, problems: error.problems.map((problem) => problemJson(file, problem)) });
        }
        throw error;
      }
    });
}

async function thisMachine({ openVips }: Context): Promise<LintHost> {
  using vips = await openVips();
  return { addresses: new Set(vips.vips().map(({ address }) => address)) };
}

function countServers({ desired }: ConfigFile): number {
  return desired.services.reduce((sum, service) => sum + service.servers.length, 0);
}

function describe(found: ConfigFile): string {
  const { desired, hosts, included } = found;
  const parts = [`virtual services: ${desired.services.length}`, `real servers: ${countServers(found)}`];
  if (hosts.length > 0) parts.push(`host names: ${hosts.length}`);
  if (included.length > 0) parts.push(`included files: ${included.length}`);
  return parts.join(", ");
}

function reviewJson(file: string, found: ConfigFile): Json {
  return {
    valid: true,
    services: found.desired.services.length,
    servers: countServers(found),
    host_names: found.hosts,
    included: found.included,
    warnings: found.warnings.map((warning) => ({ ...problemJson(file, warning), code: warning.code })),
  };
}

function problemJson(
  file: string,
  { file: other, line, column, message }: Problem,
): { readonly [key: string]: Json } {
  return { file: other ?? file, line, column, message };
}

function schemaCommand({ io }: Context): CommandUnknownOpts {
  return new Command("schema")
    .description("Prints the JSON Schema of files: every key with its meaning and default, for editors.")
    .action(async () => printJson(io, (await loadJsonSchema()).jsonSchema()));
}

function initCommand({ io, openIpvs, openVips }: Context): CommandUnknownOpts {
  return new Command("init")
    .description("Writes a file to start from, with comments: what the kernel has now, or with --empty nothing yet.")
    .argument("[file]", "where to; - is standard output", "-")
    .option("--empty", "do not ask the kernel")
    .option("--force", "replace the file if it is there")
    .action(async (file, { empty, force }) => {
      const write = (text: string): void => {
        if (file === "-") io.out(text);
        else if (force) replaceFile(file, text);
        else createFile(file, text);
      };
      const { startingFile } = await loadStartingFile();
      if (empty) return write(startingFile());
      using client = await openIpvs();
      using addresses = await openVips();
      write(startingFile({ ...readKernel(client), vips: addresses.vips() }));
    });
}
