import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import {
  type Change,
  describeChange,
  describeVipChange,
  firstWord,
  type PresentVip,
  type VipChange,
  visible,
} from "../../../core/model/mod.ts";
import type { Context, LineOptions, TableView } from "../../context/context.ts";
import { withServiceOf } from "../../daemon/service_names.ts";
import { count, groupDigits } from "../../format/count.ts";
import { CommanderError, type CommandUnknownOpts } from "../../options/commander.ts";
import { Progress } from "../../terminal/progress.ts";
import { flushCommand } from "../flush.ts";
import { serverCommand } from "../server.ts";
import { serviceCommand } from "../service.ts";
import { syncCommand } from "../sync.ts";
import { timeoutsCommand } from "../timeouts.ts";
import { vipCommand } from "../vip.ts";
import { PlainAdditions } from "./plain_additions.ts";
import type { TableDraft } from "./table_draft.ts";
import type { VipDraft } from "./vip_draft.ts";
import type { BatchLine } from "./words.ts";

/** Commands that a batch can have, with their subcommands; none for a command without. */
const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["service", ["add", "edit", "delete"]],
  ["server", ["add", "edit", "delete"]],
  ["vip", ["add", "delete"]],
  ["sync", ["start", "stop"]],
  ["timeouts", []],
  ["flush", []],
]);

/** Short forms of subcommands. */
const ALIASES: Readonly<Record<string, string>> = { rm: "delete" };

/** A line whose words are valid. */
export interface PlannedLine {
  /** Its number. */
  readonly number: number;
  /** Plans its changes from the table that the lines before it lead to; undefined for a line about addresses. */
  readonly plan?: ((table: TableView) => readonly Change[]) | undefined;
  /** Plans its changes of addresses. */
  readonly planVips?: ((present: readonly PresentVip[]) => readonly VipChange[]) | undefined;
}

/** A line that failed. */
export interface FailedLine {
  /** Its number. */
  readonly number: number;
  /** Why, without file and line. */
  readonly error: LvsctlError;
}

/** Reads the words of each line as its command does; the kernel is not needed. */
export async function readLines(
  context: Context,
  lines: readonly BatchLine[],
): Promise<{ readonly planned: readonly PlannedLine[]; readonly failed: readonly FailedLine[] }> {
  const planned: PlannedLine[] = [];
  const failed: FailedLine[] = [];
  const plans: Omit<PlannedLine, "number">[] = [];
  const lineContext: Context = {
    ...context,
    openIpvs: () => Promise.reject(usage("the line only reads the table")),
    batch: {
      take: (plan, options) => {
        refuseOutputOptions(options);
        plans.push({ plan });
      },
      takeVips: (planVips, options) => {
        refuseOutputOptions(options);
        const { force, announceCount, announceInterval } = options;
        if ([force, announceCount, announceInterval].some((value) => value !== undefined)) {
          throw usage("a VIP of a batch takes neither --force nor options of its announcement", "run it on its own");
        }
        plans.push({ planVips });
      },
    },
  };
  // Long batches often need none of them.
  let commands: ReturnType<typeof lineCommands> | undefined;
  const additions = new PlainAdditions();
  const { io, clock } = context;
  using progress = new Progress(io, { now: () => clock.now() });
  for (const { number, words } of lines) {
    try {
      const { name, words: rest } = commandOf(words);
      const addition = name === "server add" ? additions.plan(rest) : undefined;
      if (addition !== undefined) {
        planned.push({ number, plan: addition });
        continue;
      }
      commands ??= lineCommands(lineContext);
      const command = commands.get(name);
      if (command === undefined) throw new TypeError(`No command "${name}"`);
      progress.show(() => `read ${groupDigits(planned.length + failed.length)} of ${count(lines.length, "line")}`);
      await parse(context, command, { name, words: rest, onName: () => progress[Symbol.dispose]() });
      const plan = plans.pop();
      if (plan === undefined) throw usage("the line changes nothing");
      planned.push({ number, ...plan });
    } catch (error) {
      failed.push({ number, error: asLineError(error) });
    }
  }
  return { planned, failed };
}

/**
 * Parses the words of a line; a name of a service is replaced by the service if the daemon knows it.
 *
 * @param options.onName Called before names are looked up, which may print a warning.
 */
async function parse(
  context: Context,
  command: CommandUnknownOpts,
  { name, words, onName }: CommandWords & { readonly onName: () => void },
): Promise<void> {
  try {
    await command.parseAsync(words, { from: "user" });
  } catch (error) {
    onName();
    const start = name.split(" ");
    const renamed = await withServiceOf(context, [...start, ...words], { error });
    if (renamed === undefined) throw error;
    await parse(context, command, { name, words: renamed.slice(start.length), onName });
  }
}

function refuseOutputOptions({ dryRun, json, output }: LineOptions): void {
  if (dryRun || json || output !== undefined) {
    throw usage(`${dryRun ? "--dry-run" : "--json"} is an option of batch, not of its lines`);
  }
}

/** A command, as "server add", and the words behind it. */
interface CommandWords {
  readonly name: string;
  readonly words: readonly string[];
}

/** The command of a line; refuses one that a batch cannot have. */
function commandOf(line: readonly string[]): CommandWords {
  const [first = "", ...words] = line[0] === "lvsctl" ? line.slice(1) : line;
  const [second = "", ...others] = words;
  const subcommands = COMMANDS.get(first);
  const verb = ALIASES[second] ?? second;
  if (subcommands?.length === 0) return { name: first, words };
  if (subcommands?.includes(verb)) return { name: `${first} ${verb}`, words: others };
  const name = visible(subcommands === undefined ? firstWord(first) : `${first} ${firstWord(second)}`.trim());
  const possible = [...COMMANDS].map(([command, verbs]) =>
    verbs.length === 0 ? command : `${command} ${verbs.join("|")}`
  );
  throw usage(`"${name}" is not a command of a batch`, `use ${possible.join(", ")}`);
}

/**
 * The commands that lines can have, by name. Each parses its own words: the way from the program to a subcommand takes
 * longer than the words of a short line.
 */
function lineCommands(context: Context): ReadonlyMap<string, CommandUnknownOpts> {
  const builders = [serviceCommand, serverCommand, vipCommand, syncCommand, timeoutsCommand, flushCommand];
  const commands = builders.map((build) => silence(build(context))).flatMap((command) =>
    command.commands.length === 0 ? [command] : command.commands
  );
  return new Map(commands.map((command) => [
    command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`,
    command,
  ]));
}

/** Lets a command throw its errors instead of printing them. */
function silence(command: CommandUnknownOpts): CommandUnknownOpts {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  for (const child of command.commands) silence(child);
  return command;
}

function asLineError(error: unknown): LvsctlError {
  if (error instanceof LvsctlError) return error;
  if (!(error instanceof CommanderError)) throw error;
  const text = error.message.replace(/^error: /, "").replace(/\n(?=.)/g, " ");
  return usage(error.exitCode === 0 ? "help is not for a batch" : text);
}

function usage(reason: string, hint?: string): LvsctlError {
  return new LvsctlError(reason, { hint, exitCode: EXIT.usage });
}

/** The result of drafting a batch. */
export interface Drafted {
  /** The lines that fail, because of the table. */
  readonly failed: readonly FailedLine[];
  /** The number of the last line that changes each object: a refusal by the kernel names the object. */
  readonly lineOf: ReadonlyMap<string, number>;
  /** The changes of the lines that do not fail. */
  readonly changes: readonly Change[];
  /** The number of the line of each change. */
  readonly numbers: readonly number[];
  /** The changes of addresses. */
  readonly vipChanges: readonly VipChange[];
}

/** The state that the lines of a batch lead to. */
export interface Draft {
  /** The table. */
  readonly table: TableDraft;
  /** The addresses; undefined if no line is about them. */
  readonly vips: VipDraft | undefined;
}

/**
 * Makes the changes of lines in a draft, each after those before it. A line that fails changes nothing.
 *
 * @param options.isFirstEnough Whether to stop at the first line that fails.
 */
export function draftLines(
  draft: Draft,
  lines: readonly PlannedLine[],
  { isFirstEnough }: { readonly isFirstEnough: boolean },
): Drafted {
  const failed: FailedLine[] = [];
  const lineOf = new Map<string, number>();
  const changes: Change[] = [];
  const numbers: number[] = [];
  const vipChanges: VipChange[] = [];
  for (const { number, plan, planVips } of lines) {
    try {
      for (const change of plan?.(draft.table) ?? []) {
        const error = draft.table.apply(change);
        if (error !== undefined) throw error;
        lineOf.set(objectOf(change), number);
        changes.push(change);
        numbers.push(number);
      }
      for (const change of planVips?.(draft.vips?.present ?? []) ?? []) {
        draft.vips?.apply(change);
        vipChanges.push(change);
        lineOf.set(describeVipChange(change).object, number);
      }
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      failed.push({ number, error });
      if (isFirstEnough) break;
    }
  }
  return { failed, lineOf, changes, numbers, vipChanges };
}

/** The object of a change, as an error about it names it: settings have none, so that their verb stands for it. */
function objectOf(change: Change): string {
  const { verb, object } = describeChange(change);
  return object === "" ? verb : object;
}

/** The line that an error of the kernel is about; undefined if it names no object of a line. */
export function lineOfError({ object, operation }: LvsctlError, { lineOf }: Drafted): number | undefined {
  return lineOf.get(object === "" ? operation : object);
}
