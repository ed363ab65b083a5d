/** What lvsctl was doing: a change of single things, or of the table as a file says it. */
export const OPERATIONS = ["change", "apply", "restore", "undo", "check"] as const;

/** One of {@linkcode OPERATIONS}. */
export type JournalOperation = (typeof OPERATIONS)[number];

/**
 * How it ended: `begun`, and nothing was heard of it since; `done`; `undone`, for something failed and the table is as
 * it was; or `partly`, for something failed and the table is neither as it was nor as it should be.
 */
export const OUTCOMES = ["begun", "done", "undone", "partly"] as const;

/** One of {@linkcode OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** Who made a change. */
export interface Author {
  /** User id that the process had. */
  readonly uid: number;
  /** Who called sudo, if anybody did. */
  readonly sudoUser?: string;
  /** The process. */
  readonly pid: number;
  /** The process that started it. */
  readonly parentPid: number;
  /** The program of that, where it can be told. */
  readonly parentCommand?: string;
}

/** One run of lvsctl that changed the table. */
export interface JournalEntry {
  /** What it is called by. */
  readonly id: string;
  /** When it began; ISO 8601. */
  readonly at: string;
  /** Which table: a number of the network namespace. */
  readonly namespace: string;
  /** Who. */
  readonly author: Author;
  /** lvsctl's arguments. */
  readonly command: readonly string[];
  /** What it did. */
  readonly operation: JournalOperation;
  /** How it ended. */
  readonly outcome: Outcome;
  /** How many steps it was to make. */
  readonly stepCount: number;
  /** The first of them, in words. */
  readonly steps: readonly string[];
  /** Why it failed, if it did. */
  readonly message?: string;
  /** Whether what was before is kept, so that it can be undone. */
  readonly undoable: boolean;
  /** The entry that this one has undone. */
  readonly undoes?: string;
}

/** Steps that an entry names, and characters of a text in it: a line of the journal stays a line. */
const LIMITS = { steps: 50, step: 300, message: 1000, command: 100, word: 300 } as const;

/** An entry by the words that it has in the journal and in what is printed of it. */
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

/** An entry as one line of the journal. */
export function formatEntry(entry: JournalEntry): string {
  const { message } = entry;
  const short = {
    ...entry,
    command: entry.command.slice(0, LIMITS.command).map((word) => word.slice(0, LIMITS.word)),
    steps: entry.steps.slice(0, LIMITS.steps).map((step) => step.slice(0, LIMITS.step)),
    ...(message === undefined ? {} : { message: message.slice(0, LIMITS.message) }),
  };
  return `${JSON.stringify(entryJson(short))}\n`;
}

/** Reads a line of the journal; undefined for what is none, as one that a full disk cut off. */
export function parseEntry(line: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string | undefined => {
    const found = fields.get(name);
    return typeof found === "string" ? found : undefined;
  };
  const number = (name: string): number | undefined => {
    const found = fields.get(name);
    return typeof found === "number" ? found : undefined;
  };
  const texts = (name: string): readonly string[] => {
    const found = fields.get(name);
    return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
  };
  const [id, at, namespace] = [text("id"), text("at"), text("namespace")];
  const operation = OPERATIONS.find((name) => name === text("operation"));
  const outcome = OUTCOMES.find((name) => name === text("outcome"));
  if (id === undefined || !isId(id) || at === undefined || namespace === undefined) return undefined;
  if (operation === undefined || outcome === undefined) return undefined;
  const [sudoUser, parentCommand, message, undoes] = ["sudo_user", "parent_command", "message", "undoes"].map(text);
  return {
    id,
    at,
    namespace,
    author: {
      uid: number("uid") ?? -1,
      pid: number("pid") ?? -1,
      parentPid: number("parent_pid") ?? -1,
      ...(sudoUser === undefined ? {} : { sudoUser }),
      ...(parentCommand === undefined ? {} : { parentCommand }),
    },
    command: texts("command"),
    operation,
    outcome,
    stepCount: number("step_count") ?? 0,
    steps: texts("steps"),
    ...(message === undefined ? {} : { message }),
    undoable: fields.get("undoable") === true,
    ...(undoes === undefined ? {} : { undoes }),
  };
}

/** Whether a text is the name of an entry: it becomes one of a file. */
function isId(text: string): boolean {
  return /^[0-9a-z]+-[0-9a-z]+$/.test(text);
}
