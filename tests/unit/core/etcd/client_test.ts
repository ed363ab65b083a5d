import assert from "node:assert/strict";
import {
  CompactedError,
  EtcdClient,
  EtcdError,
  type Login,
  openHttp,
  parseStoreUrl,
} from "../../../../core/etcd/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../../../../core/time/mod.ts";
import { EtcdGateway } from "../../../support/etcd_gateway.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** Runs a test with a client of a gateway. */
async function withClient(
  test: (client: EtcdClient, gateway: EtcdGateway) => Promise<void>,
  { login, address, clock = SYSTEM_CLOCK }: {
    readonly login?: Login;
    readonly address?: (port: number) => string;
    readonly clock?: Clock;
  } = {},
): Promise<void> {
  await using gateway = new EtcdGateway(login === undefined ? {} : { user: { user: "root", password: "right" } });
  using http = openHttp();
  const url = parseStoreUrl(address?.(gateway.port) ?? gateway.address);
  await test(new EtcdClient(url, { fetch: http.fetch, clock, login }), gateway);
}

Deno.test("EtcdClient reads and writes keys of any text, and makes changes only under their conditions", async () => {
  await withClient(async (client) => {
    const value = 'line\n"\u00fc\u{1f600}';
    assert.equal(
      (await client.commit({ when: [{ key: "/a", modRevision: 0 }], then: [{ put: "/a", value }] })).isDone,
      true,
    );
    assert.equal(
      (await client.commit({ when: [{ key: "/a", modRevision: 0 }], then: [{ remove: "/a" }] })).isDone,
      false,
    );
    const { entries: [entry], revision } = await client.range({ prefix: "/" });
    assert.deepEqual(entry, { key: "/a", value, modRevision: revision });
    const again = { when: [{ key: "/a", modRevision: "exists" as const }], then: [{ remove: "/a" }] };
    assert.equal((await client.commit(again)).isDone, true);
    assert.deepEqual((await client.range({ key: "/a" })).entries, []);
  });
});

Deno.test("EtcdClient reads the first keys of a prefix, and refuses an answer that is longer than allowed", async () => {
  await withClient(async (client, gateway) => {
    for (const name of ["b", "a", "c"]) gateway.etcd.put(`/${name}`, name.repeat(1000));
    const { entries } = await client.range({ prefix: "/", limit: 2 });
    assert.deepEqual(entries.map(({ key }) => key), ["/a", "/b"]);
    assert.equal((await client.range({ key: "/a", maxBytes: 2000 })).entries.length, 1);
    await assert.rejects(client.range({ prefix: "/", limit: 2, maxBytes: 2000 }), (error) => {
      assert.ok(error instanceof EtcdError && error.etcdKind === "oversized");
      assert.match(error.message, /The answer is longer than 2000 bytes/);
      return true;
    });
    // The endpoint has answered.
    assert.deepEqual(client.endpoints.map(({ problem }) => problem), [undefined]);
  });
});

Deno.test("EtcdClient renews leases, and reports one that has ended", async () => {
  await withClient(async (client) => {
    const lease = await client.grantLease(15);
    assert.equal(await client.renewLease(lease), true);
    await client.revokeLease(lease);
    assert.equal(await client.renewLease(lease), false);
  });
});

Deno.test("EtcdClient watches a prefix until it is aborted", async () => {
  await withClient(async (client, { etcd }) => {
    const stop = new AbortController();
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const { isCreated, changes } of client.watch("/a/", { from: 2, signal: stop.signal })) {
        if (isCreated) {
          etcd.put("/b/1", "no");
          etcd.put("/a/1", "yes");
        }
        seen.push(...changes.map(({ key, entry }) => `${key}=${entry?.value}`));
        if (seen.length > 0) stop.abort();
      }
    });
    assert.deepEqual(seen, ["/a/1=yes"]);
  });
});

Deno.test("EtcdClient reports a watch from a compacted revision", async () => {
  await withClient(async (client, { etcd }) => {
    etcd.compactedBefore = 10;
    const watch = client.watch("/a/", { from: 2, signal: new AbortController().signal });
    assert.equal((await watch.next()).value?.isCreated, true);
    await assert.rejects(watch.next(), CompactedError);
  });
});

Deno.test("EtcdClient takes a watch that the store ends for one that broke, with the reason as one line", async () => {
  await withClient(async (client, gateway) => {
    const reason = "etcdserver: permission denied\u001b[31m";
    const line = JSON.stringify({ result: { header: {}, canceled: true, cancel_reason: reason } });
    gateway.answer = () => new Response(`${JSON.stringify({ result: { created: true } })}\n${line}\n`);
    const watch = client.watch("/a/", { from: 2, signal: new AbortController().signal });
    assert.equal((await watch.next()).value?.isCreated, true);
    await assert.rejects(watch.next(), (error) => {
      assert.ok(error instanceof EtcdError && error.etcdKind === "unreachable");
      assert.match(error.message, /it ended the watch: etcdserver: permission denied\\u001b\[31m$/);
      return true;
    });
  });
});

Deno.test("EtcdClient reports a refused connection without the words of the runtime's layers", async () => {
  const gone = new EtcdGateway();
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  await withClient(async (client) => {
    await assert.rejects(client.range({ key: "/a" }), {
      message: `Cannot read 127.0.0.1:${port}: Connection refused`,
    });
  }, { address: () => `etcd://127.0.0.1:${port}/lvs` });
});

Deno.test("EtcdClient goes on to the next endpoint, and stays there", async () => {
  await using other = new EtcdGateway();
  const dead = other.port;
  await other[Symbol.asyncDispose]();
  await withClient(async (client, gateway) => {
    await client.range({ key: "/a" });
    await client.range({ key: "/a" });
    assert.deepEqual(gateway.paths, ["kv/range", "kv/range"]);
  }, { address: (port) => `etcd://127.0.0.1:${dead},127.0.0.1:${port}/lvs` });
});

Deno.test("EtcdClient gets a new token when the old one has expired, and reports a wrong password", async () => {
  await withClient(async (client, gateway) => {
    await client.range({ key: "/a" });
    gateway.expireTokens();
    await client.range({ key: "/a" });
    assert.deepEqual(gateway.paths, ["auth/authenticate", "kv/range", "kv/range", "auth/authenticate", "kv/range"]);
  }, { login: { user: "root", password: "right" } });
  await withClient(async (client) => {
    await assert.rejects(client.range({ key: "/a" }), (error) => {
      assert.ok(error instanceof EtcdError);
      assert.equal(error.etcdKind, "login");
      assert.doesNotMatch(error.message, /wrong-one/);
      return true;
    });
  }, { login: { user: "root", password: "wrong-one" } });
});

for (
  const [what, answer, reason] of [
    ["no JSON", () => new Response("<html>proxy</html>"), /<html>proxy<\/html>$/],
    ["an empty body", () => new Response(null, { status: 502 }), /the answer is not of etcd$/],
    ["a redirection", () => Response.redirect("http://127.0.0.1:1/"), /redirect/i],
    [
      "an error without a leader",
      () => Response.json({ error: "etcdserver: no leader", code: 14 }, { status: 503 }),
      /no leader$/,
    ],
    ["a terminal's codes", () => new Response("\u001b[31mred", { status: 500 }), /\\u001b\[31mred$/],
  ] as const
) {
  Deno.test(`EtcdClient takes ${what} for a store that cannot be reached`, async () => {
    await withClient(async (client, gateway) => {
      gateway.answer = answer;
      await assert.rejects(client.range({ key: "/a" }), (error) => {
        assert.ok(error instanceof EtcdError);
        assert.equal(error.etcdKind, "unreachable");
        assert.match(error.message, reason);
        return true;
      });
    });
  });
}

Deno.test("EtcdClient explains the refusal of a certificate with a common name", async () => {
  await withClient(async (client, gateway) => {
    gateway.answer = () => new Response("CommonName of client sending a request against gateway", { status: 400 });
    await assert.rejects(client.range({ key: "/a" }), /use a client certificate without a common name, or none$/);
  });
});

Deno.test("EtcdClient waits for an answer no longer than four seconds", async () => {
  const clock = new FakeClock();
  const url = parseStoreUrl("etcd://10.0.0.1/lvs");
  const silent = (_url: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  const client = new EtcdClient(url, { fetch: silent, clock });
  const reading = client.range({ key: "/a" });
  const refused = assert.rejects(reading, /^EtcdError: Cannot read 10\.0\.0\.1:2379: no answer within 4s$/);
  await settle();
  await clock.advance(4000);
  await refused;
});

/** Answers with a body that never ends, also if the request is aborted. */
function endless(): Promise<Response> {
  return Promise.resolve(new Response(new ReadableStream<Uint8Array>({})));
}

Deno.test("EtcdClient ends a watch that is aborted, also if its body goes on", async () => {
  const client = new EtcdClient(parseStoreUrl("etcd://10.0.0.1/lvs"), { fetch: endless, clock: new FakeClock() });
  const stop = new AbortController();
  const next = client.watch("/a/", { from: 1, signal: stop.signal }).next();
  await settle();
  stop.abort(new Error("the end"));
  await assert.rejects(next, /the end/);
});

Deno.test("EtcdClient ends a request after four seconds, also if the body of the answer goes on", async () => {
  const clock = new FakeClock();
  const client = new EtcdClient(parseStoreUrl("etcd://10.0.0.1/lvs"), { fetch: endless, clock });
  const refused = assert.rejects(client.range({ key: "/a" }), /no answer within 4s/);
  await settle();
  await clock.advance(4000);
  await refused;
});

Deno.test("EtcdClient knows of each endpoint whether its last request was answered", async () => {
  const clock = new FakeClock();
  const url = parseStoreUrl("etcd://10.0.0.1,10.0.0.2,10.0.0.3/lvs");
  let isDown = true;
  const client = new EtcdClient(url, {
    clock,
    fetch: (target) => {
      if (isDown && String(target).includes("10.0.0.1")) return Promise.reject(new TypeError("connection refused"));
      return Promise.resolve(Response.json({ header: { revision: "1" } }));
    },
  });
  const states = (): readonly string[] =>
    client.endpoints.map(({ address, isCurrent, answered, problem, ageMs }) =>
      [address.split(":")[0], isCurrent, answered, problem, ageMs].join(" ").trim()
    );
  assert.deepEqual(states(), ["10.0.0.1 true", "10.0.0.2 false", "10.0.0.3 false"]);
  await client.range({ prefix: "/" });
  await clock.advance(1000);
  assert.deepEqual(states(), [
    "10.0.0.1 false false connection refused 1000",
    "10.0.0.2 true true  1000",
    "10.0.0.3 false",
  ]);
  isDown = false;
  await client.range({ prefix: "/" });
  assert.deepEqual(states()[1], "10.0.0.2 true true  0");
});

Deno.test("EtcdClient finds the endpoint that answers for requests that fail at the same time", async () => {
  for (const dead of [1, 2, 3]) {
    const clock = new FakeClock();
    const answers = new Map<string, Response>();
    const fetch = (url: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> => {
      if (url.startsWith("http://10.0.0.9:")) return Promise.resolve(Response.json({ header: { revision: "7" } }));
      answers.set(url, Response.json({}));
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const hosts = [...Array.from({ length: dead }, (_, at) => `10.0.0.${at + 1}`), "10.0.0.9"];
    const client = new EtcdClient(parseStoreUrl(`etcd://${hosts}/lvs`), { fetch, clock });
    const reading = Promise.all([1, 2, 3].map(() => client.range({ key: "/a" })));
    await clock.advance(4100 * dead);
    assert.deepEqual((await reading).map(({ revision }) => revision), [7, 7, 7]);
    assert.equal(answers.size, dead);
    const current = client.endpoints.find(({ isCurrent }) => isCurrent);
    assert.deepEqual([current?.address, current?.answered], ["10.0.0.9:2379", true]);
  }
});

Deno.test("EtcdClient sends no request without a token while another one gets a new token", async () => {
  const sent: (string | undefined)[] = [];
  let tokens = 0;
  const gates: (() => void)[] = [];
  const fetch = async (
    url: string,
    { headers }: { readonly headers: Readonly<Record<string, string>> },
  ): Promise<Response> => {
    if (url.endsWith("/auth/authenticate")) {
      if (tokens > 0) await new Promise<void>((resolve) => gates.push(resolve));
      return Response.json({ token: `token.${tokens++}` });
    }
    const token = headers["authorization"];
    sent.push(token);
    // The rights have changed: the first token is of the revision before.
    if (token !== "token.0" || tokens === 1 && sent.length === 1) return Response.json({ header: { revision: "7" } });
    const error = "etcdserver: revision of auth store is old";
    return Response.json({ error, code: 3, message: error }, { status: 400 });
  };
  const login = { user: "root", password: "right" };
  const client = new EtcdClient(parseStoreUrl("etcd://10.0.0.1/lvs"), { fetch, clock: SYSTEM_CLOCK, login });
  await client.range({ key: "/a" });
  const first = client.range({ key: "/a" });
  await settle();
  assert.equal(gates.length, 1);
  const second = client.range({ key: "/a" });
  await settle();
  for (const open of gates) open();
  await Promise.all([first, second]);
  assert.ok(!sent.includes(undefined), sent.join());
});
