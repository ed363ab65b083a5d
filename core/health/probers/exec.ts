import type { CheckPath, ExecCheck, ServerId } from "../../model/mod.ts";
import { type CommandEnd, describeEnd } from "../../process/mod.ts";
import { runFor } from "./server_command.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** The exit status for the weight 0. */
const WEIGHT_OFFSET = 2;

function judge(end: Extract<CommandEnd, { readonly kind: "ended" }>, { exitStatus }: ExecCheck): Outcome {
  const { success, signal, code } = end.status;
  const text = describeEnd(end);
  if (success) return { ok: true, detail: text };
  if (signal !== null || exitStatus === "health" || code === 1) return { ok: false, reason: text };
  const weight = code - WEIGHT_OFFSET;
  return { ok: true, detail: text.replace(/^exit status \d+/, `weight ${weight}`), weight };
}

/** The `exec` prober: passes by a command's exit status. */
export async function probeExec(
  target: ServerId,
  check: ExecCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const end = await runFor(target, check, options);
  if (end.kind === "not started") return { ok: false, reason: end.reason, inconclusive: true };
  if (options.signal.aborted) return { ok: "aborted", awaited: "end of the command" };
  return judge(end, check);
}
