import type { Variables } from "../../config/mod.ts";

/** A line of a definition's value. */
export interface DefinedLine {
  /** The text. */
  readonly text: string;
  /** Name of the file that it stands in. */
  readonly file: string;
  /** Its line, from 1. */
  readonly line: number;
  /** Column of its first character, from 1. */
  readonly column: number;
}

/** What is known without being defined. */
export interface Surroundings {
  /** The environment. */
  readonly variables: Variables;
  /** What the program calls itself: its instance, or the host. */
  readonly instance: string;
}

/** How long a line may become, which holds off values that repeat each other. */
const MAX_LENGTH = 65_536;

/** How often something may be put into one line. */
const MAX_SUBSTITUTIONS = 10_000;

const USE = /\$\{([^{}]*)\}|\$([A-Za-z_]\w*)(?=\s|$)/g;

/** A line whose substitution would not end, or not soon enough. */
export class EndlessSubstitution extends Error {
  override name = "EndlessSubstitution";
}

/** What substitution makes of a line: the line itself, or what stands around a value of several lines. */
export interface Substituted {
  /** The text; up to the value, where there is one of several lines. */
  readonly text: string;
  /** The lines of a value of several lines. */
  readonly lines?: readonly DefinedLine[];
  /** What stands behind those. */
  readonly rest?: string;
  /** Whether anything was put in. */
  readonly isChanged: boolean;
  /** Values that are different each time and have become a fixed one: `_RANDOM 1 9`. */
  readonly fixed: readonly string[];
}

/** The names that a file defines, each with its present value. */
export class Definitions {
  readonly #values = new Map<string, readonly DefinedLine[]>();
  readonly #surroundings: Surroundings;

  /** Makes one without definitions. */
  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Defines a name, or defines it anew. */
  set(name: string, lines: readonly DefinedLine[]): void {
    this.#values.set(name, lines);
  }

  /** The value of a name that needs no definition. */
  #predefined(use: string, directory: string): string | undefined {
    const [name = "", ...words] = use.trim().split(/\s+/);
    switch (name) {
      case "_PWD":
        return directory;
      case "_INSTANCE":
        return this.#surroundings.instance;
      case "_HASH":
        return "#";
      case "_BANG":
        return "!";
      case "_RANDOM":
        return words.every((word) => /^\d+$/.test(word)) ? words[0] ?? "0" : undefined;
      case "_ENV":
        return this.#surroundings.variables(words[0] ?? "");
      default:
        return undefined;
    }
  }

  /**
   * Puts values in place of names, from left to right and in what was put in too. A name that is not defined stays.
   *
   * @param options.directory Where the file is.
   * @throws {EndlessSubstitution} If it would not end.
   */
  substitute(text: string, options: { readonly directory: string }): Substituted {
    let written = text;
    let count = 0;
    const fixed: string[] = [];
    const uses = new RegExp(USE);
    for (let match = uses.exec(written); match !== null; match = uses.exec(written)) {
      const [whole, braced, bare] = match;
      const name = braced ?? bare ?? "";
      const lines = this.#values.get(name);
      const value = lines === undefined ? this.#predefined(name, options.directory) : lines[0]?.text ?? "";
      if (value === undefined) continue;
      if (name.startsWith("_RANDOM")) fixed.push(name);
      const before = written.slice(0, match.index);
      const after = written.slice(match.index + whole.length);
      if (lines !== undefined && lines.length > 1) return { text: before, lines, rest: after, isChanged: true, fixed };
      written = before + value + after;
      count++;
      if (count > MAX_SUBSTITUTIONS || written.length > MAX_LENGTH) throw new EndlessSubstitution(name);
      // What was put in is looked at again.
      uses.lastIndex = match.index;
    }
    return { text: written, isChanged: count > 0, fixed };
  }
}
