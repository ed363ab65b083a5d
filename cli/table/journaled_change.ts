import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readKernelFile } from "../../core/files/mod.ts";
import { optionalVariable } from "../../core/host/mod.ts";
import {
  type Change,
  defined,
  describeChange,
  describeVipChange,
  type VipChange,
  visible,
} from "../../core/model/mod.ts";
import type { Plan } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { secondsLeft } from "../format/count.ts";
import { type Author, describeRun, type JournalEntry, type JournalOperation } from "../journal/entry.ts";
import { Journal } from "../journal/journal.ts";
import { isForbidden } from "../state/process_lock.ts";
import { columnsOf } from "../terminal/display.ts";
import { Progress } from "../terminal/progress.ts";
import { cutEnd } from "../terminal/text_width.ts";
import { lockTable } from "./table_lock.ts";
import { tableNamespace } from "../state/namespace.ts";

/** How long a command waits for another lvsctl that changes the table; milliseconds. */
export const LOCK_TIMEOUT_MS = 10_000;

/** The number of steps that the journal lists. */
const MAX_LISTED_STEPS = 50;

/** The change that a command is about to make. */
export interface JournaledChangeOptions {
  /** Its kind. */
  readonly operation: JournalOperation;
  /**
   * How long it waits for another lvsctl; milliseconds.
   *
   * @default {LOCK_TIMEOUT_MS}
   */
  readonly lockTimeoutMs?: number | undefined;
  /** The entry of the journal that it undoes. */
  readonly undoes?: string | undefined;
}

/**
 * A change of the table: it holds the lock against other lvsctl processes until it is disposed of, and is recorded in
 * the journal. A journal that cannot be written is a warning and stops nothing.
 */
export class JournaledChange implements Disposable {
  readonly #context: Context;
  readonly #options: JournaledChangeOptions;
  readonly #lock: Disposable | undefined;
  readonly #journal: Journal | undefined;
  #begun: JournalEntry | undefined;
  #isWarned = false;

  /**
   * Takes the lock.
   *
   * @param context The directories of lock and journal; without them there are none.
   * @param options The change.
   * @throws {LvsctlError} If another process holds the lock for too long.
   */
  constructor(context: Context, options: JournaledChangeOptions) {
    const { directories } = context;
    this.#context = context;
    this.#options = options;
    context.io.beginChange?.();
    if (directories === undefined) return;
    this.#journal = new Journal(directories.state);
    let isLocked = true;
    using progress = new Progress(context.io, { now: () => context.clock.now() });
    this.#lock = lockTable({
      directory: directories.run,
      purpose: this.#command.join(" ").slice(0, 200).replace(/\p{Cc}/gu, " "),
      timeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
      onWait: ({ holder, leftMs }) => progress.show(() => waitText(holder(), { leftMs, io: context.io })),
      onUnusable: (reason) => {
        isLocked = false;
        this.#warn(`${reason.message}; another lvsctl may change the table at the same time`);
      },
    });
    if (isLocked) this.#warnOfUnfinished();
  }

  /** Records a plan, and a snapshot of the state before so that it can be undone. */
  recordPlan(plan: Plan, formatSnapshot: (plan: Plan) => string): void {
    const { changes, vips } = plan;
    this.#write((journal) => {
      const entry = this.#entry({ changes, vips: [...vips.first, ...vips.last] });
      const undoable = this.#options.operation !== "undo" &&
        this.#keepSnapshot(journal, entry.id, () => formatSnapshot(plan));
      this.#begun = { ...entry, undoable };
      try {
        journal.append(this.#begun);
      } catch (error) {
        if (!undoable) throw error;
        // The snapshot has taken the room that its entry needs.
        journal.dropSnapshot(entry.id);
        this.#warnOfJournal(error, "lvsctl undo cannot undo this change");
        this.#begun = { ...entry, undoable: false };
        journal.append(this.#begun);
      }
    });
  }

  /** Records that the plan was applied. */
  commit(): void {
    this.#end({ outcome: "done" });
  }

  /** Records that the plan failed, if there was one. */
  fail(error: unknown): void {
    const isPartly = !(error instanceof LvsctlError) || error.exitCode === EXIT.partial;
    const message = error instanceof Error ? error.message : String(error);
    this.#end({ outcome: isPartly ? "partly" : "undone", message });
  }

  /** Records single changes that were made. */
  record(made: { readonly changes?: readonly Change[]; readonly vips?: readonly VipChange[] }): void {
    const { changes = [], vips = [] } = made;
    if (changes.length + vips.length === 0) return;
    this.#write((journal) => journal.append({ ...this.#entry({ changes, vips }), outcome: "done" }));
  }

  /** Releases the lock. */
  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
  }

  get #command(): readonly string[] {
    return this.#context.args;
  }

  #entry(
    { changes, vips }: { readonly changes: readonly Change[]; readonly vips: readonly VipChange[] },
  ): JournalEntry {
    const { operation, undoes } = this.#options;
    const steps = [
      ...vips.slice(0, MAX_LISTED_STEPS).map(describeVipChange),
      ...changes.slice(0, MAX_LISTED_STEPS).map(describeChange),
    ].map(({ verb, object }) => `${verb} ${object}`.trim());
    const now = performance.timeOrigin + performance.now();
    return defined({
      id: `${Math.round(now * 1000).toString(36)}-${Deno.pid.toString(36)}`,
      at: new Date(now).toISOString(),
      namespace: tableNamespace(),
      author: author(),
      command: this.#command,
      operation,
      outcome: "begun" as const,
      stepCount: changes.length + vips.length,
      steps: steps.slice(0, MAX_LISTED_STEPS),
      undoable: false,
      undoes,
    });
  }

  #keepSnapshot(journal: Journal, id: string, text: () => string): boolean {
    try {
      journal.keepSnapshot(id, text());
      return true;
    } catch (error) {
      this.#warnOfJournal(error, "lvsctl undo cannot undo this change");
      return false;
    }
  }

  #end(end: Pick<JournalEntry, "outcome" | "message">): void {
    const begun = this.#begun;
    if (begun === undefined) return;
    this.#begun = undefined;
    this.#write((journal) => {
      if (end.outcome === "undone" && begun.undoable) journal.dropSnapshot(begun.id);
      journal.append({ ...begun, ...end, undoable: begun.undoable && end.outcome !== "undone" });
    });
  }

  #write(write: (journal: Journal) => void): void {
    if (this.#journal === undefined) return;
    try {
      write(this.#journal);
    } catch (error) {
      this.#warnOfJournal(error, "the table is changed anyway");
    }
  }

  #warnOfJournal(error: unknown, consequence: string): void {
    if (isForbidden(error)) return;
    const { message } = asLvsctlError(error, {
      operation: "write the journal in",
      object: this.#context.directories?.state ?? "",
    });
    this.#warn(`${message}; ${consequence}`);
  }

  /** Explains a run that did not finish: while this process holds the lock, no other one is still running. */
  #warnOfUnfinished(): void {
    const { operation } = this.#options;
    // An undo reports it itself; a check for cron would repeat it each minute.
    if (operation === "undo" || operation === "check") return;
    let last: JournalEntry | undefined;
    try {
      last = this.#journal?.lastEntry(tableNamespace());
    } catch {
      // Writing to the journal fails too, and is reported.
    }
    if (last?.outcome !== "begun") return;
    const remedy = last.undoable ? 'complete it, or run "lvsctl undo" to restore the state before it' : "complete it";
    this.#context.io.err(
      `lvsctl: warning: ${describeRun(last)} was killed before it ended, and the table may have some of its changes; ` +
        `run it again to ${remedy}\n`,
    );
  }

  /** Prints one warning: the cause mostly keeps the next line from being written too. */
  #warn(text: string): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#context.io.err(`lvsctl: warning: ${text.replaceAll("\n", " ")}\n`);
  }
}

/** The holder of the lock and the time left, which has room in any case. */
function waitText(
  holder: string,
  { leftMs, io }: { readonly leftMs: number; readonly io: Context["io"] },
): string {
  const [begin, end] = ["waiting for ", `, ${secondsLeft(leftMs)}`];
  return `${begin}${cutEnd(visible(holder), Math.max(0, columnsOf(io) - 1 - begin.length - end.length))}${end}`;
}

function author(): Author {
  return defined({
    uid: Deno.uid() ?? -1,
    pid: Deno.pid,
    parentPid: Deno.ppid,
    sudoUser: optionalVariable("SUDO_USER") || undefined,
    parentCommand: commandOf(Deno.ppid),
  });
}

function commandOf(pid: number): string | undefined {
  try {
    return readKernelFile(`/proc/${pid}/comm`).trimEnd();
  } catch {
    return undefined;
  }
}
