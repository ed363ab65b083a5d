import { translatePerlRegex } from "../perl_regex.ts";

/** Options that change nothing of what matches, or only how fast. */
const HARMLESS = new Set([
  "auto_callout",
  "dupnames",
  "never_ucp",
  "never_utf",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "never_backslash_c",
  "no_auto_capture",
]);

/**
 * A regular expression of PCRE's as lvsctl has it.
 *
 * @param options What `regex_options` says.
 */
export function pcreRegex(
  pattern: string,
  options: readonly string[],
): { readonly regex: string } | { readonly reason: string } {
  const translated = translatePerlRegex(pattern);
  if ("reason" in translated) return translated;
  let { regex } = translated;
  for (const option of options) {
    if (HARMLESS.has(option)) continue;
    const changed = option === "caseless" ? caseless(regex) : option === "dotall" ? dotAll(regex) : undefined;
    if (changed === undefined) return { reason: `regex_options ${option} has no counterpart` };
    regex = changed;
  }
  return { regex };
}

/** A part of a regular expression: an escape, a class, or one character. */
const PART = /\\u[\da-f]{4}|\\x[\da-f]{2}|\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/gi;

const swap = (letter: string): string => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

/** The same for letters of either case; undefined where that cannot be said. */
function caseless(regex: string): string | undefined {
  let isKnown = true;
  const written = regex.replace(PART, (part) => {
    if (/^[a-z]$/i.test(part)) return `[${part}${swap(part)}]`;
    // A letter by its code.
    if (/^\\u00[4-7]/i.test(part)) isKnown = false;
    if (!part.startsWith("[")) return part;
    const inner = part.slice(1, -1);
    if (/[a-z]-(?![a-z])|[^a-z\\]-[a-z]|\\u00[4-7]/i.test(inner.replace(/\\[dDwWsS]/g, ""))) isKnown = false;
    const more = (inner.match(/\\u[\da-f]{4}|\\[^]|[a-z]-[a-z]|[a-z]/gi) ?? []).filter((each) => !each.startsWith("\\"))
      .map((each) => each.length === 1 ? swap(each) : `${swap(each.charAt(0))}-${swap(each.charAt(2))}`);
    return `[${inner}${more.join("")}]`;
  });
  return isKnown ? written : undefined;
}

/** The same with dots that stand for ends of lines, too. */
function dotAll(regex: string): string {
  return regex.replace(PART, (part) => part === "." ? "[^]" : part);
}
