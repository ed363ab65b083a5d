import { type HttpResponse, textResponse } from "./response.ts";

/** A request that the server answers. */
export interface HttpRequest {
  /** Whether only the head of the answer is sent. */
  readonly isHead: boolean;
  /** The path, as the client wrote it: "/metrics". */
  readonly path: string;
  /** The query. */
  readonly query: URLSearchParams;
  /** The header fields by their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client speaks HTTP/1.0, which has no chunks. */
  readonly isOld: boolean;
}

/** The fields that a request has at most once, because two of them could mean two things. */
const SINGLE = new Set(["host", "authorization", "origin", "content-length", "transfer-encoding"]);

const REQUEST_LINE = /^([A-Z]{1,16}) (\/[!-~]*) HTTP\/1\.([01])$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/**
 * Reads the head of a request.
 *
 * @param head Its bytes, without the empty line at its end.
 * @returns The request, or the answer that refuses it.
 */
export function parseRequest(
  head: Uint8Array,
): { readonly request: HttpRequest } | { readonly refusal: HttpResponse } {
  const badRequest = (reason: string): { readonly refusal: HttpResponse } => ({ refusal: textResponse(400, reason) });
  if (!head.every(isText)) return badRequest("The head of the request has bytes that are not printable ASCII.");
  const [line = "", ...fields] = new TextDecoder().decode(head).split("\r\n");
  const [, method, target = "", minor] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined) return badRequest("The first line is not a request for a path.");
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, written = "", value = ""] = FIELD.exec(field) ?? [];
    const name = written.toLowerCase();
    if (name === "" || (SINGLE.has(name) && headers.has(name))) return badRequest("A header field is not valid.");
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  if (method !== "GET" && method !== "HEAD") {
    return {
      refusal: textResponse(405, "Only GET and HEAD are allowed: these pages change nothing.", { headers: ALLOW }),
    };
  }
  if ((headers.get("content-length") ?? "0") !== "0" || headers.has("transfer-encoding")) {
    return badRequest("The request has a body.");
  }
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    request: {
      isHead: method === "HEAD",
      path,
      query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
      headers,
      isOld: minor === "0",
    },
  };
}

const ALLOW = { Allow: "GET, HEAD" } as const;

/** Whether a byte is printable ASCII, a tab or part of a line end. */
function isText(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13;
}
