import { printable, type StatusRanges } from "../../model/mod.ts";
import { AnswerError, type Outcome, type Session } from "../../net/mod.ts";

/**
 * Reads the status in the head of an answer of SIP or RTSP.
 *
 * @throws {AnswerError} If it is another protocol's, or broken.
 */
export function statusOf(head: string, protocol: "SIP/2.0" | "RTSP/1.0"): number {
  const [first = ""] = head.split(/\r?\n/, 1);
  const status = first.startsWith(`${protocol} `) ? /^([1-6]\d\d)(?: |$)/.exec(first.slice(protocol.length + 1)) : null;
  if (status !== null) return Number(status[1]);
  throw new AnswerError(`answer is not ${protocol.slice(0, -4)}: "${printable(first, 40)}"`);
}

/**
 * Reads the head of the final answer, and skips interim answers.
 *
 * @throws {AnswerError} If it is another protocol's, or ends too early.
 */
export async function readStatus(session: Session, protocol: "SIP/2.0" | "RTSP/1.0"): Promise<number> {
  for (;;) {
    // The first line alone shows another protocol, without waiting for the whole head.
    const first = await session.line();
    const status = statusOf(first, protocol);
    for (let line = first; line !== "";) line = await session.line();
    if (status >= 200) return status;
  }
}

/** Ranges of statuses as text: "200-299 or 404". */
export function formatRanges(ranges: StatusRanges): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(" or ");
}

/** Whether a status is in one of the ranges. */
export function isWithinRanges(status: number, ranges: StatusRanges): boolean {
  return ranges.some(([from, to]) => from <= status && status <= to);
}

/** The outcome for a status. */
export function judgeStatus(status: number, ranges: StatusRanges): Outcome {
  return isWithinRanges(status, ranges)
    ? { ok: true, detail: `status ${status}` }
    : { ok: false, reason: `status ${status}, expected ${formatRanges(ranges)}` };
}
