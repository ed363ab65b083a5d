import assert from "node:assert/strict";
import { parseRequest } from "../../../../core/http/request.ts";

/** The outcome of a head: the request, or the status of the refusal. */
function outcome(head: string): ReturnType<typeof parseRequest> | number {
  const parsed = parseRequest(Uint8Array.from(head, (character) => character.charCodeAt(0)));
  return "refusal" in parsed ? parsed.refusal.status : parsed;
}

Deno.test("parseRequest() reads path, query and fields", () => {
  assert.deepEqual(outcome("GET /metrics?level=service HTTP/1.1\r\nHost: localhost:9180\r\nX-A:  b \r\nx-a: c"), {
    request: {
      isHead: false,
      path: "/metrics",
      query: new URLSearchParams("level=service"),
      headers: new Map([["host", "localhost:9180"], ["x-a", "b, c"]]),
      isOld: false,
    },
  });
});

Deno.test("parseRequest() knows HEAD and HTTP/1.0", () => {
  const parsed = outcome("HEAD / HTTP/1.0\r\nHost: a");
  assert.ok(typeof parsed === "object" && "request" in parsed);
  assert.deepEqual([parsed.request.isHead, parsed.request.isOld], [true, true]);
});

Deno.test("parseRequest() refuses every method that could change something", () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "PRI"]) {
    assert.equal(outcome(`${method} / HTTP/1.1\r\nHost: a`), 405, method);
  }
});

Deno.test("parseRequest() refuses a head that is not one, and fields that could mean two things", () => {
  for (
    const head of [
      "",
      "GET / HTTP/2.0",
      "GET  / HTTP/1.1",
      "GET http://evil.example/ HTTP/1.1\r\nHost: a",
      "GET * HTTP/1.1",
      "get / HTTP/1.1",
      "GET /\u00e9 HTTP/1.1",
      "GET /\0 HTTP/1.1",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
      "GET / HTTP/1.1\r\nHost : a",
      "GET / HTTP/1.1\r\nHost: a\r\n continued",
      "GET / HTTP/1.1\r\nHost: a\r\nno field",
      "GET / HTTP/1.1\nHost: a",
      "GET / HTTP/1.1\r\nHost: a\nX: b",
      "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eA==\r\nauthorization: Basic eQ==",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1",
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked",
    ]
  ) assert.equal(outcome(head), 400, JSON.stringify(head));
});
