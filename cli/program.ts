import { EXIT, type ExitCode } from "../core/errors/mod.ts";
import { errorLine } from "../core/model/mod.ts";
import { Command, type CommandUnknownOpts, usageMessage } from "./options/commander.ts";
import { addCommonOptions } from "./options/common_options.ts";
import { wantsDocument, wantsPluginLine } from "./options/display_options.ts";
import type { Context } from "./context/context.ts";
import { VERSION } from "./context/version.ts";
import { helpTopic } from "./help_words.ts";
import { COMMANDS } from "./registry.ts";

const DESCRIPTION = "Manages Linux Virtual Server (IPVS): virtual services, real servers and their health.";

/** Columns of a line of help. */
const HELP_WIDTH = 80;

/** The meaning of each exit status, in lines that fit. */
const EXIT_MEANINGS: Readonly<Record<ExitCode, readonly string[]>> = {
  [EXIT.ok]: ["done; check: every server is healthy"],
  [EXIT.refused]: ["the kernel or the network refused;", "check: some server is unhealthy; doctor: something is wrong"],
  [EXIT.usage]: ["the command line or the file is wrong; nothing was touched"],
  [EXIT.partial]: ["partly done; the message says what"],
  [EXIT.belowQuorum]: ["check: a service is below its quorum"],
  [EXIT.differs]: ["plan, config diff with --exit-code: there is something to change"],
  [EXIT.noDaemon]: ["status, reload, vrrp: no daemon runs"],
  [EXIT.hungUp]: ["SIGHUP interrupted it; the message says what was undone"],
  [EXIT.interrupted]: ["SIGINT interrupted it; the message says what was undone"],
  [EXIT.terminated]: ["SIGTERM interrupted it; the message says what was undone"],
};

/** The exit statuses as lines of help. */
function exitStatusHelp(): string {
  return Object.entries(EXIT_MEANINGS).map(([code, lines]) => `  ${code.padStart(3)}  ${lines.join("\n       ")}`)
    .join("\n");
}

/**
 * Builds the command that the arguments name, and stand-ins for the others if help or a suggestion needs them: a short
 * command would otherwise spend most of its time on commands that it does not run.
 */
export async function buildProgram(context: Context): Promise<CommandUnknownOpts> {
  const { args } = context;
  const tree = (): Promise<CommandUnknownOpts> => buildFullProgram(context);
  const program = bareProgram(context);
  const named = COMMANDS.find(({ name }) => name === args[0]);
  if (named !== undefined) {
    program.addCommand(inherit(await named.load(context, tree), program).summary(named.summary));
    return program;
  }
  const topic = helpTopic(args);
  const wanted = COMMANDS.find(({ name }) => name === topic?.[0]);
  for (const entry of COMMANDS) {
    if (entry.isHidden) continue;
    const command = entry === wanted ? await entry.load(context, tree) : new Command(entry.name);
    program.addCommand(inherit(command, program).summary(entry.summary));
  }
  return program;
}

/** Builds all commands: for completions, and for tests of every command. */
export async function buildFullProgram(context: Context): Promise<CommandUnknownOpts> {
  const tree = (): Promise<CommandUnknownOpts> => buildFullProgram(context);
  const program = bareProgram(context);
  for (const { load, summary, isHidden } of COMMANDS) {
    if (isHidden) continue;
    program.addCommand(inherit(await load(context, tree), program).summary(summary));
  }
  return program;
}

function bareProgram({ args, io }: Context): Command {
  const isForPrograms = wantsDocument(args) || wantsPluginLine(args);
  return new Command("lvsctl")
    .description(DESCRIPTION)
    .version(`lvsctl ${VERSION}`, "-V, --version", "print the version")
    // An option behind the name of a subcommand belongs to the subcommand, also if the command has one of the same name.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      // Programs get one document, or one line, in place of messages and usage.
      writeErr: (text) => isForPrograms ? undefined : io.err(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      outputError: (text, write) => write(`lvsctl: ${errorLine(usageMessage(text).trimEnd())}\n`),
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showSuggestionAfterError()
    .hook("preAction", async (_, command) => {
      const { quiet, verbose, input } = command.opts();
      io.verbosity = quiet === true ? "quiet" : verbose === true ? "verbose" : undefined;
      io.refusesQuestions = input === false;
      io.documentFormat = undefined;
      if (!command.options.some(({ short, long }) => short === "-o" && long === "--output")) return;
      if (command.opts()["output"] === undefined) return;
      const { chooseOutputFormat } = await import("./output_format.ts");
      chooseOutputFormat(command, io);
    })
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", () => `\nExit status:\n${exitStatusHelp()}`)
    .addHelpText("afterAll", ({ command }) => `\nSee also: man ${manualPageOf(command)}`);
}

/** The manual page about a command: each command of the help has one, and its subcommands are on it. */
function manualPageOf(command: CommandUnknownOpts): string {
  const { parent } = command;
  if (parent === null) return command.name();
  return parent.parent === null ? `${parent.name()}-${command.name()}` : manualPageOf(parent);
}

/** Short forms of subcommands; the help does not list them. */
const ALIASES: Readonly<Record<string, string>> = { list: "ls", delete: "rm" };

/** Copies the program's settings to a command: commander does it only for commands that it creates itself. */
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): CommandUnknownOpts {
  command.copyInheritedSettings(parent);
  addCommonOptions(command);
  for (const child of command.commands) {
    const alias = ALIASES[child.name()];
    if (alias !== undefined) child.alias(alias);
    inherit(child, command);
  }
  return command;
}
