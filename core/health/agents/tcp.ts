import { type Agent, printable, type ServerId, type TcpAgent } from "../../model/mod.ts";
import { readAgentText } from "./text.ts";
import { bytesOf, textOf } from "../probers/exchange.ts";
import { converse, type ExchangeOptions, type Session } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** How much an agent may say in its line. */
const MAX_LINE_BYTES = 1024;

/** The line that an agent sends; the end of the connection ends it too. */
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

/** What an agent's text says, or that it says nothing. */
export function judgeAgentText(text: string): AgentOutcome {
  const read = readAgentText(text);
  if (read !== undefined) return { ok: true, ...read };
  const said = printable(text.trim().split(/[\r\n]/, 1)[0] ?? "");
  return { ok: false, reason: said === "" ? "empty answer" : `nothing known in the answer "${said}"` };
}

/** Asks an agent that sends a line on connecting. */
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
