import { EXIT, type ExitCode } from "../core/errors/mod.ts";
import { Command, type CommandUnknownOpts } from "./options/commander.ts";
import type { Context } from "./context/context.ts";
import { type CommandEntry, COMMANDS } from "./registry.ts";

const DESCRIPTION = "Manages Linux Virtual Server (IPVS): virtual services, real servers and their health.";

const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: "done; check: every server is healthy",
  [EXIT.refused]: "the kernel or the network refused; check: some server is unhealthy; doctor: something is wrong",
  [EXIT.usage]: "the command line or the file is wrong; nothing was touched",
  [EXIT.partial]: "partly done; the message says what",
  [EXIT.belowQuorum]: "check: a service is below its quorum",
  [EXIT.differs]: "plan --exit-code: there is something to change",
};

/** The exit statuses as lines of help. */
export function exitStatusHelp(): string {
  return Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`).join("\n");
}

/**
 * Builds the command that the arguments name, and stand-ins for the others where help or a suggestion needs them:
 * most of the time of a short command would otherwise go into commands that it does not run.
 */
export async function buildProgram(context: Context): Promise<CommandUnknownOpts> {
  const { args } = context;
  const tree = (): Promise<CommandUnknownOpts> => buildFullProgram(context);
  const program = bareProgram(context);
  const named = COMMANDS.find(({ name }) => name === args[0]);
  if (named !== undefined) {
    program.addCommand(inherit(await named.load(context, tree), program));
    return program;
  }
  const wanted = args[0] === "help" ? COMMANDS.find(({ name }) => name === args[1]) : undefined;
  for (const entry of COMMANDS) {
    program.addCommand(inherit(entry === wanted ? await entry.load(context, tree) : standIn(entry), program));
  }
  return program;
}

/** All commands in full: for completions, and for tests that look at every one. */
export async function buildFullProgram(context: Context): Promise<CommandUnknownOpts> {
  const tree = (): Promise<CommandUnknownOpts> => buildFullProgram(context);
  const program = bareProgram(context);
  for (const entry of COMMANDS) program.addCommand(inherit(await entry.load(context, tree), program));
  return program;
}

function bareProgram({ io }: Context): Command {
  return new Command("lvsctl")
    .description(DESCRIPTION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(`lvsctl: ${text.replace(/^error: /, "").replace(/\n(?=.)/g, " ")}`),
    })
    .showSuggestionAfterError()
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", () => `\nExit status:\n${exitStatusHelp()}`);
}

/** Commander hands its settings down only to commands that it makes itself. */
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): CommandUnknownOpts {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

function standIn({ name, summary }: CommandEntry): CommandUnknownOpts {
  return new Command(name).description(summary);
}
