import { isIpAddress } from "../model/mod.ts";
import type { Logins } from "./login.ts";
import type { HttpRequest } from "./request.ts";
import { type HttpResponse, textResponse } from "./response.ts";

/** The clients that may read the pages. */
export interface AccessRules {
  /** The host names in addition to localhost and all IP addresses, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** The logins; undefined if none is necessary. */
  readonly logins: Logins | undefined;
}

/**
 * The answer that refuses a request; undefined if the client may read the pages.
 *
 * The names of hosts are limited because a foreign page can make a browser ask this server under a name of its own
 * (DNS rebinding), and would then read the answer. It cannot do that under an IP address.
 */
export function refuseAccess({ headers }: HttpRequest, { hosts, logins }: AccessRules): HttpResponse | undefined {
  const written = headers.get("host");
  if (written === undefined) return textResponse(400, "The request has no Host.");
  const host = hostName(written);
  if (host === undefined || (host !== "localhost" && !isAddress(host) && !hosts.has(host))) {
    return textResponse(421, "This server does not answer for this Host: see --allow-host.");
  }
  const origin = headers.get("origin");
  if (origin !== undefined && !isSameHost(origin, written)) {
    return textResponse(403, "Pages of other origins cannot read this server.");
  }
  if (logins === undefined || logins.accepts(headers.get("authorization"))) return undefined;
  return textResponse(401, "A login is necessary.", { headers: CHALLENGE });
}

const CHALLENGE = { "WWW-Authenticate": 'Basic realm="lvsctl", charset="UTF-8"' } as const;

/** The name without the port, in lower case; undefined if it is not valid. */
function hostName(written: string): string | undefined {
  const [, host] = /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::\d{1,5})?$/.exec(written) ?? [];
  return host?.toLowerCase();
}

function isAddress(host: string): boolean {
  return isIpAddress(host.replace(/^\[(.*)\]$/, "$1"));
}

function isSameHost(origin: string, host: string): boolean {
  return [`http://${host}`, `https://${host}`].includes(origin.toLowerCase());
}
