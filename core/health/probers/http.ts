import { type CheckPath, formatDuration, type HttpCheck, type ServerId } from "../../model/mod.ts";
import type { ExchangeOptions, HttpHead, Outcome, Session } from "../../net/mod.ts";
import { judgeBody } from "./http_body.ts";
import { followRedirects } from "./http_redirect.ts";
import { formatRanges, isWithinRanges } from "./status_line.ts";

/** The reason why the status is not as expected; `undefined` if it is. */
export function statusDifference({ status }: HttpHead, { expect }: HttpCheck): string | undefined {
  if (isWithinRanges(status, expect.status)) return undefined;
  return `status ${status}, expected ${formatRanges(expect.status)}`;
}

/** The reason why an answer has come too late; `undefined` if it has not. */
export function latencyDifference(latencyMs: number, { expect: { maxLatencyMs } }: HttpCheck): string | undefined {
  if (maxLatencyMs === undefined || latencyMs <= maxLatencyMs) return undefined;
  return `answer took ${Math.round(latencyMs)}ms, expected ${formatDuration(maxLatencyMs)} at most`;
}

/** Compares the answer with the expected one, and reads no more of it than that needs. */
async function judge(
  session: Session,
  { head, check }: { readonly head: HttpHead; readonly check: HttpCheck },
): Promise<Outcome> {
  const difference = statusDifference(head, check);
  if (difference !== undefined) return { ok: false, reason: difference };
  const verdict = await judgeBody(session.reader, { framing: head.framing, expect: check.expect });
  if (!verdict.ok) return verdict;
  return { ok: true, detail: `status ${head.status}${verdict.detail === "" ? "" : `, ${verdict.detail}`}` };
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
  if (outcome.ok !== true) return outcome;
  const reason = latencyDifference(options.clock.now() - started, check);
  return reason === undefined ? outcome : { ok: false, reason };
}
