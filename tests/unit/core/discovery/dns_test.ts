import assert from "node:assert/strict";
import { nameServersIn } from "../../../../core/discovery/dns.ts";
import { readOnce } from "../../../../core/discovery/mod.ts";
import { openReader } from "../../../../core/discovery/mod.ts";
import { DEFAULT_DISCOVERY, type Discovery, parseEndpoint } from "../../../../core/model/mod.ts";
import { fakeTools } from "../../../support/discovery_tools.ts";
import type { AskedQuestion, DnsReply } from "../../../support/dns_answer.ts";

const SERVERS = [parseEndpoint("10.0.0.53:53"), parseEndpoint("10.0.0.54:5353")];

function source(kind: "srv" | "names", family: "both" | "ipv4" = "ipv4"): Discovery {
  const name = kind === "srv" ? "_http._tcp.example.com" : "web.example.com";
  const dns = { name, nameServers: SERVERS, family, minTtlMs: 5000, maxTtlMs: 300_000 };
  return { name: `${kind} ${name}`, source: { kind, ...dns }, ...DEFAULT_DISCOVERY };
}

/** Reads a source once; time passes while it waits. */
async function read(discovery: Discovery, dns: (question: AskedQuestion) => DnsReply): Promise<unknown> {
  const { tools, clock } = fakeTools({ dns });
  const answer = readOnce(discovery, tools);
  let isDone = false;
  void answer.finally(() => isDone = true);
  for (let turn = 0; turn < 50 && !isDone; turn++) await clock.advance(500);
  const found = await answer;
  if ("failure" in found) return found.failure;
  return found.servers.map(({ address, port, weight }) => [address, port ?? "", weight ?? ""].join(" ").trim());
}

Deno.test("a source of names has the addresses of both families", async () => {
  const both = (question: AskedQuestion): DnsReply => ({
    records: question.type === "A" ? ["10.0.0.1", "10.0.0.2"] : ["1"],
  });
  assert.deepEqual(await read(source("names", "both"), both), [
    "10.0.0.1",
    "10.0.0.2",
    "2020:2020:2020:2020:2020:2020:2020:2001",
  ]);
});

Deno.test("a name server that lies or fails gives no list", async () => {
  const cases: readonly (readonly [DnsReply, string])[] = [
    [{ records: [] }, "web.example.com has no address"],
    [{ rcode: 3 }, "web.example.com has no address"],
    [{ rcode: 2 }, "SERVFAIL for web.example.com A from 10.0.0.54:5353"],
    [{ rcode: 5 }, "REFUSED for web.example.com A from 10.0.0.54:5353"],
    ["silence", "web.example.com A: 10.0.0.54:5353: no answer in time"],
  ];
  for (const [reply, reason] of cases) assert.equal(await read(source("names"), () => reply), reason);
  const half = (question: AskedQuestion): DnsReply => question.type === "A" ? { records: ["10.0.0.1"] } : { rcode: 2 };
  assert.match(String(await read(source("names", "both"), half)), /^SERVFAIL/, "half of an answer is none");
});

Deno.test("a source of names asks the second name server if the first fails or is silent", async () => {
  for (const reply of ["silence", { rcode: 2 }] as const) {
    const asked: string[] = [];
    const found = await read(source("names"), ({ server: { address } }) => {
      asked.push(address);
      return address === "10.0.0.53" ? reply : { records: ["10.0.0.1"] };
    });
    assert.deepEqual([found, asked], [["10.0.0.1"], ["10.0.0.53", "10.0.0.54"]]);
  }
});

Deno.test("a truncated answer is asked for by TCP, as a whole", async () => {
  const many = Array.from({ length: 2000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  const found = await read(
    source("names"),
    ({ transport }) => transport === "udp" ? { records: many.slice(0, 3), isTruncated: true } : { records: many },
  );
  assert.equal(Array.isArray(found) && found.length, 2000);
  const cut = await read(source("names"), () => ({ records: many.slice(0, 3), isTruncated: true }));
  assert.match(String(cut), /truncated by TCP too/);
});

Deno.test("an SRV source has the records of the best priority, with ports and weights", async () => {
  const records = ["10 0 8080 a.example.com", "10 60 8081 b.example.com", "20 5 8082 c.example.com"];
  const dns = ({ type, name }: AskedQuestion): DnsReply =>
    type === "SRV" ? { records } : { records: [name.startsWith("a") ? "10.0.0.1" : "10.0.0.2"] };
  assert.deepEqual(await read(source("srv"), dns), ["10.0.0.1 8080 1", "10.0.0.2 8081 60"]);
  const equal = ({ type }: AskedQuestion): DnsReply =>
    type === "SRV" ? { records: ["1 0 80 a.example.com"] } : { records: ["10.0.0.1"] };
  assert.deepEqual(await read(source("srv"), equal), ["10.0.0.1 80"], "without weights the file's weight counts");
});

Deno.test("an SRV source leaves out a target that surely has no address, and fails for one that it cannot ask for", async () => {
  const dns = (reply: DnsReply) => ({ type, name }: AskedQuestion): DnsReply => {
    if (type === "SRV") return { records: ["1 1 80 a.example.com", "1 1 80 b.example.com"] };
    return name.startsWith("a") ? { records: ["10.0.0.1"] } : reply;
  };
  assert.deepEqual(await read(source("srv"), dns({ rcode: 3 })), ["10.0.0.1 80 1"]);
  assert.match(String(await read(source("srv"), dns({ rcode: 2 }))), /^SERVFAIL for b\.example\.com A/);
  const none = { records: ["0 0 0 ."] };
  assert.equal(await read(source("srv"), () => none), "_http._tcp.example.com has no SRV records");
});

Deno.test("the time to the next question is the shortest TTL, between the limits", async () => {
  for (const [ttl, againMs] of [[0, 5000], [60, 60_000], [86_400, 300_000]] as const) {
    const { tools } = fakeTools({ dns: () => ({ records: ["10.0.0.1"], ttl }) });
    const reading = await openReader(source("names"), tools).read(new AbortController().signal);
    assert.equal(reading.againMs, againMs);
  }
});

Deno.test("nameServersIn reads the name servers of resolv.conf", () => {
  const text = "# a\nnameserver 10.0.0.53\n  nameserver\t2001:db8::53 \nsearch example.com\n#nameserver 10.0.0.99\n";
  assert.deepEqual(nameServersIn(text).map(({ address, port }) => `${address} ${port}`), [
    "10.0.0.53 53",
    "2001:db8::53 53",
  ]);
});
