import type { JournalEntry, Outcome } from "../journal/entry.ts";
import { alignColumns } from "./columns.ts";

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  begun: "unfinished",
  done: "done",
  undone: "failed and undone",
  partly: "partly done",
};

/** What an entry without an end means, and what to do. */
const UNFINISHED_NOTE =
  "unfinished: the command is still running, or was killed and the table may have some of its changes. Run it again to\n" +
  'complete it, or run "lvsctl undo" to restore the state before it.\n';

/** Entries of the journal as a table; a note explains those that did not finish. */
export function formatEntries(entries: readonly JournalEntry[]): string {
  const undone = undoneIds(entries);
  const rows = entries.map((entry) => [
    entry.id,
    entry.at.replace(/\.\d+Z$/, "Z"),
    authorOf(entry),
    String(entry.stepCount),
    undone.has(entry.id) ? `${OUTCOME_WORDS[entry.outcome]}, undone later` : OUTCOME_WORDS[entry.outcome],
    `lvsctl ${entry.command.join(" ")}`,
  ]);
  const titles = ["ID", "TIME", "USER", "STEPS", "RESULT", "COMMAND"];
  const table = alignColumns([titles, ...rows], ["left", "left", "left", "right"]).map((line) => `${line}\n`).join("");
  const hasUnfinished = entries.some(({ id, outcome }) => outcome === "begun" && !undone.has(id));
  return hasUnfinished ? `${table}\n${UNFINISHED_NOTE}` : table;
}

/** The ids of the entries that a later undo reversed. */
export function undoneIds(entries: readonly JournalEntry[]): Set<string> {
  return new Set(entries.flatMap(({ undoes, outcome }) => undoes === undefined || outcome !== "done" ? [] : [undoes]));
}

function authorOf({ author: { uid, sudoUser, parentCommand } }: JournalEntry): string {
  const user = uid === 0 ? "root" : `uid ${uid}`;
  const by = sudoUser === undefined ? user : `${sudoUser} by sudo`;
  return (parentCommand === undefined ? by : `${by}, ${parentCommand}`);
}
