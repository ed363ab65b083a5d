import { type Fields, fieldsOf, isNumber, itemsOf, textOf } from "../../core/json/mod.ts";
import { defined } from "../../core/model/mod.ts";

/** The kinds of runs: `change` is for single objects, each other kind for the whole table or all services of a file. */
export const OPERATIONS = ["change", "apply", "restore", "batch", "undo", "check"] as const;

/** One of {@linkcode OPERATIONS}. */
export type JournalOperation = (typeof OPERATIONS)[number];

/**
 * The results of a run: `begun`, it is still running or was killed; `done`; `undone`, a change failed and the table is
 * as before; `partly`, a change failed and the table has some of the changes.
 */
export const OUTCOMES = ["begun", "done", "undone", "partly"] as const;

/** One of {@linkcode OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** The author of a change. */
export interface Author {
  /** User id of the process. */
  readonly uid: number;
  /** The user that called sudo. */
  readonly sudoUser?: string;
  /** The process. */
  readonly pid: number;
  /** Its parent process. */
  readonly parentPid: number;
  /** The parent's program; undefined if it is unknown. */
  readonly parentCommand?: string;
}

/** One run of lvsctl that changed the table. */
export interface JournalEntry {
  /** Its unique name, which begins with the time. */
  readonly id: string;
  /** Start of the run; ISO 8601. */
  readonly at: string;
  /** The table: the number of its network namespace. */
  readonly namespace: string;
  /** The author. */
  readonly author: Author;
  /** lvsctl's arguments. */
  readonly command: readonly string[];
  /** The kind of the run. */
  readonly operation: JournalOperation;
  /** The result of the run. */
  readonly outcome: Outcome;
  /** Number of planned steps. */
  readonly stepCount: number;
  /** The first steps, as text. */
  readonly steps: readonly string[];
  /** Why it failed. */
  readonly message?: string;
  /** Whether a snapshot exists, so that the run can be undone. */
  readonly undoable: boolean;
  /** The id of the entry that this one undoes. */
  readonly undoes?: string;
}

/** Most steps and words of an entry, and most characters of each text: a line must be short enough for one write. */
const LIMITS = { steps: 50, step: 300, message: 1000, command: 100, word: 300 } as const;

/** Converts an entry to the keys that it has in the journal and in JSON output. */
export function entryJson(
  entry: JournalEntry,
): { readonly [key: string]: string | number | boolean | null | readonly string[] } {
  const { author } = entry;
  return {
    "id": entry.id,
    "at": entry.at,
    "namespace": entry.namespace,
    "uid": author.uid,
    "sudo_user": author.sudoUser ?? null,
    "pid": author.pid,
    "parent_pid": author.parentPid,
    "parent_command": author.parentCommand ?? null,
    "command": entry.command,
    "operation": entry.operation,
    "outcome": entry.outcome,
    "step_count": entry.stepCount,
    "steps": entry.steps,
    "message": entry.message ?? null,
    "undoable": entry.undoable,
    "undoes": entry.undoes ?? null,
  };
}

/** The name of a run in messages: its command and its time. */
export function describeRun({ command, at }: JournalEntry): string {
  return `lvsctl ${command.join(" ")} of ${at.replace(/\.\d+Z$/, "Z")}`.replace(/\p{Cc}/gu, " ");
}

/** Formats an entry as one line of the journal. */
export function formatEntry(entry: JournalEntry): string {
  const short = defined({
    ...entry,
    command: entry.command.slice(0, LIMITS.command).map((word) => word.slice(0, LIMITS.word)),
    steps: entry.steps.slice(0, LIMITS.steps).map((step) => step.slice(0, LIMITS.step)),
    message: entry.message?.slice(0, LIMITS.message),
  });
  return `${JSON.stringify(entryJson(short))}\n`;
}

/** Parses a line of the journal; undefined for an invalid one, such as one that a full disk cut off. */
export function parseEntry(line: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const fields = fieldsOf(value);
  const [id, at, namespace] = [textOf(fields["id"]), textOf(fields["at"]), textOf(fields["namespace"])];
  const operation = OPERATIONS.find((name) => name === fields["operation"]);
  const outcome = OUTCOMES.find((name) => name === fields["outcome"]);
  if (id === undefined || !isEntryId(id) || at === undefined || namespace === undefined) return undefined;
  if (operation === undefined || outcome === undefined) return undefined;
  return defined({
    id,
    at,
    namespace,
    author: parseAuthor(fields),
    command: textsOf(fields["command"]),
    operation,
    outcome,
    stepCount: numberOf(fields["step_count"], { otherwise: 0 }),
    steps: textsOf(fields["steps"]),
    message: textOf(fields["message"]),
    undoable: fields["undoable"] === true,
    undoes: textOf(fields["undoes"]),
  });
}

function parseAuthor(fields: Fields): Author {
  return defined({
    uid: numberOf(fields["uid"], { otherwise: -1 }),
    pid: numberOf(fields["pid"], { otherwise: -1 }),
    parentPid: numberOf(fields["parent_pid"], { otherwise: -1 }),
    sudoUser: textOf(fields["sudo_user"]),
    parentCommand: textOf(fields["parent_command"]),
  });
}

function numberOf(value: unknown, { otherwise }: { readonly otherwise: number }): number {
  return isNumber(value) ? value : otherwise;
}

function textsOf(value: unknown): readonly string[] {
  return itemsOf(value).filter((item) => typeof item === "string");
}

/** Whether a text is the id of an entry: it becomes the name of a file. */
export function isEntryId(text: string): boolean {
  return /^[0-9a-z]+-[0-9a-z]+$/.test(text);
}
