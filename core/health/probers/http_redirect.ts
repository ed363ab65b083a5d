import { type CheckPath, formatEndpoint, type HttpCheck, type ServerId } from "../../model/mod.ts";
import {
  type ExchangeOptions,
  type HttpHead,
  type HttpRequest,
  type Outcome,
  type ReadHttpAnswer,
  sendHttpRequest,
} from "../../net/mod.ts";
import { quoted } from "./text_expectation.ts";

/** A check or an agent over HTTP, without the expected answer. */
export type HttpQuery = Omit<HttpCheck, "expect"> & CheckPath;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** The request that a redirect leads to, or the reason why it cannot be followed; `undefined` for other answers. */
function redirectedRequest(
  { status, location }: HttpHead,
  { request, scheme }: { readonly request: HttpRequest; readonly scheme: HttpQuery["type"] },
): HttpRequest | string | undefined {
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  const base = `${scheme}://${request.host}${request.path}`;
  if (!URL.canParse(location, base)) return `redirect to ${quoted(location)}, which is not a URL`;
  const url = new URL(location, base);
  if (url.protocol !== `${scheme}:`) {
    return `redirect to ${quoted(location)}, which a check of type ${scheme} cannot follow`;
  }
  // As clients do (RFC 9110 15.4): only 307 and 308 repeat method and body.
  const isRepeated = status >= 307 || request.method === "HEAD";
  return {
    ...request,
    method: isRepeated ? request.method : "GET",
    path: `${url.pathname}${url.search}`,
    host: url.host,
    body: isRepeated ? request.body : undefined,
  };
}

/** The request of a query to a server, before any redirect. */
export function firstRequest(target: ServerId, query: HttpQuery): HttpRequest {
  const { method, path, host, version, headers, authorization, body, proxy: isProxied } = query;
  return {
    method,
    path,
    host: host ?? formatEndpoint(target.address, target.port),
    version,
    headers,
    authorization,
    body,
    isProxied,
  };
}

/**
 * Sends a request and those that redirects lead to, at most `query.redirects`, each on a connection of its own.
 *
 * @param target The server.
 * @param query The request.
 * @param exchange.options Deadline and network.
 * @param exchange.read Reads the final answer.
 */
export async function followRedirects(
  target: ServerId,
  query: HttpQuery,
  exchange: { readonly options: ExchangeOptions; readonly read: ReadHttpAnswer },
): Promise<Outcome> {
  const { options, read } = exchange;
  const { type: scheme } = query;
  const tls = scheme === "https" ? query.tls : undefined;
  let request = firstRequest(target, query);
  for (let left = query.redirects;; left--) {
    const present: HttpRequest = request;
    let next: HttpRequest | undefined;
    const outcome = await sendHttpRequest(present, {
      endpoint: target,
      binding: query,
      options,
      tls,
      read: async (session, head) => {
        const redirected = left > 0 ? redirectedRequest(head, { request: present, scheme }) : undefined;
        if (typeof redirected === "string") return { ok: false, reason: redirected };
        next = redirected;
        return next === undefined ? await read(session, head) : { ok: true, detail: "redirect" };
      },
    });
    if (next === undefined || outcome.ok !== true) return outcome;
    request = next;
  }
}
