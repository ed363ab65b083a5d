import { EXIT, LvsctlError } from "../errors/mod.ts";
import { visible } from "./text.ts";

/** A label as it is written: KEY=VALUE. */
export const LABEL = /^([A-Za-z][\w.-]{0,62})=([\w.-]{1,63})$/;

/** The labels of a director: values by key. They choose the parts of a file that are for it. */
export type Labels = ReadonlyMap<string, string>;

/**
 * Parses labels such as `role=edge`.
 *
 * @throws {LvsctlError} If one has another form, or a key has two values.
 */
export function parseLabels(texts: Iterable<string>): Labels {
  const labels = new Map<string, string>();
  for (const text of texts) {
    const [, key, value] = LABEL.exec(text) ?? [];
    if (key === undefined || value === undefined) throw refusal(text, "it is not a label such as role=edge");
    const before = labels.get(key);
    if (before !== undefined && before !== value) throw refusal(text, `${key} is ${before} already`);
    labels.set(key, value);
  }
  return labels;
}

/** Labels as texts, in the order of their keys. */
export function formatLabels(labels: Labels): readonly string[] {
  return [...labels].map(([key, value]) => `${key}=${value}`).sort();
}

function refusal(text: string, reason: string): LvsctlError {
  return new LvsctlError(reason, {
    operation: "use the label",
    object: visible(text),
    hint: "write KEY=VALUE, of letters, digits, dots, dashes and underscores",
    exitCode: EXIT.usage,
  });
}
