import { translatePerlRegex } from "../perl_regex.ts";

/** Options that do not change the matches. */
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
 * Translates a regular expression of PCRE for lvsctl.
 *
 * @param options The words of `regex_options`.
 */
export function pcreRegex(
  pattern: string,
  options: readonly string[],
): { readonly regex: string } | { readonly reason: string } {
  const translated = translatePerlRegex(pattern, options.includes("dotall") ? { dot: "[^]" } : {});
  if ("reason" in translated) return translated;
  let { regex } = translated;
  for (const option of options) {
    if (HARMLESS.has(option) || option === "dotall") continue;
    const changed = option === "caseless" ? caseless(regex) : undefined;
    if (changed === undefined) return { reason: `regex_options ${option} has no counterpart` };
    regex = changed;
  }
  return { regex };
}

/** A part of a regular expression: an escape, a class, or one character. */
const PART = /\\u[\da-f]{4}|\\x[\da-f]{2}|\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/gi;

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}

/** Makes a regular expression match letters of either case; undefined if it is too complex. */
function caseless(regex: string): string | undefined {
  let isKnown = true;
  const translated = regex.replace(PART, (part) => {
    if (/^[a-z]$/i.test(part)) return `[${part}${swapCase(part)}]`;
    // A letter as an escape.
    if (/^\\u00[4-7]/i.test(part)) isKnown = false;
    if (!part.startsWith("[")) return part;
    const inner = part.slice(1, -1);
    if (/[a-z]-(?![a-z])|[^a-z\\]-[a-z]|\\u00[4-7]/i.test(inner.replace(/\\[dDwWsS]/g, ""))) isKnown = false;
    const more = (inner.match(/\\u[\da-f]{4}|\\[^]|[a-z]-[a-z]|[a-z]/gi) ?? []).filter((each) => !each.startsWith("\\"))
      .map((each) => each.length === 1 ? swapCase(each) : `${swapCase(each.charAt(0))}-${swapCase(each.charAt(2))}`);
    return `[${inner}${more.join("")}]`;
  });
  return isKnown ? translated : undefined;
}
