import {
  ConfigError,
  type HostResolver,
  type IncludedFiles,
  type Problem,
  readConfig,
  type Variables,
  type Warning,
} from "../config/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { maskArguments, maskText, mayHoldSecret, type Protocol } from "../model/mod.ts";
import {
  type Entry,
  type Item,
  ListBlock,
  MappingBlock,
  onOneLine,
  type Origin,
  type Part,
  renderDocument,
} from "./document.ts";

/** A directive without a counterpart. */
export interface Unmapped {
  /** Name of the file: the imported one, or one that it includes. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** The directive, such as "autoreload = yes". */
  readonly directive: string;
  /** Why it was not imported, perhaps with an alternative; a sentence without its period. */
  readonly reason: string;
}

/** A setting of the converted file that cannot work, or is probably a mistake, at its place in the imported file. */
export interface ImportFinding extends Omit<Unmapped, "directive" | "reason"> {
  /** Kind of the finding: "server-loopback". */
  readonly code: string;
  /** The mistake, its effect and the way out; a sentence without its period. */
  readonly message: string;
}

/** The result of an import. */
export interface Imported {
  /** A valid configuration file. */
  readonly text: string;
  /** The directives that are not in it, in the order of the files. */
  readonly unmapped: readonly Unmapped[];
  /** What cannot work in it, in the order of the text. */
  readonly findings: readonly ImportFinding[];
}

/** A file to import. */
export interface ImportSource {
  /** Its name, for messages and comments, and for the files that it includes. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
}

/** What a path leads to: programs refuse to include some of it. */
export type FileKind = "file" | "executable" | "directory" | "other" | "missing";

/** Access to the file system, for included files and for programs. */
export interface ImportedFiles extends IncludedFiles {
  /** What a path leads to, after symbolic links. */
  kindOf(path: string): FileKind;
}

/** The environment of an import. */
export interface ImportWorld {
  /** The file system, for included files. */
  readonly files: ImportedFiles;
  /** The environment variables. */
  readonly variables: Variables;
  /** Resolves host names that lvsctl's file may not contain. */
  readonly resolve: HostResolver;
  /** Name of the machine that the file is for: the first part of the host name, or the user's choice. */
  readonly machine: string;
  /** Returns the port of a service by its name in /etc/services. */
  servicePort(name: string, protocol: Protocol): number | undefined;
}

/**
 * Converts another program's configuration to a configuration file of lvsctl.
 *
 * @throws {LvsctlError} If the source contains nothing to import.
 */
export type Importer = (source: ImportSource, world: ImportWorld) => Promise<Imported>;

/** Most characters of a directive in a report. */
const MAX_DIRECTIVE = 160;

/** Most characters of a reason, which may quote a value. */
const MAX_REASON = 500;

function shorten(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...`.toWellFormed() : text;
}

/** A directive for a report: on one line of limited length, without what may be a secret. */
function describeDirective(words: string): string {
  const [name = ""] = /^[\w-]*/.exec(words) ?? [];
  if (mayHoldSecret(name)) return name;
  return shorten(maskArguments(maskText(onOneLine(words))), MAX_DIRECTIVE);
}

/** A place whose directive is unknown, which shows its name alone: the rest may be a secret. */
export function withName(origin: Origin): Origin {
  const [name = ""] = /^(?:[$~]?[\w-]{1,40}|.?)/u.exec(origin.words) ?? [];
  return { ...origin, words: name === origin.words ? name : `${name}...` };
}

/** Collects the directives without a counterpart. */
export class Report {
  readonly #entries: Unmapped[] = [];
  readonly #keys = new Set<string>();

  /** Adds a directive with a reason; duplicates are ignored. */
  add({ file, line, column, words }: Origin, reason: string): void {
    const key = JSON.stringify([file, line, column, words, reason]);
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#entries.push({
      file,
      line,
      column,
      directive: describeDirective(words),
      reason: shorten(onOneLine(reason), MAX_REASON),
    });
  }

  /** The directives: by file in order of first appearance, then by line and column. */
  get unmapped(): readonly Unmapped[] {
    const files = [...new Set(this.#entries.map(({ file }) => file))];
    return this.#entries.toSorted((a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column
    );
  }
}

/** Returns the problems of a configuration file, and its warnings; does not resolve host names. */
async function review(
  text: string,
): Promise<{ readonly problems: readonly Problem[]; readonly warnings: readonly Warning[] }> {
  try {
    const { warnings } = await readConfig(text, { file: "-", lint: {} });
    return { problems: [], warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems, warnings: [] };
    throw error;
  }
}

/** Returns the place of the nearest part that has one in the imported file. */
function originOf(part: Part | undefined): Origin | undefined {
  for (let at = part; at !== undefined; at = at.parent) {
    const [origin] = at.node.origins ?? [];
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/**
 * Returns the result of an import that contains a service.
 *
 * @throws {ConfigError} If it contains no service; its problems are the reported directives.
 */
export function withServices(file: string, imported: Imported): Imported {
  if (/^services:$/m.test(imported.text)) return imported;
  throw new ConfigError(
    file,
    imported.unmapped.map(({ directive, reason, ...place }) => ({ ...place, message: `${directive}: ${reason}` })),
  );
}

/** The places of a part and of its inner parts in the imported file. */
function originsBelow({ origins = [], value }: Entry | Item): readonly Origin[] {
  const inside = value instanceof MappingBlock ? value.entries : value instanceof ListBlock ? value.items : [];
  return [...origins, ...inside.flatMap(originsBelow)];
}

/**
 * Writes a document as a valid configuration file: removes the parts that lvsctl refuses, and reports them with their
 * places in the imported file.
 *
 * @param document The file's keys.
 * @param options.header The comments at the start.
 * @param options.report The directives without a counterpart so far; receives the removed parts.
 */
export async function finishDocument(
  document: MappingBlock,
  options: { readonly header: readonly string[]; readonly report: Report },
): Promise<Imported> {
  const { header, report } = options;
  const removed = new Set<Entry | Item>();
  for (;;) {
    const { text, parts } = renderDocument(header, document, { removed });
    const { problems, warnings } = await review(text);
    if (problems.length === 0) {
      const findings = warnings.flatMap((warning) => findingAt(warning, (number) => originOf(parts[number - 1])));
      return { text, unmapped: report.unmapped, findings };
    }
    const before = removed.size;
    for (const problem of problems) {
      const { line, message } = problem;
      const part = parts[line - 1];
      // Another problem has removed the part, or its parent.
      if (part === undefined || isWithin(part, removed)) continue;
      const origin = originOf(part);
      if (origin === undefined) throw invalidResult(problem);
      removed.add(part.node);
      const reason = withSourceLines(message, (number) => originOf(parts[number - 1]));
      // Report every directive that the part came from, so that none is lost silently.
      const lost = "essential" in part.node && part.node.essential === true
        ? part.parent?.node ?? part.node
        : part.node;
      for (const each of [origin, ...originsBelow(lost)]) report.add(each, reason);
    }
    const [problem] = problems;
    if (removed.size === before && problem !== undefined) throw invalidResult(problem);
  }
}

/** A warning at the place of its line in the imported file. */
function findingAt(
  { line, code, message }: Warning,
  originAt: (line: number) => Origin | undefined,
): ImportFinding[] {
  const origin = originAt(line);
  if (origin === undefined) return [];
  const { file, line: row, column } = origin;
  return [{ file, line: row, column, code, message: withSourceLines(message, originAt) }];
}

function invalidResult({ line, message }: Problem): LvsctlError {
  return new LvsctlError(`line ${line} of the converted file is invalid: ${message}`, {
    operation: "convert",
    object: "the file",
    hint: "report it as a bug of lvsctl",
  });
}

/** Replaces the lines in a message by the lines of the imported file. */
function withSourceLines(message: string, originAt: (line: number) => Origin | undefined): string {
  return message.replace(/\bline (\d+)\b/g, (whole, digits: string) => {
    const origin = originAt(Number(digits));
    return origin === undefined ? whole : `line ${origin.line} of ${origin.file}`;
  });
}

function isWithin(part: Part, removed: ReadonlySet<Entry | Item>): boolean {
  for (let at: Part | undefined = part; at !== undefined; at = at.parent) if (removed.has(at.node)) return true;
  return false;
}
