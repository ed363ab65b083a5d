import { EXIT, LvsctlError } from "../../errors/mod.ts";
import type { ImportSource, ImportWorld, Report } from "../imported.ts";
import { type DefinedLine, Definitions, EndlessSubstitution } from "./definitions.ts";
import { IncludedPaths } from "./included_paths.ts";
import { type Line, originOf, stripComment } from "./lines.ts";
import { parseRepetition } from "./sequences.ts";

/** Most lines of a configuration after preprocessing. */
const MAX_LINES = 1_000_000;

/** Most levels of nested values of several lines. */
const MAX_DEPTH = 50;

/** A file that includes the current file, directly or indirectly. */
interface Including {
  readonly file: string;
  readonly path: string;
}

/** Options of {@linkcode preprocess}. */
export interface PreprocessOptions {
  /** The file system, the environment and the machine. */
  readonly world: ImportWorld;
  /** The id that selects lines with `@`. */
  readonly configId: string;
  /** Receives the lines that cannot be processed. */
  readonly report: Report;
}

/**
 * Reads the lines of a configuration and its included files: evaluates conditions, replaces names, expands sequences and
 * lists, and removes comments.
 *
 * @throws {LvsctlError} If the result has too many lines.
 */
export function preprocess(source: ImportSource, options: PreprocessOptions): readonly Line[] {
  const preprocessor = new Preprocessor(options);
  preprocessor.read(source, []);
  return preprocessor.lines;
}

class Preprocessor {
  /** The result so far. */
  readonly lines: Line[] = [];
  readonly #options: PreprocessOptions;
  readonly #definitions: Definitions;
  readonly #paths: IncludedPaths;
  /** The current definition of several lines; without a name its lines are skipped. */
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
      const [, content = "", continuation] = /^(.*?)\s*(\\?)$/s.exec(text) ?? [];
      this.#open.lines.push({ ...line, text: content });
      if (continuation === "") this.#close();
      return;
    }
    if (text === "") return;
    const [, pattern] = /^include[rmwba]?\s+(.*)$/s.exec(text) ?? [];
    if (pattern !== undefined) this.#include(line, { pattern: pattern.replace(/^(["'])(.*)\1$/, "$2"), chain });
    else this.#logical(line, 0);
  }

  #include(line: Line, { pattern, chain }: { readonly pattern: string; readonly chain: readonly Including[] }): void {
    const { report } = this.#options;
    const included = this.#paths.find(pattern, { from: line.file });
    if ("problem" in included) report.add(originOf(line), included.problem);
    else {
      for (const file of included.paths) {
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

  /** Reads an included file; undefined, with a report, if it cannot be read. */
  #readFile(file: string, line: Line): string | undefined {
    try {
      return this.#options.world.files.readFile(file).replace(/^\ufeff/, "");
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#options.report.add(originOf(line), error.message);
      return undefined;
    }
  }

  /** Processes a complete line: one of a file, or the result of an expansion. */
  #logical(line: Line, depth: number): void {
    this.#processed++;
    if (this.#processed > MAX_LINES) {
      throw new LvsctlError(`line ${line.line} expands it to more than 1,000,000 lines`, {
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
    const isSelected = (id === this.#options.configId) === (not === "");
    const inner = { ...line, text: rest, column: line.column + head.length };
    if (isSelected) this.#logical(inner, depth);
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
      return report.add(originOf(line), `it expands to ${count} lines; the limit is 1,000,000 lines in total`);
    }
    for (let index = 0; index < count; index++) {
      for (const [name, value] of repetition.definitions(index)) {
        this.#definitions.set(name, [{ ...line, text: value }]);
      }
      this.#logical({ ...line, text: rest, isVerbatim: false }, depth);
    }
  }

  /** Replaces the names in a line; undefined, with a report, if that would not end. */
  #replace(line: Line): ReturnType<Definitions["substitute"]> | undefined {
    const { report } = this.#options;
    try {
      const replaced = this.#definitions.substitute(line.text, { directory: this.#paths.directoryOf(line.file) });
      for (const name of replaced.fixed) {
        report.add(
          originOf(line),
          `keepalived picks another number at each start; \${${name}} is replaced by its smallest one`,
        );
      }
      return replaced;
    } catch (error) {
      if (!(error instanceof EndlessSubstitution)) throw error;
      report.add(originOf(line), `replacing $${error.message} would never end, or make the line too long`);
      return undefined;
    }
  }

  #substitute(line: Line, depth: number): void {
    const replaced = this.#replace(line);
    if (replaced === undefined) return;
    const { text, lines, rest = "", isChanged } = replaced;
    if (!isChanged) this.lines.push(line);
    else if (lines === undefined) this.#finish({ ...line, text: text.trim(), isVerbatim: false });
    else if (depth >= MAX_DEPTH) {
      this.#options.report.add(originOf(line), `values of several lines may be nested at most ${MAX_DEPTH} deep`);
    } else {
      for (const [index, inner] of lines.entries()) {
        const before = index === 0 ? text : "";
        const after = index === lines.length - 1 ? rest : "";
        const isVerbatim = before + after === "";
        this.#logical({ ...inner, text: `${before}${inner.text}${after}`.trim(), isVerbatim }, depth + 1);
      }
    }
  }

  /** Adds a line without further names, which may have become a condition. */
  #finish(line: Line): void {
    if (line.text.startsWith("@")) this.#conditional(line, 0);
    else if (line.text !== "") this.lines.push(line);
  }
}
