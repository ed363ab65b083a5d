import assert from "node:assert/strict";
import axe from "axe-core";
import { itemsOf } from "../../core/json/mod.ts";
import { parseIpAddress } from "../../core/model/mod.ts";
import { Browser, type Tab } from "../support/browser.ts";
import type { SourceStatus } from "../../core/discovery/mod.ts";
import { routerStatuses } from "../support/router_status.ts";
import { realServer, virtualService } from "../support/samples.ts";
import { storeStatus } from "../support/store_status.ts";
import { ABOUT, SiteBench, unchecked } from "../unit/cli/http/site_bench.ts";
import { A, B, WEB, web } from "../unit/core/daemon/daemon_bench.ts";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&`;

const SOURCE: SourceStatus = {
  name: "srv _http._tcp.example",
  servers: 2,
  at: 0,
  failure: undefined,
  refusal: undefined,
  failures: 0,
  refusals: 0,
};

/** A daemon with everything that the page can show, hostile text included. */
async function site(): Promise<SiteBench> {
  const opened = await SiteBench.open({
    source: {
      about: () => ({
        ...ABOUT,
        reloadError: `/etc/lvsctl/lvsctl.yaml:2: ${HOSTILE}`,
        sources: [HOSTILE, undefined].map((failure) => ({ ...SOURCE, failure })),
        store: storeStatus(0),
      }),
      routers: routerStatuses,
      problems: () => ({ failures: ["Cannot add it"], differences: [] }),
    },
  });
  const { bench } = opened;
  const shop = ["[2001:db8::11]:443", "[2001:db8::12]:443"];
  for (const server of [B, ...shop]) bench.down.add(server);
  await bench.load({
    services: [
      unchecked({ name: "dns", service: virtualService("udp://192.0.2.53:53"), servers: [realServer("10.0.0.13:53")] }),
      web({ name: "web", servers: [A, B, "10.0.0.14:80"].map((server) => realServer(server)) }),
      web({
        name: HOSTILE,
        service: virtualService("tcp://[2001:db8::10]:443"),
        servers: shop.map((server) => realServer(server)),
        unresolved: [{ host: "shop.example", reason: HOSTILE }],
        fallback: realServer("[2001:db8::99]:443"),
      }),
    ],
  });
  await bench.clock.advance(65_000);
  bench.daemon.override([{ address: parseIpAddress("10.0.0.14"), weight: "maint", reason: HOSTILE, at: 0 }]);
  return opened;
}

/** What axe-core finds wrong with a page. */
async function findings(tab: Tab): Promise<readonly unknown[]> {
  await tab.evaluate(`${axe.source};0`);
  const rules = "({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])";
  return itemsOf(await tab.evaluate(`axe.run(document).then(${rules})`));
}

Deno.test("the status page has no finding of axe-core, fits its window and shows hostile text as text", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  for (const path of ["/", "/?show=failing", `/service?id=${encodeURIComponent(WEB)}`]) {
    for (const view of [{ width: 1280 }, { width: 1280, scheme: "dark" }, { width: 390 }] as const) {
      await using tab = await browser.open(`${bench.site.place}${path}`, view);
      const what = `${path} ${JSON.stringify(view)}`;
      assert.deepEqual(await findings(tab), [], what);
      assert.ok(Number(await tab.evaluate("document.documentElement.scrollWidth")) <= view.width, what);
      assert.equal(await tab.evaluate("document.images.length + document.scripts.length"), 1, what);
      assert.deepEqual(tab.complaints, [], what);
    }
  }
});

Deno.test("the status page is a table for a screen reader, also in a narrow window", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  for (const width of [1280, 390]) {
    await using tab = await browser.open(`${bench.site.place}/`, { width });
    const { nodes } = await tab.send("Accessibility.getFullAXTree");
    const roles = new Map<string, number>();
    for (const node of itemsOf(nodes)) {
      const role = String((node as { readonly role?: { readonly value?: unknown } }).role?.value);
      roles.set(role, (roles.get(role) ?? 0) + 1);
    }
    const counts = ["main", "banner", "contentinfo", "status", "table", "columnheader", "rowheader", "row"]
      .map((role) => [role, roles.get(role)]);
    assert.deepEqual(counts, [
      ["main", 1],
      ["banner", 1],
      ["contentinfo", 1],
      ["status", 1],
      ["table", 5],
      ["columnheader", 33],
      ["rowheader", 10],
      ["row", 15],
    ], `${width}`);
  }
});

Deno.test("the status page has its values in one column in a narrow window: no text follows an element of its cell", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  await using tab = await browser.open(`${bench.site.place}/`, { width: 390 });
  const isLate = "({ nodeType, textContent }, index) => index > 0 && nodeType === 3 && textContent.trim() !== ''";
  const cells = `[...document.querySelectorAll("td")].filter((cell) => [...cell.childNodes].some(${isLate}))`;
  assert.deepEqual(await tab.evaluate(`${cells}.map((cell) => cell.textContent)`), []);
});

Deno.test("the status page works by keyboard: the first key leads to the services", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  await using tab = await browser.open(`${bench.site.place}/`, { width: 1280 });
  await tab.press("Tab");
  assert.equal(await tab.evaluate("document.activeElement.className"), "skip");
  const names: unknown[] = [];
  for (let index = 0; index < 3; index++) {
    await tab.press("Tab");
    names.push(await tab.evaluate("document.activeElement.textContent || document.activeElement.id"));
  }
  assert.deepEqual(names, ["All services", "Failing only", "find"]);
});

Deno.test("the status page follows the daemon without a reload, keeps the focus, and says when it is old", async () => {
  const bench = await site();
  await using browser = await Browser.start();
  try {
    await using tab = await browser.open(`${bench.site.place}/`, { width: 1280 });
    await tab.evaluate(
      "window.isSame = true; document.querySelector('#service-udp\\\\:\\\\/\\\\/192\\\\.0\\\\.2\\\\.53\\\\:53 a').focus()",
    );
    bench.bench.down.clear();
    await bench.bench.clock.advance(5000);
    await tab.until("document.getElementById('summary').textContent.includes('2 ok')");
    assert.equal(await tab.evaluate("window.isSame"), true);
    assert.equal(await tab.evaluate("document.activeElement.textContent"), "dns udp://192.0.2.53:53");
    assert.equal(await tab.evaluate("document.querySelectorAll('[id^=service-] .state.bad').length"), 0);
    assert.equal(await tab.evaluate("document.getElementById('stale').hidden"), true);
    assert.deepEqual(tab.complaints, []);
    await bench.site[Symbol.asyncDispose]();
    await tab.until("!document.getElementById('stale').hidden");
    assert.match(String(await tab.evaluate("document.getElementById('stale').textContent")), /^No answer since /);
  } finally {
    await bench[Symbol.asyncDispose]();
  }
});

Deno.test("the status page works without programs: it is read again by the browser", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  await using tab = await browser.open(`${bench.site.place}/`, { width: 1280, scripts: false });
  assert.equal(await tab.evaluate("document.querySelectorAll('tbody tr').length"), 10);
  assert.equal(await tab.evaluate("document.querySelector('meta[http-equiv=refresh]').content"), "10");
  assert.equal(await tab.evaluate("document.getElementById('find-label').hidden"), true);
});

Deno.test("the status page finds a service by a part of its name", async () => {
  await using bench = await site();
  await using browser = await Browser.start();
  await using tab = await browser.open(`${bench.site.place}/`, { width: 1280 });
  await tab.evaluate("document.getElementById('find').focus()");
  await tab.send("Input.insertText", { text: "dn" });
  await tab.press("Enter");
  await tab.until(
    "location.search === '?find=dn' && document.querySelectorAll('main section[id^=service]').length === 1",
  );
});
