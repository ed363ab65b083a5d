import {
  type CheckPath,
  printable,
  type ServerId,
  type TcpCheck,
  type TextExpectation,
  type TlsCheck,
} from "../../model/mod.ts";
import { converse, type ExchangeOptions, MAX_CONVERSATION_BYTES, type Outcome, type Session } from "../../net/mod.ts";
import { TextJudge } from "./text_expectation.ts";

/** The bytes of a text whose characters stand for one byte each (up to U+00FF). */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Each byte as a character. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  // In pieces, because the arguments of a call are on the stack.
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

/** Reads until the answer is as expected, or ends. */
async function listen(session: Session, expect: TextExpectation): Promise<Outcome> {
  const judge = new TextJudge(expect, { what: "answer" });
  let text = "";
  let reason: string | undefined = "closed the connection before answering";
  while (text.length < MAX_CONVERSATION_BYTES - 1) {
    const piece = await session.reader.piece(MAX_CONVERSATION_BYTES - 1 - text.length);
    if (piece === undefined) return { ok: false, reason };
    session.awaited = "expected answer";
    const more = textOf(piece);
    text += more;
    judge.add(more);
    reason = judge.difference;
    if (reason === undefined) return { ok: true, detail: `answer "${printable(text.trim(), 40)}"` };
    if (judge.isExhausted) return { ok: false, reason };
  }
  return { ok: false, reason: `the first 256 KiB of the ${reason}` };
}

/** The `tls` prober, and the `tcp` prober with `send` or `expect`: sends bytes and compares the answer. */
export function probeExchange(
  target: ServerId,
  check: (TcpCheck | TlsCheck) & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "tls" ? check.tls : undefined },
    async (session) => {
      const { send, expect } = check;
      if (send !== undefined) await session.sendBytes(bytesOf(send));
      if (expect !== undefined) return await listen(session, expect);
      return { ok: true, detail: check.type === "tls" ? "TLS established" : "connected" };
    },
  );
}
