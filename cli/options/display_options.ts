import { wordArgument, type WordParser } from "./arguments.ts";

/** When text is coloured. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;

/** Reads when text is coloured. */
export const colorArgument: WordParser<(typeof COLOR_CHOICES)[number]> = wordArgument(COLOR_CHOICES);

/** Help for `--color`. */
export const COLOR_HELP = `colours: ${COLOR_CHOICES.join(", ")} (default: auto, on a terminal)`;

/** Help for `--wide`. */
export const WIDE_HELP = "cut nothing to the width of the terminal";

/** The option that chooses the format of what a command shows. */
export const OUTPUT_FLAGS = "-o, --output <format>";

/** The formats of commands that show objects with names: the last is one name in each line. */
export const OUTPUT_FORMATS = ["yaml", "json", "wide", "name"] as const;

/** The formats of commands that show no names. */
export const DOCUMENT_FORMATS = ["yaml", "json"] as const;

/** Help for `--output`. */
export const OUTPUT_HELP = `format: ${OUTPUT_FORMATS.join(", ")} (one name per line)`;

/** Help for `--output` of commands that show no names. */
export const DOCUMENT_HELP = `format: ${DOCUMENT_FORMATS.join(", ")}`;

/** Reads the format of `--output`. */
export const outputArgument: WordParser<(typeof OUTPUT_FORMATS)[number]> = wordArgument(OUTPUT_FORMATS);

/** Reads the format of `--output` of commands that show no names. */
export const documentArgument: WordParser<(typeof DOCUMENT_FORMATS)[number]> = wordArgument(DOCUMENT_FORMATS);

/** Whether words ask for the line of a monitoring plugin, which errors are too, even if the words cannot be parsed. */
export function wantsPluginLine(args: readonly string[]): boolean {
  const isPlugin = args[0] === "check" || args[0] === "status";
  return isPlugin &&
    args.some((word, index) => word.startsWith("--format=") || (word === "--format" && args[index + 1] !== undefined));
}

/** Whether words ask for a document for programs, so that errors are documents too, even if the words cannot be parsed. */
export function wantsDocument(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const words = end < 0 ? args : args.slice(0, end);
  return words.some((word, index) => {
    if (word === "--json") return true;
    // The output of import is a file.
    if (args[0] === "import") return false;
    const isAlone = word === "-o" || word === "--output";
    const format = isAlone ? words[index + 1] : /^(?:-o|--output=)(.+)$/.exec(word)?.[1];
    return DOCUMENT_FORMATS.some((name) => name === format);
  });
}
