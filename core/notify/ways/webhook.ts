import { type HttpRequest, sendHttpRequest } from "../../net/mod.ts";
import {
  formatDuration,
  formatServerId,
  formatServiceId,
  type HttpAuthorization,
  type IpAddress,
  type TlsSettings,
  type VrrpStateEvent,
  type WebhookNotification,
} from "../../model/mod.ts";
import { runWithin, unlessAborted } from "../../time/mod.ts";
import { isStateEvent, type Message } from "../message.ts";
import { describeMessage, summarize } from "../wording.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/** An event of {@linkcode webhookDocument}. */
function eventJson(message: Message): Readonly<Record<string, unknown>> {
  const { event, services, isRepeated } = message;
  const { kind, reason, at } = event;
  const { server = undefined, weight = null } = isStateEvent(event) ? {} : event;
  return {
    event: kind,
    at: new Date(at).toISOString(),
    services: services.map(({ id, name }) => ({ service: formatServiceId(id), name: name ?? null })),
    server: server === undefined ? null : formatServerId(server),
    vrrp: isStateEvent(event) ? routerJson(event) : null,
    reason,
    weight,
    repeated: isRepeated,
    text: describeMessage(message),
  };
}

/** The instance or the group of an event. */
function routerJson({ subject, name, device, vrid, priority }: VrrpStateEvent): Readonly<Record<string, unknown>> {
  return { subject, name, device, vrid, priority };
}

/** The posted document. Keys are never removed or changed; later versions may add some. */
function webhookDocument(
  { messages, dropped }: Pick<Dispatch, "messages" | "dropped">,
  { hostname, timeOfDay }: Pick<SenderContext, "hostname" | "timeOfDay">,
): Readonly<Record<string, unknown>> {
  const [only] = messages;
  return {
    version: 1,
    host: hostname,
    at: new Date(timeOfDay()).toISOString(),
    // Chat services show this member.
    text: `${hostname}: ${messages.length === 1 && only !== undefined ? describeMessage(only) : summarize(messages)}`,
    events: messages.map(eventJson),
    dropped,
  };
}

/** The login in a URL. */
function authorizationOf({ username, password }: URL): HttpAuthorization | undefined {
  if (username === "" && password === "") return undefined;
  return { kind: "basic", user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function requestOf(
  url: URL,
  content: { readonly notification: WebhookNotification<string>; readonly body: string },
): HttpRequest {
  const { notification: { headers }, body } = content;
  const isTyped = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    method: "POST",
    path: `${url.pathname}${url.search}`,
    host: url.host,
    version: "1.1",
    headers: isTyped ? headers : [["Content-Type", "application/json"], ...headers],
    authorization: authorizationOf(url),
    body,
    isProxied: false,
  };
}

/** The settings of TLS for https: the certificate is verified for the URL's name, unless the file has another. */
function tlsOf({ protocol, hostname }: URL, { tls }: WebhookNotification<string>): TlsSettings | undefined {
  if (protocol !== "https:") return undefined;
  const isName = !/^[\d.]+$|^\[/.test(hostname);
  return isName && tls.serverName === undefined ? { ...tls, serverName: hostname } : tls;
}

/** A failed attempt to post; the status is undefined without an answer. */
interface Failure {
  readonly reason: string;
  readonly status?: number | undefined;
}

/** Posts to one address; resolves to the failure, or to `undefined` after a status of 200 to 299. */
async function post(
  request: HttpRequest,
  options: {
    readonly address: IpAddress;
    readonly port: number;
    readonly tls: TlsSettings | undefined;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly context: SenderContext;
  },
): Promise<Failure | undefined> {
  const { address, port, tls, timeoutMs, signal, context: { clock, network } } = options;
  let status: number | undefined;
  const outcome = await runWithin({ timeoutMs, signal, clock }, (deadline) =>
    sendHttpRequest(request, {
      endpoint: { address, port },
      binding: {},
      tls,
      options: { signal: deadline, timeoutMs, clock, network },
      read: (_session, head) => {
        status = head.status;
        const isSuccess = status >= 200 && status <= 299;
        return Promise.resolve(
          isSuccess ? { ok: true, detail: "" } : { ok: false, reason: `status ${status}, expected 200-299` },
        );
      },
    }));
  if (outcome.ok === true) return undefined;
  if (outcome.ok === false) return { reason: outcome.reason, status };
  return { reason: signal.aborted ? "interrupted" : `no ${outcome.awaited} within ${formatDuration(timeoutMs)}` };
}

/** Whether a later request would fail too: the client's errors, but not 408, 425 and 429, which ask for a later one. */
function isPermanent(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/** Posts a JSON document with all messages. */
export async function sendByWebhook(
  dispatch: Dispatch<WebhookNotification<string>>,
  context: SenderContext,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { notification, messages: left } = dispatch;
  const { clock, hosts } = context;
  if (!URL.canParse(notification.url)) return { ok: false, left: [], reason: "the URL is not valid" };
  const url = new URL(notification.url);
  const request = requestOf(url, { notification, body: JSON.stringify(webhookDocument(dispatch, context)) });
  const tls = tlsOf(url, notification);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const started = clock.now();
  const resolved = await runWithin(
    { timeoutMs: notification.timeoutMs, signal, clock },
    (deadline) => unlessAborted(hosts.find(url.hostname.replace(/^\[|\]$/g, "")), deadline),
  );
  if (resolved === undefined) return { ok: false, left, reason: `no address of ${url.hostname} in time` };
  if ("failure" in resolved) return { ok: false, left, reason: `${url.hostname}: ${resolved.failure}` };
  let failure: Failure = { reason: "no answer in time" };
  for (const address of resolved.addresses) {
    const timeoutMs = Math.round(started + notification.timeoutMs - clock.now());
    if (timeoutMs <= 0) break;
    const failed = await post(request, { address, port, tls, timeoutMs, signal, context });
    if (failed === undefined) return { ok: true };
    failure = failed;
    // The next address is tried only if this one gave no answer.
    if (failure.status !== undefined || signal.aborted) break;
  }
  return { ok: false, left: isPermanent(failure.status) ? [] : left, reason: failure.reason };
}
