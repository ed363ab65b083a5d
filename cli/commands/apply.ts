import { apply, type ApplyRequest, planApply, stateOf } from "../table/apply_file.ts";
import { JournaledChange } from "../table/journaled_change.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { readDesiredTable } from "../config/read_table.ts";
import { respectedOverrides } from "../table/overrides_for_file.ts";
import { formatPlan, isEmpty, planJson, stepCount } from "../format/plan.ts";
import { printJson } from "../format/json.ts";
import {
  DEFAULT_DRAIN_MS,
  DRAIN_HELP,
  LOCK_TIMEOUT_HELP,
  ONLY_HELP,
  onlyArgument,
  stateArgument,
  targetOf,
  waitArgument,
} from "../options/apply_options.ts";

/** `lvsctl apply`. */
export function applyCommand(context: Context): CommandUnknownOpts {
  return new Command("apply")
    .description(
      "Makes the services of a file what it says, by the fewest changes: adds and edits first; then servers that go get " +
        "nothing new, and are deleted when their connections have ended. What was done is read back and verified; if " +
        "anything fails, all of it is undone. On a terminal it asks before.",
    )
    .argument("<file>", "YAML, or rules in ipvsadm's format; - is standard input")
    .option("--prune", "delete what the file does not name: services, and VIPs that lvsctl added")
    .option("--keep-weights", "servers that are there keep their weights")
    .option("--only <kinds>", ONLY_HELP, onlyArgument)
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--if-unchanged <state>", "only if the kernel still is what a plan was made against", stateArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("--force", "add VIPs though another host answers for them")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const desired = await readDesiredTable(context, file);
      using client = await context.openIpvs();
      using vips = desired.vips === undefined ? undefined : await context.openVips();
      const request: ApplyRequest = {
        client,
        vips,
        ...targetOf(desired, { ...options, overrides: respectedOverrides(context, desired) }),
        drainMs: options.drain ?? DEFAULT_DRAIN_MS,
        force: options.force ?? false,
        ifUnchanged: options.ifUnchanged,
      };
      await applyAsked(context, request, {
        operation: "apply",
        ...options,
        ...(options.lockTimeout === undefined ? {} : { lockTimeoutMs: options.lockTimeout }),
      });
    });
}

/** How {@linkcode applyAsked} goes about it. */
export interface AskOptions {
  /** What the journal calls it. */
  readonly operation: "apply" | "undo";
  /** How long it waits for another lvsctl; milliseconds. */
  readonly lockTimeoutMs?: number;
  /** The entry of the journal that it undoes. */
  readonly undoes?: string;
  /** Says what would be done. */
  readonly dryRun?: true | undefined;
  /** Does not ask. */
  readonly yes?: true | undefined;
  /** Prints JSON. */
  readonly json?: true | undefined;
}

/** Applies, after asking on a terminal, and tells what was done; with a dry run, only what would be. */
export async function applyAsked(context: Context, request: ApplyRequest, options: AskOptions): Promise<void> {
  const { io } = context;
  const isAsked = io.interactive && !options.yes && !options.dryRun;
  let { ifUnchanged } = request;
  if (options.dryRun || isAsked) {
    const plan = await planApply(context, request);
    const state = stateOf(request, plan);
    if (options.dryRun || isEmpty(plan)) {
      if (options.json) printJson(io, planJson(plan, { state, dryRun: options.dryRun ?? false }));
      else io.out(formatPlan(plan));
      return;
    }
    // Not locked meanwhile: whoever is asked may be at lunch.
    io.err(formatPlan(plan));
    if (!io.confirm(`Make these ${stepCount(plan)} changes?`)) {
      io.err("lvsctl: nothing was changed\n");
      return;
    }
    ifUnchanged = state;
  }
  const { operation, lockTimeoutMs, undoes } = options;
  using change = new JournaledChange(context, {
    operation,
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    ...(undoes === undefined ? {} : { undoes }),
  });
  const made = await apply(context, { ...request, ifUnchanged }, change);
  if (options.json) printJson(io, planJson(made, { state: stateOf(request, made), dryRun: false }));
  else if (!isAsked) io.out(formatPlan(made));
}
