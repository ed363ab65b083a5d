import { EXIT, LvsctlError } from "../../errors/mod.ts";
import type { ImportSource, ImportWorld, Report } from "../imported.ts";
import { type DefinedLine, Definitions, EndlessSubstitution } from "./definitions.ts";
import { IncludedPaths } from "./included_paths.ts";
import { type Line, originOf, stripComment } from "./lines.ts";
import { parseRepetition } from "./sequences.ts";

/** How many lines a configuration may be in the end. */
const MAX_LINES = 1_000_000;

/** How deep values of several lines may stand in each other. */
const MAX_DEPTH = 50;

/** A file on the way to the one that is read. */
interface Including {
  readonly file: string;
  readonly path: string;
}

/** What preprocessing needs. */
export interface PreprocessOptions {
  /** The file system, the environment and the machine. */
  readonly world: ImportWorld;
  /** What lines behind `@` are for. */
  readonly configId: string;
  /** Takes what cannot be followed. */
  readonly report: Report;
}

/**
 * Reads the lines of a configuration and of all that it includes, with conditions decided, names replaced, sequences
 * and lists written out, and without comments.
 *
 * @throws {LvsctlError} If it becomes too long.
 */
export function preprocess(source: ImportSource, options: PreprocessOptions): readonly Line[] {
  const preprocessor = new Preprocessor(options);
  preprocessor.read(source, []);
  return preprocessor.lines;
}

class Preprocessor {
  /** What has been read. */
  readonly lines: Line[] = [];
  readonly #options: PreprocessOptions;
  readonly #definitions: Definitions;
  readonly #paths: IncludedPaths;
  /** The definition over several lines that is being read; undefined lines belong to no name. */
  #open: { readonly name: string | undefined; readonly lines: DefinedLine[] } | undefined;
  #processed = 0;

  constructor(options: PreprocessOptions) {
    const { world, configId } = options;
    this.#options = options;
    this.#definitions = new Definitions({ variables: world.variables, instance: configId });
    this.#paths = new IncludedPaths(world.files);
  }

  read({ file, text }: ImportSource, chain: readonly Including[]): void {
    const here = [...chain, { file, path: this.#paths.realPath(file) }];
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const { text: stripped, column } = stripComment(raw);
      this.#physical({ text: stripped, file, line: index + 1, column, isVerbatim: true }, here);
    }
    this.#close();
  }

  #close(): void {
    const { name, lines } = this.#open ?? {};
    if (name !== undefined) this.#definitions.set(name, lines ?? []);
    this.#open = undefined;
  }

  #physical(line: Line, chain: readonly Including[]): void {
    const { text } = line;
    if (this.#open !== undefined) {
      const [, content = "", goesOn] = /^(.*?)\s*(\\?)$/s.exec(text) ?? [];
      this.#open.lines.push({ ...line, text: content });
      if (goesOn === "") this.#close();
      return;
    }
    if (text === "") return;
    const [, pattern] = /^include[rmwba]?\s+(.*)$/s.exec(text) ?? [];
    if (pattern !== undefined) this.#include(line, { pattern: pattern.replace(/^(["'])(.*)\1$/, "$2"), chain });
    else this.#logical(line, 0);
  }

  #include(line: Line, { pattern, chain }: { readonly pattern: string; readonly chain: readonly Including[] }): void {
    const { report } = this.#options;
    const found = this.#paths.find(pattern, { from: line.file });
    if ("problem" in found) report.add(originOf(line), found.problem);
    else {
      for (const file of found.paths) {
        const path = this.#paths.realPath(file);
        const from = chain.findIndex((including) => including.path === path);
        const problem = from >= 0
          ? `the files include each other in a circle: ${
            [...chain.slice(from).map((one) => one.file), file].join(" -> ")
          }`
          : this.#paths.refusal(chain.length);
        if (problem !== undefined) {
          report.add(originOf(line), problem);
          continue;
        }
        const text = this.#readFile(file, line);
        if (text !== undefined) this.read({ file, text }, chain);
      }
    }
  }

  /** The text of an included file; undefined, and reported, if it cannot be read. */
  #readFile(file: string, line: Line): string | undefined {
    try {
      return this.#options.world.files.readFile(file).replace(/^\ufeff/, "");
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#options.report.add(originOf(line), error.message);
      return undefined;
    }
  }

  /** Reads a line that is complete: one of a file, or one that was made of it. */
  #logical(line: Line, depth: number): void {
    this.#processed++;
    if (this.#processed > MAX_LINES) {
      throw new LvsctlError(`${line.file}:${line.line} stands for too much: there are more than 1,000,000 lines`, {
        operation: "import",
        object: line.file,
        exitCode: EXIT.usage,
      });
    }
    const { text } = line;
    if (text === "") return;
    if (text.startsWith("@")) this.#conditional(line, depth);
    else if (text.startsWith("~")) this.#repeat(line, depth);
    else if (/^\$[A-Za-z_]\w*=/.test(text)) this.#define(line);
    else this.#substitute(line, depth);
  }

  #conditional(line: Line, depth: number): void {
    const [, head = "", not, id, rest = ""] = /^(@(\^?)(\S*)\s*)(.*)$/s.exec(line.text) ?? [];
    const isMeant = (id === this.#options.configId) === (not === "");
    const inner = { ...line, text: rest, column: line.column + head.length };
    if (isMeant) this.#logical(inner, depth);
    else if (/^\$[A-Za-z_]\w*=.*\\$/s.test(rest)) this.#open = { name: undefined, lines: [] };
  }

  #define(line: Line): void {
    const [, name = "", value = ""] = /^\$([A-Za-z_]\w*)=\s*(.*)$/s.exec(line.text) ?? [];
    if (!value.endsWith("\\")) this.#definitions.set(name, [{ ...line, text: value }]);
    else {
      const first = value.slice(0, -1).trimEnd();
      this.#open = { name, lines: first === "" ? [] : [{ ...line, text: first }] };
    }
  }

  #repeat(line: Line, depth: number): void {
    const { report } = this.#options;
    const repetition = parseRepetition(line.text, (text) => this.#replace({ ...line, text })?.text ?? text);
    if ("problem" in repetition) return report.add(originOf(line), repetition.problem);
    const { count, rest } = repetition;
    if (count > MAX_LINES - this.#processed) {
      return report.add(originOf(line), `it stands for ${count} lines; there may be 1,000,000 in all`);
    }
    for (let index = 0; index < count; index++) {
      for (const [name, value] of repetition.definitions(index)) {
        this.#definitions.set(name, [{ ...line, text: value }]);
      }
      this.#logical({ ...line, text: rest, isVerbatim: false }, depth);
    }
  }

  /** A line with values in place of names; undefined, and reported, if that would not end. */
  #replace(line: Line): ReturnType<Definitions["substitute"]> | undefined {
    const { report } = this.#options;
    try {
      const replaced = this.#definitions.substitute(line.text, { directory: this.#paths.directoryOf(line.file) });
      for (const name of replaced.fixed) {
        report.add(
          originOf(line),
          `keepalived takes another number at each start: \${${name}} became its smallest one`,
        );
      }
      return replaced;
    } catch (error) {
      if (!(error instanceof EndlessSubstitution)) throw error;
      report.add(originOf(line), `putting in $${error.message} would never end, or make the line too long`);
      return undefined;
    }
  }

  #substitute(line: Line, depth: number): void {
    const replaced = this.#replace(line);
    if (replaced === undefined) return;
    const { text, lines, rest = "", isChanged } = replaced;
    if (!isChanged) this.lines.push(line);
    else if (lines === undefined) this.#again({ ...line, text: text.trim(), isVerbatim: false });
    else if (depth >= MAX_DEPTH) {
      this.#options.report.add(originOf(line), `values of several lines may stand in each other ${MAX_DEPTH} deep`);
    } else {
      for (const [index, inner] of lines.entries()) {
        const before = index === 0 ? text : "";
        const after = index === lines.length - 1 ? rest : "";
        const isVerbatim = before + after === "";
        this.#logical({ ...inner, text: `${before}${inner.text}${after}`.trim(), isVerbatim }, depth + 1);
      }
    }
  }

  /** A line in which nothing is left to put in may have become a condition. */
  #again(line: Line): void {
    if (line.text.startsWith("@")) this.#conditional(line, 0);
    else if (line.text !== "") this.lines.push(line);
  }
}
