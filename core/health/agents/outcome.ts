import type { AgentAnswer } from "../../model/mod.ts";

/** Outcome of asking an agent, without its latency. */
export type AgentOutcome =
  | { readonly ok: true; readonly answer: AgentAnswer; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly inconclusive?: true }
  | { readonly ok: "aborted"; readonly awaited: string };
