import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import type { DesiredState, Labels } from "../../../core/model/mod.ts";
import type { ChangeKind } from "../../../core/reconcile/mod.ts";
import { refuseStoreOptions } from "../../config/config_text.ts";
import { parsePlanFile, refuseChangedFile } from "../../config/plan_file.ts";
import type { Context } from "../../context/context.ts";
import { readFile } from "../../context/io.ts";
import type { StoredFileOptions } from "../../options/store_options.ts";

/** The options of a command line that a saved plan has itself. */
export interface PlannedOptions extends StoredFileOptions {
  /** The path of the plan. */
  readonly plan: string;
  /** Whether services that the file does not name are deleted. */
  readonly prune?: true | undefined;
  /** Whether existing servers keep their weights. */
  readonly keepWeights?: true | undefined;
  /** The kinds of changes. */
  readonly only?: ReadonlySet<ChangeKind> | undefined;
  /** How long connections of deleted servers may take to end; milliseconds. */
  readonly drain?: number | undefined;
  /** The digest that the table must have. */
  readonly ifUnchanged?: string | undefined;
  /** The labels of this director. */
  readonly label?: Labels | undefined;
}

/** What a saved plan wants to apply. */
export interface PlannedApply<T> {
  /** The configuration file; undefined for standard input. */
  readonly file: string | undefined;
  /** The desired state of that file. */
  readonly desired: DesiredState;
  /** The options of the command line with those of the plan. */
  readonly options: T;
  /** The digest of the plan's changes. */
  readonly ifChanges: string;
}

/**
 * The request of a saved plan.
 *
 * @param line.named The file on the command line, which a plan excludes.
 * @param line.given The options of the command line.
 * @throws {LvsctlError} If the command line has what the plan decides, if the plan cannot be read, or if its file has
 * changed.
 */
export async function fromPlan<T extends PlannedOptions>(
  context: Context,
  { named, given }: { readonly named: string | undefined; readonly given: T },
): Promise<PlannedApply<T>> {
  refuseOthers(named, given);
  // The plan of a version has its content.
  refuseStoreOptions([], given);
  const saved = parsePlanFile(readFile(context.io, given.plan), given.plan);
  await refuseChangedFile(context, saved);
  const { file, desired, state, changes, options: { prune, keepWeights, only, drainMs } } = saved;
  const options = { ...given, prune, keepWeights, only, drain: drainMs, ifUnchanged: state };
  return { file, desired, options, ifChanges: changes };
}

function refuseOthers(named: string | undefined, options: PlannedOptions): void {
  const { prune, keepWeights, only, drain, ifUnchanged, label } = options;
  const given = Object.entries({
    "FILE": named,
    "--prune": prune,
    "--keep-weights": keepWeights,
    "--only": only,
    "--drain": drain,
    "--if-unchanged": ifUnchanged,
    "--label": label,
  }).flatMap(([name, value]) => value === undefined ? [] : [name]);
  const [first] = given;
  if (first === undefined) return;
  throw new LvsctlError(`--plan excludes ${given.join(", ")}`, {
    hint: 'the plan has them; give them to "lvsctl plan"',
    exitCode: EXIT.usage,
  });
}
