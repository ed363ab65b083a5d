import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { type DesiredState, visible } from "../../../core/model/mod.ts";
import { changesDigest, type Plan } from "../../../core/reconcile/mod.ts";
import { formatPlanFile, isReplaceablePlan, type PlanOptions } from "../../config/plan_file.ts";
import type { Context } from "../../context/context.ts";
import { replaceFile } from "../../state/atomic_file.ts";

/**
 * Refuses a path to which no plan can be saved, before the kernel is read.
 *
 * @throws {LvsctlError} If another file has the path, or the plan is only rehearsed.
 */
export async function refuseUnusable(
  path: string,
  { rehearse }: { readonly rehearse?: true | undefined },
): Promise<void> {
  if (rehearse) throw new LvsctlError("--out and --rehearse exclude each other", { exitCode: EXIT.usage });
  const reason = path === "-"
    ? "a plan is saved to a file, not to standard output"
    : await isReplaceablePlan(path)
    ? undefined
    : "it exists and is not a saved plan";
  if (reason === undefined) return;
  throw new LvsctlError(reason, {
    operation: "write",
    object: path === "-" ? "<stdout>" : visible(path),
    hint: "name another file",
    exitCode: EXIT.usage,
  });
}

/**
 * Saves a plan for `apply --plan`.
 *
 * @param path The path of the new file; an older plan is replaced.
 * @throws {LvsctlError} If it cannot be written.
 */
export function savePlan(
  { surroundings }: Context,
  path: string,
  made: {
    readonly file: string;
    readonly desired: DesiredState;
    readonly state: string;
    readonly plan: Plan;
    readonly options: PlanOptions;
  },
): void {
  const { file, desired, state, plan, options } = made;
  // Another command may run in another directory. A stream has no content to compare with later.
  const real = surroundings.files.realPath(file);
  const isStream = file === "-" ||
    surroundings.files.kindOf(real) !== "file" && surroundings.files.kindOf(real) !== "executable";
  const saved = { file: isStream ? undefined : real, desired, state, changes: changesDigest(plan), options };
  replaceFile(path, formatPlanFile(saved, new Date()));
}
