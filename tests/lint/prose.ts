import { findPhrases } from "./phrases.ts";

/** A phrase of a Markdown file that is not plain English. */
export interface ProseProblem {
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** The phrase, and the advice. */
  readonly message: string;
}

/** The phrases of a Markdown file that are not plain English; code, in blocks or in a line, is left out. */
export function proseProblems(markdown: string): readonly ProseProblem[] {
  const text = markdown
    .replace(/^( *)(```|~~~)[^]*?^\1\2/gm, (block) => block.replace(/[^\n]/g, " "))
    .replace(/`[^`\n]+`|\]\([^)\n]*\)/g, (code) => "\uE000".repeat(code.length))
    // Two paragraphs are two texts; the end of a line within one is a blank.
    .replace(/\n(?=\s*(\n|[-*|#]|\d+\. ))/g, "\uE000");
  return findPhrases(text).map(({ index, message }) => {
    const before = markdown.slice(0, index).split("\n");
    return { line: before.length, column: (before.at(-1) ?? "").length + 1, message };
  });
}
