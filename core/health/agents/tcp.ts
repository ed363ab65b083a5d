import { type Agent, printable, type ServerId, type TcpAgent } from "../../model/mod.ts";
import { parseAgentText } from "./text.ts";
import { bytesOf, textOf } from "../probers/exchange.ts";
import { converse, type ExchangeOptions, type Session } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** Longest line of an agent. */
const MAX_LINE_BYTES = 1024;

/** Reads the agent's line, which also ends with the connection. */
async function readLine(session: Session): Promise<string> {
  let text = "";
  while (!/[\r\n]/.test(text) && text.length < MAX_LINE_BYTES) {
    const piece = await session.reader.piece(MAX_LINE_BYTES - text.length);
    if (piece === undefined) break;
    session.awaited = "end of the line";
    text += textOf(piece);
  }
  return text;
}

/** The outcome of an agent's text. */
export function judgeAgentText(text: string): AgentOutcome {
  const parsed = parseAgentText(text);
  if (parsed !== undefined) return { ok: true, ...parsed };
  const line = printable(text.trim().split(/[\r\n]/, 1)[0] ?? "");
  return { ok: false, reason: line === "" ? "empty answer" : `no known word in the answer "${line}"` };
}

/** Asks an agent that sends a line after each connection. */
export async function askTcpAgent(
  target: ServerId,
  agent: Agent & TcpAgent,
  options: ExchangeOptions,
): Promise<AgentOutcome> {
  let text = "";
  const outcome = await converse({ endpoint: target, binding: agent, options }, async (session) => {
    if (agent.send !== undefined) await session.sendBytes(bytesOf(agent.send));
    text = await readLine(session);
    return { ok: true, detail: "" };
  });
  return outcome.ok === true ? judgeAgentText(text) : outcome;
}
