/**
 * The lines below a usage error: the usage of the command, and lvsctl's words for those of ipvsadm and other programs.
 *
 * @module
 */

import { visible } from "../../core/model/mod.ts";
import type { CommanderError, CommandUnknownOpts } from "./commander.ts";

/** ipvsadm's commands, in lvsctl's words. */
const COMMANDS_OF_IPVSADM: Readonly<Record<string, string>> = {
  "-A": "lvsctl service add",
  "-E": "lvsctl service edit",
  "-D": "lvsctl service delete",
  "-C": "lvsctl flush",
  "-R": "lvsctl restore FILE",
  "-S": "lvsctl save --format rules",
  "-a": "lvsctl server add",
  "-e": "lvsctl server edit",
  "-d": "lvsctl server delete",
  "-L": "lvsctl list",
  "-l": "lvsctl list",
  "-Ln": "lvsctl list",
  "-ln": "lvsctl list",
  "-Lnc": "lvsctl connections",
  "-Z": "lvsctl zero",
  "--add-service": "lvsctl service add",
  "--edit-service": "lvsctl service edit",
  "--delete-service": "lvsctl service delete",
  "--clear": "lvsctl flush",
  "--restore": "lvsctl restore FILE",
  "--save": "lvsctl save --format rules",
  "--add-server": "lvsctl server add",
  "--edit-server": "lvsctl server edit",
  "--delete-server": "lvsctl server delete",
  "--list": "lvsctl list",
  "--zero": "lvsctl zero",
  "--set": "lvsctl timeouts",
  "--start-daemon": "lvsctl sync start",
  "--stop-daemon": "lvsctl sync stop",
};

/** ipvsadm's options, in lvsctl's words. */
const OPTIONS_OF_IPVSADM: Readonly<Record<string, string>> = {
  "-t": "tcp://ADDRESS:PORT as the service",
  "-u": "udp://ADDRESS:PORT as the service",
  "-f": "fwmark:MARK as the service",
  "-r": "the real server as the second argument",
  "-m": "--forward nat",
  "-g": "--forward dr",
  "-i": "--forward tun",
  "-x": "--upper-threshold",
  "-y": "--lower-threshold",
  "-p": "--persistent",
  "-M": "--netmask",
  "-o": "--one-packet",
  "-b": "--scheduler-flags",
  "-n": "no option, because addresses are always numeric",
  "-c": "lvsctl connections",
  "--tcp-service": "tcp://ADDRESS:PORT as the service",
  "--udp-service": "udp://ADDRESS:PORT as the service",
  "--sctp-service": "sctp://ADDRESS:PORT as the service",
  "--fwmark-service": "fwmark:MARK as the service",
  "--real-server": "the real server as the second argument",
  "--masquerading": "--forward nat",
  "--gatewaying": "--forward dr",
  "--ipip": "--forward tun",
  "--u-threshold": "--upper-threshold",
  "--l-threshold": "--lower-threshold",
  "--ops": "--one-packet",
  "--sched-flags": "--scheduler-flags",
  "--pe": "--engine",
  "--numeric": "no option, because addresses are always numeric",
  "--connection": "lvsctl connections",
};

/** Verbs of other programs, in lvsctl's words. */
const VERBS: Readonly<Record<string, string>> = {
  add: "add",
  create: "add",
  new: "add",
  edit: "edit",
  change: "edit",
  modify: "edit",
  update: "edit",
  set: "edit",
  delete: "delete",
  remove: "delete",
  del: "delete",
  rm: "delete",
  list: "list",
  get: "list",
  show: "list",
  ls: "list",
};

/** The nouns that have these verbs, in the singular and in the plural. */
const NOUN = /^(service|server|vip)s?$/;

/**
 * Returns the lines below commander's message.
 *
 * @param error The usage error.
 * @param options.program The tree of commands that parsed the command line.
 * @param options.args The command line without the program's name.
 */
export function adviceOn(
  error: CommanderError,
  { program, args }: { readonly program: CommandUnknownOpts; readonly args: readonly string[] },
): readonly string[] {
  const hint = hintFor(error, args);
  const { command, path } = commandOf(program, args);
  // "history" has a subcommand, and options of its own.
  const isTree = command === program || (command.commands.length > 0 && command.options.length === 0);
  return [
    ...(hint === undefined ? [] : [`Use ${hint}.`]),
    ...(isTree ? [] : [`Usage: ${path} ${command.usage()}`]),
    `See "${path} --help".`,
  ];
}

/** Returns the hint below the error about an argument that is not a service; undefined if the order is right. */
export function orderHint(args: readonly string[]): string | undefined {
  const [noun, verb, first, ...rest] = args;
  if (noun !== "server" || verb === undefined || first === undefined || isService(first)) return undefined;
  const service = rest.find(isService);
  return service && `The service comes first: "lvsctl server ${visible(verb)} ${visible(service)} ${visible(first)}".`;
}

function isService(word: string): boolean {
  return /^(?:(?:tcp|udp|sctp):\/\/|fwmark6?:)/.test(word);
}

function hintFor({ code, message }: CommanderError, args: readonly string[]): string | undefined {
  const [first = "", second = ""] = args;
  if (code === "commander.unknownCommand") {
    return verbHint(second, first) ?? verbHint(first, second);
  }
  if (code !== "commander.unknownOption") return undefined;
  const option = /'(-[^']*)'/.exec(message)?.[1] ?? "";
  if (option === first) {
    if (Object.hasOwn(COMMANDS_OF_IPVSADM, option)) {
      return `"${COMMANDS_OF_IPVSADM[option]}", or "lvsctl ipvsadm ${option}" for ipvsadm's own command line`;
    }
    return undefined;
  }
  return Object.hasOwn(OPTIONS_OF_IPVSADM, option) ? OPTIONS_OF_IPVSADM[option] : undefined;
}

/** The command of a noun and a verb of other programs, in whichever order they were. */
function verbHint(word: string, verb: string): string | undefined {
  const noun = NOUN.exec(word)?.[1];
  if (noun === undefined || !Object.hasOwn(VERBS, verb)) return undefined;
  // A VIP has no settings to edit.
  return noun === "vip" && VERBS[verb] === "edit" ? undefined : `"lvsctl ${noun} ${VERBS[verb]}"`;
}

/** The command that the words lead to, and the words. */
function commandOf(
  program: CommandUnknownOpts,
  args: readonly string[],
): { readonly command: CommandUnknownOpts; readonly path: string } {
  let command = program;
  let path = program.name();
  for (const word of args) {
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child === undefined) break;
    command = child;
    path += ` ${child.name()}`;
  }
  return { command, path };
}
