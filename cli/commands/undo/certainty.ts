import { LvsctlError } from "../../../core/errors/mod.ts";
import { describeRun, type JournalEntry } from "../../journal/entry.ts";
import type { Snapshot } from "../../journal/snapshot.ts";
import { undoneIds } from "../../format/history.ts";

/** The number of changes that a message lists. */
const MAX_LISTED_CHANGES = 5;

/** The facts that decide whether a run can be undone. */
export interface UndoFacts {
  /** The name of the run in messages. */
  readonly object: string;
  /** The command line that undoes it, without options. */
  readonly command: string;
  /** The journal. */
  readonly entries: readonly JournalEntry[];
  /** The changes by others to what the run changed, as parts of a sentence. */
  readonly changes: () => readonly string[];
  /** The snapshot of an entry; undefined if it cannot be read. */
  readonly snapshotOf: (id: string) => Snapshot | undefined;
}

/**
 * Refuses to undo a run if that could undo changes by others.
 *
 * After an unfinished run, the table does not show which changes are its own; then only the journal decides.
 *
 * @throws {LvsctlError} With the changes, and a way out.
 */
export function refuseUncertain(entry: JournalEntry, facts: UndoFacts): void {
  const { object, command, entries } = facts;
  const refusal = (reason: string, way?: string): LvsctlError =>
    new LvsctlError(reason, {
      operation: "undo",
      object,
      hint:
        `${way === undefined ? "" : `${way}; or `}"${command} --dry-run --force" shows what undoing would change; ` +
        "--force undoes it",
    });
  if (entry.outcome === "partly") throw refusal("it was only partly done");
  if (entry.outcome === "begun") {
    const later = laterChange(entries, entry);
    if (later === undefined) return;
    throw refusal(`it did not finish, and ${describeRun(later)} may have changed the same since`);
  }
  const found = facts.changes();
  if (found.length === 0) return;
  const more = found.length > MAX_LISTED_CHANGES ? `, and ${found.length - MAX_LISTED_CHANGES} more` : "";
  const listed = found.slice(0, MAX_LISTED_CHANGES).join(", ");
  const later = laterRunOnSame(entry, facts);
  throw refusal(
    `the table has been changed since: ${listed}${more}`,
    later === undefined ? undefined : `${describeRun(later)} changed the same: run "lvsctl undo ${later.id}" first`,
  );
}

/** The last run that can be undone and has changed a service that another run changed before it. */
function laterRunOnSame(entry: JournalEntry, { entries, snapshotOf }: UndoFacts): JournalEntry | undefined {
  const names = snapshotOf(entry.id)?.digests;
  if (names === undefined) return undefined;
  const undone = undoneIds(entries);
  return entries.slice(entries.indexOf(entry) + 1).findLast(({ id, namespace, undoable }) => {
    if (namespace !== entry.namespace || !undoable || undone.has(id)) return false;
    return [...snapshotOf(id)?.digests.keys() ?? []].some((name) => names.has(name));
  });
}

/** The first entry behind another of the same table that may have left changes. */
function laterChange(entries: readonly JournalEntry[], entry: JournalEntry): JournalEntry | undefined {
  const undone = undoneIds(entries);
  return entries.slice(entries.indexOf(entry) + 1).find(({ id, namespace, operation, outcome, undoes }) => {
    if (namespace !== entry.namespace || outcome === "undone" || undone.has(id)) return false;
    const isUndoOfOther = operation === "undo" && undoes !== entry.id && outcome === "done";
    const isRetry = operation === "undo" && undoes === entry.id;
    return !isUndoOfOther && !isRetry;
  });
}
