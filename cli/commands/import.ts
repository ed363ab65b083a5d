import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  type Importer,
  type ImportFinding,
  loadImporting,
  loadIpvsctl,
  loadKeepalived,
  loadLdirectord,
  type Unmapped,
} from "../../core/importers/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { count } from "../format/count.ts";
import { printJson } from "../format/json.ts";
import { ReadingProgress } from "../terminal/reading_progress.ts";
import { createFile, replaceFile } from "../state/atomic_file.ts";
import { type Io, readFile, readFileBytes } from "../context/io.ts";

/** Largest size of standard input. */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** Most directives, and most findings, that are printed without --json. */
const MAX_REPORTED = 500;

/** A program whose files can be imported. */
interface Program {
  /** The word that names it. */
  readonly name: string;
  /** The usual name of its file. */
  readonly file: string;
  /** The text of its help. */
  readonly description: string;
  /** Whether its files need not be UTF-8. */
  readonly hasBytes?: boolean;
  /** Loads the importer of its files. */
  readonly load: () => Promise<Importer>;
}

const PROGRAMS: readonly Program[] = [
  {
    name: "keepalived",
    file: "keepalived.conf",
    description:
      "Converts keepalived.conf with its included files: virtual servers with their checks, groups and notifications, " +
      "and the instances and groups of VRRP.",
    hasBytes: true,
    load: async () => (await loadKeepalived()).importKeepalived,
  },
  {
    name: "ldirectord",
    file: "ldirectord.cf",
    description: "Converts ldirectord.cf, with its checks, fallbacks and notifications.",
    hasBytes: true,
    load: async () => (await loadLdirectord()).importLdirectord,
  },
  {
    name: "ipvsadm",
    file: "ipvsadm.rules",
    description: "Converts rules in ipvsadm's format, as ipvsadm -S and ipvsadm-save write them.",
    load: async () => (await import("../ipvsadm/import_rules.ts")).importRules,
  },
  {
    name: "ipvsctl",
    file: "ipvsctl.yaml",
    description: "Converts a model of ipvsctl, YAML or JSON. The environment provides its parameters.",
    load: async () => (await loadIpvsctl()).importIpvsctl,
  },
];

/** `lvsctl import`. */
export function importCommand(context: Context): CommandUnknownOpts {
  const command = new Command("import")
    .description(
      "Converts another program's configuration to lvsctl's, and reports each directive without a counterpart. Needs " +
        "neither IPVS nor root.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl import keepalived /etc/keepalived/keepalived.conf",
        "lvsctl import ipvsadm /etc/ipvsadm.rules --output lvsctl.yaml",
      ),
    );
  for (const program of PROGRAMS) command.addCommand(programCommand(context, program));
  return command;
}

function programCommand(
  context: Context,
  { name, file, description, hasBytes = false, load }: Program,
): CommandUnknownOpts {
  return new Command(name)
    .summary(`convert ${name}'s configuration`)
    .description(
      `${description} Comments name the source of each line. Exits with ${EXIT.partial} if a directive has no counterpart.`,
    )
    .addHelpText(
      "after",
      examples(`lvsctl import ${name} ${file}`, `lvsctl import ${name} ${file} --output lvsctl.yaml`),
    )
    .argument("<file>", `the configuration of ${name}; - is standard input`)
    .option("--output <file>", "the output file (default: standard output)")
    .option("--force", "replace an existing output file")
    .option("--machine <name>", "the host name for host-specific parts (default: this host)")
    .option("--json", "print JSON: the text, unless --output is given, the unmapped directives and the findings")
    .action(async (file, { output, force, machine, json }) => {
      const { io } = context;
      const importer = await load();
      const { text, unmapped, findings } = await runImporter(context, { importer, file, machine, hasBytes });
      if (output !== undefined) {
        if (force) replaceFile(output, text);
        // Checks contain passwords.
        else createFile(output, text, { mode: 0o600 });
        io.beginChange?.();
      }
      if (json) {
        printJson(io, {
          text: output === undefined ? text : null,
          unmapped: unmapped.map(unmappedJson),
          findings: findings.map(findingJson),
        });
      } else if (output === undefined) io.out(text);
      reportLines(io, findings.map(formatFinding), "finding");
      reportLines(io, unmapped.map(formatUnmapped), "directive");
      if (unmapped.length === 0) return;
      throw new LvsctlError(
        `no counterpart: ${count(unmapped.length, "thing")}, named above`,
        {
          operation: "import all of",
          object: displayName(file),
          exitCode: EXIT.partial,
        },
      );
    });
}

/** Prints the first lines of a report on standard error, and the number of the others. */
function reportLines(io: Io, lines: readonly string[], noun: string): void {
  for (const line of lines.slice(0, MAX_REPORTED)) io.err(`lvsctl: ${line}\n`);
  const unlisted = lines.length - MAX_REPORTED;
  if (unlisted > 0) io.err(`lvsctl: ${count(unlisted, `more ${noun}`)}; --json prints all\n`);
}

function displayName(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

async function runImporter(
  context: Context,
  { importer, file, machine, hasBytes }: {
    readonly importer: Importer;
    readonly file: string;
    readonly hasBytes: boolean;
    readonly machine: string | undefined;
  },
): Promise<Awaited<ReturnType<Importer>>> {
  const { io, surroundings } = context;
  const { decodeBytes } = await loadImporting();
  const { openNames } = await import("../../core/system/names.ts");
  using names = openNames();
  const { files, variables, resolve } = surroundings;
  const text = hasBytes
    ? decodeBytes(file === "-" ? readInput(io) : readFileBytes(file))
    : readFile(io, file).replace(/^\ufeff/, "");
  const source = { file: displayName(file), text };
  using reading = new ReadingProgress(context);
  reading.add(text, { name: source.file });
  return await importer(source, {
    files: { ...files, readFile: (path) => decodeBytes(files.readBytes(path)) },
    variables,
    resolve,
    machine: machine ?? Deno.hostname().split(".")[0] ?? "",
    servicePort: (name, protocol) => names.servicePort(name, protocol),
  });
}

/** The bytes of standard input. */
function readInput(io: Io): Uint8Array {
  const chunks: Uint8Array[] = [];
  if (io.readChunk === undefined) return new TextEncoder().encode(io.readStdin());
  let total = 0;
  for (let chunk = io.readChunk(); chunk !== null; chunk = io.readChunk()) {
    // A chunk is valid until the next one is read.
    chunks.push(chunk.slice());
    total += chunk.length;
    if (total > MAX_INPUT_BYTES) {
      throw new LvsctlError("it is larger than 64 MiB", { operation: "read", object: "<stdin>", exitCode: EXIT.usage });
    }
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function formatUnmapped({ file, line, column, directive, reason }: Unmapped): string {
  return `${file}:${line}:${column}: ${directive}: ${reason}`;
}

function formatFinding({ file, line, column, code, message }: ImportFinding): string {
  return `${file}:${line}:${column}: warning: ${message} [${code}]`;
}

function findingJson(
  { file, line, column, code, message }: ImportFinding,
): { readonly [key: string]: string | number } {
  return { file, line, column, code, message };
}

function unmappedJson(
  { file, line, column, directive, reason }: Unmapped,
): { readonly [key: string]: string | number } {
  return { file, line, column, directive, reason };
}
