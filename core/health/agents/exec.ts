import type { Agent, ExecAgent } from "../../model/mod.ts";
import type { AgentOutcome } from "../ask_agent.ts";
import type { ProberOptions, ProbeTarget } from "../prober.ts";
import { describeEnd } from "../command.ts";
import { runFor } from "../server_command.ts";
import { judgeAgentText } from "./tcp.ts";

/** Asks by running a command that prints what an agent would send. */
export async function askExecAgent(
  target: ProbeTarget,
  agent: Agent & ExecAgent,
  options: ProberOptions,
): Promise<AgentOutcome> {
  const end = await runFor(target, agent, options);
  if (end.kind === "not started") return { ok: false, reason: end.reason, inconclusive: true };
  if (options.signal.aborted) return { ok: "aborted", awaited: "end of the command" };
  return end.status.success ? judgeAgentText(end.stdout) : { ok: false, reason: describeEnd(end) };
}
