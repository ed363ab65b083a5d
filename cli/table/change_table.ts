import type { Change } from "../../core/model/mod.ts";
import type { Context, TableView } from "../context/context.ts";
import type { ChangeOptions } from "../format/printed_change.ts";
import { executeChanges } from "./execute_changes.ts";

/**
 * Changes the table by one command: plans the changes once the table is locked, makes and prints them. In a batch, they
 * are only added to those of the batch.
 *
 * @throws {LvsctlError} If the plan is impossible, or the kernel refuses a change.
 */
export async function changeTable(
  context: Context,
  { plan, options }: { readonly plan: (table: TableView) => readonly Change[]; readonly options: ChangeOptions },
): Promise<void> {
  const { batch } = context;
  if (batch !== undefined) return batch.take(plan, options);
  using client = await context.openIpvs();
  executeChanges(context, { client, changes: () => plan(client), options });
}
