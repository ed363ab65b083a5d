import assert from "node:assert/strict";
import { type IpAddress, parseIpAddress } from "../../../../core/model/mod.ts";
import { VRRP_GROUP } from "../../../../core/vrrp/advertisement.ts";
import type { Decoded } from "../../../../core/vrrp/decode_advertisement.ts";
import { HeardRouters, type OwnRouter } from "../../../../core/vrrp/heard_routers.ts";
import { ProblemReports } from "../../../../core/vrrp/problem_reports.ts";
import type { RouterSettings } from "../../../../core/vrrp/settings.ts";
import { routerSettings, vip } from "../../../support/memory_vrrp.ts";

const HOUR = 3_600_000;

/** What a router with the addresses 10.0.0.100 and 10.0.0.101 hears. */
class Bench {
  now = 1000;
  own: OwnRouter = { settings: this.#settings(), priority: 150, source: parseIpAddress("10.0.0.1") };
  readonly reported: string[] = [];
  readonly heard = new HeardRouters(
    new ProblemReports((text) => this.reported.push(text), () => this.now),
    () => this.now,
  );

  constructor(settings: Partial<RouterSettings> = {}) {
    this.own = { ...this.own, settings: this.#settings(settings) };
  }

  hear(change: Partial<Decoded["advertisement"]> = {}, packet: Partial<Omit<Decoded, "advertisement">> = {}): boolean {
    const { version, vrid, intervalMs, vips } = this.own.settings;
    const addresses = vips.map(({ address }) => address);
    return this.heard.take({
      advertisement: { version, vrid, priority: 100, intervalMs, addresses, ...change },
      source: parseIpAddress("10.0.0.2"),
      destination: VRRP_GROUP.ipv4,
      hopLimit: 255,
      ...packet,
    }, this.own);
  }

  get findings(): readonly string[] {
    return this.heard.findings(this.own).map(({ kind, text }) => `${kind}: ${text}`);
  }

  #settings(change: Partial<RouterSettings> = {}): RouterSettings {
    return routerSettings({ priority: 150, vips: [vip("10.0.0.100"), vip("10.0.0.101")], ...change });
  }
}

function addresses(...texts: readonly string[]): readonly IpAddress[] {
  return texts.map((text) => parseIpAddress(text));
}

Deno.test("HeardRouters finds nothing in an advertisement that is as the router's own, in whatever order", () => {
  const bench = new Bench();
  assert.equal(bench.hear({ addresses: addresses("10.0.0.101", "10.0.0.100") }), true);
  assert.deepEqual([bench.findings, bench.reported, bench.heard.received], [[], [], 1]);
});

for (
  const [what, change, finding] of [
    ["lacks an address", { addresses: addresses("10.0.0.100") }, [
      "addresses: 10.0.0.2 advertises other addresses: it lacks 10.0.0.101",
    ]],
    ["has one more", { addresses: addresses("10.0.0.100", "10.0.0.101", "10.0.0.7") }, [
      "addresses: 10.0.0.2 advertises other addresses: it has 10.0.0.7 in addition",
    ]],
    ["has another one", { addresses: addresses("10.0.0.100", "10.0.0.7") }, [
      "addresses: 10.0.0.2 advertises other addresses: it lacks 10.0.0.101, and it has 10.0.0.7 in addition",
    ]],
    ["has none of them", { addresses: addresses("10.0.0.7", "10.0.0.8") }, [
      "vrid: 10.0.0.2 uses the vrid 51 for other addresses: 10.0.0.7, 10.0.0.8",
    ]],
    ["has many others", { addresses: addresses(...Array.from({ length: 9 }, (_, index) => `10.0.1.${index}`)) }, [
      "vrid: 10.0.0.2 uses the vrid 51 for other addresses: 10.0.1.0, 10.0.1.1, 10.0.1.2, 10.0.1.3, 10.0.1.4 and 4 more",
    ]],
    ["has the same priority", { priority: 150 }, [
      "priority: 10.0.0.2 has the priority 150 too: the greater address decides",
    ]],
    ["has another interval", { intervalMs: 200 }, [
      "interval: 10.0.0.2 has the interval 200ms, and this router 1s",
    ]],
    ["stops", { priority: 0 }, []],
    ["has another version", { version: 2 }, [
      "version: it discards the advertisements of 10.0.0.2: they have another version of VRRP",
    ]],
  ] as const
) {
  Deno.test(`HeardRouters reports once that another router ${what}, and has it as a finding`, () => {
    const bench = new Bench();
    for (let times = 0; times < 3; times++) bench.hear(change);
    assert.deepEqual(bench.findings, finding);
    assert.deepEqual(bench.reported.map((text) => `${finding[0]?.split(":")[0]}: ${text}`), finding);
  });
}

Deno.test("HeardRouters takes a common link-local address for no common one", () => {
  const settings = { family: "ipv6", vips: [vip("fe80::51/128"), vip("2001:db8::10/64")] } as const;
  const other = addresses("fe80::51", "2001:db8::99");
  const bench = new Bench(settings);
  bench.hear({ addresses: other }, { source: parseIpAddress("fe80::2"), destination: VRRP_GROUP.ipv6 });
  assert.deepEqual(bench.findings, ["vrid: fe80::2 uses the vrid 51 for other addresses: 2001:db8::99"]);
});

Deno.test("HeardRouters counts what it discards by the reason, and names an own kind for each", () => {
  const bench = new Bench({ version: 2, password: "secret" });
  const secret = new TextEncoder().encode("secret\0\0");
  assert.equal(bench.hear({}, { passwordBytes: new TextEncoder().encode("secreT\0\0") }), false);
  assert.deepEqual(bench.findings.map((text) => text.split(":")[0]), ["password"]);
  bench.hear({ intervalMs: 5000 }, { passwordBytes: secret });
  assert.deepEqual(bench.findings.map((text) => text.split(":")[0]), ["interval"]);
  bench.hear({}, { passwordBytes: secret, hopLimit: 3 });
  assert.deepEqual(bench.findings.map((text) => text.split(":")[0]), ["hop-limit"]);
  assert.deepEqual(bench.heard.discarded, { "password": 1, "interval-differs": 1, "hop-limit": 1 });
  assert.deepEqual(bench.heard.peers.map(({ refusal }) => refusal), ["hop-limit"]);
  assert.deepEqual([bench.heard.last, bench.heard.received], [undefined, 0]);
});

Deno.test("HeardRouters ends a finding with the next advertisement, and reports it again when it returns", () => {
  const bench = new Bench();
  bench.hear({ priority: 150 });
  bench.hear();
  assert.deepEqual(bench.findings, []);
  bench.hear({ priority: 150 });
  assert.equal(bench.reported.length, 2);
});

Deno.test("HeardRouters compares with the router as it is now, and forgets a router that is silent for an hour", () => {
  const bench = new Bench();
  bench.hear({ priority: 100 });
  bench.own = { ...bench.own, priority: 100 };
  assert.equal(bench.findings.length, 1);
  bench.now += HOUR;
  assert.equal(bench.findings.length, 1);
  bench.now += 1;
  assert.deepEqual(bench.findings, []);
  assert.equal(bench.heard.peers.length, 1);
});

Deno.test("HeardRouters remembers eight routers, and reports no more than 50 problems in an hour whatever others send", () => {
  const bench = new Bench();
  for (let host = 1; host <= 200; host++) bench.hear({ priority: 150 }, { source: parseIpAddress(`10.0.1.${host}`) });
  assert.deepEqual(bench.heard.peers.map(({ address }) => address).slice(-1), ["10.0.1.200"]);
  assert.equal(bench.heard.peers.length, 8);
  assert.equal(bench.reported.length, 50);
  bench.now += HOUR;
  bench.hear({ priority: 150 }, { source: parseIpAddress("10.0.2.1") });
  assert.equal(bench.reported.length, 51);
});

Deno.test("HeardRouters reports a difference that comes and goes with each packet no more than 50 times in an hour", () => {
  const bench = new Bench();
  for (let packet = 0; packet < 1000; packet++) bench.hear({ priority: packet % 2 === 0 ? 150 : 100 });
  assert.equal(bench.reported.length, 50);
});

Deno.test("HeardRouters reports 32 addresses of another router at most, compares all of them, and has none of a discarded message", () => {
  const all = Array.from({ length: 255 }, (_, index) => `10.0.1.${index}`);
  const bench = new Bench({ vips: all.map((each) => vip(each)) });
  bench.hear();
  assert.deepEqual(bench.heard.peers.map(({ vips }) => vips), [addresses(...all.slice(0, 32))]);
  assert.deepEqual([bench.findings, bench.reported], [[], []]);
  bench.hear({}, { hopLimit: 254 });
  assert.deepEqual(bench.heard.peers.map(({ vips, refusal }) => [vips, refusal]), [[[], "hop-limit"]]);
});

Deno.test("HeardRouters finds another director with the address of its own, and forgets it when that is silent", () => {
  const bench = new Bench();
  assert.equal(bench.hear({ priority: 90 }, { source: parseIpAddress("10.0.0.1") }), false);
  const text = "it discards the advertisements of 10.0.0.1: it has this address too; give each director its own one";
  assert.deepEqual([bench.findings, bench.reported], [[`source: ${text}`], [text]]);
  assert.deepEqual(bench.heard.discarded, { "own-address": 1 });
});

Deno.test("HeardRouters is not contested by a router that is silent since the clock was set back", () => {
  const bench = new Bench();
  bench.now = HOUR;
  for (let count = 0; count < 5; count++) {
    bench.hear();
    bench.heard.noteContest(true);
  }
  assert.equal(bench.heard.isContested(bench.own.settings), true);
  bench.now = 0;
  assert.equal(bench.heard.isContested(bench.own.settings), false);
});
