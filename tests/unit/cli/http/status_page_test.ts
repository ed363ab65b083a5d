import assert from "node:assert/strict";
import { forTerminal, parseIpAddress } from "../../../../core/model/mod.ts";
import { fieldsOf, itemsOf } from "../../../../core/json/mod.ts";
import type { SourceStatus } from "../../../../core/discovery/mod.ts";
import { routerStatuses } from "../../../support/router_status.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { sharingStatus } from "../../../support/sharing_status.ts";
import { storeStatus } from "../../../support/store_status.ts";
import { A, B, WEB, web } from "../../core/daemon/daemon_bench.ts";
import { ABOUT, SiteBench, unchecked } from "./site_bench.ts";

/** The text of a page without its markup, with one blank between words. */
function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

/** The texts of the rows of real servers. */
function rowsOf(html: string): readonly string[] {
  return [...html.matchAll(/<tr role="row" id[^]*?<\/tr>/g)].map(([row]) => textOf(row).trim());
}

Deno.test("the page shows each server with state, since, last check, weight, connections and traffic", async () => {
  await using site = await SiteBench.open();
  const { bench } = site;
  bench.down.add(B);
  await bench.load({ services: [web({ name: "web", servers: [realServer(A, { weight: 8 }), realServer(B)] })] });
  await bench.clock.advance(65_000);
  bench.daemon.override([{ address: parseIpAddress("10.0.0.11"), weight: 3, reason: "new disk", at: 0 }]);
  const { status, type, text } = await site.get("/");
  assert.deepEqual([status, type], [200, "text/html; charset=utf-8"]);
  assert.match(textOf(text), /1 service: 1 with problems; 2 servers: 1 healthy, 1 unhealthy/);
  assert.match(
    textOf(text),
    /web tcp:\/\/192\.0\.2\.10:80 1 of 2 serve; quorum 1; scheduler \w+; 0 connections\/s; 0B\/s in/,
  );
  const [first = "", second = ""] = rowsOf(text);
  assert.match(first, /^10\.0\.0\.12:80 \u2716 unhealthy 1m\ds connection refused \ds ago, 1\.0 ms out 1 in the file$/);
  assert.match(
    second,
    /^10\.0\.0\.11:80 \u2713 healthy 1m\ds connected \ds ago, 1\.0 ms 3 8 in the file; weight 3 by override: new disk 0 active 0 inactive 0 connections\/s 0B\/s in, 0B\/s out$/,
  );
});

Deno.test("the page has services below their quorum first, and only failing ones if asked", async () => {
  await using site = await SiteBench.open();
  const { bench } = site;
  const names = ["fine", "ill", "lost"];
  const services = names.map((name, index) =>
    web({
      name,
      service: virtualService(`fwmark:${index + 1}`),
      servers: [realServer(`10.0.${index}.1:80`), realServer(`10.0.${index}.2:80`)],
    })
  );
  for (const server of ["10.0.1.1:80", "10.0.2.1:80", "10.0.2.2:80"]) bench.down.add(server);
  await bench.load({ services });
  await bench.clock.advance(5000);
  const titles = async (path: string): Promise<readonly string[]> =>
    [...(await site.get(path)).text.matchAll(/<h2[^]*?<\/h2>/g)].map(([title]) => textOf(title).trim());
  assert.deepEqual(await titles("/"), [
    "\u2716 below quorum lost fwmark:3",
    "\u25b2 attention ill fwmark:2",
    "\u2713 ok fine fwmark:1",
  ]);
  assert.equal((await titles("/?show=failing")).length, 2);
  const { text } = await site.get("/?show=failing");
  assert.equal(rowsOf(text).length, 3);
  assert.deepEqual(await titles("/?find=fin"), ["\u2713 ok fine fwmark:1"]);
  assert.deepEqual(await titles("/?find=10.0.1.2"), ["\u25b2 attention ill fwmark:2"]);
  assert.deepEqual(await titles("/?find=nothing"), []);
});

Deno.test("the page shows hostile text as text", async () => {
  const hostile = `</td><script>alert(1)</script><img src=x onerror='alert(2)'>"\u202e\u001b[31m&amp;`;
  await using site = await SiteBench.open({
    source: {
      about: () => ({ ...ABOUT, file: hostile, reloadError: `one\n${hostile}` }),
      problems: () => ({ failures: [hostile], differences: [] }),
    },
  });
  const { bench } = site;
  bench.down.add(B);
  await bench.load({
    services: [
      web({
        name: hostile,
        unresolved: [{ host: hostile, reason: hostile }],
        servers: [realServer(A), realServer(B)],
      }),
    ],
  });
  bench.daemon.override([{ address: parseIpAddress("10.0.0.11"), weight: 3, reason: hostile, at: 0 }]);
  await bench.clock.advance(2500);
  for (const path of ["/", `/service?id=${encodeURIComponent(WEB)}`, `/?find=${encodeURIComponent(hostile)}`]) {
    const { text } = await site.get(path);
    assert.doesNotMatch(text, /<img|<script>|onerror='/, path);
    assert.equal(text, forTerminal(text), path);
    assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"), path);
    assert.ok(text.includes("\\u202e\\u001b[31m&amp;amp;"), path);
  }
});

Deno.test("the page shows the virtual routers with the parts of their priorities, and hostile names as text", async () => {
  const [first, second] = routerStatuses();
  assert(first !== undefined && second !== undefined);
  const hostile = { ...first, name: "<b>x", isContested: true, findings: [] };
  await using site = await SiteBench.open({ source: { routers: () => [first, second, hostile] } });
  await site.bench.load({ services: [] });
  const { text } = await site.get("/");
  const rows = [...text.matchAll(/<tr role="row" id="router-[^]*?<\/tr>/g)].map(([row]) => textOf(row).trim());
  assert.equal(rows.length, 3);
  assert.match(
    rows[0] ?? "",
    /^edge eth0, VRID 51 .*active .* 90 \(150 - 60 service web\) 192\.0\.2\.10\/24 10\.0\.0\.2 with 90/,
  );
  assert.match(rows[0] ?? "", /; 10\.0\.0\.2 has the priority 90 too: the greater address decides$/);
  assert.match(rows[1] ?? "", /^edge \(IPv6\) .*fault .* 150 .*interface eth0 is down$/);
  assert.match(rows[2] ?? "", /does not hear this one$/);
  assert.doesNotMatch(text, /<b>x/);
  assert.match(text, /<section id="routers" class="bad"/);
  const api: unknown = JSON.parse((await site.get("/api/v1/status")).text);
  assert.deepEqual(itemsOf(fieldsOf(api)["routers"]).map((router) => fieldsOf(router)["state"]), [
    "active",
    "fault",
    "active",
  ]);
});

Deno.test("the page without virtual routers has no table of them", async () => {
  await using site = await SiteBench.open();
  await site.bench.load({ services: [] });
  assert.doesNotMatch((await site.get("/")).text, /id="routers"/);
});

/** A source of servers whose list is in use. */
const SOURCE: SourceStatus = {
  name: "srv _http._tcp.example",
  servers: 2,
  at: -60_000,
  failure: undefined,
  refusal: undefined,
  failures: 0,
  refusals: 0,
};

Deno.test("the page shows the sources of servers with their states, and hostile texts as text", async () => {
  const sources = [
    SOURCE,
    { ...SOURCE, name: "<b>x", failure: "Cannot read <i>it</i>" },
    { ...SOURCE, name: "file", refusal: "it lacks 3 of 4 servers" },
    { ...SOURCE, name: "new", servers: undefined, at: undefined },
  ];
  await using site = await SiteBench.open({ source: { about: () => ({ ...ABOUT, sources }) } });
  await site.bench.load({
    services: [web({ servers: [realServer(A), realServer(B)], origins: new Map([[A, "srv _http._tcp.example"]]) })],
  });
  const { text } = await site.get("/");
  const rows = [...text.matchAll(/<tr role="row" id="source-[^]*?<\/tr>/g)].map(([row]) => textOf(row).trim());
  assert.deepEqual(rows, [
    "srv _http._tcp.example \u2713 in use 1m 2 servers",
    "&lt;b&gt;x \u25b2 unreadable 1m 2 servers Cannot read &lt;i&gt;it&lt;/i&gt;",
    "file \u2716 refused 1m 2 servers it lacks 3 of 4 servers",
    "new ? waiting no list yet",
  ]);
  assert.match(text, /<section id="sources" class="bad"/);
  const [first = "", second = ""] = rowsOf(text).filter((row) => row.startsWith("10.0.0."));
  assert.match(first, /^10\.0\.0\.11:80 from srv _http\._tcp\.example /);
  assert.match(second, /^10\.0\.0\.12:80 \?/);
});

Deno.test("the page of a file without sources has no table of them", async () => {
  await using site = await SiteBench.open();
  await site.bench.load({ services: [] });
  assert.doesNotMatch((await site.get("/")).text, /id="sources"/);
});

Deno.test("the page of a large table has at most 200 servers, and links to the others", async () => {
  await using site = await SiteBench.open();
  const { bench } = site;
  const serversOf = (service: number, count: number): ReturnType<typeof realServer>[] =>
    Array.from({ length: count }, (_, index) => realServer(`10.${service}.${index >> 8}.${index & 255}:80`));
  const services = [450, ...Array.from({ length: 20 }, () => 30)].map((count, index) =>
    unchecked({ service: virtualService(`fwmark:${index + 1}`), servers: serversOf(index, count) })
  );
  await bench.load({ services });
  const first = (await site.get("/")).text;
  assert.equal(rowsOf(first).length, 50 + 5 * 30);
  assert.match(textOf(first), /400 more servers of fwmark:1 /);
  assert.match(first, /<a href="\?page=2">Next page<\/a>/);
  const last = (await site.get("/?page=999")).text;
  assert.match(textOf(last), /Page 4 of 4/);
  const own = (await site.get("/service?id=fwmark%3A1&page=3")).text;
  assert.equal(rowsOf(own).length, 50);
  assert.match(own, /<a href="\?id=fwmark%3A1&amp;page=2">Previous page<\/a>/);
});

Deno.test("the page shows a file that is not valid, and changes that are not possible", async () => {
  await using site = await SiteBench.open({
    source: {
      about: () => ({ ...ABOUT, reloadError: "line 2 is wrong" }),
      problems: () => ({
        failures: ["Cannot add it"],
        differences: [{ operation: "deleteService", id: virtualService(WEB).id }],
      }),
    },
  });
  await site.bench.load({ services: [] });
  const text = textOf((await site.get("/")).text);
  assert.match(text, /the previous one stays active line 2 is wrong /);
  assert.match(text, /Not possible yet; trying again Cannot add it /);
  assert.match(
    text,
    /the table differed from the expected one; not corrected \(see --repair\) - delete virtual service tcp:\/\/192\.0\.2\.10:80/i,
  );
});

Deno.test("the page shows the store with its version, why it is stale, the roll-out and each endpoint", async () => {
  const hostile = "<b>x\u001b[31m";
  const store = { ...storeStatus(0), refusal: `version 7 is not active: ${hostile}` };
  await using site = await SiteBench.open({ source: { about: () => ({ ...ABOUT, store, reloadError: "not shown" }) } });
  await site.bench.load({ services: [] });
  const { text } = await site.get("/");
  const [section = ""] = /<section id="store"[^]*?<\/section>/.exec(text) ?? [];
  assert.match(section, /^<section id="store" class="bad"/);
  const shown = textOf(section);
  assert.match(shown, /Stale: Cannot read 10\.0\.0\.1:2379: no answer within 4s/);
  assert.match(shown, /version 7 is not active: &lt;b&gt;x\\u001b\[31m/);
  assert.match(shown, /Version 6, pushed 1h ago by alice@admin/);
  assert.match(shown, /Roll-out version 7: The roll-out has halted: two: the quorum of web is lost/);
  assert.match(shown, /10\.0\.0\.1:2379 failed 9s ago: no answer within 4s 10\.0\.0\.2:2379 answered 4s ago/);
  assert.doesNotMatch(text, /not shown|<b>x/);
});

Deno.test("the page has no section of a store for a file, and a store that answers is good", async () => {
  await using site = await SiteBench.open();
  await site.bench.load({ services: [] });
  assert.doesNotMatch((await site.get("/")).text, /id="store"/);
  const store = { ...storeStatus(0), problem: undefined, refusal: undefined, rollout: undefined };
  await using stored = await SiteBench.open({ source: { about: () => ({ ...ABOUT, store }) } });
  await stored.bench.load({ services: [] });
  assert.match((await stored.get("/")).text, /<section id="store" class="good"/);
});

Deno.test("the page says that a director cannot reach its servers, with foreign text as text", async () => {
  const sharing = { ...sharingStatus(), problem: "Cannot read <b>x</b>" };
  await using site = await SiteBench.open({ source: { about: () => ({ ...ABOUT, sharing }) } });
  await site.bench.load({ services: [] });
  const { text } = await site.get("/");
  const [section = ""] = /<section id="problems"[^]*?<\/section>/.exec(text) ?? [];
  assert.match(
    textOf(section),
    /Verdicts shared by directors This director cannot reach the servers: all are unhealthy/,
  );
  assert.match(section, /may be old: Cannot read &lt;b>x|may be old: Cannot read &lt;b&gt;x/);
  await using quiet = await SiteBench.open({
    source: { about: () => ({ ...ABOUT, sharing: { ...sharing, isBlind: false, problem: undefined } }) },
  });
  await quiet.bench.load({ services: [] });
  assert.doesNotMatch((await quiet.get("/")).text, /<section id="problems"/);
});
