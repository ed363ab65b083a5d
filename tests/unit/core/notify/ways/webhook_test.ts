import assert from "node:assert/strict";
import type { WebhookNotification } from "../../../../../core/model/mod.ts";
import { sendByWebhook } from "../../../../../core/notify/ways/webhook.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { blackHole, closedPort, eventLoopTurns, serveTcp, untilClosed } from "../../../../support/loopback.ts";
import { event, messages, realSurroundings, stateEvent, webhook } from "../../../../support/notifications.ts";
import { serveTls, tlsFile } from "../../../../support/tls.ts";
import type { Delivery } from "../../../../../core/notify/delivery.ts";

const DOWN = event("server_down", { name: "web", server: "10.0.0.1:80", weight: 3 });
const ALSO_DOWN = event("server_down", { service: "tcp://192.0.2.11:80", server: "10.0.0.1:80" });
const { signal } = new AbortController();

async function send(
  notification: WebhookNotification,
  options: Parameters<typeof realSurroundings>[0] = {},
): Promise<Delivery> {
  await using context = realSurroundings(options);
  const all = messages(DOWN, ALSO_DOWN, event("quorum_down"));
  return await sendByWebhook({ notification, messages: all, dropped: 7 }, context, { signal });
}

/** Takes requests, and answers each; what came is in `requests`. */
function answering(status: string): { readonly requests: string[]; serve(connection: Deno.Conn): Promise<void> } {
  const requests: string[] = [];
  return {
    requests,
    async serve(connection: Deno.Conn): Promise<void> {
      const buffer = new Uint8Array(4096);
      let text = "";
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) return;
        text += new TextDecoder().decode(buffer.subarray(0, count));
        const [head = "", body] = text.split("\r\n\r\n");
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
        if (body !== undefined && new TextEncoder().encode(body).length >= length) break;
      }
      requests.push(text);
      await connection.write(new TextEncoder().encode(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
    },
  };
}

Deno.test("webhook: posts one JSON document with everything", async () => {
  const { requests, serve } = answering("204 No Content");
  await using server = serveTcp(serve);
  const { port } = server.target;
  const delivery = await send(webhook(`http://joe:s%20t@127.0.0.1:${port}/a/b?c=d`, { headers: [["X-Own", "yes"]] }));
  assert.deepEqual(delivery, { ok: true });
  const [head = "", body = ""] = requests.join("").split("\r\n\r\n");
  const [first, ...headers] = head.split("\r\n");
  assert.equal(first, "POST /a/b?c=d HTTP/1.1");
  for (const line of [`Host: 127.0.0.1:${port}`, "Content-Type: application/json", "X-Own: yes"]) {
    assert.ok(headers.includes(line), line);
  }
  assert.ok(headers.includes(`Authorization: Basic ${btoa("joe:s t")}`));
  const at = "2026-11-03T04:05:06.000Z";
  assert.deepEqual(JSON.parse(body), {
    version: 1,
    host: "lb1.example",
    at,
    text: "lb1.example: 1 x server down, 1 x quorum lost",
    events: [
      {
        event: "server_down",
        at,
        services: [{ service: "tcp://192.0.2.10:80", name: "web" }, { service: "tcp://192.0.2.11:80", name: null }],
        server: "10.0.0.1:80",
        vrrp: null,
        reason: "connection refused",
        weight: 3,
        repeated: false,
        text: "server down: 10.0.0.1:80 of web (tcp://192.0.2.10:80), tcp://192.0.2.11:80: connection refused",
      },
      {
        event: "quorum_down",
        at,
        services: [{ service: "tcp://192.0.2.10:80", name: null }],
        server: null,
        vrrp: null,
        reason: "connection refused",
        weight: null,
        repeated: false,
        text: "quorum lost: tcp://192.0.2.10:80: connection refused",
      },
    ],
    dropped: 7,
  });
});

Deno.test("webhook: an event of a virtual router has its name, its interface, its number and its priority", async () => {
  const { requests, serve } = answering("200 OK");
  await using server = serveTcp(serve);
  await using context = realSurroundings();
  const notification = webhook(`http://127.0.0.1:${server.target.port}/`);
  const all = messages(stateEvent("active"), stateEvent("fault", { subject: "group", name: "site" }));
  assert.deepEqual(await sendByWebhook({ notification, messages: all, dropped: 0 }, context, { signal }), { ok: true });
  const document = JSON.parse(requests.join("").split("\r\n\r\n")[1] ?? "");
  assert.equal(document.text, "lb1.example: 1 x virtual router active, 1 x virtual router at fault");
  const common = { at: "2026-11-03T04:05:06.000Z", services: [], server: null, weight: null, repeated: false };
  const [reason, place] = ["10.0.0.2 has stopped", { device: "eth0", vrid: 51, priority: 90 }];
  assert.deepEqual(document.events, [
    {
      ...common,
      event: "active",
      vrrp: { subject: "instance", name: "edge", ...place },
      reason,
      text: `virtual router active: edge: ${reason}`,
    },
    {
      ...common,
      event: "fault",
      vrrp: { subject: "group", name: "site", ...place },
      reason,
      text: `virtual router at fault: group site: ${reason}`,
    },
  ]);
});

Deno.test("webhook: the file's own Content-Type replaces the usual one", async () => {
  const { requests, serve } = answering("200 OK");
  await using server = serveTcp(serve);
  await send(webhook(`http://127.0.0.1:${server.target.port}/`, { headers: [["content-type", "text/x-own"]] }));
  assert.deepEqual(requests.join("").match(/^content-type: .*$/gim), ["content-type: text/x-own"]);
});

for (
  const [status, mayRetry] of [
    ["500 Oops", true],
    ["503 Later", true],
    ["429 Slowly", true],
    ["408 Timeout", true],
    ["400 Bad", false],
    ["401 Who", false],
    ["404 Where", false],
    ["301 There", true],
  ] as const
) {
  Deno.test(`webhook: ${status} is a failure ${mayRetry ? "that may pass" : "for good"}`, async () => {
    const { serve } = answering(status);
    await using server = serveTcp(serve);
    const delivery = await send(webhook(`http://127.0.0.1:${server.target.port}/`));
    assert.ok(!delivery.ok);
    assert.equal(delivery.reason, `status ${status.slice(0, 3)}, expected 200-299`);
    assert.equal(delivery.left.length > 0, mayRetry);
  });
}

Deno.test("webhook: https verifies the certificate for the name in the URL, or against the file's authority", async () => {
  const { serve } = answering("200 OK");
  await using server = serveTls(serve);
  const { port } = server.target;
  const addresses = { "server.test": ["127.0.0.1"], "other.test": ["127.0.0.1"] };
  const tls = { verify: true, ca: tlsFile("ca.pem") };
  const url = (name: string): string => `https://${name}:${port}/`;
  assert.deepEqual(await send(webhook(url("127.0.0.1"), { tls }), { addresses }), { ok: true });
  const said = async (name: string, own = tls): Promise<string> => {
    const delivery = await send(webhook(url(name), { tls: own }), { addresses });
    return delivery.ok ? "ok" : delivery.reason;
  };
  assert.match(await said("other.test"), /hostname mismatch/i);
  assert.match(await said("127.0.0.1", { verify: true } as typeof tls), /certificate/);
  assert.equal(await said("other.test", { ...tls, verify: false }), "ok");
});

Deno.test("webhook: the next address is tried if the first does not answer, and a name without one is reported", async () => {
  const { serve, requests } = answering("200 OK");
  await using server = serveTcp(serve, { hostname: "::1" });
  const { port } = server.target;
  const addresses = { "hooks.test": ["127.0.0.1", "::1"] };
  assert.deepEqual(await send(webhook(`http://hooks.test:${port}/`), { addresses }), { ok: true });
  assert.deepEqual(await send(webhook(`http://[::1]:${port}/`)), { ok: true });
  assert.equal(requests.length, 2);
  const failed = await send(webhook("http://nobody.test/"));
  assert.equal(failed.ok ? "" : failed.reason, "nobody.test: Name or service not known (EAI_NONAME)");
  const refused = await send(webhook(`http://127.0.0.1:${closedPort().port}/`));
  assert.equal(refused.ok ? "" : refused.reason, "connection refused (ECONNREFUSED)");
});

Deno.test("webhook: a server or a name server that does not answer is left at the deadline", async () => {
  using hole = await blackHole();
  await using silent = serveTcp(untilClosed);
  const clock = new FakeClock();
  const cases = [
    [`http://127.0.0.1:${hole.target.port}/`, "no connection within 3s"],
    [`http://127.0.0.1:${silent.target.port}/`, "no answer within 3s"],
    ["http://silent.test/", "no address of silent.test in time"],
  ] as const;
  await using real = realSurroundings();
  const hosts = {
    find: (name: string): ReturnType<typeof real.hosts.find> =>
      name === "silent.test" ? new Promise(() => {}) : real.hosts.find(name),
  };
  for (const [url, reason] of cases) {
    const pending = send(webhook(url, { timeoutMs: 3000 }), { clock, hosts });
    await eventLoopTurns(20);
    await clock.advance(3000);
    const delivery = await pending;
    assert.equal(delivery.ok ? "" : delivery.reason, reason);
    assert.ok(!delivery.ok && delivery.left.length > 0);
  }
  assert.equal(clock.pending, 0);
});
