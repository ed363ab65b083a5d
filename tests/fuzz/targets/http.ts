/**
 * HTTP: heads of requests, hosts and logins, and text of others on the status page.
 *
 * @module
 */
import { chooseFormat } from "../../../cli/http/accept.ts";
import { html } from "../../../cli/http/html.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import { Logins, refuseAccess } from "../../../core/http/mod.ts";
import { parseRequest } from "../../../core/http/request.ts";
import { parseListenAddress } from "../../../core/model/mod.ts";
import {
  entryFor,
  expectOnly,
  type FuzzTarget,
  inputOfText,
  require,
  requireText,
  splitHeader,
  textOfInput,
  withHeader,
} from "../target.ts";

const SEEDS: readonly (readonly [reader: string, text: string])[] = [
  ["request", "GET /metrics?level=service HTTP/1.1\r\nHost: localhost:9180\r\nAccept: */*"],
  ["request", "HEAD /service?id=tcp%3A%2F%2F192.0.2.10%3A80 HTTP/1.0\r\nHost: [::1]\r\nAuthorization: Bearer t0ken"],
  ["request", "POST / HTTP/1.1\r\nHost: lvs.example\r\nOrigin: http://evil.example\r\nContent-Length: 3"],
  ["listen", "127.0.0.1:9180"],
  ["listen", "unix:/run/lvsctl/http.sock"],
  ["logins", "# people\nada:sesame\nBearer t0ken\n"],
  ["accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"],
  ["page", "</td><script>alert(1)</script>\"'&\u202e"],
];

const READERS: Readonly<Record<string, (body: Uint8Array) => void>> = {
  request: readRequest,
  listen: (body) => void expectOnly([LvsctlError], () => parseListenAddress(textOfInput(body))),
  logins: (body) => {
    const logins = expectOnly([LvsctlError], () => Logins.parse(textOfInput(body)));
    require(logins?.accepts(undefined) !== true, "no login is no login");
  },
  accept: (body) => void chooseFormat(textOfInput(body)),
  page: (body) => {
    const { text } = html`${textOfInput(body)}`;
    require(!/[<>"']/.test(text), "text of others has no markup");
    requireText(text, "text of others on a page");
  },
};

function readRequest(body: Uint8Array): void {
  const parsed = parseRequest(body);
  if ("refusal" in parsed) return require(parsed.refusal.status >= 400, "a refusal has a status of its own");
  const { request } = parsed;
  require(/^\/[!-~]*$/.test(request.path), "a path is printable");
  const refusal = refuseAccess(request, { hosts: new Set(["lvs.example"]), logins: undefined });
  if (refusal !== undefined) return;
  const host = request.headers.get("host") ?? "";
  require(/^(?:localhost|lvs\.example|[\d.]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host), "a foreign host is refused");
}

/** HTTP: a request is read or refused, and text of others never becomes markup. */
export function http(): FuzzTarget {
  return {
    name: "http",
    seeds: SEEDS.map(([reader, text]) => withHeader(reader, inputOfText(text))),
    words: [
      ..."\r\n :/?&=;,[]<>\"'\\\0",
      "\r\n\r\n",
      "GET ",
      "HEAD ",
      " HTTP/1.1",
      "Host: ",
      "Transfer-Encoding: chunked",
      "localhost",
      "Basic ",
      "q=1e999",
      "&lt;",
      "\u2028",
      "\xff\xfe",
    ],
    maxBytes: 16 * 1024,
    run: (input) => {
      const { header, body } = splitHeader(input);
      entryFor(READERS, header)(body);
    },
  };
}
