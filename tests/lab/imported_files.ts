/**
 * Many small files of another program: the table that the program makes of each, and the one of what lvsctl imports.
 *
 * Every file uses addresses of its own, so that the imported files are applied many at a time. The program itself is
 * started anew for each.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ConfigError } from "../../core/config/mod.ts";
import { decodeBytes } from "../../core/importers/foreign_bytes.ts";
import type { Importer, Unmapped } from "../../core/importers/mod.ts";
import { openNames } from "../../core/system/names.ts";
import { systemSurroundings } from "../../cli/context/surroundings.ts";
import { lvsctlPath } from "./director.ts";
import { importedServices, servicesOfLine } from "./imported_services.ts";
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

/** What a program makes of a file. */
export interface OriginalTable {
  /** The rules of its table, sorted. */
  readonly rules: readonly string[];
  /** Why it does not start with the file; undefined if it does. */
  readonly rejection?: Rejection | undefined;
}

/** What a program says of a file with which it does not start. */
export interface Rejection {
  /** Its line, if the program names one. */
  readonly line?: number | undefined;
  readonly message: string;
}

/** What the importer says of a line. */
export interface Named extends Pick<Unmapped, "directive" | "reason" | "line" | "file"> {
  /** The imported services that the line belongs to, as in a rule: `10.1.2.1:80`, or a firewall mark. */
  readonly services: readonly string[];
}

/** A difference that is meant, and that the importer names. */
export interface Explanation {
  /** What the importer says of it. */
  readonly reason: RegExp;
  /** Why lvsctl does otherwise. */
  readonly why: string;
  /** Whether it explains a rule that only one of the tables has. */
  readonly explains: (rule: Rule, named: Named) => boolean;
}

/** A rule that only one of the tables has. */
export interface Rule {
  /** As ipvsadm prints it. */
  readonly text: string;
  /** Its service: `10.1.2.1:80`, or a firewall mark. */
  readonly service: string;
  readonly isOriginal: boolean;
}

/** How two programs are compared. */
export interface Comparison {
  /** Name of the other program. */
  readonly program: string;
  /** Makes the table that the program makes of a file. */
  readonly original: (path: string) => Promise<OriginalTable>;
  readonly importer: Importer;
  /** Makes the table of lvsctl of an imported file: the arguments of lvsctl in front of the file. */
  readonly apply: readonly string[];
  /** What the importer says of a line with which the other program does not start. */
  readonly rejects: RegExp;
  /** Whether the importer names the right line of a file with which the other program does not start. */
  readonly isRightLine?: (named: Named, rejection: Rejection) => boolean;
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
): Promise<{ readonly text: string; readonly unmapped: readonly Unmapped[] }> {
  const { files, variables, resolve } = systemSurroundings();
  using names = openNames();
  const readFile = (each: string): string => decodeBytes(files.readBytes(each));
  try {
    const { text, unmapped, findings } = await importer({ file: path, text: readFile(path) }, {
      files: { ...files, readFile },
      variables,
      resolve,
      machine: "director",
      servicePort: (name, protocol) => names.servicePort(name, protocol),
    });
    const found = findings.map(({ message, ...place }) => ({ ...place, directive: "", reason: message }));
    return { text, unmapped: [...unmapped, ...found] };
  } catch (error) {
    // The problems of a file without anything to import are its lines.
    const problems = error instanceof ConfigError ? error.problems : [];
    const unmapped = problems.map(({ file = path, line, column, message }) => ({
      file,
      line,
      column,
      directive: "",
      reason: message,
    }));
    return {
      text: "version: 1\n",
      unmapped: [...unmapped, { file: path, line: 0, column: 0, directive: "", reason: String(error) }],
    };
  }
}

/** Applies files together; the rules that come of it, or the reason if lvsctl cannot. */
async function applyFiles(
  paths: readonly string[],
  { apply, rounds }: { readonly apply: readonly string[]; readonly rounds: number },
): Promise<readonly string[] | string> {
  await mustRun(["ipvsadm", "-C"]);
  await Deno.remove(CHECK_STATE).catch(() => {});
  const together = "/tmp/together.yaml";
  await Deno.writeTextFile(together, `version: 1\ninclude:\n${paths.map((path) => `  - ${path}\n`).join("")}`);
  for (let round = 1; round < rounds && apply[0] === "check"; round++) await run([lvsctlPath(), ...apply, together]);
  const { code, stderr } = await run([lvsctlPath(), ...apply, together]);
  return code === 0 || (apply[0] === "check" && [1, 3, 4].includes(code)) ? await rules() : stderr;
}

/** The results of checks, which a new table has none of. */
export const CHECK_STATE = "/tmp/check.json";

function serviceOf(rule: string): string {
  return rule.split(" ")[2] ?? "";
}

function isWithin(rule: string, { ipv4, ipv6, mark }: Scope): boolean {
  const service = serviceOf(rule);
  if (/^\d+$/.test(service)) return Number(service) >= mark && Number(service) < mark + 100;
  return service.startsWith(ipv4) || service.startsWith(`[${ipv6}`);
}

/** The rules that only one of two tables has. */
function differences(original: readonly string[], made: readonly string[]): readonly Rule[] {
  const only = (some: readonly string[], others: readonly string[], isOriginal: boolean): readonly Rule[] =>
    some.filter((text) => !others.includes(text)).map((text) => ({ text, service: serviceOf(text), isOriginal }));
  return [...only(original, made, true), ...only(made, original, false)];
}

/** How the tables of a file compare. */
type Verdict = "equal" | "explained" | "rejected" | "unexplained";

function judge(
  { rules: expected, rejection }: OriginalTable,
  { named, made }: { readonly named: readonly Named[]; readonly made: readonly string[] },
  { explanations, rejects, isRightLine = () => true }: Comparison,
): Verdict {
  const rejected = named.filter(({ reason }) => rejects.test(reason));
  if (rejection !== undefined) {
    return rejected.some((each) => isRightLine(each, rejection)) ? "rejected" : "unexplained";
  }
  // A claim about the other program that is not true.
  if (rejected.length > 0) return "unexplained";
  const rules = differences(expected, made);
  if (rules.length === 0) return "equal";
  const isExplained = (rule: Rule): boolean =>
    explanations.some(({ reason, explains }) => named.some((each) => reason.test(each.reason) && explains(rule, each)));
  return rules.every(isExplained) ? "explained" : "unexplained";
}

/**
 * Compares the tables that a program and lvsctl make of files, prints how many differ, and fails if a difference is not
 * explained.
 *
 * @returns how many files there are of each verdict
 */
export async function compareFiles(
  smallFiles: readonly SmallFile[],
  comparison: Comparison,
): Promise<Readonly<Record<Verdict, number>>> {
  const { program, original, importer, apply } = comparison;
  const counts: Record<Verdict, number> = { equal: 0, explained: 0, rejected: 0, unexplained: 0 };
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
    // A server is unhealthy after as many rounds of checks.
    const rounds = Math.max(
      1,
      ...batch.flatMap(({ text }) => [...text.matchAll(/\bfall: (\d+)/g)].map(([, fall]) => Number(fall))),
    );
    const together = await applyFiles(batch.map(({ yaml }) => yaml), { apply, rounds });
    for (const { file, path, yaml, text, unmapped } of batch) {
      const applied = typeof together === "string" ? await applyFiles([yaml], { apply, rounds }) : together;
      const made = typeof applied === "string"
        ? [`lvsctl: ${applied}`]
        : applied.filter((rule) => isWithin(rule, scopeOf(file.number)));
      const table = await original(path);
      const services = await importedServices(text);
      const named = unmapped.map((each): Named => ({ ...each, services: servicesOfLine(services, each) }));
      const verdict = judge(table, { named, made }, comparison);
      counts[verdict]++;
      if (verdict !== "unexplained") continue;
      const sources = Object.entries(file.files).map(([name, source]) => `--- ${name}\n${source}`);
      unexplained.push([
        `=== file ${file.number}`,
        ...sources,
        `--- ${program}: ${table.rejection?.line ?? ""} ${table.rejection?.message ?? ""}`,
        ...table.rules,
        "--- lvsctl:",
        ...made,
        "--- named:",
        ...named.map(({ line, directive, reason }) => `${line}: ${directive}: ${reason}`),
        "--- imported:",
        text.replace(/^#.*\n/gm, ""),
      ].join("\n"));
    }
  }
  const { equal, explained, rejected } = counts;
  const summary =
    `${program}: ${smallFiles.length - rejected} files compared, ${equal} equal, ${explained} differ and ` +
    `are explained, ${unexplained.length} differ unexplained; ${rejected} with which ${program} does not start\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(summary));
  assert.equal(unexplained.length, 0, unexplained.slice(0, 40).join("\n"));
  return counts;
}
