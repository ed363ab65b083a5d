import { exactFieldsOf, isMoment } from "../../json/mod.ts";
import { defined } from "../../model/mod.ts";
import { percentOf } from "./text.ts";
import { type AgentState, FRESH_AGENT_STATE } from "./state.ts";

const HEALTHS: readonly AgentState["health"][] = ["up", "down"];
const MODES: readonly AgentState["mode"][] = ["ready", "drain", "maint"];

function readSilence(value: unknown): AgentState["silent"] {
  const fields = exactFieldsOf(value, ["since", "reason"]);
  const since = fields?.["since"];
  const reason = fields?.["reason"];
  return isMoment(since) && typeof reason === "string" ? { since, reason } : undefined;
}

/**
 * Reads an {@linkcode AgentState} that was stored as JSON.
 *
 * Any invalid part makes it the fresh state: the server then has its full weight until the agent answers.
 */
export function readAgentState(value: unknown): AgentState {
  const fields = exactFieldsOf(value, ["percent", "health", "mode", "reason", "since", "answeredAt", "silent"]);
  const percent = fields?.["percent"];
  const health = HEALTHS.find((name) => name === fields?.["health"]);
  const mode = MODES.find((name) => name === fields?.["mode"]);
  const reason = fields?.["reason"];
  const since = fields?.["since"];
  const answeredAt = fields?.["answeredAt"];
  const silent = readSilence(fields?.["silent"]);
  if (typeof percent !== "number" || percentOf(percent) === undefined) return FRESH_AGENT_STATE;
  if (health === undefined || mode === undefined) return FRESH_AGENT_STATE;
  if (reason !== undefined && typeof reason !== "string") return FRESH_AGENT_STATE;
  if (since !== undefined && !isMoment(since)) return FRESH_AGENT_STATE;
  if (answeredAt !== undefined && !isMoment(answeredAt)) return FRESH_AGENT_STATE;
  if (silent === undefined && fields?.["silent"] !== undefined) return FRESH_AGENT_STATE;
  return defined({ percent, health, mode, reason, since, answeredAt, silent });
}
