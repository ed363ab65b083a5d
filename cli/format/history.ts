import type { JournalEntry, Outcome } from "../journal/entry.ts";
import { alignColumns } from "./columns.ts";

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  begun: "unknown: it did not finish",
  done: "done",
  undone: "failed and undone",
  partly: "partly done",
};

/** Entries of the journal as a table. */
export function formatEntries(entries: readonly JournalEntry[]): string {
  const undone = undoneIds(entries);
  const rows = entries.map((entry) => [
    entry.id,
    entry.at.replace(/\.\d+Z$/, "Z"),
    authorOf(entry),
    String(entry.stepCount),
    undone.has(entry.id) ? "done, undone later" : OUTCOME_WORDS[entry.outcome],
    `lvsctl ${entry.command.join(" ")}`,
  ]);
  const titles = ["ID", "TIME", "USER", "STEPS", "RESULT", "COMMAND"];
  return alignColumns([titles, ...rows], ["left", "left", "left", "right"]).map((line) => `${line}\n`).join("");
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
