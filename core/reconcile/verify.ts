import { LvsctlError } from "../errors/mod.ts";
import { CurrentState, formatDifference, vipDifferences } from "./differences.ts";
import { isEmptyPlan, planFrom, planSize } from "./plan.ts";
import { readScopeOutline, type Scope } from "./scope.ts";
import type { Target } from "./target.ts";

/** The number of differences that a message lists. */
const MAX_LISTED = 10;

/** Verifies that the kernel is the target: planning again finds nothing to change. Returns the differences as an error. */
export function verifyPlan(scope: Scope, target: Target): LvsctlError | undefined {
  const current = readScopeOutline(scope);
  const remaining = planFrom(current, target);
  if (isEmptyPlan(remaining)) return undefined;
  const state = new CurrentState(current);
  const differences = [
    ...[...remaining.vips.first, ...remaining.vips.last].slice(0, MAX_LISTED).flatMap(vipDifferences),
    ...remaining.changes.slice(0, MAX_LISTED).flatMap((change) => state.differences(change)),
  ];
  const listed = differences.slice(0, MAX_LISTED).map(formatDifference).join(", ");
  const more = Math.max(differences.length, planSize(remaining)) - MAX_LISTED;
  return new LvsctlError(
    `the kernel did not keep what it acknowledged: ${listed}${more > 0 ? `, and ${more} more differences` : ""}`,
    {
      operation: "verify the table",
      hint: "another program may be changing it, or this kernel may lack the feature",
    },
  );
}
