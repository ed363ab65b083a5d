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

/** A value of several lines, which replaces a name only at the end of a line. */
export interface Definition {
  /** Its lines. */
  readonly lines: readonly DefinedLine[];
  /** Whether it was written with a backslash at the end of a line. */
  readonly isMultiline: boolean;
}

/** The values of predefined names. */
export interface PredefinedNames {
  /** The program's instance, or the host name. */
  readonly instance: string;
}

/** Most characters of a line, a limit for values that multiply. */
const MAX_LENGTH = 65_536;

/** Most substitutions in a line. */
const MAX_SUBSTITUTIONS = 10_000;

/** The substitution of a line exceeds a limit; the message is the name. */
export class EndlessSubstitution extends Error {
  /** Class name, for debugging. */
  override name = "EndlessSubstitution";
}

/** The result of a substitution. */
export interface Substituted {
  /** The line; its end may be the first line of values of several lines. */
  readonly text: string;
  /** The other lines of those values, in the order in which they were found. */
  readonly pending: readonly (readonly DefinedLine[])[];
  /** Whether a name was replaced. */
  readonly isChanged: boolean;
  /** The place of the text if the whole line is the first line of a value. */
  readonly place: DefinedLine | undefined;
  /** Names with a random value that became a fixed one: `_RANDOM`. */
  readonly fixed: readonly string[];
}

/** A name in a line. */
interface Use {
  readonly name: string;
  /** The position after the replaced text. */
  readonly end: number;
  /** Whether a value of several lines fits here. */
  readonly isAtEnd: boolean;
  /** Its arguments, as only _RANDOM may have. */
  readonly arguments: string;
}

/** Reads the name at a dollar sign; undefined if there is none. */
function useAt(text: string, at: number): Use | undefined {
  const rest = text.slice(at);
  const bare = /^\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)/.exec(rest);
  if (bare !== null) {
    const [whole, name = ""] = bare;
    return { name, end: at + whole.length, isAtEnd: whole.length === rest.length, arguments: "" };
  }
  const [, head, name, words] = /^(\$\{([A-Za-z_][A-Za-z0-9_]*))([ 0-9]*)\}/.exec(rest) ?? [];
  if (head === undefined || name === undefined || words === undefined) return undefined;
  const hasArguments = /\d/.test(words);
  if (hasArguments && words.endsWith(" ")) return undefined;
  // keepalived replaces one character after the name, also where a blank precedes the brace.
  const end = at + head.length + 1 + (hasArguments ? words.length : 0);
  return { name, end, isAtEnd: rest.length === head.length + 1, arguments: hasArguments ? words.trim() : "" };
}

/** The names that a file defines, with their current values. */
export class Definitions {
  readonly #values = new Map<string, Definition>();
  readonly #predefinedNames: PredefinedNames;

  /** Starts without definitions. */
  constructor(predefinedNames: PredefinedNames) {
    this.#predefinedNames = predefinedNames;
  }

  /** Defines or redefines a name. */
  set(name: string, definition: Definition): void {
    this.#values.set(name, definition);
  }

  /** Whether the value of a name was written with a backslash at the end of a line. */
  isMultiline(name: string): boolean {
    return this.#values.get(name)?.isMultiline === true;
  }

  /** The value of a predefined name; undefined for other names. */
  #predefined(use: Use, directory: string): string | undefined {
    switch (use.name) {
      case "_PWD":
        return directory;
      case "_INSTANCE":
        return this.#predefinedNames.instance;
      case "_HASH":
        return "#";
      case "_BANG":
        return "!";
      case "_RANDOM":
        return use.arguments.split(" ")[0] || "0";
      default:
        return undefined;
    }
  }

  #find(use: Use, directory: string): Definition | undefined {
    const { name, isAtEnd } = use;
    const own = this.#values.get(name);
    if (use.arguments !== "" && (own !== undefined || name !== "_RANDOM")) return undefined;
    if (own !== undefined) return own.isMultiline && !isAtEnd ? undefined : own;
    const text = this.#predefined(use, directory);
    return text === undefined ? undefined : { lines: [{ text, file: "", line: 0, column: 0 }], isMultiline: false };
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
    let place: DefinedLine | undefined;
    const fixed: string[] = [];
    const pending: (readonly DefinedLine[])[] = [];
    let at = result.indexOf("$");
    while (at >= 0 && at < result.length - 1) {
      const use = useAt(result, at);
      const definition = use === undefined ? undefined : this.#find(use, options.directory);
      if (use === undefined || definition === undefined) {
        at = result.indexOf("$", at + 1);
        continue;
      }
      const { name, end } = use;
      if (!this.#values.has(name) && name === "_RANDOM") fixed.push(result.slice(at, end));
      const [first, ...others] = definition.lines;
      const value = first?.text ?? "";
      place = at === 0 && use.isAtEnd && definition.isMultiline ? first : undefined;
      if (definition.isMultiline && others.length > 0) pending.push(others);
      result = result.slice(0, at) + value + result.slice(end);
      count++;
      if (count > MAX_SUBSTITUTIONS || result.length > MAX_LENGTH) throw new EndlessSubstitution(name);
      if (/^[ \t]*~/.test(value)) break;
      // The value may contain names, too.
      at = result.indexOf("$", at);
    }
    return { text: result, pending, isChanged: count > 0, place, fixed };
  }
}
