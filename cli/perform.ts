import { EXIT, LvsctlError } from "../core/errors/mod.ts";
import { type IpvsClient, rehearse } from "../core/ipvs/mod.ts";
import type { Change } from "../core/model/mod.ts";
import { Changing } from "./changing.ts";
import type { Context } from "./context.ts";
import { formatChange } from "./format/changes.ts";
import { changeJson, type Json, printJson } from "./format/json.ts";

/** The options that every command has that changes something. */
export interface PerformOptions {
  /** Says what would be done, and whether it could be. */
  readonly dryRun?: true | undefined;
  /** Prints the changes as JSON. */
  readonly json?: true | undefined;
}

/**
 * Makes the changes of one command and, where that is asked for, tells them.
 *
 * @throws {LvsctlError} If the kernel refuses one; with {@linkcode EXIT.partial} if it made others of them.
 */
export function perform(
  context: Context,
  request: { readonly client: IpvsClient; readonly changes: readonly Change[]; readonly options: PerformOptions },
): void {
  const { client, changes, options } = request;
  const errors = options.dryRun
    ? changes.map((change) => rehearse(client, change)).filter((error) => error !== undefined)
    : execute(context, client, changes);
  const [first, ...others] = errors;
  if (first !== undefined) {
    if (changes.length === 1) throw first;
    const partly = !options.dryRun && errors.length < changes.length;
    throw new LvsctlError(
      [first, ...others].map(({ message }) => message).join("\n"),
      { exitCode: partly ? EXIT.partial : first.exitCode },
    );
  }
  tellChanges(context, changes, options);
}

/** Makes changes, with the table locked, and tells them in the journal; gives the errors of those that failed. */
function execute(context: Context, client: IpvsClient, changes: readonly Change[]): LvsctlError[] {
  using changing = new Changing(context, { operation: "change" });
  const errors = client.execute(changes);
  changing.made({ changes: changes.filter((_, index) => !errors.has(index)) });
  return [...errors.values()];
}

/** Prints the changes: always as JSON if asked for, and in words for a dry run. */
export function tellChanges(context: Context, changes: readonly Change[], options: PerformOptions): void {
  tell(context, { options, changes: () => changes.map(toldChange) });
}

/** A change in words and as JSON. */
export interface ToldChange {
  /** One line, without its end. */
  readonly line: string;
  /** What it sets. */
  readonly json: Json;
}

/** How a change of the table is told. */
export function toldChange(change: Change): ToldChange {
  return { line: formatChange(change), json: changeJson(change) };
}

/** As {@linkcode tellChanges}, for changes of every kind; those that nobody asked to hear are not put into words. */
export function tell(
  { io }: Context,
  { options, changes }: { readonly options: PerformOptions; readonly changes: () => readonly ToldChange[] },
): void {
  if (options.json) printJson(io, { dry_run: options.dryRun ?? false, changes: changes().map(({ json }) => json) });
  else if (options.dryRun) io.out(changes().map(({ line }) => `${line}\n`).join("") || "Nothing to change\n");
}
