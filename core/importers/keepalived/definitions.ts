import type { Variables } from "../../config/mod.ts";

/** A line of a definition's value. */
export interface DefinedLine {
  /** The text. */
  readonly text: string;
  /** Name of its file. */
  readonly file: string;
  /** Its line, from 1. */
  readonly line: number;
  /** Column of its first character, from 1. */
  readonly column: number;
}

/** The values of predefined names. */
export interface PredefinedNames {
  /** The environment variables. */
  readonly variables: Variables;
  /** The program's instance, or the host name. */
  readonly instance: string;
}

/** Most characters of a line, a limit for values that multiply. */
const MAX_LENGTH = 65_536;

/** Most substitutions in a line. */
const MAX_SUBSTITUTIONS = 10_000;

const USE = /\$\{([^{}]*)\}|\$([A-Za-z_]\w*)(?=\s|$)/g;

/** The substitution of a line exceeds a limit; the message is the name. */
export class EndlessSubstitution extends Error {
  /** Class name, for debugging. */
  override name = "EndlessSubstitution";
}

/** The result of a substitution: a line, or the text around a value of several lines. */
export interface Substituted {
  /** The text, up to a value of several lines. */
  readonly text: string;
  /** The lines of a value of several lines. */
  readonly lines?: readonly DefinedLine[];
  /** The text after that value. */
  readonly rest?: string;
  /** Whether a name was replaced. */
  readonly isChanged: boolean;
  /** Names with a random value that became a fixed one: `_RANDOM 1 9`. */
  readonly fixed: readonly string[];
}

/** The names that a file defines, with their current values. */
export class Definitions {
  readonly #values = new Map<string, readonly DefinedLine[]>();
  readonly #predefinedNames: PredefinedNames;

  /** Starts without definitions. */
  constructor(predefinedNames: PredefinedNames) {
    this.#predefinedNames = predefinedNames;
  }

  /** Defines or redefines a name. */
  set(name: string, lines: readonly DefinedLine[]): void {
    this.#values.set(name, lines);
  }

  /** The value of a predefined name; undefined for other names. */
  #predefined(use: string, directory: string): string | undefined {
    const [name = "", ...words] = use.trim().split(/\s+/);
    switch (name) {
      case "_PWD":
        return directory;
      case "_INSTANCE":
        return this.#predefinedNames.instance;
      case "_HASH":
        return "#";
      case "_BANG":
        return "!";
      case "_RANDOM":
        return words.every((word) => /^\d+$/.test(word)) ? words[0] ?? "0" : undefined;
      case "_ENV":
        return this.#predefinedNames.variables(words[0] ?? "");
      default:
        return undefined;
    }
  }

  /**
   * Replaces names by their values, from left to right, also within the values. An undefined name stays.
   *
   * @param options.directory The directory of the file.
   * @throws {EndlessSubstitution} If it would not end.
   */
  substitute(text: string, options: { readonly directory: string }): Substituted {
    let result = text;
    let count = 0;
    const fixed: string[] = [];
    const uses = new RegExp(USE);
    for (let match = uses.exec(result); match !== null; match = uses.exec(result)) {
      const [whole, braced, bare] = match;
      const name = braced ?? bare ?? "";
      const lines = this.#values.get(name);
      const value = lines === undefined ? this.#predefined(name, options.directory) : lines[0]?.text ?? "";
      if (value === undefined) continue;
      if (name.startsWith("_RANDOM")) fixed.push(name);
      const before = result.slice(0, match.index);
      const after = result.slice(match.index + whole.length);
      if (lines !== undefined && lines.length > 1) return { text: before, lines, rest: after, isChanged: true, fixed };
      result = before + value + after;
      count++;
      if (count > MAX_SUBSTITUTIONS || result.length > MAX_LENGTH) throw new EndlessSubstitution(name);
      // Search the value, too.
      uses.lastIndex = match.index;
    }
    return { text: result, isChanged: count > 0, fixed };
  }
}
