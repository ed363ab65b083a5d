/** POSIX classes inside brackets, as ranges. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "a-z",
  print: "\\x20-\\x7e",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};

/** Escapes that have the same meaning in JavaScript without flags. */
const SAME = /[dDwWsSbBtnrf0\W_]/;

/** What a dot matches in Perl; a dot of JavaScript matches no carriage return either. */
const NO_NEWLINE = "[^\\n]";

const OTHERS: Readonly<Record<string, string>> = {
  A: "^",
  // The very end.
  z: "$",
  a: "\\x07",
  e: "\\x1b",
  h: "[ \\t]",
  H: "[^ \\t]",
  N: NO_NEWLINE,
  R: "(?:\\r\\n|[\\n\\v\\f\\r])",
};

/** The end, or the position before a final newline; a match includes that newline. */
const BEFORE_LAST_NEWLINE = "\\n?$";

/** The result of a translation: the regular expression, or why it has no translation. */
export type Translated = { readonly regex: string } | { readonly reason: string };

/**
 * Translates a regular expression of Perl or PCRE to one with the same meaning in JavaScript.
 *
 * Look-around, back references and flags stay as they are: the reader of configuration files refuses them.
 *
 * @param options.dot The translation of a dot.
 */
export function translatePerlRegex(pattern: string, options: { readonly dot?: string } = {}): Translated {
  const { dot = NO_NEWLINE } = options;
  let regex = "";
  let isInClass = false;
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const escape = /^\\(x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[^])/.exec(rest);
    const posix = isInClass ? /^\[:(\^?)(\w+):\]/.exec(rest) : null;
    if (/^\\N\{/.test(rest)) return { reason: "\\N{...} names a character, which has no counterpart" };
    if (escape !== null) {
      const [whole, name = ""] = escape;
      const translated = translateEscape(name, isInClass);
      if (translated === undefined) return { reason: `${whole} has another meaning outside of Perl` };
      regex += translated;
      at += whole.length;
    } else if (posix !== null) {
      const [whole, negation, name = ""] = posix;
      const range = POSIX[name];
      if (range === undefined || negation !== "") return { reason: `${whole} has no counterpart` };
      regex += range;
      at += whole.length;
    } else if (!isInClass && /^(?:[*+?]|\{\d+(?:,\d*)?\})\+/.test(rest)) {
      return { reason: "possessive quantifiers have no counterpart" };
    } else if (!isInClass && /^\{,\d+\}/.test(rest)) {
      return { reason: "{,N} is a quantifier in some versions and text in others" };
    } else {
      const [character = ""] = rest;
      // In Perl a closing bracket at the start of a class is one of its characters; in JavaScript it ends the class.
      const first = !isInClass ? /^\[\^?\]/.exec(rest) : null;
      if (first !== null) {
        regex += `${first[0].slice(0, -1)}\\]`;
        at += first[0].length;
        isInClass = true;
        continue;
      }
      if (character === "[") regex += isInClass ? "\\[" : "[";
      else if (character === "$" && !isInClass) regex += BEFORE_LAST_NEWLINE;
      else if (character === "." && !isInClass) regex += dot;
      else regex += character;
      if (character === "[") isInClass = true;
      else if (character === "]") isInClass = false;
      at++;
    }
  }
  return { regex };
}

function translateEscape(name: string, isInClass: boolean): string | undefined {
  const code = /^x\{?([0-9A-Fa-f]+)\}?$/.exec(name)?.[1];
  if (code !== undefined) {
    const value = parseInt(code, 16);
    return value > 0xffff ? undefined : `\\u${value.toString(16).padStart(4, "0")}`;
  }
  if (SAME.test(name) || /[1-9]/.test(name)) return `\\${name}`;
  if (isInClass) return name === "a" || name === "e" ? OTHERS[name] : name === "h" ? " \\t" : undefined;
  if (name === "Z") return BEFORE_LAST_NEWLINE;
  return Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
}

/** Whether a pattern matches its own text alone. */
export function isLiteral(pattern: string): boolean {
  return !/[\\^$.|?*+()[\]{}]/.test(pattern);
}
