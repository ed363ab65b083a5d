/**
 * The words that can come next on a command line, from the tree of commands: what a shell's completion asks for.
 *
 * @module
 */
import type { CommandUnknownOpts, Option } from "../../options/commander.ts";

/** A word that can come next. */
export interface Candidate {
  /** The whole word. */
  readonly word: string;
  /** One line about it; shells that show descriptions show it. */
  readonly description?: string | undefined;
}

/** The answer to a completion. */
export interface Completion {
  /** The words that begin like the current one. */
  readonly candidates: readonly Candidate[];
  /** The paths that the shell completes by itself: directories, or files, those with one of the suffixes first. */
  readonly paths?: { readonly kind: "files" | "directories"; readonly suffixes: readonly string[] } | undefined;
}

/** The objects of this machine. Each list is empty if the machine does not show it. */
export interface LiveObjects {
  /** The virtual services in the kernel's table. */
  services(): Promise<readonly string[]>;
  /** The real servers of a virtual service in the kernel's table; of all of them for "all". */
  servers(service: string): Promise<readonly string[]>;
  /** The VIPs that lvsctl added. */
  vips(): Promise<readonly string[]>;
  /** The network interfaces. */
  devices(): Promise<readonly string[]>;
  /** The names of the daemon's virtual routers. */
  routers(): Promise<readonly string[]>;
  /**
   * The recorded changes, the newest first.
   *
   * @param kind Whether only those are wanted that can be undone.
   */
  history(kind: "all" | "undoable"): Promise<readonly Candidate[]>;
}

/** The kernel's schedulers. */
const SCHEDULERS: Readonly<Record<string, string>> = {
  rr: "round robin",
  wrr: "weighted round robin",
  lc: "least connections",
  wlc: "weighted least connections",
  lblc: "locality-based least connections",
  lblcr: "locality-based least connections with replication",
  dh: "destination hashing",
  sh: "source hashing",
  sed: "shortest expected delay",
  nq: "never queue",
  fo: "weighted failover",
  ovf: "weighted overflow",
  mh: "Maglev hashing",
  twos: "power of two choices",
};

/** The flags of the schedulers that have some. */
const SCHEDULER_FLAGS: readonly string[] = ["sh-fallback", "sh-port", "mh-fallback", "mh-port"];

const CONFIG_SUFFIXES: readonly string[] = [".yaml", ".yml"];

/** The position on a command line: the command that the words lead to, and what stands before the current word. */
interface Position {
  readonly command: CommandUnknownOpts;
  /** The arguments of the command that are complete. */
  readonly operands: readonly string[];
  /** The option whose value the current word is; undefined if it is another word. */
  readonly valueOf: Option | undefined;
  /** The options that were given, by their names, with their values; empty without one. */
  readonly given: ReadonlyMap<string, string>;
  /** Whether `--` was given: no option follows. */
  readonly isEnded: boolean;
}

/**
 * Completes the last word of a command line.
 *
 * @param program The tree of all commands.
 * @param options.words The words after the program's name; the last is the current one, perhaps empty.
 * @param options.live The objects of this machine.
 */
export async function complete(
  program: CommandUnknownOpts,
  options: { readonly words: readonly string[]; readonly live: LiveObjects },
): Promise<Completion> {
  const { live } = options;
  const isHelp = options.words[0] === "help" && options.words.length > 1;
  const words = isHelp ? options.words.slice(1) : options.words;
  const current = words.at(-1) ?? "";
  const position = positionOf(program, words.slice(0, -1));
  if (isHelp) return { candidates: begin(subcommands(position.command), current) };
  const { command, valueOf } = position;
  if (valueOf !== undefined) return await startingWith(current, valuesOf(valueOf, { position, live, current }));
  const assigned = /^(--[^=]+)=(.*)$/s.exec(current);
  if (assigned !== null && !position.isEnded) {
    const [, name = "", value = ""] = assigned;
    const option = command.options.find(({ long }) => long === name);
    if (option === undefined || !takesValue(option)) return { candidates: [] };
    const { candidates, paths } = await startingWith(value, valuesOf(option, { position, live, current: value }));
    return {
      candidates: candidates.map(({ word, description }) => ({ word: `${name}=${word}`, description })),
      paths,
    };
  }
  if (current.startsWith("-") && !position.isEnded) return { candidates: begin(optionsOf(position), current) };
  if (command.commands.length > 0) {
    return { candidates: begin([...subcommands(command), ...(command === program ? [HELP] : [])], current) };
  }
  const values = await startingWith(current, argumentValues(position, live));
  const isEmpty = values.candidates.length === 0 && values.paths === undefined && current === "";
  return isEmpty && !position.isEnded ? { candidates: optionsOf(position) } : values;
}

const HELP: Candidate = { word: "help", description: "explain a command" };

function positionOf(program: CommandUnknownOpts, words: readonly string[]): Position {
  let command = program;
  let valueOf: Option | undefined;
  let isEnded = false;
  const operands: string[] = [];
  const given = new Map<string, string>();
  for (const word of words) {
    if (valueOf?.required === true || (valueOf?.optional === true && !word.startsWith("-"))) {
      given.set(valueOf.attributeName(), word);
      valueOf = undefined;
      continue;
    }
    valueOf = undefined;
    if (isEnded) operands.push(word);
    else if (word === "--") isEnded = true;
    else if (word.startsWith("-") && word !== "-") {
      const [name = word, ...assigned] = word.split("=");
      const option = command.options.find(({ long, short }) => long === name || short === name);
      if (option === undefined) continue;
      given.set(option.attributeName(), assigned.join("="));
      if (takesValue(option) && !word.includes("=")) valueOf = option;
    } else {
      const child = operands.length > 0
        ? undefined
        : command.commands.find((each) => each.name() === word || each.aliases().includes(word));
      if (child === undefined) operands.push(word);
      else command = child;
    }
  }
  // An optional value need not follow, so the current word may be anything.
  return { command, operands, given, isEnded, valueOf: valueOf?.required === true ? valueOf : undefined };
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function subcommands(command: CommandUnknownOpts): readonly Candidate[] {
  return command.commands.map((child) => ({ word: child.name(), description: child.summary() }));
}

function optionsOf({ command, given }: Position): readonly Candidate[] {
  return command.createHelp().visibleOptions(command)
    .filter((option) => option.variadic || option.parseArg !== undefined || !given.has(option.attributeName()))
    .flatMap(({ long, short, description }) => {
      const word = long ?? short;
      return word === undefined || word === null ? [] : [{ word, description }];
    });
}

/** The values of an option or argument: candidates, or the kind of paths that the shell completes. */
type Values = readonly Candidate[] | NonNullable<Completion["paths"]>;

async function startingWith(current: string, values: Promise<Values>): Promise<Completion> {
  const found = await values;
  return "kind" in found ? { candidates: [], paths: found } : { candidates: begin(found, current) };
}

function begin(candidates: readonly Candidate[], current: string): readonly Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(current));
}

function wordsOf(words: Iterable<string>): readonly Candidate[] {
  return [...words].map((word) => ({ word }));
}

async function valuesOf(
  option: Option,
  { position, live, current }: {
    readonly position: Position;
    readonly live: LiveObjects;
    /** The beginning of the value. */
    readonly current: string;
  },
): Promise<Values> {
  // A real server has no nat, and its option shares the parser of the director's.
  if (position.command.parent?.name() === "realserver" && option.long === "--forward") return wordsOf(["dr", "tun"]);
  const words = option.argChoices ?? knownWords(option);
  if (words !== undefined) return wordsOf(words);
  const elements = knownWords(option, "listWords");
  if (elements !== undefined) return listsOf(elements, current);
  switch (option.long) {
    case "--scheduler":
      return Object.entries(SCHEDULERS).map(([word, description]) => ({ word, description }));
    case "--scheduler-flags":
      return listsOf(flagsOf(position.given.get("scheduler"), current), current);
    case "--engine":
      return wordsOf(["sip"]);
    case "--device":
    case "--interface":
      return wordsOf(await live.devices());
    case "--service":
      return wordsOf(await live.services());
    case "--server":
      return wordsOf(await live.servers("all"));
  }
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  if (placeholder === "file") return { kind: "files", suffixes: [] };
  return placeholder === "directory" ? { kind: "directories", suffixes: [] } : [];
}

async function argumentValues({ command, operands }: Position, live: LiveObjects): Promise<Values> {
  const known = command.registeredArguments;
  const argument = known[operands.length] ?? (known.at(-1)?.variadic === true ? known.at(-1) : undefined);
  if (argument === undefined) return [];
  const words = argument.argChoices ?? knownWords(argument);
  if (words !== undefined) return wordsOf(words);
  switch (argument.name()) {
    case "service": {
      // One that exists cannot be added.
      if (command.name() === "add" && command.parent?.name() === "service") return [];
      const services = await live.services();
      const isForAll = command.name() === "maint" || command.name() === "ready" || command.name() === "weight";
      return wordsOf(isForAll ? [...services, "all"] : services);
    }
    case "server": {
      const before = new Set(operands.slice(1));
      const servers = await live.servers(operands[0] ?? "");
      return wordsOf(command.name() === "add" ? [] : servers.filter((server) => !before.has(server)));
    }
    case "id":
      return operands.length > 0 ? [] : await live.history(command.name() === "undo" ? "undoable" : "all");
    case "address":
    case "vip":
      return wordsOf(command.name() === "add" || command.name() === "setup" ? [] : await live.vips());
    case "name":
      return wordsOf(command.parent?.name() === "vrrp" ? await live.routers() : []);
    case "file": {
      const isConfig = command.parent?.name() !== "import" && command.name() !== "batch";
      return { kind: "files", suffixes: isConfig ? CONFIG_SUFFIXES : [] };
    }
    default:
      return [];
  }
}

/** Lists that commas separate: the current one with each word in place of its last part, without the words before. */
function listsOf(words: readonly string[], current: string): readonly Candidate[] {
  const before = current.slice(0, current.lastIndexOf(",") + 1);
  const given = new Set(before.split(","));
  return wordsOf(words.filter((word) => !given.has(word)).map((word) => `${before}${word}`));
}

/** The flags that can stand together: of the scheduler that is given, or of the one that the first flag belongs to. */
function flagsOf(scheduler: string | undefined, current: string): readonly string[] {
  const [first = ""] = current.split(",");
  const owner = scheduler ?? (current.includes(",") ? first.split("-")[0] : "") ?? "";
  return SCHEDULER_FLAGS.filter((flag) => owner === "" || flag.startsWith(`${owner}-`));
}

/**
 * The words of a parser made by `wordArgument()`, or with `listWords` those of one made by `listArgument()`; undefined
 * for another one.
 */
function knownWords(holder: object, key: "words" | "listWords" = "words"): readonly string[] | undefined {
  const parser: unknown = Reflect.get(holder, "parseArg");
  if (typeof parser !== "function") return undefined;
  const words: unknown = Reflect.get(parser, key);
  return Array.isArray(words) ? words.filter((word) => typeof word === "string") : undefined;
}
