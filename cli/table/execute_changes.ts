import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type IpvsClient, rehearse } from "../../core/ipvs/mod.ts";
import type { Change } from "../../core/model/mod.ts";
import { JournaledChange } from "./journaled_change.ts";
import type { Context } from "../context/context.ts";
import { type ChangeOptions, printTableChanges } from "../format/printed_change.ts";

/**
 * Makes the changes of one command and, where that is asked for, tells them.
 *
 * @throws {LvsctlError} If the kernel refuses one; with {@linkcode EXIT.partial} if it made others of them.
 */
export function executeChanges(
  context: Context,
  request: { readonly client: IpvsClient; readonly changes: readonly Change[]; readonly options: ChangeOptions },
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
  printTableChanges(context, changes, options);
}

/** Makes changes, with the table locked, and tells them in the journal; gives the errors of those that failed. */
function execute(context: Context, client: IpvsClient, changes: readonly Change[]): LvsctlError[] {
  using change = new JournaledChange(context, { operation: "change" });
  const errors = client.execute(changes);
  change.record({ changes: changes.filter((_, index) => !errors.has(index)) });
  return [...errors.values()];
}
