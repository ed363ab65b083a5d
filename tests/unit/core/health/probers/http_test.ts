import assert from "node:assert/strict";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  type HttpCheck,
  type HttpExpectation,
} from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { readRequest, serveTcp, writeText } from "../../../../support/loopback.ts";
import { openProber } from "./real_prober.ts";

const TIMING = { ...DEFAULT_TIMING, intervalMs: 10_000, timeoutMs: 10_000 };

/** Probes a server that answers the requests in turn; resolves to the result and the requests. */
async function ask(
  change: Partial<HttpCheck>,
  answers: readonly string[],
): Promise<{ readonly said: string; readonly requests: string[] }> {
  await using prober = openProber();
  const requests: string[] = [];
  await using server = serveTcp(async (connection) => {
    requests.push(await readRequest(connection));
    await writeText(connection, answers[requests.length - 1] ?? "HTTP/1.1 500 Too many\r\n\r\n");
  });
  const result = await prober.probe(server.target, { ...DEFAULT_HTTP, ...change, ...TIMING } as Check);
  const address = `127.0.0.1:${server.target.port}`;
  return {
    said: result.ok ? `ok: ${result.detail}` : `failed: ${result.reason}`,
    requests: requests.map((request) => request.replaceAll(address, "ADDRESS")),
  };
}

const OK = "HTTP/1.1 200 OK\r\n\r\n";

Deno.test("http: version, headers, login and body are sent as they are written", async () => {
  const { requests } = await ask({
    method: "PUT",
    path: "/a",
    version: "1.0",
    host: "a.example",
    headers: [["user-agent", "other"], ["X-A", "1"], ["X-A", "2"]],
    authorization: { kind: "basic", user: "j\u00f6", password: "p:w" },
    body: "\u00fc",
  }, [OK]);
  assert.deepEqual(requests, [
    "PUT /a HTTP/1.0\r\nHost: a.example\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n" +
    "Authorization: Basic asO2OnA6dw==\r\nContent-Length: 2\r\nuser-agent: other\r\nX-A: 1\r\nX-A: 2\r\n\r\n\u00fc",
  ]);
});

Deno.test("http: a bearer token and the form for proxies", async () => {
  const { requests } = await ask({ proxy: true, host: "a.example", authorization: { kind: "bearer", token: "t0k" } }, [
    OK,
  ]);
  assert.match(
    requests[0] ?? "",
    /^GET http:\/\/a\.example\/ HTTP\/1\.1\r\nHost: a\.example\r\n[^]*Authorization: Bearer t0k\r\n/,
  );
});

const REDIRECTS: readonly (readonly [
  name: string,
  redirects: number,
  answers: readonly string[],
  said: string,
  lines: readonly string[],
])[] = [
  ["is an answer where none is to be followed", 0, ["302"], "failed: status 302, expected 200-299", ["GET /"]],
  ["is followed on the same server", 1, ["302 Location: /b?c", OK], "ok: status 200", ["GET /", "GET /b?c"]],
  ["to another name is asked of the same server", 1, ["301 Location: http://b.example/x", OK], "ok: status 200", [
    "GET /",
    "GET /x b.example",
  ]],
  [
    "beyond the number is an answer",
    1,
    ["302 Location: /b", "302 Location: /c"],
    "failed: status 302, expected 200-299",
    ["GET /", "GET /b"],
  ],
  [
    "to another protocol is not followed",
    3,
    ["301 Location: https://b.example/"],
    'failed: redirect to "https://b.example/", which a check of type http cannot follow',
    ["GET /"],
  ],
  [
    "to nonsense is not followed",
    3,
    ["301 Location: http://[/"],
    'failed: redirect to "http://[/", which is not a URL',
    ["GET /"],
  ],
];

for (const [name, redirects, answers, said, lines] of REDIRECTS) {
  Deno.test(`http: a redirect ${name}`, async () => {
    const found = await ask(
      { redirects },
      answers.map((text) => text === OK ? OK : `HTTP/1.1 ${text.replace(" ", " x\r\n")}\r\n\r\n`),
    );
    assert.equal(found.said, said);
    assert.deepEqual(
      found.requests.map((request) => {
        const host = /Host: (.*)\r/.exec(request)?.[1];
        return `${request.split(" HTTP")[0]}${host === "ADDRESS" ? "" : ` ${host}`}`;
      }),
      lines,
    );
  });
}

const BODY = '{"status":"up","nodes":[{"id":1},{"id":2.5,"ok":true,"x":null}]}';

const BODIES: readonly (readonly [name: string, expect: Partial<HttpExpectation>, body: string, said: string])[] = [
  ["a regular expression that matches", { regex: '"id":\\d,' }, `${BODY}1,`, 'failed: body does not match "id":\\d,'],
  ["a regular expression that does", { regex: '"up"' }, BODY, "ok: status 200, body as expected"],
  ["a regular expression that must not match", { notRegex: "up" }, BODY, "failed: body matches up"],
  ["text and regular expression", { body: "nodes", regex: "^\\{" }, BODY, "ok: status 200, body as expected"],
  [
    "JSON",
    {
      json: [{ path: '$["nodes"][1].id', equals: 2.5 }, { path: "$.nodes[1].ok", equals: true }, {
        path: "$.nodes[1].x",
        equals: null,
      }],
    },
    BODY,
    "ok: status 200, body as expected",
  ],
  [
    "JSON with another value",
    { json: [{ path: "$.status", equals: "down" }] },
    BODY,
    'failed: $.status is "\\"up\\"", expected "down"',
  ],
  ["JSON without the value", { json: [{ path: "$.nodes[7]", equals: 1 }] }, BODY, "failed: body has no $.nodes[7]"],
  [
    "JSON that looks into a text",
    { json: [{ path: "$.status.length", equals: 2 }] },
    BODY,
    "failed: body has no $.status.length",
  ],
  ["what is no JSON", { json: [{ path: "$", equals: 1 }] }, "<html>", "failed: body is not JSON"],
  [
    "an MD5 digest",
    { digest: { algorithm: "md5", value: "900150983cd24fb0d6963f7d28e17f72" } },
    "abc",
    "ok: status 200, body as expected",
  ],
  [
    "a SHA-256 digest",
    { digest: { algorithm: "sha256", value: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" } },
    "abc",
    "ok: status 200, body as expected",
  ],
  [
    "another digest",
    { digest: { algorithm: "sha1", value: "0".repeat(40) } },
    "abc",
    "failed: sha1 of the body is a9993e364706816aba3e25717850c26c9cd0d89d",
  ],
  [
    "a digest of more than is read",
    { digest: { algorithm: "md5", value: "0".repeat(32) } },
    "x".repeat(300_000),
    "failed: body is longer than 256 KiB",
  ],
  [
    "a regular expression in the first of much",
    { regex: "^x+" },
    "x".repeat(300_000),
    "ok: status 200, body as expected",
  ],
];

for (const [name, expect, body, said] of BODIES) {
  Deno.test(`http: body: ${name}`, async () => {
    const found = await ask({ expect: { status: [[200, 200]], ...expect } }, [`${OK}${body}`]);
    assert.equal(found.said, said);
  });
}

Deno.test("http: an answer that is right and late fails", async () => {
  await using prober = openProber();
  const clock = new FakeClock();
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    await clock.advance(400);
    await writeText(connection, OK);
  });
  const check: Check = { ...DEFAULT_HTTP, expect: { status: [[200, 200]], maxLatencyMs: 300 }, ...TIMING };
  const result = await prober.probe(server.target, check, { clock });
  assert.equal(result.ok ? "" : result.reason, "answer took 400ms, expected 300ms at most");
});
