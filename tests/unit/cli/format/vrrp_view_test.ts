import assert from "node:assert/strict";
import { plainText } from "../../../../cli/terminal/line.ts";
import { describeRouterEvent, routerJson } from "../../../../cli/format/vrrp.ts";
import { formatRouterDetails } from "../../../../cli/format/vrrp_details.ts";
import { formatFindings, formatRouters, readRouters } from "../../../../cli/format/vrrp_view.ts";
import { routerStatuses } from "../../../support/router_status.ts";

const NOW = Date.UTC(2026, 5, 1, 1, 2, 3);

Deno.test("formatRouters() shows state, age, priority, the last heard router, and the reason", () => {
  const routers = readRouters(routerStatuses().map(routerJson));
  assert.deepEqual(formatRouters(routers, { width: undefined, now: NOW }).map(plainText), [
    "NAME         INTERFACE  VRID  STATE   SINCE  PRIORITY  HEARD        REASON",
    "edge         eth0         51  active   1h2m  90 (150)  10.0.0.2 90  10.0.0.2 advertises priority 90",
    "edge (IPv6)  eth0         51  fault    1h2m       150  -            interface eth0 is down",
  ]);
});

Deno.test("formatRouters() says that there is none", () => {
  assert.deepEqual(formatRouters([], { width: 80, now: NOW }), ["The daemon has no virtual router"]);
});

Deno.test("readRouters() shows control characters of a daemon's answer", () => {
  const [router] = readRouters([{ name: "edge\x1b[2J", reason: "a\nb", heard: { address: "\x07", priority: 1 } }]);
  for (const value of Object.values(router ?? {})) assert.doesNotMatch(String(value), /\p{Cc}/u);
});

Deno.test("describeRouterEvent() names the router, its state and the reason", () => {
  const [edge, ipv6] = routerStatuses();
  assert.ok(edge !== undefined && ipv6 !== undefined);
  assert.deepEqual(describeRouterEvent({ kind: "state", from: "backup", status: edge }), {
    level: "notice",
    event: "vrrp",
    message: "edge is active: 10.0.0.2 advertises priority 90",
    fields: {
      router: "edge",
      family: "ipv4",
      state: "active",
      from: "backup",
      reason: "10.0.0.2 advertises priority 90",
      priority: 90,
    },
  });
  const fault = describeRouterEvent({ kind: "state", from: "active", status: ipv6 });
  assert.deepEqual([fault.level, fault.message], ["warning", "edge (IPv6) is at fault: interface eth0 is down"]);
  const problem = describeRouterEvent({ kind: "problem", name: "edge", family: "ipv4", message: "no" });
  assert.deepEqual([problem.level, problem.message], ["warning", "edge: no"]);
});

Deno.test("formatFindings() has a line for each difference, with the router's name", () => {
  const routers = routerStatuses().map(routerJson);
  assert.deepEqual(formatFindings(routers), ["edge: 10.0.0.2 has the priority 90 too: the greater address decides"]);
  assert.deepEqual(formatFindings([{ name: "a\x1b", findings: [{ text: "\x07" }] }]), ["a\\u001b: \\u0007"]);
});

/** The first router, with other values, at the time of its last advertisement. */
function details(change: Readonly<Record<string, unknown>> = {}, width?: number): readonly string[] {
  const [router] = routerStatuses().map(routerJson);
  return formatRouterDetails({ ...router, ...change }, { width, now: Date.UTC(2026, 5, 2, 0, 0, 3) }).map(plainText);
}

Deno.test("formatRouterDetails() shows all that is known of a router", () => {
  assert.deepEqual(details(), [
    "edge: active for 1d: 10.0.0.2 advertises priority 90",
    "  interface       eth0, VRID 51, version 3, source 10.0.0.1",
    "  addresses       192.0.2.10/24",
    "  priority        90 (150 - 60 service web)",
    "  timers          interval 200ms, skew 130ms",
    "                  it takes over after 730ms without an advertisement; it preempts after 30s",
    "  tracks          service web: bad, weight -60",
    "  heard           10.0.0.2 3s ago, priority 90, version 3, interval 200ms, 192.0.2.10",
    "  findings        10.0.0.2 has the priority 90 too: the greater address decides",
    "  advertisements  100 sent (12 ms late at most), 7 received, discarded: hop-limit 2, activations: 1",
  ]);
});

Deno.test("formatRouterDetails() shows other timers, discarded advertisements, a stop and a number of a file", () => {
  const peer = { address: "10.0.0.3", at: "2026-06-02T00:00:00Z", version: 2, "interval_ms": 1000, vips: [] };
  const lines = details({
    source: null,
    timers: { interval_ms: 200, active_interval_ms: 1000, skew_ms: 1, down_ms: 3001 },
    preempt: { allowed: false, delay_ms: 0 },
    tracks: [{ label: "file /run/x", weight: 0, state: "bad", value: -3 }],
    peers: [{ ...peer, priority: 0, discarded: null }, { ...peer, priority: 9, discarded: "password" }],
    contested: true,
    findings: [],
  });
  assert.deepEqual(lines.slice(1, 2).concat(lines.slice(4, 10)), [
    "  interface       eth0, VRID 51, version 3, without a source",
    "  timers          interval 200ms, that of the active director 1s, skew 1ms",
    "                  it takes over after 3001ms without an advertisement; it does not preempt",
    "  tracks          file /run/x: bad (-3), at fault while it is bad",
    "  heard           10.0.0.3 3s ago, it has stopped, version 2, interval 1s",
    "                  10.0.0.3 3s ago, priority 9, version 2, interval 1s, discarded (password)",
    "  findings        another director with a lower priority stays active: it hears nothing",
  ]);
});

Deno.test("formatRouterDetails() keeps within the width, and shows hostile and missing values as text", () => {
  const vips = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}/32`);
  assert.ok(details({ vips, reason: "x ".repeat(80) }, 80).every((line) => line.length <= 80));
  assert.ok(details({ name: "\x1b[2J", peers: [{ address: "\x07" }] }).every((line) => !/\p{Cc}/u.test(line)));
  assert.ok(formatRouterDetails(undefined, { width: 80, now: 0 }).length > 0);
});
