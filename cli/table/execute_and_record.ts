import type { LvsctlError } from "../../core/errors/mod.ts";
import type { Change, VipChange } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { JournaledChange } from "./journaled_change.ts";

/** Changes of one kind: of the table, or of addresses. */
export type ChangeList = { readonly changes: readonly Change[] } | { readonly vips: readonly VipChange[] };

/**
 * Makes changes while the table is locked, and records those that succeeded; no change is no entry of the journal.
 *
 * @param list The changes, or what plans them once the table is locked, so that no other lvsctl changes it in between.
 * @param options.execute Makes them; returns the errors of those that failed, by index.
 * @returns The errors of those that failed, by index.
 * @throws {LvsctlError} If another process holds the lock for too long.
 */
export function executeAndRecord(
  context: Context,
  list: ChangeList | (() => ChangeList),
  options: { readonly execute: () => ReadonlyMap<number, LvsctlError> },
): ReadonlyMap<number, LvsctlError> {
  using change = new JournaledChange(context, { operation: "change" });
  const planned = typeof list === "function" ? list() : list;
  const errors = options.execute();
  const succeeded = <T>(changes: readonly T[]): T[] => changes.filter((_, index) => !errors.has(index));
  change.record("vips" in planned ? { vips: succeeded(planned.vips) } : { changes: succeeded(planned.changes) });
  return errors;
}
