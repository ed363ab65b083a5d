import type { JournalEntry, Outcome } from "../journal/entry.ts";
import { type Cell, firstWithRoom, layOut, type Table, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import { formatLocalTime, type UtcOffset } from "./local_time.ts";

/** The outcomes in words. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  begun: "unfinished",
  done: "done",
  undone: "failed and undone",
  partly: "partly done",
};

/** What an entry without an end means, and what to do. */
const UNFINISHED_NOTE = [
  "unfinished: the command is still running, or was killed and the table may have some of its changes. Run it again to",
  'complete it, or run "lvsctl undo" to restore the state before it.',
] as const;

/** The columns of {@linkcode formatEntries}. */
const COLUMNS: readonly TitledColumn[] = [
  { title: "ID" },
  { title: "TIME" },
  { title: "USER", cut: "end", least: 6 },
  { title: "STEPS", align: "right" },
  { title: "RESULT", cut: "end", least: "unfinished".length },
  { title: "COMMAND", cut: "end", least: 20 },
];

/** What a terminal shows times by; programs get UTC. */
export interface LocalTimes {
  /** The time zone. */
  readonly offset: UtcOffset;
  /** The present; milliseconds since 1970. */
  readonly now: number;
}

/** A time of the journal, for programs in UTC. */
export function formatTime(at: string, local: LocalTimes | undefined): string {
  return local === undefined ? at.replace(/\.\d+Z$/, "Z") : formatLocalTime(new Date(at), local);
}

/**
 * Entries of the journal as a table; a note explains those that did not finish.
 *
 * @param options.width The largest width of a line; undefined for any.
 * @param options.local Shows local times, or ages where the width has no room for times.
 */
export function formatEntries(
  entries: readonly JournalEntry[],
  { width, local }: { readonly width?: number | undefined; readonly local?: LocalTimes | undefined } = {},
): readonly Line[] {
  if (entries.length === 0) return ["No changes are recorded"];
  const table = (time: (at: string) => string) => (): Table => tableOf(entries, time);
  const shorter: readonly ((at: string) => string)[] = local === undefined ? [] : [
    (at) => formatLocalTime(new Date(at), { ...local, precision: "minutes" }),
    (at) => `${formatAge(local.now - Date.parse(at))} ago`,
  ];
  const tables = [table((at) => formatTime(at, local)), ...shorter.map(table)] as const;
  const lines = layOut(firstWithRoom(tables, width), { width });
  const undone = undoneIds(entries);
  const hasUnfinished = entries.some(({ id, outcome }) => outcome === "begun" && !undone.has(id));
  if (!hasUnfinished) return lines;
  const rows = width === undefined
    ? UNFINISHED_NOTE.map((text) => ({ text }))
    : [{ text: UNFINISHED_NOTE.join(" "), indent: 0 }];
  return [...lines, "", ...layOut({ columns: [], rows }, { width })];
}

function tableOf(entries: readonly JournalEntry[], time: (at: string) => string): Table {
  const undone = undoneIds(entries);
  const rows = entries.map((entry): readonly Cell[] => {
    const { id, at, stepCount, outcome, command } = entry;
    return [
      id,
      time(at),
      authorOf(entry),
      String(stepCount),
      {
        text: undone.has(id) ? `${OUTCOME_WORDS[outcome]}, undone later` : OUTCOME_WORDS[outcome],
        style: outcome === "done" ? undefined : "bad",
      },
      `lvsctl ${command.join(" ")}`,
    ];
  });
  return titledTable(COLUMNS, rows);
}

/** The ids of the entries that a later undo reversed. */
export function undoneIds(entries: readonly JournalEntry[]): Set<string> {
  return new Set(entries.flatMap(({ undoes, outcome }) => undoes === undefined || outcome !== "done" ? [] : [undoes]));
}

/** The user of an entry: "root", "uid 1000", "alice by sudo". */
export function userOf({ author: { uid, sudoUser } }: JournalEntry): string {
  return sudoUser !== undefined ? `${sudoUser} by sudo` : uid === 0 ? "root" : `uid ${uid}`;
}

function authorOf(entry: JournalEntry): string {
  const { parentCommand } = entry.author;
  const user = userOf(entry);
  return parentCommand === undefined ? user : `${user}, ${parentCommand}`;
}
