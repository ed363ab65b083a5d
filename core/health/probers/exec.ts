import type { CheckPath, ExecCheck } from "../../model/mod.ts";
import { type CommandEnd, runCommand } from "../command.ts";
import { environmentOf, fillIn, serverPlaceholders, servicePlaceholders } from "../placeholders.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";

/** The exit status that stands for the weight 0. */
const WEIGHT_OFFSET = 2;

function judge(
  { status, said }: Extract<CommandEnd, { readonly kind: "ended" }>,
  { exitStatus }: ExecCheck,
): ProbeOutcome {
  const suffix = said === "" ? "" : `: ${said}`;
  if (status.signal !== null) return { ok: false, reason: `killed by ${status.signal}${suffix}` };
  const { code } = status;
  if (code === 0) return { ok: true, detail: `exit status 0${suffix}` };
  if (exitStatus === "health" || code === 1) return { ok: false, reason: `exit status ${code}${suffix}` };
  const weight = code - WEIGHT_OFFSET;
  return { ok: true, detail: `weight ${weight}${suffix}`, weight };
}

/** The `exec` prober: a command's exit status. */
export const probeExec = async (
  target: ProbeTarget,
  check: ExecCheck & CheckPath,
  { signal, clock }: ProberOptions,
): Promise<ProbeOutcome> => {
  const values = { ...serverPlaceholders(target), ...servicePlaceholders(check.service) };
  const end = await runCommand(check.command.map((word) => fillIn(word, values)), {
    environment: { ...environmentOf(values), ...Object.fromEntries(check.environment) },
    signal,
    clock,
  });
  if (end.kind === "not started") return { ok: false, reason: end.reason, inconclusive: true };
  if (signal.aborted) return { ok: "aborted", awaited: "end of the command" };
  return judge(end, check);
};
