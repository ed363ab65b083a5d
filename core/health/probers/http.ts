import { type CheckPath, formatDuration, formatEndpoint, type HttpCheck, type ServerId } from "../../model/mod.ts";
import {
  base64,
  converse,
  type ExchangeOptions,
  type HttpHead,
  type Outcome,
  readHttpHead,
  type Session,
} from "../../net/mod.ts";
import { quoted } from "./text_expectation.ts";
import { judgeBody } from "./http_body.ts";
import { formatRanges, isWithinRanges } from "./status_line.ts";

/** What a request is made from, without what the answer has to be. */
export type HttpQuestion = Omit<HttpCheck, "expect"> & CheckPath;

/** What becomes of an answer whose head has come. */
export type JudgeHttp = (session: Session, head: HttpHead) => Promise<Outcome>;

/** What is asked for: the check's own, or where a redirect leads. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly body: string | undefined;
}

function authorizationOf({ authorization }: HttpQuestion): string | undefined {
  if (authorization === undefined) return undefined;
  if (authorization.kind === "bearer") return `Bearer ${authorization.token}`;
  return `Basic ${base64(`${authorization.user}:${authorization.password}`)}`;
}

/**
 * The bytes of the request, or `undefined` if path or host have characters that would make it another request.
 *
 * HTTP/1.1 with "Connection: close": a probe is to see the server as a new client does.
 */
function formatRequest(request: Request, check: HttpQuestion): Uint8Array | undefined {
  const { method, path, host } = request;
  if (!/^\/[!-~]*$/.test(path) || !/^[!-~]+$/.test(host)) return undefined;
  const body = new TextEncoder().encode(request.body ?? "");
  const authorization = authorizationOf(check);
  const headers: (readonly [string, string])[] = [
    ["Host", host],
    ["User-Agent", "lvsctl"],
    ["Accept", "*/*"],
    // The body is compared as it comes.
    ["Accept-Encoding", "identity"],
    ["Connection", "close"],
    ...(authorization === undefined ? [] : [["Authorization", authorization] as const]),
    ...(request.body === undefined ? [] : [["Content-Length", String(body.length)] as const]),
  ];
  const replaced = new Set(check.headers.map(([name]) => name.toLowerCase()));
  const all = [...headers.filter(([name]) => !replaced.has(name.toLowerCase())), ...check.headers];
  const target = check.proxy ? `http://${host}${path}` : path;
  const lines = [`${method} ${target} HTTP/${check.version}`, ...all.map(([name, value]) => `${name}: ${value}`)];
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** Where an answer sends on to: the next request, or why there is none. */
function redirected(
  head: HttpHead,
  { request, check }: { readonly request: Request; readonly check: HttpQuestion },
): Request | string | undefined {
  const { status, location } = head;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const scheme = check.type;
  if (!URL.canParse(location, `${scheme}://${request.host}${request.path}`)) {
    return `redirect to ${quoted(location)}, which is no URL`;
  }
  const url = new URL(location, `${scheme}://${request.host}${request.path}`);
  if (url.protocol !== `${scheme}:`) {
    return `redirect to ${quoted(location)}, which a check of type ${scheme} cannot follow`;
  }
  // As clients do (RFC 9110 15.4): only 307 and 308 make the same request again.
  const isSame = status >= 307 || request.method === "HEAD";
  return {
    method: isSame ? request.method : "GET",
    path: `${url.pathname}${url.search}`,
    host: url.host,
    body: isSame ? request.body : undefined,
  };
}

/** Compares the answer with what is expected, reading no more of it than is needed. */
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

/** Makes one request, on a connection of its own; gives the next one where it is sent on. */
async function ask(
  request: Request,
  job: {
    readonly target: ServerId;
    readonly check: HttpQuestion;
    readonly options: ExchangeOptions;
    readonly judge: JudgeHttp;
    readonly mayFollow: boolean;
  },
): Promise<{ readonly outcome: Outcome; readonly next: Request | undefined }> {
  const { target, check, options, judge, mayFollow } = job;
  const bytes = formatRequest(request, check);
  if (bytes === undefined) {
    const reason = "the check's path or host cannot stand in an HTTP request";
    return { outcome: { ok: false, reason, inconclusive: true }, next: undefined };
  }
  let next: Request | undefined;
  const tls = check.type === "https" ? check.tls : undefined;
  const outcome = await converse(
    { endpoint: target, binding: check, options, tls, limitBytes: Infinity },
    async (session) => {
      await session.sendBytes(bytes);
      const head = await readHttpHead(session.reader, request);
      const following = mayFollow ? redirected(head, { request, check }) : undefined;
      if (typeof following === "string") return { ok: false, reason: following };
      next = following;
      return next === undefined ? await judge(session, head) : { ok: true, detail: "redirect" };
    },
  );
  return { outcome, next };
}

/**
 * Makes a request on a connection of its own, follows redirects as far as the check says, and has the answer judged.
 *
 * @param target The server.
 * @param check What is asked for.
 * @param asked.options Deadline and network.
 * @param asked.judge Gets the final answer.
 */
export async function requestHttp(
  target: ServerId,
  check: HttpQuestion,
  asked: { readonly options: ExchangeOptions; readonly judge: JudgeHttp },
): Promise<Outcome> {
  let request: Request = {
    method: check.method,
    path: check.path,
    host: check.host ?? formatEndpoint(target.address, target.port),
    body: check.body,
  };
  for (let left = check.redirects;; left--) {
    const { outcome, next } = await ask(request, { target, check, ...asked, mayFollow: left > 0 });
    if (next === undefined || outcome.ok !== true) return outcome;
    request = next;
  }
}

/**
 * The `http` and `https` prober: one request on a connection of its own; passes when the answer is as expected.
 *
 * It speaks HTTP/1.1 by itself rather than through `fetch`, which goes through the environment's HTTP_PROXY unless each
 * target has a client of its own, which tells failures in sentences made for a browser, and which takes one and a half
 * times the CPU time (160 to 180 us per probe on loopback against 105 to 115).
 */
export async function probeHttp(
  target: ServerId,
  check: HttpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const started = options.clock.now();
  const outcome = await requestHttp(target, check, {
    options,
    judge: (session, head) => judge(session, { head, check }),
  });
  const { maxLatencyMs } = check.expect;
  const tookMs = options.clock.now() - started;
  if (outcome.ok !== true || maxLatencyMs === undefined || tookMs <= maxLatencyMs) return outcome;
  return {
    ok: false,
    reason: `answer took ${Math.round(tookMs)}ms, expected ${formatDuration(maxLatencyMs)} at most`,
  };
}
