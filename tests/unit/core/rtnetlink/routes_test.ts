import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { type Route, RouteClient } from "../../../../core/rtnetlink/mod.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

/** What the client reads of a route. */
function routeTo(routes: MemoryRoutes, address: string): Route {
  using client = new RouteClient(routes.connect());
  return client.route(parseIpAddress(address));
}

Deno.test("RouteClient.route() reads interface, router and source of both families", () => {
  const routes = new MemoryRoutes();
  routes.routes.set("10,0,0,11", { index: 2, source: [10, 0, 0, 1] });
  routes.routes.set("10,0,0,12", { index: 3, gateway: [10, 0, 0, 254], source: [10, 0, 0, 1] });
  const ipv6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  routes.routes.set(String(ipv6), { index: 3, gateway: [...ipv6.slice(0, 15), 9] });
  assert.deepEqual(routeTo(routes, "10.0.0.11"), { kind: "unicast", index: 2, source: "10.0.0.1" });
  assert.deepEqual(routeTo(routes, "10.0.0.12"), {
    kind: "unicast",
    index: 3,
    gateway: "10.0.0.254",
    source: "10.0.0.1",
  });
  assert.deepEqual(routeTo(routes, "2001:db8::1"), { kind: "unicast", index: 3, gateway: "2001:db8::9" });
  assert.equal(routes.open, 0);
});

Deno.test("RouteClient.route() reads the types of routes, and reports a missing one", () => {
  const routes = new MemoryRoutes();
  for (
    const [type, kind] of [[2, "local"], [6, "blackhole"], [7, "unreachable"], [8, "prohibit"], [3, "none"]] as const
  ) {
    routes.routes.set("10,0,0,11", { index: 1, type });
    assert.equal(routeTo(routes, "10.0.0.11").kind, kind);
  }
  assert.deepEqual(routeTo(routes, "10.0.0.99"), { kind: "unreachable" });
});

Deno.test("RouteClient.neighbours() reads known, failed and incomplete neighbours", () => {
  const routes = new MemoryRoutes();
  for (const [last, state] of [[1, 2], [2, 0x20], [3, 1], [4, 0x80], [5, 4]] as const) {
    routes.neighbours.push({ bytes: [10, 0, 0, last], index: 2, state });
  }
  using client = new RouteClient(routes.connect());
  assert.deepEqual(client.neighbours().map(({ address, index, state }) => `${address} ${index} ${state}`), [
    "10.0.0.1 2 known",
    "10.0.0.2 2 failed",
    "10.0.0.3 2 incomplete",
    "10.0.0.4 2 known",
    "10.0.0.5 2 known",
  ]);
});
