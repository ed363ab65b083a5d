import type { Labels } from "./family.ts";

/** Most labels need no escape, and a test is cheaper than a replacement. */
const ESCAPED = /["\\\n]/;

/** Labels as text, without the braces around them. */
export function formatMetricLabels(labels: Labels): string {
  let text = "";
  for (const [name, value] of Object.entries(labels)) {
    text += `${text === "" ? "" : ","}${name}="${escapeQuoted(value)}"`;
  }
  return text;
}

/** Text between quotes. */
export function escapeQuoted(text: string): string {
  return ESCAPED.test(text) ? text.replace(/["\\\n]/g, escapeCharacter) : text;
}

/** A character with a backslash. */
export function escapeCharacter(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
