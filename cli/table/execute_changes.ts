import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type IpvsClient, rehearse } from "../../core/ipvs/mod.ts";
import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { type ChangeOptions, printTableChanges } from "../format/printed_change.ts";
import { executeAndRecord } from "./execute_and_record.ts";

/**
 * Makes the changes of one command and prints them as its options ask.
 *
 * @throws {LvsctlError} If the kernel refuses a change; with {@linkcode EXIT.partial} if it took others of them.
 */
export function executeChanges(
  context: Context,
  request: { readonly client: IpvsClient; readonly changes: readonly Change[]; readonly options: ChangeOptions },
): void {
  const { client, changes, options } = request;
  const errors = options.dryRun
    ? changes.map((change) => rehearse(client, change)).filter((error) => error !== undefined)
    : [...executeAndRecord(context, { changes }, { execute: () => client.execute(changes) }).values()];
  const [first, ...others] = errors;
  if (first !== undefined) {
    if (changes.length === 1) throw first;
    const isPartial = !options.dryRun && errors.length < changes.length;
    throw new LvsctlError(
      [first, ...others].map(({ message }) => message).join("\n"),
      { exitCode: isPartial ? EXIT.partial : first.exitCode },
    );
  }
  printTableChanges(context, { changes, options });
}
