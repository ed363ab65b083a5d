import type { Agent, HttpAgent, ServerId } from "../../model/mod.ts";
import { percentOf } from "./text.ts";
import { readDocument, valueAt } from "../probers/http_body.ts";
import { followRedirects } from "../probers/http_redirect.ts";
import { isWithinRanges } from "../probers/status_line.ts";
import { quoted } from "../probers/text_expectation.ts";
import { judgeAgentText } from "./tcp.ts";
import type { ExchangeOptions } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** Statuses of a valid answer. */
const STATUSES = [[200, 299]] as const;

/** The path as text: `$.servers[0].weight`. */
function formatPath(path: HttpAgent["json"]): string {
  return `$${path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("")}`;
}

function judge(document: unknown, path: HttpAgent["json"]): AgentOutcome {
  const value = valueAt(document, path);
  if (typeof value === "string") return judgeAgentText(value);
  const percent = typeof value === "number" ? percentOf(value) : undefined;
  if (percent !== undefined) return { ok: true, answer: { percent }, ignored: [] };
  const problem = value === undefined ? "is missing" : `is ${quoted(JSON.stringify(value))}`;
  return { ok: false, reason: `${formatPath(path)} ${problem}, expected a percentage` };
}

/** Requests a JSON document that has a percentage, or text as other agents send it. */
export async function askHttpAgent(
  target: ServerId,
  agent: Agent & HttpAgent,
  options: ExchangeOptions,
): Promise<AgentOutcome> {
  let answer: AgentOutcome = { ok: false, reason: "no answer" };
  const outcome = await followRedirects(target, agent, {
    options,
    read: async (session, head) => {
      if (!isWithinRanges(head.status, STATUSES)) {
        return { ok: false, reason: `status ${head.status}, expected 200-299` };
      }
      const document = await readDocument(session.reader, head.framing);
      if (!document.ok) return document;
      answer = judge(document.value, agent.json);
      return { ok: true, detail: "" };
    },
  });
  return outcome.ok === true ? answer : outcome;
}
