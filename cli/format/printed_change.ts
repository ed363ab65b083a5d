import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { formatChange } from "./changes.ts";
import { changeJson, type Json, printJson } from "./json.ts";

/** Prints the changes: always as JSON if asked for, and in words for a dry run. */
export function printTableChanges(context: Context, changes: readonly Change[], options: ChangeOptions): void {
  printChanges(context, { options, changes: () => changes.map(printedChange) });
}

/** A change in words and as JSON. */
export interface PrintedChange {
  /** One line, without its end. */
  readonly line: string;
  /** What it sets. */
  readonly json: Json;
}

/** How a change of the table is told. */
export function printedChange(change: Change): PrintedChange {
  return { line: formatChange(change), json: changeJson(change) };
}

/** As {@linkcode printTableChanges}, for changes of every kind; those that nobody asked to hear are not put into words. */
export function printChanges(
  { io }: Context,
  { options, changes }: { readonly options: ChangeOptions; readonly changes: () => readonly PrintedChange[] },
): void {
  if (options.json) printJson(io, { dry_run: options.dryRun ?? false, changes: changes().map(({ json }) => json) });
  else if (options.dryRun) io.out(changes().map(({ line }) => `${line}\n`).join("") || "Nothing to change\n");
}

/** The options that every command has that changes something. */
export interface ChangeOptions {
  /** Says what would be done, and whether it could be. */
  readonly dryRun?: true | undefined;
  /** Prints the changes as JSON. */
  readonly json?: true | undefined;
}
