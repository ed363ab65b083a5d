import {
  ConfigError,
  type ConfigFile,
  loadJsonSchema,
  loadStartingFile,
  type Problem,
  type Warning,
} from "../../core/config/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { type KernelState, pathText } from "../../core/model/mod.ts";
import type { FindingHost } from "../../core/findings/mod.ts";
import { readKernel } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { QUIET } from "../options/common_options.ts";
import { DOCUMENT_HELP, documentArgument, OUTPUT_FLAGS } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import { LABEL } from "../options/label_options.ts";
import { STORE_ADDRESS_HELP, withStoredFile } from "../options/store_options.ts";
import { refuseStoreOptions } from "../config/config_text.ts";
import { chosenFile, DEFAULT_FILE_HELP, isStoreAddress } from "../config/default_file.ts";
import { printWarnings, readForReview } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { withLabels } from "../context/surroundings.ts";
import { type Json, printJson } from "../format/json.ts";
import { createFile, replaceFile } from "../state/atomic_file.ts";
import { diffFilesCommand } from "./config/diff.ts";
import { formatFileCommand } from "./config/fmt.ts";
import { showFileCommand } from "./config/show.ts";

/** `lvsctl config`. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config")
    .description(
      "Validates configuration files, prints what one means or the schema, or writes a first one. Needs neither IPVS nor root.",
    )
    .addHelpText("after", examples("lvsctl config init lvsctl.yaml", "lvsctl config check lvsctl.yaml"))
    .addCommand(checkCommand(context))
    .addCommand(showFileCommand(context))
    .addCommand(diffFilesCommand(context))
    .addCommand(formatFileCommand(context))
    .addCommand(schemaCommand(context))
    .addCommand(initCommand(context));
}

/** Checks several files, and prints the errors of all of them. */
async function checkSeveral(
  context: Context,
  { files, review, strict, json }: {
    readonly files: readonly string[];
    readonly review: (file: string) => Promise<ConfigFile>;
    readonly strict: boolean;
    readonly json: boolean;
  },
): Promise<ExitCode> {
  const { conflictsOf, printReviews, reviewFiles, statusOf } = await import("./config/check_files.ts");
  const reviews = await reviewFiles(files, { review });
  const conflicts = conflictsOf(context, reviews);
  if (!json) return printReviews(context, { reviews, conflicts, strict });
  const status = statusOf({ reviews, conflicts, strict });
  printJson(context.io, {
    valid: status === EXIT.ok,
    files: reviews.map(({ file, found, error }) =>
      found === undefined ? invalidJson(file, asConfigError(file, error)) : reviewJson(file, found)
    ),
    conflicts: conflicts.map(({ what, files: both }) => ({ what, files: both })),
  });
  if (status === EXIT.ok) return status;
  throw new LvsctlError("some files are not valid, or two of them have the same", {
    operation: "check",
    object: files.map((file) => pathText(file)).join(" "),
    exitCode: status,
  });
}

/** The error of a file as one with places; a file that cannot be read has its error at its start. */
function asConfigError(file: string, error: LvsctlError | undefined): ConfigError {
  if (error instanceof ConfigError) return error;
  return new ConfigError(file, [{ line: 1, column: 1, message: error?.message ?? "it is not valid" }]);
}

function checkCommand(context: Context): CommandUnknownOpts {
  const command = new Command("check")
    .description(
      "Validates files with their included files and reports every problem. Settings that no client or no server can use " +
        "are problems too. Warns about valid but unlikely settings; a comment allows one: # lvsctl: allow CODE. Host " +
        "names are not resolved. Of several files, services, names and VIPs that two of them have are warnings too; the " +
        "exit status is the worst.",
    )
    .summary("validate configuration files")
    .addHelpText(
      "after",
      examples(
        "lvsctl config check lvsctl.yaml",
        "lvsctl config check lvsctl.yaml --strict --kernel",
        "lvsctl config check /etc/lvsctl/*.yaml",
      ),
    )
    .argument("[file...]", `YAML, ${STORE_ADDRESS_HELP}; - is standard input ${DEFAULT_FILE_HELP}`)
    .option("--strict", "treat warnings as errors")
    .option("--kernel", "also look for the services' addresses on this machine")
    .option(...QUIET)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument);
  return withStoredFile(command)
    .option(...LABEL)
    .action(withStatus(async (named, { strict = false, kernel, json, label, ...options }) => {
      const { io } = context;
      const [first, ...more] = named;
      const file = chosenFile(context, first);
      const others = more.map((each) => chosenFile(context, each));
      refuseStoreOptions([file, ...others], options);
      const machine = kernel ? await thisMachine(context) : undefined;
      const review = async (each: string): Promise<ConfigFile> => {
        const found = await readForReview(withLabels(context, label), each, {
          machine,
          store: isStoreAddress(each) ? options : undefined,
        });
        const { warnings } = found;
        const isFatal = ({ severity }: Warning): boolean => strict || severity === "error";
        printWarnings(io, { file: each, warnings: warnings.filter((warning) => !isFatal(warning)) });
        const fatal = warnings.filter(isFatal);
        if (fatal.length > 0) throw new ConfigError(each, fatal.map(asProblem));
        if (!json) inform(io, `${each === "-" ? "<stdin>" : each}: valid (${describe(found)})\n`);
        return found;
      };
      if (others.length > 0) return await checkSeveral(context, { files: named, review, strict, json: json === true });
      try {
        const found = await review(file);
        if (json) printJson(io, reviewJson(file, found));
        return EXIT.ok;
      } catch (error) {
        if (json && error instanceof ConfigError) {
          printJson(io, invalidJson(file, error));
        }
        throw error;
      }
    }));
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
  const { desired, hosts, sources, included, omitted, warnings } = found;
  const parts = [`virtual services: ${desired.services.length}`, `real servers: ${countServers(found)}`];
  if (hosts.length > 0) parts.push(`host names: ${hosts.length}`);
  if (sources.length > 0) parts.push(`sources of servers: ${sources.length}`);
  if (omitted.length > 0) parts.push(`items of other directors: ${omitted.length}`);
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
      const kernel = async (): Promise<KernelState> => {
        using client = await openIpvs();
        using addresses = await openVips();
        return { ...readKernel(client), vips: addresses.vips() };
      };
      write(startingFile(await kernel().catch((error: unknown) => refuseUnreadable(error, { file }))));
    });
}

/** Throws the error of a kernel whose services cannot be read, with the way to a file without them. */
function refuseUnreadable(error: unknown, { file }: { readonly file: string }): never {
  if (!(error instanceof LvsctlError)) throw error;
  throw new LvsctlError(`the kernel's services cannot be read: ${error.reason}`, {
    operation: "write",
    object: file === "-" ? "a first file" : pathText(file),
    errno: error.errno,
    hint: "--empty writes a file without them",
    exitCode: error.exitCode,
    cause: error,
  });
}
