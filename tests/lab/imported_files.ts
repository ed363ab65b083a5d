/**
 * Many small files of another program: the table that the program makes of each, and the one of what lvsctl imports.
 *
 * Every file uses addresses of its own, so that the imported files are applied many at a time. The program itself is
 * started anew for each.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeBytes } from "../../core/importers/foreign_bytes.ts";
import type { Importer, Unmapped } from "../../core/importers/mod.ts";
import { openNames } from "../../core/system/names.ts";
import { systemSurroundings } from "../../cli/context/surroundings.ts";
import { lvsctlPath } from "./director.ts";
import { mustRun, run } from "./namespace.ts";

/** A file of another program with the files that it includes. */
export interface SmallFile {
  /** Texts by path; the first is the file itself. Characters up to U+00FF are written as single bytes. */
  readonly files: Readonly<Record<string, string>>;
  /** Number of the file, which its addresses contain. */
  readonly number: number;
}

/** Addresses of a file. */
export interface Scope {
  /** Start of its IPv4 addresses: `10.1.2.`. */
  readonly ipv4: string;
  /** Start of its IPv6 addresses: `2001:db8:12::`. */
  readonly ipv6: string;
  /** First of its hundred firewall marks. */
  readonly mark: number;
}

/** The addresses of a file's services. */
export function scopeOf(number: number): Scope {
  return {
    ipv4: `10.${1 + (number >> 8)}.${number & 255}.`,
    ipv6: `2001:db8:${(number + 1).toString(16)}::`,
    mark: (number + 1) * 100,
  };
}

/** A difference that is meant, and that the importer names. */
export interface Explanation {
  /** What the importer says of it. */
  readonly reason: RegExp;
  /** Why lvsctl does otherwise. */
  readonly why: string;
}

/** How two programs are compared. */
export interface Comparison {
  /** Name of the other program. */
  readonly program: string;
  /** Makes the table that the program makes of a file, and lists its rules. */
  readonly original: (path: string) => Promise<readonly string[]>;
  readonly importer: Importer;
  /** Differences that are meant. */
  readonly explanations: readonly Explanation[];
}

/** How many imported files are applied at a time. */
const BATCH = 25;

/** The rules of the whole table, sorted. */
export async function rules(): Promise<readonly string[]> {
  return (await mustRun(["ipvsadm", "-Sn"])).split("\n").filter((line) => line !== "").sort();
}

/** Lets the guest have routes to any server, and the services their network. */
export async function prepareGuest(): Promise<void> {
  await mustRun(["ip", "link", "set", "lo", "up"]);
  await run(["ip", "route", "add", "default", "dev", "lo"]);
  await run(["ip", "-6", "route", "add", "default", "dev", "lo"]);
  // With these routes, a question to a name server of the host has no answer, and keepalived waits for it at its start.
  await Deno.writeTextFile("/tmp/resolv.conf", "nameserver 127.0.0.1\n");
  await mustRun(["mount", "--bind", "/tmp/resolv.conf", "/etc/resolv.conf"]);
}

async function writeFiles(directory: string, { files }: SmallFile): Promise<string> {
  const [first = ""] = Object.keys(files);
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${directory}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(`${directory}/${path}`, Uint8Array.from(text, (character) => character.charCodeAt(0)), {
      mode: path.endsWith(".sh") ? 0o755 : 0o644,
    });
  }
  return `${directory}/${first}`;
}

/** What lvsctl imports of a file; without services if it refuses the file. */
async function importFile(
  path: string,
  importer: Importer,
): Promise<{ readonly text: string; readonly unmapped: readonly Pick<Unmapped, "reason" | "directive">[] }> {
  const { files, variables, resolve } = systemSurroundings();
  using names = openNames();
  const readFile = (each: string): string => decodeBytes(files.readBytes(each));
  try {
    return await importer({ file: path, text: readFile(path) }, {
      files: { ...files, readFile },
      variables,
      resolve,
      machine: "director",
      servicePort: (name, protocol) => names.servicePort(name, protocol),
    });
  } catch (error) {
    return { text: "version: 1\n", unmapped: [{ directive: "", reason: String(error) }] };
  }
}

/** Applies files together; the rules that come of it, or undefined if the kernel or lvsctl refuses one. */
async function applyFiles(paths: readonly string[]): Promise<readonly string[] | string> {
  await mustRun(["ipvsadm", "-C"]);
  const together = "/tmp/together.yaml";
  await Deno.writeTextFile(together, `version: 1\ninclude:\n${paths.map((path) => `  - ${path}\n`).join("")}`);
  const { code, stderr } = await run([lvsctlPath(), "apply", together, "--yes"]);
  return code === 0 ? await rules() : stderr;
}

function isWithin(rule: string, { ipv4, ipv6, mark }: Scope): boolean {
  const [, , service = ""] = rule.split(" ");
  if (/^\d+$/.test(service)) return Number(service) >= mark && Number(service) < mark + 100;
  return service.startsWith(ipv4) || service.startsWith(`[${ipv6}`);
}

/**
 * Compares the tables that a program and lvsctl make of files, prints how many differ, and fails if a difference is not
 * explained.
 */
export async function compareFiles(smallFiles: readonly SmallFile[], comparison: Comparison): Promise<void> {
  const { program, original, importer, explanations } = comparison;
  let [equal, explained] = [0, 0];
  const unexplained: string[] = [];
  for (let start = 0; start < smallFiles.length; start += BATCH) {
    const batch = await Promise.all(
      smallFiles.slice(start, start + BATCH).map(async (file) => {
        const directory = `/tmp/files/${file.number}`;
        const path = await writeFiles(directory, file);
        const imported = await importFile(path, importer);
        const yaml = `${directory}/imported.yaml`;
        await Deno.writeTextFile(yaml, imported.text);
        return { file, path, yaml, ...imported };
      }),
    );
    const together = await applyFiles(batch.map(({ yaml }) => yaml));
    for (const { file, path, yaml, text, unmapped } of batch) {
      const made = typeof together === "string" ? await applyFiles([yaml]) : together;
      const own = typeof made === "string" ? [made] : made.filter((rule) => isWithin(rule, scopeOf(file.number)));
      const expected = await original(path);
      if (JSON.stringify(own) === JSON.stringify(expected)) {
        equal++;
        continue;
      }
      const explanation = explanations.find(({ reason }) => unmapped.some((each) => reason.test(each.reason)));
      if (explanation !== undefined) {
        explained++;
        continue;
      }
      const sources = Object.entries(file.files).map(([name, source]) => `--- ${name}\n${source}`);
      const reports = unmapped.map(({ directive, reason }) => `${directive}: ${reason}`);
      unexplained.push([
        `=== file ${file.number}`,
        ...sources,
        `--- ${program}:`,
        ...expected,
        "--- lvsctl:",
        ...own,
        "--- named:",
        ...reports,
        "--- imported:",
        text.replace(/^#.*\n/gm, ""),
      ].join("\n"));
    }
  }
  const summary = `${program}: ${smallFiles.length} files compared, ${equal} equal, ${explained} differ and are ` +
    `explained, ${unexplained.length} differ unexplained\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(summary));
  assert.equal(unexplained.length, 0, unexplained.slice(0, 12).join("\n"));
}
