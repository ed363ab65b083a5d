import { CLASS_ESCAPES, type CodeUnits, complementOf, DOT, rangesOf, unionOf } from "./code_units.ts";

/** A condition on a position in the text. */
export type Assertion = "start" | "end" | "boundary" | "no boundary";

/** A regular expression as a tree. */
export type Node =
  | { readonly kind: "empty" }
  | { readonly kind: "unit"; readonly units: CodeUnits }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  | { readonly kind: "repetition"; readonly body: Node; readonly min: number; readonly max: number };

/** Why an expression cannot be used: a reason that continues "the expression ...", and a way out. */
export interface RegexProblem {
  /** The reason: "has a look-ahead at character 3". */
  readonly reason: string;
  /** What to write instead. */
  readonly hint: string;
}

/** Thrown by {@linkcode parseSyntax}. */
export class RegexError extends Error {
  /** The name of the class. */
  override readonly name = "RegexError";
  /** The problem, as words for a message. */
  readonly problem: RegexProblem;

  /** Keeps the problem. */
  constructor(problem: RegexProblem) {
    super(`${problem.reason}; ${problem.hint}`);
    this.problem = problem;
  }
}

/** A part of the syntax of other engines, by its beginning. */
interface Foreign {
  readonly form: RegExp;
  readonly name: string;
  readonly hint: string;
}

const PLAIN_GROUP = "write a group as (...), (?:...) or (?<name>...)";
const NO_BACKTRACKING = "leave it out, since lvsctl never goes back in the text";

/** What can follow an opening parenthesis in other engines. */
const FOREIGN_GROUPS: readonly Foreign[] = [
  { form: /^\(\?=/y, name: "a look-ahead", hint: "write two expressions as two checks of an all_of" },
  { form: /^\(\?!/y, name: "a negative look-ahead", hint: "write what must not match as not_regex" },
  { form: /^\(\?<=/y, name: "a look-behind", hint: "write the text before it as part of the expression" },
  { form: /^\(\?<!/y, name: "a negative look-behind", hint: "write what must not match as not_regex" },
  { form: /^\(\?>/y, name: "an atomic group", hint: "write (?:...), since lvsctl never goes back in the text" },
  { form: /^\(\?#/y, name: "a comment", hint: "leave it out" },
  { form: /^\(\?\(/y, name: "a condition", hint: "write both cases as alternatives, A|B" },
  {
    form: /^\(\?(?:R|[+-]?\d|&|P>)/y,
    name: "a recursion",
    hint: "write the levels that you need one inside the other",
  },
  { form: /^\(\?P=/y, name: "a back reference", hint: "write the text again in place of the reference" },
  { form: /^\(\?P?[<']/y, name: "a group of another form", hint: PLAIN_GROUP },
  {
    form: /^\(\?[a-zA-Z^-]/y,
    name: "flags inside the expression",
    hint: "write [Aa] for both cases of a letter, and [^] for any character",
  },
  { form: /^\(\*/y, name: "a verb of PCRE", hint: "leave it out" },
];

const GROUP_NAME = /^\(\?<[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*>/uy;
const QUANTIFIER = /[*+?]|\{(\d+)(?:(,)(\d*))?\}/y;

/** Escapes of one character each. */
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/**
 * Parses an expression as JavaScript reads it without flags, legacy escapes included.
 *
 * @throws {RegexError} If it is not an expression, or has what cannot be matched in linear time.
 */
export function parseSyntax(pattern: string): Node {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#pattern.length) throw this.#wrong("unmatched )", this.#at);
    return node;
  }

  #wrong(what: string, at: number): RegexError {
    return new RegexError({
      reason: `is not a regular expression: ${what} at character ${at + 1}`,
      hint: "write one in JavaScript's syntax",
    });
  }

  #unsupported(name: string, { at, hint }: { readonly at: number; readonly hint: string }): RegexError {
    return new RegexError({ reason: `has ${name} at character ${at + 1}, which lvsctl does not support`, hint });
  }

  /** Matches a sticky pattern here, without skipping it. */
  #look(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    return form.exec(this.#pattern);
  }

  #skip(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    // Every node but the empty one has states, so that building the automaton takes time in proportion to them.
    while (this.#skip("|")) parts.push(this.#sequence());
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : { kind: "choice", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern.charAt(this.#at))) {
      const part = this.#term();
      if (part.kind !== "empty") parts.push(part);
    }
    const [first] = parts;
    if (first === undefined) return { kind: "empty" };
    return parts.length === 1 ? first : { kind: "sequence", parts };
  }

  #term(): Node {
    if (this.#skip("^")) return { kind: "assertion", assertion: "start" };
    if (this.#skip("$")) return { kind: "assertion", assertion: "end" };
    if (this.#skip("\\b")) return { kind: "assertion", assertion: "boundary" };
    if (this.#skip("\\B")) return { kind: "assertion", assertion: "no boundary" };
    if (this.#look(QUANTIFIER) !== null) throw this.#wrong("nothing to repeat", this.#at);
    return this.#repeated(this.#atom());
  }

  #repeated(body: Node): Node {
    const at = this.#at;
    const found = this.#look(QUANTIFIER);
    if (found === null) return body;
    const [quantifier, first = "", comma, last = ""] = found;
    this.#at += quantifier.length;
    if (this.#skip("+")) {
      throw this.#unsupported("a possessive quantifier", { at, hint: NO_BACKTRACKING.replace("it", "its last +") });
    }
    // Whether a quantifier is lazy decides where a match ends, and not whether there is one.
    this.#skip("?");
    const [min, max] = quantifier === "*"
      ? [0, Infinity]
      : quantifier === "+"
      ? [1, Infinity]
      : quantifier === "?"
      ? [0, 1]
      : [Number(first), comma === undefined ? Number(first) : last === "" ? Infinity : Number(last)];
    if (max < min) throw this.#wrong("numbers out of order in {}", at);
    if (body.kind === "empty" || max === 0) return { kind: "empty" };
    return min === 1 && max === 1 ? body : { kind: "repetition", body, min, max };
  }

  #atom(): Node {
    const at = this.#at;
    switch (this.#pattern.charAt(at)) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "unit", units: this.#class() };
      case ".":
        this.#at++;
        return { kind: "unit", units: DOT };
      case "\\":
        return { kind: "unit", units: this.#escape() };
      default:
        this.#at++;
        return { kind: "unit", units: single(this.#pattern.charCodeAt(at)) };
    }
  }

  #group(): Node {
    const at = this.#at;
    const name = this.#look(GROUP_NAME);
    if (name !== null) this.#at += name[0].length;
    else if (!this.#skip("(?:")) {
      const rest = this.#pattern.slice(at);
      for (const { form, name, hint } of FOREIGN_GROUPS) {
        form.lastIndex = 0;
        if (form.test(rest)) throw this.#unsupported(name, { at, hint });
      }
      this.#at++;
      if (this.#pattern.startsWith("?", this.#at)) throw this.#wrong("invalid group", at);
    }
    const node = this.#choice();
    if (!this.#skip(")")) throw this.#wrong("unterminated group", at);
    return node;
  }

  /** An escape outside of a class. */
  #escape(): CodeUnits {
    const at = this.#at;
    const name = this.#pattern.charAt(at + 1);
    if (/[1-9k]/.test(name)) {
      throw this.#unsupported("a back reference", { at, hint: "write the text again in place of the reference" });
    }
    const units = this.#classEscape();
    return units ?? single(this.#character({ isInClass: false }));
  }

  /** Reads `\d` and its relatives, if one is next. */
  #classEscape(): CodeUnits | undefined {
    const name = this.#pattern.charAt(this.#at + 1);
    const units = this.#pattern.charAt(this.#at) === "\\" && Object.hasOwn(CLASS_ESCAPES, name)
      ? CLASS_ESCAPES[name]
      : undefined;
    if (units !== undefined) this.#at += 2;
    return units;
  }

  /** Reads an escape of one code unit; its backslash is next. */
  #character({ isInClass }: { readonly isInClass: boolean }): number {
    const at = this.#at++;
    const name = this.#pattern.charAt(this.#at);
    if (name === "") throw this.#wrong("\\ without a character", at);
    const control = this.#look(isInClass ? /c(\w)/y : /c([A-Za-z])/y);
    if (control !== null) return this.#skipped(control[0], (control[1] ?? "").charCodeAt(0) % 32);
    // JavaScript reads this backslash as a character.
    if (name === "c") return 0x5c;
    const code = this.#look(/x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})/y);
    if (code !== null) return this.#skipped(code[0], parseInt(code[1] ?? code[2] ?? "", 16));
    const octal = this.#look(/[0-3][0-7]{0,2}|[4-7][0-7]?/y);
    if (octal !== null) return this.#skipped(octal[0], parseInt(octal[0], 8));
    if (isInClass && name === "b") return this.#skipped(name, 8);
    return this.#skipped(name, Object.hasOwn(CONTROLS, name) ? CONTROLS[name] ?? 0 : name.charCodeAt(0));
  }

  #skipped(text: string, value: number): number {
    this.#at += text.length;
    return value;
  }

  #class(): CodeUnits {
    const start = this.#at++;
    const isNegated = this.#skip("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#skip("]")) {
      if (this.#at >= this.#pattern.length) throw this.#wrong("unterminated class", start);
      const at = this.#at;
      const first = this.#classAtom();
      if (!this.#pattern.startsWith("-", this.#at) || /^-(?:\]|$)/.test(this.#pattern.slice(this.#at, this.#at + 2))) {
        ranges.push(...rangesOf(first));
        continue;
      }
      this.#at++;
      const last = this.#classAtom();
      const [from = 0, ...others] = first;
      const [to = 0, ...more] = last;
      if (others.length > 1 || more.length > 1 || others[0] !== from || more[0] !== to) {
        // A range cannot end with \d, so the hyphen is a character.
        ranges.push(...rangesOf(first), [0x2d, 0x2d], ...rangesOf(last));
      } else if (from > to) throw this.#wrong("range out of order in a class", at);
      else ranges.push([from, to]);
    }
    const units = unionOf(ranges);
    return isNegated ? complementOf(units) : units;
  }

  #classAtom(): CodeUnits {
    if (this.#pattern.charAt(this.#at) !== "\\") return single(this.#pattern.charCodeAt(this.#at++));
    return this.#classEscape() ?? single(this.#character({ isInClass: true }));
  }
}

function single(unit: number): CodeUnits {
  return [unit, unit];
}
