import { wordArgument, type WordParser } from "./arguments.ts";

/** When text is coloured. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;

/** Reads when text is coloured. */
export const colorArgument: WordParser<(typeof COLOR_CHOICES)[number]> = wordArgument(COLOR_CHOICES);

/** Help for `--color`. */
export const COLOR_HELP = `colours: ${COLOR_CHOICES.join(", ")} (default: auto, on a terminal)`;

/** Help for `--wide`. */
export const WIDE_HELP = "cut nothing to the width of the terminal";
