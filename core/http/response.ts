/** The reason phrases of the statuses that the server uses. */
const REASONS: Readonly<Record<HttpStatus, string>> = {
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** A status that the server uses. */
export type HttpStatus = 200 | 304 | 400 | 401 | 403 | 404 | 405 | 421 | 431 | 500 | 503 | 505;

/** The answer to a request. */
export interface HttpResponse {
  /** The status. */
  readonly status: HttpStatus;
  /** The media type of the body. */
  readonly type: string;
  /** More header fields by their names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body: a text, or pieces that are made while they are sent, as text or bytes. */
  readonly body: string | AsyncIterable<string | Uint8Array>;
}

/** The fields that restrict what a browser does with an answer: no foreign content, no frame, no storage. */
const PROTECTION: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** A short answer in plain text. */
export function textResponse(
  status: HttpStatus,
  text: string,
  { headers }: Pick<HttpResponse, "headers"> = {},
): HttpResponse {
  return { status, type: "text/plain; charset=utf-8", headers, body: `${text}\n` };
}

/** When a client that is refused for now may ask again. */
const RETRY = { "Retry-After": "5" } as const;

/** The answer to a request that can succeed in a few seconds. */
export function retryResponse(text: string): HttpResponse {
  return textResponse(503, text, { headers: RETRY });
}

/** The text of an answer before its body. The connection ends after each answer. */
export function formatHead(
  { status, type, headers = {} }: HttpResponse,
  length: { readonly bytes: number } | "chunked" | "unknown",
): string {
  const fields = {
    ...PROTECTION,
    ...status === 304 ? {} : { "Content-Type": type },
    ...length === "chunked"
      ? { "Transfer-Encoding": "chunked" }
      : length === "unknown"
      ? {}
      : { "Content-Length": String(length.bytes) },
    "Connection": "close",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join("")}\r\n`;
}
