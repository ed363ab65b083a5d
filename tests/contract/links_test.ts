import assert from "node:assert/strict";
import { NetlinkSocket } from "../../core/ffi/mod.ts";
import { RouteError } from "../../core/rtnetlink/errors.ts";
import { RouteClient } from "../../core/rtnetlink/mod.ts";
import { IS_REAL_KERNEL } from "../support/contract_kernel.ts";
import { MemoryRoutes } from "../support/memory_routes.ts";

function openClient(): RouteClient {
  return new RouteClient(IS_REAL_KERNEL ? new NetlinkSocket("route") : new MemoryRoutes().connect());
}

/** The interface of that name, as "dummy up". */
function seen(client: RouteClient, name: string): string | undefined {
  const link = client.links().find((other) => other.name === name);
  return link === undefined ? undefined : `${link.kind ?? "-"} ${link.isUp ? "up" : "down"}`;
}

/** The errno of what a call throws; "" if it does not. */
function errnoOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof RouteError);
    return error.errno ?? "";
  }
  return "";
}

Deno.test("RouteClient creates a dummy interface, brings it up and down, and deletes it", () => {
  using client = openClient();
  const link = { name: "lvstest0", kind: "dummy" };
  client.addLink(link);
  assert.equal(seen(client, link.name), "dummy down");
  assert.equal(errnoOf(() => client.addLink(link)), "EEXIST");
  const made = client.links().find(({ name }) => name === link.name);
  assert.ok(made !== undefined && !made.hasNeighbours && !made.isLoopback);
  client.setLinkState({ ...made, isUp: true });
  assert.equal(seen(client, link.name), "dummy up");
  client.setLinkState({ ...made, isUp: true });
  client.setLinkState({ ...made, isUp: false });
  assert.equal(seen(client, link.name), "dummy down");
  client.deleteLink(made);
  assert.equal(seen(client, link.name), undefined);
  assert.equal(errnoOf(() => client.deleteLink(made)), "ENODEV");
  assert.equal(errnoOf(() => client.setLinkState({ ...made, isUp: true })), "ENODEV");
});

Deno.test("RouteClient cannot create an interface of an unknown kind", () => {
  using client = openClient();
  assert.equal(errnoOf(() => client.addLink({ name: "lvstest0", kind: "nosuch" })), "EOPNOTSUPP");
  assert.equal(seen(client, "lvstest0"), undefined);
});

for (
  const [name, kind] of [["tunl0", "ipip"], ["ip6tnl0", "ip6tnl"], ["gre0", "gre"], ["ip6gre0", "ip6gre"]] as const
) {
  Deno.test(`RouteClient finds ${name} after its request, and cannot delete it`, () => {
    using client = openClient();
    // The kernel loads the module, which makes it.
    assert.equal(errnoOf(() => client.addLink({ name, kind })), "EEXIST");
    assert.equal(seen(client, name), `${kind} down`);
    const link = client.links().find((other) => other.name === name);
    assert.ok(link !== undefined && !link.hasNeighbours);
    client.setLinkState({ ...link, isUp: true });
    assert.equal(seen(client, name), `${kind} up`);
    client.setLinkState({ ...link, isUp: false });
    client.deleteLink(link);
    assert.equal(seen(client, name), `${kind} down`);
    // There is one that takes whatever no other takes.
    assert.equal(errnoOf(() => client.addLink({ name: "lvstest0", kind })), "EEXIST");
  });
}

Deno.test("RouteClient distinguishes lo from an interface with neighbours", () => {
  using client = openClient();
  const lo = client.links().find(({ name }) => name === "lo");
  assert.deepEqual([lo?.isLoopback, lo?.hasNeighbours, lo?.kind], [true, false, undefined]);
});
