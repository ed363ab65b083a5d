import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type Importer, loadIpvsctl, loadKeepalived, loadLdirectord, type Unmapped } from "../../core/importers/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { printJson } from "../format/json.ts";
import { createFile, replaceFile } from "../state/atomic_file.ts";
import { readFile } from "../context/io.ts";

/** A program whose files can be imported. */
interface Program {
  /** The word that names it. */
  readonly name: string;
  /** What it is told of in help. */
  readonly description: string;
  /** Loads what knows its files. */
  readonly load: () => Promise<Importer>;
}

const PROGRAMS: readonly Program[] = [
  {
    name: "keepalived",
    description:
      "Makes a file of keepalived.conf: of its virtual servers with their checks, groups and notifications, " +
      "not of VRRP. Included files are read.",
    load: async () => (await loadKeepalived()).importKeepalived,
  },
  {
    name: "ldirectord",
    description: "Makes a file of ldirectord.cf, with its checks, fallbacks and notifications.",
    load: async () => (await loadLdirectord()).importLdirectord,
  },
  {
    name: "ipvsadm",
    description: "Makes a file of rules in ipvsadm's format, as ipvsadm -S and ipvsadm-save write them.",
    load: async () => (await import("../ipvsadm/import_rules.ts")).importRules,
  },
  {
    name: "ipvsctl",
    description: "Makes a file of a model of ipvsctl's, YAML or JSON. Parameters come from the environment.",
    load: async () => (await loadIpvsctl()).importIpvsctl,
  },
];

/** `lvsctl import`. */
export function importCommand(context: Context): CommandUnknownOpts {
  const command = new Command("import").description(
    "Makes a configuration file of one of another program, and names what has no counterpart. It needs neither kernel " +
      "nor root.",
  );
  for (const program of PROGRAMS) command.addCommand(programCommand(context, program));
  return command;
}

function programCommand(context: Context, { name, description, load }: Program): CommandUnknownOpts {
  return new Command(name)
    .description(
      `${description} Comments say what each line was made of. Exits with 3 if something has no counterpart.`,
    )
    .argument("<file>", `a file of ${name}'s; - is standard input`)
    .option("--output <file>", "where to; standard output by default")
    .option("--force", "replace the file if it is there")
    .option("--machine <name>", "the host that the file is for, where it tells hosts apart; by default this one")
    .option("--json", "print JSON: the file's text, if it is not written elsewhere, and what has no counterpart")
    .action(async (file, { output, force, machine, json }) => {
      const { io } = context;
      const importer = await load();
      const { text, unmapped } = await runImporter(context, { importer, file, machine });
      if (output !== undefined) {
        if (force) replaceFile(output, text);
        // Checks have passwords.
        else createFile(output, text, { mode: 0o600 });
      }
      if (json) printJson(io, { text: output === undefined ? text : undefined, unmapped: unmapped.map(unmappedJson) });
      else if (output === undefined) io.out(text);
      for (const each of unmapped) io.err(`lvsctl: ${formatUnmapped(each)}\n`);
      if (unmapped.length === 0) return;
      throw new LvsctlError(
        `no counterpart: ${unmapped.length === 1 ? "1 thing" : `${unmapped.length} things`}, named above`,
        {
          operation: "import all of",
          object: displayName(file),
          exitCode: EXIT.partial,
        },
      );
    });
}

function displayName(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

async function runImporter(
  context: Context,
  { importer, file, machine }: {
    readonly importer: Importer;
    readonly file: string;
    readonly machine: string | undefined;
  },
): Promise<Awaited<ReturnType<Importer>>> {
  const { io, surroundings } = context;
  const text = readFile(io, file);
  const { openNames } = await import("../../core/system/names.ts");
  using names = openNames();
  const { files, variables, resolve } = surroundings;
  const source = { file: displayName(file), text: text.startsWith("\ufeff") ? text.slice(1) : text };
  return await importer(source, {
    files,
    variables,
    resolve,
    machine: machine ?? Deno.hostname().split(".")[0] ?? "",
    servicePort: (name, protocol) => names.servicePort(name, protocol),
  });
}

function formatUnmapped({ file, line, column, directive, reason }: Unmapped): string {
  return `${file}:${line}:${column}: ${directive}: ${reason}`;
}

function unmappedJson(
  { file, line, column, directive, reason }: Unmapped,
): { readonly [key: string]: string | number } {
  return { file, line, column, directive, reason };
}
