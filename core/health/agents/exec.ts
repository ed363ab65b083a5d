import type { Agent, ExecAgent } from "../../model/mod.ts";
import type { AgentOutcome } from "../ask_agent.ts";
import type { ProberOptions, ProbeTarget } from "../prober.ts";
import { describeExit, runCommand } from "../probers/command.ts";
import { judgeAgentText } from "./tcp.ts";

/** Asks by running a command that prints what an agent would send. */
export async function askExecAgent(
  target: ProbeTarget,
  agent: Agent & ExecAgent,
  options: ProberOptions,
): Promise<AgentOutcome> {
  const run = await runCommand(target, agent, options);
  if ("ok" in run) return run;
  return run.status.success ? judgeAgentText(run.stdout) : { ok: false, reason: describeExit(run) };
}
