import type { AgentAnswer } from "../../model/mod.ts";

/** What asking ends with, before its time is taken. */
export type AgentOutcome =
  | { readonly ok: true; readonly answer: AgentAnswer; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly inconclusive?: true }
  | { readonly ok: "aborted"; readonly awaited: string };
