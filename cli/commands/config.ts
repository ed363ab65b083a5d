import {
  ConfigError,
  type ConfigFile,
  loadJsonSchema,
  loadStartingFile,
  type Problem,
  type Warning,
} from "../../core/config/mod.ts";
import type { FindingHost } from "../../core/findings/mod.ts";
import { readKernel } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { DOCUMENT_HELP, documentArgument, OUTPUT_FLAGS } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { printWarnings, readForReview } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { type Json, printJson } from "../format/json.ts";
import { createFile, replaceFile } from "../state/atomic_file.ts";

/** `lvsctl config`. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config")
    .description(
      "Validates a configuration file, writes a first one, or prints the schema. Needs neither IPVS nor root.",
    )
    .addHelpText("after", examples("lvsctl config init lvsctl.yaml", "lvsctl config check lvsctl.yaml"))
    .addCommand(checkCommand(context))
    .addCommand(schemaCommand(context))
    .addCommand(initCommand(context));
}

function checkCommand(context: Context): CommandUnknownOpts {
  return new Command("check")
    .description(
      "Validates a file with its included files and reports every problem. Settings that no client or no server can use " +
        "are problems too. Warns about valid but unlikely settings; a comment allows one: # lvsctl: allow CODE. Host " +
        "names are not resolved.",
    )
    .summary("validate a configuration file")
    .addHelpText(
      "after",
      examples("lvsctl config check lvsctl.yaml", "lvsctl config check lvsctl.yaml --strict --kernel"),
    )
    .argument("<file>", "YAML; - is standard input")
    .option("--strict", "treat warnings as errors")
    .option("--kernel", "also look for the services' addresses on this machine")
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument)
    .action(async (file, { strict, kernel, json }) => {
      const { io } = context;
      try {
        const found = await readForReview(context, file, kernel ? { machine: await thisMachine(context) } : {});
        const { warnings } = found;
        const isFatal = ({ severity }: Warning): boolean => strict === true || severity === "error";
        printWarnings(io, { file, warnings: warnings.filter((warning) => !isFatal(warning)) });
        const fatal = warnings.filter(isFatal);
        if (fatal.length > 0) throw new ConfigError(file, fatal.map(asProblem));
        if (json) printJson(io, reviewJson(file, found));
        else io.out(`${file === "-" ? "<stdin>" : file}: valid (${describe(found)})\n`);
      } catch (error) {
        if (json && error instanceof ConfigError) {
          printJson(io, invalidJson(file, error));
        }
        throw error;
      }
    });
}

/** A finding as a problem of the file, with its code. */
function asProblem({ code, severity: _, ...warning }: Warning): Problem {
  return { ...warning, message: `${warning.message} [${code}]` };
}

async function thisMachine({ openVips }: Context): Promise<FindingHost> {
  using vips = await openVips();
  return { addresses: new Set(vips.vips().map(({ address }) => address)) };
}

function countServers({ desired }: ConfigFile): number {
  return desired.services.reduce((sum, service) => sum + service.servers.length, 0);
}

function describe(found: ConfigFile): string {
  const { desired, hosts, included, warnings } = found;
  const parts = [`virtual services: ${desired.services.length}`, `real servers: ${countServers(found)}`];
  if (hosts.length > 0) parts.push(`host names: ${hosts.length}`);
  if (included.length > 0) parts.push(`included files: ${included.length}`);
  if (warnings.length > 0) parts.push(`warnings: ${warnings.length}`);
  return parts.join(", ");
}

function reviewJson(file: string, found: ConfigFile): { readonly [key: string]: Json } {
  return {
    valid: true,
    file,
    summary: { services: found.desired.services.length, servers: countServers(found) },
    host_names: found.hosts,
    included: found.included,
    warnings: found.warnings.map((warning) => ({ ...problemJson(file, warning), code: warning.code })),
    problems: [],
    unlisted_problems: 0,
  };
}

/** The document of a file that is not valid: it has the same keys. */
function invalidJson(file: string, { problems, unlisted }: ConfigError): { readonly [key: string]: Json } {
  return {
    valid: false,
    file,
    summary: null,
    host_names: [],
    included: [],
    warnings: [],
    problems: problems.map((problem) => problemJson(file, problem)),
    unlisted_problems: unlisted,
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
    .summary("print the JSON Schema of configuration files")
    .description("Prints the JSON Schema of configuration files: every key with its meaning and default, for editors.")
    .addHelpText("after", examples("lvsctl config schema", "lvsctl config schema > lvsctl.schema.json"))
    .action(async () => io.out(`${JSON.stringify((await loadJsonSchema()).jsonSchema(), null, 2)}\n`));
}

function initCommand({ io, openIpvs, openVips }: Context): CommandUnknownOpts {
  return new Command("init")
    .summary("write a first configuration file")
    .description(
      "Writes a first configuration file with comments: the kernel's current services, or none with --empty.",
    )
    .addHelpText("after", examples("lvsctl config init lvsctl.yaml", "lvsctl config init --empty"))
    .argument("[file]", "the output file; - is standard output", "-")
    .option("--empty", "write no services, without reading the kernel")
    .option("--force", "replace an existing file")
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
