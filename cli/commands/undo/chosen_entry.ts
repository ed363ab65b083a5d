import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { visible } from "../../../core/model/mod.ts";
import { describeRun, type JournalEntry } from "../../journal/entry.ts";
import { undoneIds } from "../../format/history.ts";
import { tableNamespace } from "../../state/namespace.ts";

/** The kinds of runs that have a snapshot. */
const UNDOABLE_OPERATIONS: readonly JournalEntry["operation"][] = ["apply", "restore", "batch"];

/**
 * The entry that a command line wants to undo.
 *
 * @param entries The journal.
 * @param id The entry's id; without one, the last run that can be undone and has not been undone.
 * @throws {LvsctlError} If there is no such entry, or if it cannot be undone; the message names a way out.
 */
export function chosenEntry(entries: readonly JournalEntry[], id: string | undefined): JournalEntry {
  const entry = id === undefined ? lastEntry(entries) : entryWithId(entries, id);
  const refusal = refusalOf(entry, entries);
  if (refusal === undefined) return entry;
  throw new LvsctlError(refusal.reason, {
    operation: "undo",
    object: describeRun(entry),
    hint: refusal.hint,
    exitCode: EXIT.refused,
  });
}

/**
 * The entry of the journal with an id.
 *
 * @throws {LvsctlError} If no entry has it.
 */
export function entryWithId(entries: readonly JournalEntry[], id: string): JournalEntry {
  const entry = entries.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  throw new LvsctlError(`"${visible(id)}" is not the ID of a recorded change`, {
    hint: '"lvsctl history" lists the changes with their IDs',
    exitCode: EXIT.usage,
  });
}

function lastEntry(entries: readonly JournalEntry[]): JournalEntry {
  const undone = undoneIds(entries);
  const namespace = tableNamespace();
  const entry = entries.findLast((candidate) =>
    UNDOABLE_OPERATIONS.includes(candidate.operation) && candidate.namespace === namespace &&
    candidate.outcome !== "undone" && !undone.has(candidate.id)
  );
  if (entry !== undefined) return entry;
  throw new LvsctlError("there is no apply, restore or batch to undo", {
    hint: 'other commands have no snapshot; "lvsctl history" shows what has been changed',
    exitCode: EXIT.refused,
  });
}

/** Why an entry cannot be undone, with a way out; undefined if it can be. */
export function refusalOf(
  entry: JournalEntry,
  entries: readonly JournalEntry[],
): { readonly reason: string; readonly hint?: string } | undefined {
  const { id, namespace, operation, outcome, undoable } = entry;
  const show = `"lvsctl history show ${id}" lists what it changed`;
  if (namespace !== tableNamespace()) {
    return { reason: "it changed the table of another network namespace", hint: "run lvsctl undo in that namespace" };
  }
  const undoneBy = entries.find((other) => other.undoes === id && other.outcome === "done");
  if (undoneBy !== undefined) {
    return {
      reason: `${describeRun(undoneBy)} has undone it`,
      hint: "run the first command again to repeat its changes",
    };
  }
  if (operation === "undo") {
    const undone = entries.find((other) => other.id === entry.undoes);
    const again = undone === undefined ? "the command that it undid" : `"lvsctl ${visible(undone.command.join(" "))}"`;
    return { reason: "it is an undo itself", hint: `run ${again} again to repeat what it undid` };
  }
  if (outcome === "undone") return { reason: "it failed and changed nothing" };
  if (undoable) return undefined;
  return UNDOABLE_OPERATIONS.includes(operation)
    ? { reason: "it has no snapshot, because it could not be written", hint: show }
    : { reason: "only an apply, a restore or a batch has a snapshot to undo it by", hint: `${show}; change that back` };
}
