import type { Change } from "../../core/model/mod.ts";
import type { CurrentState } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { formatChange, formatChangeLine } from "./changes.ts";
import { changeJson, type Json, printJson } from "./json.ts";

/**
 * Prints changes of the table: with `--json` as JSON, with `--dry-run` or `--verbose` as text; otherwise only a text for no
 * changes, so that a command that had nothing to change says so.
 */
export function printTableChanges(
  context: Context,
  { changes, before, ...request }: {
    readonly changes: readonly Change[];
    /** The kernel's state before them, for JSON. */
    readonly before: CurrentState | undefined;
    readonly options: ChangeOptions;
    /** Whether the command changed something else too. */
    readonly isOtherChanged?: boolean | undefined;
  },
): void {
  printChanges(context, {
    ...request,
    changes: () => changes.map((change) => ({ line: formatChange(change), json: changeJson(change, { before }) })),
  });
}

const NO_CHANGE = "Nothing to change\n";

/** A change as text and as JSON. */
export interface PrintedChange {
  /** One line, without a line end. */
  readonly line: string;
  /** The operation, its object and the settings. */
  readonly json: Json;
}

/** Prints changes of any kind as {@linkcode printTableChanges} does. */
export function printChanges(
  { io }: Context,
  { options, changes, isOtherChanged }: {
    readonly options: ChangeOptions;
    readonly changes: () => readonly PrintedChange[];
    readonly isOtherChanged?: boolean | undefined;
  },
): void {
  const made = changes();
  if (options.json) printJson(io, changesJson(made, { dryRun: options.dryRun, isOtherChanged }));
  else if (made.length === 0) options.dryRun ? io.out(NO_CHANGE) : inform(io, NO_CHANGE);
  else if (options.dryRun || io.verbosity === "verbose") {
    printLines(io, made.flatMap(({ line }) => formatChangeLine(line, { width: outWidth(io) })));
  }
}

/** The other parts of a document of changes. */
export interface ChangesContext {
  /** Whether nothing was changed. */
  readonly dryRun?: boolean | undefined;
  /** Whether the command changed something else too, such as a file. */
  readonly isOtherChanged?: boolean | undefined;
  /** What else the document has, before the changes. */
  readonly facts?: { readonly [key: string]: Json } | undefined;
}

/** What every command that changes something prints as JSON: whether it did, and the changes. */
export function changesJson(
  changes: readonly { readonly json: Json }[],
  { dryRun = false, isOtherChanged = false, facts = {} }: ChangesContext,
): { readonly [key: string]: Json } {
  return {
    dry_run: dryRun,
    changed: !dryRun && (changes.length > 0 || isOtherChanged),
    ...facts,
    changes: changes.map(({ json }) => json),
  };
}

/** The options of every command that makes changes. */
export interface ChangeOptions {
  /** Prints the changes without making them. */
  readonly dryRun?: true | undefined;
  /** Prints the changes as JSON. */
  readonly json?: true | undefined;
}
