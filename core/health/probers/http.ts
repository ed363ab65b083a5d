import { type CheckPath, formatDuration, type HttpCheck, type ServerId } from "../../model/mod.ts";
import type { ExchangeOptions, HttpHead, Outcome, Session } from "../../net/mod.ts";
import { judgeBody } from "./http_body.ts";
import { followRedirects } from "./http_redirect.ts";
import { formatRanges, isWithinRanges } from "./status_line.ts";

/** Compares the answer with the expected one, and reads no more of it than that needs. */
async function judge(
  session: Session,
  { head, check }: { readonly head: HttpHead; readonly check: HttpCheck },
): Promise<Outcome> {
  const { status } = head;
  const { status: ranges } = check.expect;
  if (!isWithinRanges(status, ranges)) {
    return { ok: false, reason: `status ${status}, expected ${formatRanges(ranges)}` };
  }
  const verdict = await judgeBody(session.reader, { framing: head.framing, expect: check.expect });
  if (!verdict.ok) return verdict;
  return { ok: true, detail: `status ${status}${verdict.detail === "" ? "" : `, ${verdict.detail}`}` };
}

/** The `http` and `https` prober: passes if the answer to a request is as expected, and comes in time. */
export async function probeHttp(
  target: ServerId,
  check: HttpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const started = options.clock.now();
  const outcome = await followRedirects(target, check, {
    options,
    read: (session, head) => judge(session, { head, check }),
  });
  const { maxLatencyMs } = check.expect;
  const latencyMs = options.clock.now() - started;
  if (outcome.ok !== true || maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return outcome;
  return {
    ok: false,
    reason: `answer took ${Math.round(latencyMs)}ms, expected ${formatDuration(maxLatencyMs)} at most`,
  };
}
