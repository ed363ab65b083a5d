import type { CheckPath, ExecCheck } from "../../model/mod.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";
import { describeExit, runCommand } from "./command.ts";

/** The exit status that stands for the weight 0. */
const WEIGHT_OFFSET = 2;

/** The `exec` prober: a command's exit status. */
export const probeExec = async (
  target: ProbeTarget,
  check: ExecCheck & CheckPath,
  options: ProberOptions,
): Promise<ProbeOutcome> => {
  const run = await runCommand(target, check, options);
  if ("ok" in run) return run;
  const text = describeExit(run);
  const { success, signal, code } = run.status;
  if (success) return { ok: true, detail: text };
  if (signal !== null || check.exitStatus === "health" || code === 1) return { ok: false, reason: text };
  const weight = code - WEIGHT_OFFSET;
  return { ok: true, detail: text.replace(/^exit status \d+/, `weight ${weight}`), weight };
};
