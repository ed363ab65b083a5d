import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { formatChange, formatChangeLine } from "./changes.ts";
import { changeJson, type Json, printJson } from "./json.ts";

/**
 * Prints changes of the table: with `--json` as JSON, with `--dry-run` as text; otherwise only a text for no changes, so
 * that a command that had nothing to change says so.
 */
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

/** Prints changes of any kind as {@linkcode printTableChanges} does. */
export function printChanges(
  { io }: Context,
  { options, changes }: { readonly options: ChangeOptions; readonly changes: () => readonly PrintedChange[] },
): void {
  const made = changes();
  if (options.json) printJson(io, changesJson(made, options));
  else if (made.length === 0) io.out("Nothing to change\n");
  else if (options.dryRun) {
    printLines(io, made.flatMap(({ line }) => formatChangeLine(line, { width: outWidth(io) })));
  }
}

function changesJson(changes: readonly PrintedChange[], options: ChangeOptions): Json {
  const dryRun = options.dryRun ?? false;
  return { dry_run: dryRun, changed: !dryRun && changes.length > 0, changes: changes.map(({ json }) => json) };
}

/** The options of every command that makes changes. */
export interface ChangeOptions {
  /** Prints the changes without making them. */
  readonly dryRun?: true | undefined;
  /** Prints the changes as JSON. */
  readonly json?: true | undefined;
}
