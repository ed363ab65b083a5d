import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { formatChange } from "./changes.ts";
import { changeJson, type Json, printJson } from "./json.ts";

/** Prints changes of the table: with `--json` as JSON, with `--dry-run` as text, otherwise not at all. */
export function printTableChanges(
  context: Context,
  { changes, options }: { readonly changes: readonly Change[]; readonly options: ChangeOptions },
): void {
  printChanges(context, { options, changes: () => changes.map(printedChange) });
}

/** A change as text and as JSON. */
export interface PrintedChange {
  /** One line, without a line end. */
  readonly line: string;
  /** The operation, its object and the settings. */
  readonly json: Json;
}

/** A change of the table, to be printed. */
export function printedChange(change: Change): PrintedChange {
  return { line: formatChange(change), json: changeJson(change) };
}

/** Prints changes of any kind as {@linkcode printTableChanges} does; they are formatted only if they are printed. */
export function printChanges(
  { io }: Context,
  { options, changes }: { readonly options: ChangeOptions; readonly changes: () => readonly PrintedChange[] },
): void {
  if (options.json) printJson(io, { dry_run: options.dryRun ?? false, changes: changes().map(({ json }) => json) });
  else if (options.dryRun) io.out(changes().map(({ line }) => `${line}\n`).join("") || "Nothing to change\n");
}

/** The options of every command that makes changes. */
export interface ChangeOptions {
  /** Prints the changes without making them. */
  readonly dryRun?: true | undefined;
  /** Prints the changes as JSON. */
  readonly json?: true | undefined;
}
