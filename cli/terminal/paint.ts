import { forTerminal } from "../../core/model/mod.ts";
import type { Line, Style } from "./line.ts";

/** The parameters of SGR (ECMA-48, 8.3.117) for each style. */
const PARAMETERS: Readonly<Record<Style, string>> = {
  added: "32",
  changed: "33",
  removed: "31",
  good: "32",
  bad: "31",
  warning: "33",
  dim: "2",
  bold: "1",
  reverse: "7",
};

const RESET = "\x1b[0m";

/** A line for a terminal with colours; its texts pass {@linkcode forTerminal}, so that no text can colour itself. */
export function paintedLine(line: Line): string {
  if (typeof line === "string") return forTerminal(line);
  return line.map(({ text, style }) => {
    const shown = forTerminal(text);
    return style === undefined || shown.trim() === "" && style !== "reverse"
      ? shown
      : `\x1b[${PARAMETERS[style]}m${shown}${RESET}`;
  }).join("");
}

/** A line for a terminal without colours. Lines in reverse have no other sign than that, so they keep it. */
export function plainLine(line: Line): string {
  if (typeof line === "string") return forTerminal(line);
  return line.map((span) => span.style === "reverse" ? paintedLine([span]) : forTerminal(span.text)).join("");
}
