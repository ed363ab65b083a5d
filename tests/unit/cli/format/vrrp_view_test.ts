import assert from "node:assert/strict";
import { plainText } from "../../../../cli/terminal/line.ts";
import { describeRouterEvent, routerJson } from "../../../../cli/format/vrrp.ts";
import { formatRouters, readRouters } from "../../../../cli/format/vrrp_view.ts";
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
