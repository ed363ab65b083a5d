/** The syntax of an option. */
export interface OptionSyntax {
  /** The word after two dashes. */
  readonly long: string;
  /** The letter after one dash. */
  readonly short?: string;
  /** Whether a value follows; an optional one must not begin with a dash. */
  readonly value?: "required" | "optional";
}

/** The problems that end {@linkcode OptionScanner.next}. */
export type ScanProblem = "unknown option" | "missing argument" | "option does not take an argument";

/**
 * Parses the options of a command line one by one, by the grammar of the popt library: letters may be bundled after one
 * dash, the last letter with its value; `--word=value` and `--word value` are the same; `--` ends the options; other
 * words are legal anywhere.
 */
export class OptionScanner<T extends OptionSyntax> {
  readonly #args: readonly string[];
  readonly #options: OptionIndex<T>;
  #position = 0;
  #bundle = "";
  #onlyWords = false;
  /** The words that are not options. */
  readonly words: string[] = [];
  /** Value of the last option. */
  value: string | undefined;
  /** The problem that made {@linkcode next} return `undefined`; `undefined` at the end of the command line. */
  problem: ScanProblem | undefined;

  /**
   * Starts before the first argument.
   *
   * @param args The command line without the program's name.
   * @param options The known options.
   */
  constructor(args: readonly string[], options: OptionIndex<T>) {
    this.#args = args;
    this.#options = options;
  }

  /** The last argument, for messages. */
  get lastArgument(): string {
    return this.#args[this.#position - 1] ?? "";
  }

  /** Returns the next option; `undefined` at the end and after a problem. */
  next(): T | undefined {
    this.value = undefined;
    return this.#bundle === "" ? this.#nextArgument() : this.#nextLetter();
  }

  #nextArgument(): T | undefined {
    while (this.#position < this.#args.length) {
      const argument = this.#args[this.#position++] ?? "";
      // One letter after one dash is the most frequent form, and needs no parsing.
      const plain = this.#onlyWords ? undefined : this.#options.get(argument);
      if (plain !== undefined) return this.#take(plain, undefined);
      if (this.#onlyWords || argument.charCodeAt(0) !== DASH || argument === "-") {
        this.words.push(argument);
        continue;
      }
      if (argument === "--") {
        this.#onlyWords = true;
        continue;
      }
      if (argument.charCodeAt(1) === DASH) return this.#long(argument);
      this.#bundle = argument.slice(1);
      return this.#nextLetter();
    }
    return undefined;
  }

  #long(argument: string): T | undefined {
    const equals = argument.indexOf("=");
    const option = this.#options.get(equals < 0 ? argument : argument.slice(0, equals));
    if (option === undefined) return this.#fail("unknown option");
    return this.#take(option, equals < 0 ? undefined : argument.slice(equals + 1));
  }

  #nextLetter(): T | undefined {
    const option = this.#options.get(`-${this.#bundle[0]}`);
    if (option === undefined) return this.#fail("unknown option");
    const rest = this.#bundle.slice(1);
    if (option.value === undefined) {
      if (rest.startsWith("=")) return this.#fail("option does not take an argument");
      this.#bundle = rest;
      return option;
    }
    this.#bundle = "";
    return this.#take(option, rest === "" ? undefined : rest.startsWith("=") ? rest.slice(1) : rest);
  }

  #take(option: T, value: string | undefined): T | undefined {
    if (option.value === undefined) {
      return value === undefined ? option : this.#fail("option does not take an argument");
    }
    this.value = value;
    if (value !== undefined) return option;
    const next = this.#args[this.#position];
    if (option.value === "optional" && (next === undefined || next.charCodeAt(0) === DASH)) return option;
    if (next === undefined) return this.#fail("missing argument");
    this.value = next;
    this.#position++;
    return option;
  }

  #fail(problem: ScanProblem): undefined {
    this.#bundle = "";
    this.problem = problem;
  }
}

const DASH = 45;

/** Options by their spelling: "-t" and "--tcp-service". */
export type OptionIndex<T extends OptionSyntax> = ReadonlyMap<string, T>;

/** Indexes a table of options. */
export function indexOptions<T extends OptionSyntax>(options: readonly T[]): OptionIndex<T> {
  const index = new Map<string, T>();
  for (const option of options) {
    index.set(`--${option.long}`, option);
    if (option.short !== undefined) index.set(`-${option.short}`, option);
  }
  return index;
}
