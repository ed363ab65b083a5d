import { visible } from "../../core/model/mod.ts";
import { type Plan, planSize } from "../../core/reconcile/mod.ts";
import type { JournalEntry } from "../journal/entry.ts";
import { layOut, type Row } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import { count } from "./count.ts";
import { formatTime, type LocalTimes, OUTCOME_WORDS, userOf } from "./history.ts";
import { formatPlan } from "./plan.ts";

/** The facts about an entry that {@linkcode formatEntryDetails} adds. */
export interface EntryDetails {
  /** The present; milliseconds since 1970. */
  readonly now: number;
  /** Shows the local time; without it, UTC. */
  readonly local?: LocalTimes | undefined;
  /** The changes with their values; undefined if they are not stored. */
  readonly plan: Plan | undefined;
  /** The entry that undid it. */
  readonly undoneBy: JournalEntry | undefined;
  /** Why it cannot be undone; undefined if it can be. */
  readonly refusal: string | undefined;
}

/**
 * One entry of the journal with the changes that it made.
 *
 * @param options.width The largest width of a line; a wider one continues on the next. Undefined for any.
 */
export function formatEntryDetails(
  entry: JournalEntry,
  details: EntryDetails & { readonly width?: number | undefined },
): readonly Line[] {
  const { author, stepCount, steps, message, undoes } = entry;
  const { now, local, plan, undoneBy, refusal, width } = details;
  const rows = [
    field("ID", entry.id),
    field("Time", `${formatTime(entry.at, local)}, ${formatAge(now - Date.parse(entry.at))} ago`),
    field("User", userOf(entry)),
    field("Process", `${author.pid}, started by ${author.parentCommand ?? "an unknown program"} (${author.parentPid})`),
    field("Command", `lvsctl ${entry.command.join(" ")}`),
    field("Result", OUTCOME_WORDS[entry.outcome]),
    ...(message === undefined ? [] : [field("Error", message)]),
    ...(undoes === undefined ? [] : [field("Undoes", undoes)]),
    ...(undoneBy === undefined ? [] : [field("Undone by", undoneBy.id)]),
    field("Undo", refusal === undefined ? `lvsctl undo ${entry.id}` : `not possible: ${refusal}`),
    { text: "" },
  ];
  const isWhole = plan !== undefined && planSize(plan) > 0;
  return [
    ...layOut({ columns: [], rows }, { width }),
    ...(isWhole ? formatPlan(plan, { width }) : layOut({ columns: [], rows: stepRows(steps, stepCount) }, { width })),
  ];
}

/** The width of the names of fields. */
const NAME_WIDTH = "Undone by".length;

function field(name: string, text: string): Row {
  return { text: `${name.padEnd(NAME_WIDTH)}  ${visible(text)}`, indent: NAME_WIDTH + 2 };
}

function stepRows(steps: readonly string[], stepCount: number): readonly Row[] {
  const others = stepCount - steps.length;
  const rows: readonly Row[] = steps.map((step) => ({ text: visible(step), indent: 4 }));
  return others > 0 ? [...rows, { text: `and ${count(others, "more step")}` }] : rows;
}
