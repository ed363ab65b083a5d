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
};

/** Verbs of other programs, in lvsctl's words. */
const VERBS: Readonly<Record<string, string>> = {
  add: "add",
  create: "add",
  edit: "edit",
  change: "edit",
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
  const isTree = command.commands.length > 0;
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
    const noun = NOUN.exec(second)?.[1];
    const verb = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
    return noun === undefined || verb === undefined ? undefined : `"lvsctl ${noun} ${verb}"`;
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
