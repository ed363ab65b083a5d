import { probe } from "../../health/mod.ts";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  formatServerId,
  formatServiceId,
  type HttpAuthorization,
  type WebhookNotification,
} from "../../model/mod.ts";
import { unlessAborted, withDeadline } from "../../time/mod.ts";
import type { Message } from "../message.ts";
import { describeMessage, summarize } from "../wording.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/** One of the events of {@linkcode webhookDocument}. */
function eventJson(message: Message): Readonly<Record<string, unknown>> {
  const { event, services, isRepeated } = message;
  const { kind, server, reason, weight, at } = event;
  return {
    event: kind,
    at: new Date(at).toISOString(),
    services: services.map(({ id, name }) => ({ service: formatServiceId(id), name: name ?? null })),
    server: server === undefined ? null : formatServerId(server),
    reason,
    weight: weight ?? null,
    repeated: isRepeated,
    text: describeMessage(message),
  };
}

/** What is posted. Its keys stay; others may come to them. */
export function webhookDocument(
  { messages, dropped }: Pick<Dispatch, "messages" | "dropped">,
  { hostname, timeOfDay }: Pick<SenderContext, "hostname" | "timeOfDay">,
): Readonly<Record<string, unknown>> {
  const [only] = messages;
  return {
    version: 1,
    host: hostname,
    at: new Date(timeOfDay()).toISOString(),
    // Chat services show this.
    text: `${hostname}: ${messages.length === 1 && only !== undefined ? describeMessage(only) : summarize(messages)}`,
    events: messages.map(eventJson),
    dropped,
  };
}

/** Whom a URL says to log in as. */
function authorizationOf({ username, password }: URL): HttpAuthorization | undefined {
  if (username === "" && password === "") return undefined;
  return { kind: "basic", user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The request as a check that passes with a status of 200 to 299. */
function requestOf(
  url: URL,
  { notification, body }: { readonly notification: WebhookNotification; readonly body: string },
): Check {
  const { headers, tls, timeoutMs } = notification;
  const isOwn = headers.some(([name]) => name.toLowerCase() === "content-type");
  const authorization = authorizationOf(url);
  const isName = !/^[\d.]+$|^\[/.test(url.hostname);
  return {
    ...DEFAULT_HTTP,
    ...DEFAULT_TIMING,
    type: url.protocol === "https:" ? "https" : "http",
    method: "POST",
    path: `${url.pathname}${url.search}`,
    host: url.host,
    headers: isOwn ? headers : [["Content-Type", "application/json"], ...headers],
    ...(authorization === undefined ? {} : { authorization }),
    body,
    tls: isName && tls.serverName === undefined ? { ...tls, serverName: url.hostname } : tls,
    timeoutMs,
  };
}

/** Posts a JSON document with all of the messages. */
export async function sendByWebhook(
  dispatch: Dispatch<WebhookNotification>,
  context: SenderContext,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { notification, messages: left } = dispatch;
  const { clock, hosts, network } = context;
  if (!URL.canParse(notification.url)) return { ok: false, left: [], reason: "the URL is none" };
  const url = new URL(notification.url);
  const body = JSON.stringify(webhookDocument(dispatch, context));
  const check = requestOf(url, { notification, body });
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const started = clock.now();
  const found = await withDeadline(notification.timeoutMs, {
    signal,
    clock,
    run: (deadline) => unlessAborted(hosts.find(url.hostname.replace(/^\[|\]$/g, "")), deadline),
  });
  if (found === undefined) return { ok: false, left, reason: `no address of ${url.hostname} in time` };
  if ("failure" in found) return { ok: false, left, reason: `${url.hostname}: ${found.failure}` };
  let reason = "no answer in time";
  for (const address of found.addresses) {
    const timeoutMs = Math.round(started + notification.timeoutMs - clock.now());
    if (timeoutMs <= 0) break;
    try {
      const result = await probe({ address, port }, { ...check, timeoutMs }, { signal, clock, network });
      if (result.ok) return { ok: true };
      reason = result.reason;
    } catch (error) {
      if (!signal.aborted) throw error;
      return { ok: false, left, reason: "called off" };
    }
    // Another address is tried only where this one gave no answer.
    if (/^status \d/.test(reason)) break;
  }
  // What it does not want once, it will not want later.
  return { ok: false, left: /^status 4(?!08|25|29)\d\d/.test(reason) ? [] : left, reason };
}
