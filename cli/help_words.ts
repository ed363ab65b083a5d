import type { CommandUnknownOpts } from "./options/commander.ts";

/** The words that ask for help in front of a command. */
const HELP: readonly string[] = ["help", "--help", "-h"];

/** Words behind them that say nothing more. */
const EMPTY: readonly string[] = ["--help", "-h", "--"];

/**
 * What a command line that begins with "help" or `--help` asks about: a command and its arguments, or nothing; undefined
 * for any other command line.
 */
export function helpTopic([first, ...words]: readonly string[]): readonly string[] | undefined {
  return first === undefined || !HELP.includes(first) ? undefined : words.filter((word) => !EMPTY.includes(word));
}

/**
 * Turns "help COMMAND SUBCOMMAND" into "COMMAND SUBCOMMAND --help": commander explains only the first word, and answers
 * an unknown one by general help. An unknown word is parsed as a command, which refuses it with a suggestion. Words
 * behind the command are its arguments, as in a command line with "help" put before it: help never runs a command.
 *
 * "COMMAND help" is the same for a command without subcommands, whose argument it would be.
 */
export function wordsToParse(program: CommandUnknownOpts, args: readonly string[]): readonly string[] {
  const topic = helpTopic(args);
  if (topic === undefined) return withoutHelpArgument(program, args);
  const [name] = topic;
  if (name === undefined || name === "help") return ["--help"];
  // An option is a mistake behind "help", and means nothing behind --help.
  if (name.startsWith("-")) return args[0] === "help" ? topic : ["--help"];
  if (name === "ipvsadm") return ["help", name];
  const { path, command } = commandPath(program, topic);
  const next = topic[path.length];
  if (next !== undefined && !next.startsWith("-") && command.commands.length > 0) return [...path, next];
  return [...path, "--help"];
}

function withoutHelpArgument(program: CommandUnknownOpts, args: readonly string[]): readonly string[] {
  // A command for programs takes any words, and ipvsadm has a command line of its own.
  if (args.at(-1) !== "help" || /^(?:__|ipvsadm$)/.test(args[0] ?? "")) return args;
  const { path } = commandPath(program, args);
  return path.length > 0 && path.length === args.length - 1 ? [...path, "--help"] : args;
}

/** The command that the first words lead to, and these words. */
function commandPath(
  program: CommandUnknownOpts,
  words: readonly string[],
): { readonly path: readonly string[]; readonly command: CommandUnknownOpts } {
  let command = program;
  const path: string[] = [];
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child === undefined) break;
    command = child;
    path.push(word);
  }
  return { path, command };
}
