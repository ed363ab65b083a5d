import { visible } from "../../core/model/mod.ts";

/** Text of HTML. Only {@linkcode html} makes it, so that everything else is escaped. */
export class Html {
  /** The text. */
  readonly text: string;

  /** As HTML. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value within a template: other values than HTML become visible text. */
export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/**
 * Makes HTML from a template. Each value is escaped for text and quoted attributes, because answers of servers, names
 * and files may be hostile.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? "";
  for (const [index, value] of values.entries()) text += `${markup(value)}${strings[index + 1] ?? ""}`;
  return new Html(text);
}

function markup(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(markup).join("");
  return escapeText(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
