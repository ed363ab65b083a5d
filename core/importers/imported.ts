import {
  ConfigError,
  type HostResolver,
  type IncludedFiles,
  type Problem,
  readConfig,
  type Variables,
} from "../config/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import type { Protocol } from "../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock, type Origin, type Part, renderDocument } from "./document.ts";

/** Something of a file that has no counterpart. */
export interface Unmapped {
  /** Name of the file: the one that was asked for, or one that it includes. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** What stands there: "autoreload = yes". */
  readonly directive: string;
  /** Why it was not taken over, and perhaps what to do instead; a sentence without its period. */
  readonly reason: string;
}

/** What became of a file. */
export interface Imported {
  /** A configuration file, which is valid. */
  readonly text: string;
  /** What is not in it, in the order of the files. */
  readonly unmapped: readonly Unmapped[];
}

/** A file to import. */
export interface ImportSource {
  /** Its name, for messages and comments, and for the files that it includes. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
}

/** What importing needs of the world beside the file. */
export interface ImportWorld {
  /** The file system, for files that include others. */
  readonly files: IncludedFiles;
  /** The environment, for files that use it. */
  readonly variables: Variables;
  /** Finds the addresses of hosts, where a file may name one and lvsctl's may not. */
  readonly resolve: HostResolver;
  /** What the machine that the file is for calls itself: the first part of its host name, or what the user says. */
  readonly machine: string;
  /** The port of a service by its name in /etc/services. */
  servicePort(name: string, protocol: Protocol): number | undefined;
}

/**
 * Makes a configuration file of one of another program.
 *
 * @throws {LvsctlError} If there is nothing in it that could be imported.
 */
export type Importer = (source: ImportSource, world: ImportWorld) => Promise<Imported>;

/** Collects what has no counterpart. */
export class Report {
  readonly #found: Unmapped[] = [];
  readonly #seen = new Set<string>();

  /** Adds something; the same at the same place counts once. */
  add({ file, line, column, words }: Origin, reason: string): void {
    const key = JSON.stringify([file, line, column, words, reason]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#found.push({ file, line, column, directive: words, reason });
  }

  /** All of it: file by file as they were met, each from its first line to its last. */
  get unmapped(): readonly Unmapped[] {
    const files = [...new Set(this.#found.map(({ file }) => file))];
    return this.#found.toSorted((a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column
    );
  }
}

/** Everything that is wrong with a text as a configuration file; names of hosts are not looked up. */
async function problemsOf(text: string): Promise<readonly Problem[]> {
  try {
    await readConfig(text, { file: "-" });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The nearest part that stands for something in the file that is imported. */
function originOf(part: Part | undefined): Origin | undefined {
  for (let at = part; at !== undefined; at = at.parent) {
    const [origin] = at.node.origins ?? [];
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** All that a part, and what is in it, was made of. */
function originsBelow({ origins = [], value }: Entry | Item): readonly Origin[] {
  const inside = value instanceof MappingBlock ? value.entries : value instanceof ListBlock ? value.items : [];
  return [...origins, ...inside.flatMap(originsBelow)];
}

/**
 * Writes a document so that it is a valid configuration file: what lvsctl would refuse is left out, and reported with
 * the place that it came from.
 *
 * @param document The file's keys.
 * @param options.header Comments to begin with.
 * @param options.report What is known to have no counterpart; what is left out is added.
 */
export async function finishDocument(
  document: MappingBlock,
  options: { readonly header: readonly string[]; readonly report: Report },
): Promise<Imported> {
  const { header, report } = options;
  const left = new Set<Entry | Item>();
  for (;;) {
    const { text, parts } = renderDocument(header, document, { left });
    const problems = await problemsOf(text);
    if (problems.length === 0) return { text, unmapped: report.unmapped };
    const before = left.size;
    for (const { line, message } of problems) {
      const part = parts[line - 1];
      // What it stands in went with another problem.
      if (part === undefined || isWithin(part, left)) continue;
      const origin = originOf(part);
      if (origin === undefined) throw new LvsctlError(`line ${line} of what was made of it is wrong: ${message}`);
      left.add(part.node);
      const reason = inTermsOf(message, (number) => originOf(parts[number - 1]));
      // Nothing is lost in silence: what else it was made of goes with it.
      for (const each of [origin, ...originsBelow(part.node)]) report.add(each, reason);
    }
    if (left.size === before) {
      const [problem] = problems;
      throw new LvsctlError(`line ${problem?.line} of what was made of it is wrong: ${problem?.message}`);
    }
  }
}

/** A message in which lines of what was made are those that they came from. */
function inTermsOf(message: string, originAt: (line: number) => Origin | undefined): string {
  return message.replace(/\bline (\d+)\b/g, (whole, digits: string) => {
    const origin = originAt(Number(digits));
    return origin === undefined ? whole : `line ${origin.line} of ${origin.file}`;
  });
}

function isWithin(part: Part, left: ReadonlySet<Entry | Item>): boolean {
  for (let at: Part | undefined = part; at !== undefined; at = at.parent) if (left.has(at.node)) return true;
  return false;
}
