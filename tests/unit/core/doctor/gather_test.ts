import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import type { Facts } from "../../../../core/doctor/facts.ts";
import { gatherFacts } from "../../../../core/doctor/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { type DesiredState, formatServerId, formatServiceId } from "../../../../core/model/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { FixtureMachine } from "./machine.ts";

const REFUSED = new LvsctlError("not permitted", { operation: "list virtual services", errno: "EPERM" });

interface Options {
  readonly kernel?: MemoryKernel;
  readonly routes?: MemoryRoutes;
  readonly wanted?: DesiredState;
}

/** Gathers the facts of a machine; without a kernel, IPVS may not be asked. */
async function factsOf(machine: FixtureMachine, { kernel, routes, wanted }: Options = {}): Promise<Facts> {
  return await gatherFacts({
    proc: machine.proc,
    sys: machine.sys,
    isLoadable: machine.isLoadable,
    openIpvs: () => kernel === undefined ? Promise.reject(REFUSED) : Promise.resolve(kernel.openClient()),
    openRoutes: () => routes === undefined ? Promise.reject(REFUSED) : Promise.resolve(routes.openRouteClient()),
    openVips: () => routes === undefined ? Promise.reject(REFUSED) : Promise.resolve(routes.openClient()),
    openServerProber: () => routes === undefined ? Promise.reject(REFUSED) : Promise.resolve(routes.openServerProber()),
  }, wanted);
}

function names(facts: Facts): readonly string[] {
  return facts.services.map(({ id, servers }) =>
    [formatServiceId(id), ...servers.map((server) => `${server.forward} ${formatServerId(server)}`)].join(" ")
  );
}

Deno.test("gatherFacts() reads the table over netlink, and counts its connections", async () => {
  using machine = new FixtureMachine();
  const kernel = memoryKernel({
    services: [{
      service: virtualService("tcp://192.0.2.10:80", { scheduler: "mh" }),
      servers: [realServer("10.0.0.11:80", { forward: "dr" }), realServer("10.0.0.12:80")],
    }],
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 3 }],
  });
  kernel.setTraffic(Array<bigint>(10).fill(0n), [2, 1, 4]);
  const facts = await factsOf(machine, { kernel });
  assert.deepEqual(names(facts), ["tcp://192.0.2.10:80 dr 10.0.0.11:80 nat 10.0.0.12:80"]);
  assert.equal(facts.table?.connections, 14);
  assert.deepEqual(facts.table?.syncDaemons?.map(({ role }) => role), ["master"]);
  assert.equal(kernel.openSockets, 0);
});

Deno.test("gatherFacts() reads the table from /proc where netlink refuses, and says what it did not see", async () => {
  using machine = new FixtureMachine();
  const facts = await factsOf(machine);
  assert.equal(facts.services.length, 5);
  assert.equal(facts.table?.buckets, 4096);
  assert.equal(facts.table?.syncDaemons, undefined);
  assert.deepEqual(facts.unseen.map(({ what, why }) => `${what}: ${why}`), [
    "the sync daemons: Cannot list virtual services: not permitted (EPERM)",
    "interfaces, addresses and routes: Cannot list virtual services: not permitted (EPERM)",
  ]);
});

Deno.test("gatherFacts() does not reach for a kernel that has no IPVS, which would load it", async () => {
  using machine = new FixtureMachine({
    "proc/net/ip_vs": undefined,
    "sys/module/ip_vs/parameters/conn_tab_bits": undefined,
  });
  machine.available.set("ip_vs", "");
  const facts = await gatherFacts({
    ...machine,
    openIpvs: () => Promise.reject(new Error("the kernel was opened")),
    openRoutes: () => Promise.resolve(new MemoryRoutes().openRouteClient()),
  });
  assert.deepEqual([facts.table, facts.modules.get("ip_vs"), machine.loaded], [undefined, "loadable", []]);
});

Deno.test("gatherFacts() tells loaded modules from those that can be loaded, and from others", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/vs/sloppy_tcp": undefined });
  machine.available.set("ip_vs_sh", "");
  const facts = await factsOf(machine);
  assert.deepEqual(Object.fromEntries(facts.modules), {
    "ip_vs": "loaded",
    "ip_vs_sh": "loadable",
    "ip_vs_wlc": "loaded",
    "ip_vs_rr": "missing",
    "ip_vs_mh": "missing",
    "ip_vs_ftp": "missing",
  });
});

Deno.test("gatherFacts() reads sysctls by the names that sysctl(8) has for them", async () => {
  using machine = new FixtureMachine();
  const { sysctls, release } = await factsOf(machine);
  assert.equal(release, "6.1.0-18-amd64");
  assert.deepEqual(Object.fromEntries([...sysctls].toSorted()), {
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.eth0/7.rp_filter": "1",
    "net.ipv4.ip_forward": "0",
    "net.ipv4.vs.sloppy_tcp": "0",
    "net.ipv4.vs.sync_threshold": "3 50",
    "net.ipv6.conf.eth0/7.accept_ra": "1",
  });
});

Deno.test("gatherFacts() reads who runs it", async () => {
  using root = new FixtureMachine();
  const asRoot = (await factsOf(root)).process;
  assert.deepEqual([asRoot?.isRoot, asRoot?.capabilities.size, asRoot?.isInitialUserNamespace], [true, 3, true]);
  using rootless = new FixtureMachine({
    "proc/self/status": "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000001000\n",
    "proc/self/uid_map": "         0       1000          1\n",
  });
  const asUser = (await factsOf(rootless)).process;
  assert.deepEqual([asUser?.isRoot, [...asUser?.capabilities ?? []], asUser?.isInitialUserNamespace], [
    false,
    ["CAP_NET_ADMIN"],
    false,
  ]);
  using nobody = new FixtureMachine({ "proc/self/status": undefined });
  const facts = await factsOf(nobody);
  assert.equal(facts.process, undefined);
  assert.ok(facts.unseen.some(({ what }) => what === "the rights of this process"));
});

Deno.test("gatherFacts() finds the other managers in its own network namespace, scripts too, and no editors", async () => {
  using machine = new FixtureMachine({
    "proc/1/comm": "systemd\n",
    "proc/1/cmdline": "/sbin/init\0",
    "proc/20/comm": "keepalived\n",
    "proc/20/cmdline": "/usr/sbin/keepalived\0--dont-fork\0",
    "proc/21/comm": "perl\n",
    "proc/21/cmdline": "/usr/bin/perl\0-w\0/usr/sbin/ldirectord\0start\0",
    "proc/22/comm": "vi\n",
    "proc/22/cmdline": "vi\0/etc/ldirectord\0",
    "proc/23/comm": "keepalived\n",
    "proc/23/cmdline": "keepalived\0",
  });
  machine.tree.link("proc/self/ns/net", "net:[1]");
  machine.tree.link("proc/20/ns/net", "net:[1]");
  machine.tree.link("proc/23/ns/net", "net:[2]");
  const { managers } = await factsOf(machine);
  assert.deepEqual(managers.map(({ name, pid }) => `${name} ${pid}`).toSorted(), ["keepalived 20", "ldirectord 21"]);
});

Deno.test("gatherFacts() reads interfaces, addresses, the ways to services and servers, and neighbours", async () => {
  using machine = new FixtureMachine({ "proc/net/ip_vs": "IP Virtual Server version 1.2.1 (size=4096)\n" });
  const kernel = memoryKernel({
    services: [{ service: virtualService("tcp://192.0.2.10:80"), servers: [realServer("10.0.0.11:80")] }],
  });
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  routes.routes.set("192,0,2,10", { index: 1, type: 2 });
  routes.routes.set("10,0,0,11", { index: 3, gateway: [10, 0, 0, 254], source: [10, 0, 0, 1] });
  routes.neighbours.push({ bytes: [10, 0, 0, 254], index: 3, state: 0x20 }, {
    bytes: [10, 0, 0, 9],
    index: 99,
    state: 2,
  });
  const { network } = await factsOf(machine, { kernel, routes });
  assert.deepEqual(network?.links.map(({ name, hasNeighbours }) => [name, hasNeighbours]), [
    ["lo", false],
    ["eth0", true],
    ["eth1", true],
  ]);
  assert.deepEqual(network?.addresses, [{ address: "192.0.2.10", device: "eth0", state: "up" }]);
  assert.deepEqual(Object.fromEntries(network?.routes ?? []), {
    "192.0.2.10": { kind: "local", device: "lo" },
    "10.0.0.11": { kind: "unicast", device: "eth1", gateway: "10.0.0.254", source: "10.0.0.1" },
  });
  assert.deepEqual(network?.neighbours, [{ address: "10.0.0.254", device: "eth1", state: "failed" }]);
  assert.equal(routes.open, 0);
});

Deno.test("gatherFacts() looks at what a file declares as if it were there, local servers as the kernel takes them", async () => {
  using machine = new FixtureMachine();
  const kernel = memoryKernel({
    services: [{ service: virtualService("tcp://192.0.2.10:80"), servers: [realServer("10.0.0.11:80")] }],
  });
  const routes = new MemoryRoutes();
  routes.routes.set("127,0,0,1", { index: 1, type: 2 });
  const wanted = await parseConfig(
    `version: 1
vips:
  - { address: 192.0.2.20/32, device: eth0 }
vrrp:
  - { name: edge, vrid: 51, device: eth0, vips: [192.0.2.30/24] }
services:
  - listen: tcp://192.0.2.10:80
    scheduler: mh
    fallback: 127.0.0.1:8080
    servers: [10.0.0.12:80]
  - listen: udp://192.0.2.20:53
    scheduler: rr
    servers: [{ address: 10.0.0.13:53, forward: dr }]
`,
    { file: "test.yaml" },
  );
  const facts = await factsOf(machine, { kernel, routes, wanted });
  assert.deepEqual(names(facts), [
    "tcp://192.0.2.10:80 nat 10.0.0.11:80 nat 10.0.0.12:80 local 127.0.0.1:8080",
    "udp://192.0.2.20:53 dr 10.0.0.13:53",
  ]);
  assert.deepEqual([...facts.declaredVips], ["192.0.2.20"]);
  assert.deepEqual([...facts.routerAddresses], ["192.0.2.30"]);
  assert.deepEqual(facts.services.map(({ scheduler }) => scheduler), ["mh", "rr"]);
});

Deno.test("gatherFacts() asks the link of each VIP for other hosts that have it", async () => {
  using machine = new FixtureMachine();
  const kernel = memoryKernel({
    services: ["tcp://192.0.2.10:80", "tcp://224.0.0.9:80"].map((id) => ({
      service: virtualService(id),
      servers: [realServer("10.0.0.11:80", { forward: "dr" })],
    })),
  });
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  // An ARP reply of another host.
  routes.incoming.push(Uint8Array.from([
    ...[255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 17, 8, 6],
    ...[0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 17, 192, 0, 2, 10],
    ...[2, 0, 0, 0, 0, 1, 0, 0, 0, 0],
  ]));
  const { network, table } = await factsOf(machine, { kernel, routes });
  assert.deepEqual(network?.holders, [
    { address: "192.0.2.10", device: "eth0", hardwareAddress: "02:00:00:00:00:11" },
  ]);
  assert.equal(routes.frames.length, 3, "a multicast address has no host");
  assert.deepEqual(table?.entries?.map(({ servers }) => servers.length), [1, 1]);
  assert.equal(routes.open, 0);
});

Deno.test("gatherFacts() asks the real servers whether they have the VIP, and the link for those that it does not know", async () => {
  using machine = new FixtureMachine();
  const servers = ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"];
  const kernel = memoryKernel({
    services: [{
      service: virtualService("tcp://192.0.2.10:80"),
      servers: servers.map((server) => realServer(server, { forward: "dr" })),
    }],
  });
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  routes.addForeign([10, 0, 0, 1], { index: 3, prefixLength: 24 });
  for (const last of [11, 12, 13]) routes.routes.set(`10,0,0,${last}`, { index: 3, source: [10, 0, 0, 1] });
  routes.lan.hosts.push(
    { hardwareAddress: "02:00:00:00:00:11", answersFor: ["10.0.0.11"], hidden: ["192.0.2.10"], ports: [80] },
    { hardwareAddress: "02:00:00:00:00:12", answersFor: ["10.0.0.12"] },
  );
  const { network } = await factsOf(machine, { kernel, routes });
  assert.deepEqual(network?.neighbours.map(({ address, state }) => `${address} ${state}`), [
    "10.0.0.11 known",
    "10.0.0.12 known",
    "10.0.0.13 failed",
  ]);
  assert.deepEqual(
    network.answers?.map(({ question, connection, answersOwnEcho }) => [question.server, connection, answersOwnEcho]),
    [
      ["10.0.0.11", "accepted", true],
      ["10.0.0.12", undefined, true],
    ],
  );
  assert.equal(routes.open, 0);
});

Deno.test("gatherFacts() says how to install a missing libnl", async () => {
  using machine = new FixtureMachine();
  const missing = new LvsctlError("cannot load libnl", {
    hint: "install it with: apt-get install x",
    kind: "no-libnl",
  });
  const facts = await gatherFacts({
    proc: machine.proc,
    sys: machine.sys,
    isLoadable: machine.isLoadable,
    openIpvs: () => Promise.reject(missing),
    openRoutes: () => Promise.reject(missing),
  });
  assert.equal(facts.missingLibrary, "install it with: apt-get install x");
  assert.equal((await factsOf(machine)).missingLibrary, undefined);
});
