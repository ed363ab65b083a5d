import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { counted, visible } from "../../core/model/mod.ts";
import type { Target } from "../../core/reconcile/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Context } from "../context/context.ts";
import { readFile } from "../context/io.ts";
import { warnOfDaemon, warnOfDaemonVips } from "../daemon/managed_services.ts";
import { LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import { applyWithConfirmation, type ConfirmationOptions } from "../table/apply_with_confirmation.ts";
import { printLineFindings } from "./batch/findings.ts";
import { type Drafted, draftLines, type FailedLine, lineOfError, type PlannedLine, readLines } from "./batch/lines.ts";
import { TableDraft } from "./batch/table_draft.ts";
import { VipDraft } from "./batch/vip_draft.ts";
import { splitLines } from "./batch/words.ts";

/** `lvsctl batch`. */
export function batchCommand(context: Context): CommandUnknownOpts {
  return new Command("batch")
    .description(
      "Runs many commands from a file, one on each line, as one change of the table: with one start, one lock and one " +
        "entry in the history, all of them or none. The commands are service, server, vip, sync, timeouts and flush, with " +
        "or without lvsctl before them. Words are quoted as in a shell, without expansion; # begins a comment. The table " +
        "becomes what the commands would make of it one after another, by the fewest changes. On a terminal it asks if " +
        "something is taken away; without one, that needs --yes.",
    )
    .argument("<file>", "commands, one on each line; - is standard input")
    .option(
      "--keep-going",
      "skip the lines that fail, and make the changes of the others; exit with 3 if there are both",
    )
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(withStatus(async (file, options) => {
      const name = file === "-" ? "<stdin>" : visible(file);
      const read = await readLines(context, splitLines(readFile(context.io, file), name));
      const batch = new Batch(context, name, { keepGoing: options.keepGoing === true, failed: read.failed });
      using client = await context.openIpvs();
      using vips = read.planned.some(({ planVips }) => planVips !== undefined) ? await context.openVips() : undefined;
      return await batch.run({ client, vips }, {
        lines: read.planned,
        options: {
          ...options,
          operation: "batch",
          lockTimeoutMs: options.lockTimeout,
          asksOnlyAboutLosses: true,
        },
      });
    }))
    .addHelpText("after", examples("lvsctl batch commands.txt --dry-run", "lvsctl batch - --keep-going --yes"));
}

/** The table that the lines of a batch lead to. */
interface DraftedBatch extends Drafted {
  readonly table: TableDraft;
}

/** One run of a batch. */
class Batch {
  readonly #context: Context;
  readonly #name: string;
  readonly #keepGoing: boolean;
  readonly #failed: Map<number, FailedLine>;

  /**
   * Refuses the lines whose words are wrong, or keeps them for the report.
   *
   * @throws {LvsctlError} If there are any, and the others are not to be run without them.
   */
  constructor(
    context: Context,
    name: string,
    options: { readonly keepGoing: boolean; readonly failed: readonly FailedLine[] },
  ) {
    this.#context = context;
    this.#name = name;
    this.#keepGoing = options.keepGoing;
    this.#failed = new Map(options.failed.map((line) => [line.number, line]));
    if (this.#failed.size > 0 && !this.#keepGoing) throw this.#refusal(options.failed);
  }

  /** Makes the changes of the lines; returns the exit status. */
  async run(
    { client, vips }: { readonly client: IpvsClient; readonly vips: VipClient | undefined },
    { lines, options }: { readonly lines: readonly PlannedLine[]; readonly options: ConfirmationOptions },
  ): Promise<ExitCode> {
    const lineCount = lines.length + this.#failed.size;
    for (;;) {
      let isAgreed = false;
      const rest = lines.filter(({ number }) => !this.#failed.has(number));
      let drafted: DraftedBatch | undefined;
      let changed: Target | undefined;
      const target = (): Target => {
        const draft = { table: new TableDraft(client), vips: vips && new VipDraft(vips.vips()) };
        drafted = { ...draftLines(draft, rest, { isFirstEnough: !this.#keepGoing }), table: draft.table };
        if (drafted.failed.length > 0 && !this.#keepGoing) throw this.#refusal(drafted.failed);
        return changed = { ...draft.table.target(), vips: draft.vips?.target() };
      };
      try {
        isAgreed = await applyWithConfirmation(this.#context, { client, vips, target, drainMs: 0 }, options);
      } catch (error) {
        if (!(error instanceof LvsctlError) || drafted === undefined) throw error;
        const number = lineOfError(error, drafted);
        if (number === undefined || error.exitCode === EXIT.partial) throw error;
        if (!this.#keepGoing) throw this.#refusal([{ number, error }]);
        // The table is as before: the others are tried without the line that the kernel refused.
        this.#failed.set(number, { number, error });
        continue;
      }
      for (const line of drafted?.failed ?? []) this.#failed.set(line.number, line);
      if (isAgreed && drafted !== undefined) {
        await this.#warn(drafted, { services: changed?.services ?? [], isRehearsal: options.dryRun === true });
      }
      return this.#report({ lineCount, isDone: isAgreed });
    }
  }

  /** Warns of what cannot work about the new settings, and of a daemon that manages what was changed. */
  async #warn(
    { table, changes, numbers, vipChanges }: DraftedBatch,
    { services, isRehearsal }: { readonly services: Target["services"]; readonly isRehearsal: boolean },
  ): Promise<void> {
    printLineFindings(this.#context.io, { table, services, changes, numbers }, { name: this.#name, isRehearsal });
    await warnOfDaemon(this.#context, changes);
    await warnOfDaemonVips(this.#context, vipChanges);
  }

  /**
   * Reports the lines that failed. If others took effect, that is a part; if none did, the status is that without
   * `--keep-going`, which looks at the words of all lines first.
   *
   * @throws {LvsctlError} If there are any.
   */
  #report({ lineCount, isDone }: { readonly lineCount: number; readonly isDone: boolean }): ExitCode {
    const failed = [...this.#failed.values()].sort((a, b) => a.number - b.number);
    if (failed.length === 0) return EXIT.ok;
    const lines = [...failed.map((line) => this.#describe(line)), `${counted(failed.length, "line")} failed`];
    const isPartial = isDone && failed.length < lineCount;
    const decisive = failed.find(({ error }) => error.exitCode === EXIT.usage) ?? failed[0];
    throw new LvsctlError(lines.join("\n"), { exitCode: isPartial ? EXIT.partial : decisive?.error.exitCode });
  }

  #refusal(failed: readonly FailedLine[]): LvsctlError {
    const lines = failed.map((line) => this.#describe(line));
    const [first] = failed;
    const end = first?.error.message.includes("the table is as it was before") ? "" : "; nothing was changed";
    return new LvsctlError(`${lines.join("\n")}${end}`, { exitCode: first?.error.exitCode ?? EXIT.refused });
  }

  #describe({ number, error }: FailedLine): string {
    return `${this.#name}:${number}: ${error.message}`;
  }
}
