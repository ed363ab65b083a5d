/**
 * The pages of section 8, from the tree of commands that `--help` prints.
 *
 * @module
 */
import type { CommandUnknownOpts } from "../../cli/options/commander.ts";
import {
  bold,
  escapeText,
  head,
  type ManualPage,
  manualPage,
  paragraph,
  seeAlso,
  tagged,
  term,
  verbatim,
} from "./roff.ts";

/** What all pages of a release have in common. */
export interface Release {
  /** The version of lvsctl. */
  readonly version: string;
  /** The day of the release, as YYYY-MM-DD. */
  readonly date: string;
}

/** A term with its meaning, such as a file. */
export type Entry = readonly [term: string, meaning: string];

/** What the page of the program says besides its commands. */
export interface ProgramFacts extends Release {
  /** The files that the program uses. */
  readonly files: readonly Entry[];
  /** The environment variables that the program reads. */
  readonly environment: readonly Entry[];
}

/** The page of the whole program, and one page for each command of its help. */
export function commandPages(program: CommandUnknownOpts, facts: ProgramFacts): readonly ManualPage[] {
  return [programPage(program, facts), ...program.commands.map((command) => commandPage(command, facts))];
}

function programPage(program: CommandUnknownOpts, { version, date, files, environment }: ProgramFacts): ManualPage {
  const name = program.name();
  const lines = [
    ...head({ name, section: 8, summary: "manage Linux Virtual Server (IPVS)", version, date }),
    ...synopsis(program),
    ".SH DESCRIPTION",
    ...paragraph(program.description()),
    ...paragraph(
      "Each command has a page of its own, such as lvsctl-apply(8). The file is described in lvsctl.yaml(5).",
    ),
    ".SH COMMANDS",
    ...program.commands.flatMap((command) => tagged(bold(command.name()), command.summary())),
    ...options(program, ".SH OPTIONS"),
    ".SH EXIT STATUS",
    ...exitStatuses(helpText(program)).flatMap(([status, meaning]) => tagged(bold(status), meaning)),
    ".SH ENVIRONMENT",
    ...environment.flatMap(([term, meaning]) => tagged(bold(term), meaning)),
    ".SH FILES",
    ...files.flatMap(([term, meaning]) => tagged(bold(term), meaning)),
    ...seeAlso([["lvsctl.yaml", 5], ...program.commands.map((each) => [pageName(each), 8] as const)]),
  ];
  return manualPage({ name, section: 8 }, lines);
}

function commandPage(command: CommandUnknownOpts, { version, date }: Release): ManualPage {
  const name = pageName(command);
  const children = command.commands;
  const lines = [
    ...head({ name, section: 8, summary: command.summary(), version, date }),
    ...synopsis(...(children.length === 0 ? [command] : children)),
    ".SH DESCRIPTION",
    ...paragraph(command.description() || `${command.summary()}.`),
    ...details(command, ".SH"),
    ...(children.length === 0 ? [] : [".SH COMMANDS"]),
    ...children.flatMap((child) => [
      `.SS ${escapeText(fullName(child))}`,
      ...paragraph(child.description() || `${child.summary()}.`),
      ...details(child, undefined),
    ]),
    ".SH EXIT STATUS",
    ...paragraph("lvsctl(8) lists the exit statuses."),
    ...seeAlso([["lvsctl", 8], ["lvsctl.yaml", 5]]),
  ];
  return manualPage({ name, section: 8 }, lines);
}

/** Arguments, options and examples; as sections of their own, or within the section of a subcommand. */
function details(command: CommandUnknownOpts, section: ".SH" | undefined): readonly string[] {
  const help = command.createHelp();
  const words = command.registeredArguments.map((argument) =>
    tagged(`\\fI${escapeText(argument.name())}\\fR`, help.argumentDescription(argument))
  );
  const examples = exampleLines(helpText(command));
  const title = (text: string): readonly string[] => section === undefined ? [] : [`${section} ${text}`];
  return [
    ...(words.length === 0 ? [] : [...title("ARGUMENTS"), ...words.flat()]),
    ...options(command, section === undefined ? undefined : `${section} OPTIONS`),
    ...(examples.length === 0 ? [] : [...title("EXAMPLES"), ...verbatim(examples)]),
  ];
}

function options(command: CommandUnknownOpts, title: string | undefined): readonly string[] {
  const help = command.createHelp();
  const shown = command.options.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return [];
  return [
    ...(title === undefined ? [] : [title]),
    ...shown.flatMap((option) => tagged(term(option.flags), help.optionDescription(option))),
  ];
}

function synopsis(...commands: readonly CommandUnknownOpts[]): readonly string[] {
  const lines = commands.map((command) => `${bold(fullName(command))} ${escapeText(command.usage())}`);
  return [".SH SYNOPSIS", ...lines.flatMap((line, index) => index === 0 ? [line] : [".br", line])];
}

/** The words before the arguments: `lvsctl server drain`. */
function fullName(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function pageName(command: CommandUnknownOpts): string {
  return fullName(command).replaceAll(" ", "-");
}

/** The help of a command, with what stands below its options. */
function helpText(command: CommandUnknownOpts): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
  return text;
}

function exampleLines(text: string): readonly string[] {
  const [, below = ""] = text.split("Examples:\n");
  const [examples = ""] = below.split("\n\n");
  return examples.trimEnd().split("\n").filter((line) => line !== "").map((line) => line.replace(/^ {2}/, ""));
}

/** The table of exit statuses: a line that begins with no number continues the one before. */
function exitStatuses(text: string): readonly Entry[] {
  const [, table = ""] = text.split("Exit status:\n");
  const joined = table.replace(/\n {7}(?=\S)/g, " ");
  return [...joined.matchAll(/^ +(\d+) {2}(.+)$/gm)].map(([, status = "", meaning = ""]) => [status, meaning]);
}
