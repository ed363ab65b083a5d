import assert from "node:assert/strict";
import { openReader, readOnce } from "../../../../core/discovery/mod.ts";
import type { SourceReader } from "../../../../core/discovery/reader.ts";
import { type ApiSettings, DEFAULT_DISCOVERY, DEFAULT_TLS, type Discovery } from "../../../../core/model/mod.ts";
import { fakeTools, jsonAnswer, type Outside } from "../../../support/discovery_tools.ts";

const API: ApiSettings = { url: "http://10.0.0.9:8500", headers: [["X-Team", "web"]], tls: DEFAULT_TLS };

const CONSUL: Discovery = {
  name: "consul",
  source: { kind: "consul", service: "web", tags: ["v1", "eu west"], datacenter: "dc1", ...API },
  ...DEFAULT_DISCOVERY,
};

const KUBERNETES: Discovery = {
  name: "kubernetes",
  source: { kind: "kubernetes", service: "web", namespace: "prod", ...API, tokenFile: "/token" },
  ...DEFAULT_DISCOVERY,
};

const HTTP: Discovery = {
  name: "http",
  source: { kind: "http", refreshMs: 30_000, weightLabel: "weight", ...API, url: "http://sd.example.com/a?b=1" },
  ...DEFAULT_DISCOVERY,
};

const NEVER = new AbortController().signal;

async function read(reader: SourceReader): Promise<string> {
  const { servers } = await reader.read(NEVER);
  return servers.map(({ address, port, weight }) => `${address}:${port}${weight === undefined ? "" : ` ${weight}`}`)
    .join(", ");
}

function requestLine(request: string): string {
  return request.split("\r\n")[0] ?? "";
}

Deno.test("a source of http reads the whole document, and tells the server its interval", async () => {
  const requests: string[] = [];
  const outside: Outside = {
    http: (request) => {
      requests.push(request);
      return jsonAnswer([{ targets: ["10.0.0.1:80"] }]);
    },
    hosts: { "sd.example.com": ["10.0.0.8"] },
  };
  const reading = await openReader(HTTP, fakeTools(outside).tools).read(NEVER);
  assert.deepEqual(reading.againMs, 30_000);
  const [request = ""] = requests;
  assert.equal(requestLine(request), "GET /a?b=1 HTTP/1.1");
  for (const header of ["Host: sd.example.com", "X-Prometheus-Refresh-Interval-Seconds: 30", "X-Team: web"]) {
    assert.ok(request.includes(`\r\n${header}\r\n`), header);
  }
});

Deno.test("answers that are not a document are failures, and redirects are not followed", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["HTTP/1.1 503 no\r\n\r\n[]", /status 503, expected 200/],
    ["HTTP/1.1 302 go\r\nLocation: http://10.0.0.7/\r\n\r\n", /status 302/],
    ["HTTP/1.1 200 OK\r\n\r\nnot json", /the answer is not JSON/],
    ["HTTP/1.1 200 OK\r\n\r\n[]", /the list is empty/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", /closed the connection within the body/],
    [`HTTP/1.1 200 OK\r\n\r\n"${"x".repeat(8 * 1024 * 1024)}"`, /longer than 8 MiB/],
    ["", /closed the connection before answering/],
  ];
  for (const [answer, reason] of cases) {
    const { tools } = fakeTools({ http: () => answer, hosts: { "sd.example.com": ["10.0.0.8"] } });
    const found = await readOnce(HTTP, tools);
    assert.match("failure" in found ? found.failure : "a list", reason);
  }
});

Deno.test("a name in a document that has no address makes the list a failure", async () => {
  const http = (): string => jsonAnswer([{ targets: ["10.0.0.1:80", "web1.example.com:80"] }]);
  const { tools } = fakeTools({ http, hosts: { "sd.example.com": ["10.0.0.8"] } });
  assert.deepEqual(await readOnce(HTTP, tools), { failure: "web1.example.com: Name or service not known" });
});

Deno.test("a source of Consul waits with the index of the last answer, and begins anew if that goes back", async () => {
  const lines: string[] = [];
  const indexes = ["7", "9", "3", "nonsense", "5"];
  const http = (request: string): string => {
    lines.push(requestLine(request).split("dc=dc1")[1] ?? "");
    const instance = { Service: { Address: "10.0.0.1", Port: 80 }, Checks: [] };
    return jsonAnswer([instance], [`X-Consul-Index: ${indexes.shift()}`]);
  };
  const reader = openReader(CONSUL, fakeTools({ http }).tools);
  for (let count = 0; count < 5; count++) assert.equal(await read(reader), "10.0.0.1:80 1");
  assert.deepEqual(lines, [
    " HTTP/1.1",
    "&index=7&wait=60s HTTP/1.1",
    "&index=9&wait=60s HTTP/1.1",
    " HTTP/1.1",
    " HTTP/1.1",
  ]);
});

Deno.test("a source of Consul sends its token as Consul wants it, read again for each request", async () => {
  const requests: string[] = [];
  const files = { "/token": "one\n" };
  const outside = {
    files,
    http: (request: string): string => {
      requests.push(request);
      return jsonAnswer([{ Service: { Address: "10.0.0.1", Port: 80 } }]);
    },
  };
  const source = { ...CONSUL.source, tokenFile: "/token" };
  const reader = openReader({ ...CONSUL, source }, fakeTools(outside).tools);
  await read(reader);
  files["/token"] = "two\n";
  await read(reader);
  assert.match(requests[0] ?? "", /^GET \/v1\/health\/service\/web\?tag=v1&tag=eu\+west&dc=dc1 HTTP/);
  assert.match(requests[0] ?? "", /\r\nX-Consul-Token: one\r\n/);
  assert.match(requests[1] ?? "", /\r\nX-Consul-Token: two\r\n/);
});

function slice(name: string, ...addresses: string[]): unknown {
  return {
    metadata: { name, resourceVersion: name },
    addressType: "IPv4",
    ports: [{ port: 80 }],
    endpoints: addresses.map((address) => ({ addresses: [address] })),
  };
}

Deno.test("a source of Kubernetes lists, watches from the list's version, and lists again when that is gone", async () => {
  const lines: string[] = [];
  const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  const answers = [
    jsonAnswer({ metadata: { resourceVersion: "5" }, items: [slice("a", "10.0.0.1")] }),
    `HTTP/1.1 200 OK\r\n\r\n${event("ADDED", slice("b", "10.0.0.2"))}${event("MODIFIED", slice("a", "10.0.0.3"))}`,
    `HTTP/1.1 200 OK\r\n\r\n${event("ERROR", { code: 410 })}`,
    jsonAnswer({ metadata: { resourceVersion: "9" }, items: [slice("c", "10.0.0.9")] }),
    "HTTP/1.1 410 Gone\r\n\r\n",
    jsonAnswer({ metadata: { resourceVersion: "11" }, items: [slice("d", "10.0.0.4")] }),
  ];
  const http = (request: string): string => {
    assert.match(request, /\r\nAuthorization: Bearer secret\r\n/);
    lines.push(/resourceVersion=(\w+)/.exec(requestLine(request))?.[1] ?? "list");
    return answers.shift() ?? assert.fail("one request more");
  };
  const reader = openReader(KUBERNETES, fakeTools({ http, files: { "/token": "secret\n" } }).tools);
  assert.equal(await read(reader), "10.0.0.1:80");
  assert.equal(await read(reader), "10.0.0.3:80, 10.0.0.2:80");
  assert.equal(await read(reader), "10.0.0.9:80");
  assert.equal(await read(reader), "10.0.0.4:80");
  assert.deepEqual(lines, ["list", "5", "a", "list", "9", "list"]);
});

Deno.test("a watch that stays open returns soon after a change, and one that fails leads to a new list", async () => {
  const change = `${JSON.stringify({ type: "ADDED", object: slice("b", "10.0.0.2") })}\n`;
  async function* stream(): AsyncGenerator<string> {
    yield "HTTP/1.1 200 OK\r\n\r\n";
    yield change;
    await new Promise(() => {});
  }
  const lists = [slice("a", "10.0.0.1"), slice("c", "10.0.0.9")];
  const answers: (string | AsyncIterable<string>)[] = [
    jsonAnswer({ metadata: { resourceVersion: "5" }, items: lists.slice(0, 1) }),
    stream(),
    "HTTP/1.1 500 no\r\n\r\n",
    jsonAnswer({ metadata: { resourceVersion: "9" }, items: lists.slice(1) }),
  ];
  const { tools, clock } = fakeTools({ http: () => answers.shift() ?? "", files: { "/token": "secret" } });
  const reader = openReader(KUBERNETES, tools);
  await read(reader);
  const second = read(reader);
  await clock.advance(500);
  assert.equal(await second, "10.0.0.1:80, 10.0.0.2:80");
  await assert.rejects(read(reader), /status 500/);
  assert.equal(await read(reader), "10.0.0.9:80");
});
