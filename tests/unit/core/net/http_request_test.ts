import assert from "node:assert/strict";
import { type HttpRequest, type Outcome, sendHttpRequest } from "../../../../core/net/mod.ts";
import { SYSTEM_CLOCK } from "../../../../core/time/mod.ts";
import { serveTcp } from "../../../support/loopback.ts";

const REQUEST: HttpRequest = {
  method: "GET",
  path: "/a?b=c",
  host: "web.example",
  version: "1.1",
  headers: [],
  isProxied: false,
};

/** Sends a request to a server that answers 204, and passes with the status. */
async function send(change: Partial<HttpRequest>): Promise<{ readonly outcome: Outcome; readonly lines: string[] }> {
  let text = "";
  await using server = serveTcp(async (connection) => {
    const buffer = new Uint8Array(4096);
    text = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
    await connection.write(new TextEncoder().encode("HTTP/1.1 204 No Content\r\n\r\n"));
  });
  const outcome = await sendHttpRequest({ ...REQUEST, ...change }, {
    endpoint: server.target,
    binding: {},
    options: { signal: new AbortController().signal, timeoutMs: 5000, clock: SYSTEM_CLOCK },
    read: (_session, { status }) => Promise.resolve({ ok: true, detail: String(status) }),
  });
  return { outcome, lines: text.split("\r\n") };
}

Deno.test("sendHttpRequest() sends the request with lvsctl's own headers, and passes the head of the answer on", async () => {
  const { outcome, lines } = await send({});
  assert.deepEqual(outcome, { ok: true, detail: "204" });
  assert.deepEqual(lines, [
    "GET /a?b=c HTTP/1.1",
    "Host: web.example",
    "User-Agent: lvsctl",
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
    "",
    "",
  ]);
});

Deno.test("sendHttpRequest() sends a body with its length in bytes, and the authorization", async () => {
  const { lines } = await send({
    method: "POST",
    body: "\u00fc",
    authorization: { kind: "basic", user: "joe", password: "secret" },
  });
  assert.equal(lines[0], "POST /a?b=c HTTP/1.1");
  assert.ok(lines.includes("Content-Length: 2"));
  assert.ok(lines.includes(`Authorization: Basic ${btoa("joe:secret")}`));
  assert.equal(lines.at(-1), "\u00fc");
  const bearer = await send({ authorization: { kind: "bearer", token: "abc" } });
  assert.ok(bearer.lines.includes("Authorization: Bearer abc"));
});

Deno.test("sendHttpRequest() replaces its own headers by those of the request, in any case", async () => {
  const { lines } = await send({ headers: [["user-agent", "own"], ["X-More", "1"]] });
  assert.deepEqual(lines.filter((line) => /^user-agent:/i.test(line)), ["user-agent: own"]);
  assert.ok(lines.includes("X-More: 1"));
});

Deno.test("sendHttpRequest() names the whole URL to a proxy", async () => {
  const { lines } = await send({ isProxied: true, version: "1.0" });
  assert.equal(lines[0], "GET http://web.example/a?b=c HTTP/1.0");
});

for (const change of [{ path: "/a\r\nX: 1" }, { path: "a" }, { host: "a b" }]) {
  Deno.test(`sendHttpRequest() does not send ${JSON.stringify(change)}`, async () => {
    const { outcome, lines } = await send(change);
    assert.deepEqual(outcome, {
      ok: false,
      reason: "the path or the host is not valid in an HTTP request",
      inconclusive: true,
    });
    assert.deepEqual(lines, [""]);
  });
}
