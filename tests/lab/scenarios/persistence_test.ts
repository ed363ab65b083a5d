import assert from "node:assert/strict";
import { Director, until } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { addNatService, serviceName } from "../nat_service.ts";
import { createNatNetwork, DIRECTOR } from "../network.ts";
import type { Visit } from "../visitor_program.ts";
import { answers, tally, visitorAddress, visitorAddress6, Visitors } from "../visitors.ts";

const FAMILIES = [
  { family: "ipv4", from: visitorAddress, netmask: "255.255.255.0" },
  { family: "ipv6", from: visitorAddress6, netmask: "48" },
] as const;

const NETWORKS = [0, 1, 2, 3, 4, 5];

for (const { family, from, netmask } of FAMILIES) {
  Deno.test(`persistence over ${family} keeps a client, or with a netmask its whole network, on one server`, async () => {
    await using network = await createNatNetwork();
    await using director = await Director.of(network);
    await using visitors = await Visitors.of(network);
    const address = network.vip[family];
    for (const [port, options] of [[80, "--persistent 5m"], [81, `--persistent 5m --netmask ${netmask}`]] as const) {
      const service = { name: serviceName("tcp", { address, port }), family, options };
      await addNatService(director, { network, service });
    }
    const hosts = [1, 2, 3, 4, 5, 6];

    // Each client is scheduled once.
    const clients = hosts.map((host) => ({ from: from(host), address, port: 80 }));
    const first = await visitors.visit(clients);
    assert.deepEqual(tally(first), { r1: 2, r2: 2, r3: 2 });
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(answers(await visitors.visit(clients)), answers(first), "again");
    }

    // Each network is scheduled once, with whoever comes first.
    const newcomers = NETWORKS.map((number) => ({ from: from(1, number), address, port: 81 }));
    const servers = answers(await visitors.visit(newcomers));
    assert.deepEqual(servers.toSorted(), ["r1", "r1", "r2", "r2", "r3", "r3"]);
    for (const host of hosts) {
      const neighbours = NETWORKS.map((number) => ({ from: from(host, number), address, port: 81 }));
      assert.deepEqual(answers(await visitors.visit(neighbours)), servers, `the hosts ${host}`);
    }
  });
}

Deno.test("persistence ends when nothing has come from the client for its time", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  const service = { name: serviceName("udp", { address: network.vip.ipv4, port: 80 }), options: "--persistent 6s" };
  await addNatService(director, { network, service });
  // What the director remembers of a datagram must not outlive the persistence.
  await director.must("timeouts --udp 1s");
  const visit = { address: network.vip.ipv4, port: 80, protocol: "udp" } as const;
  const [server = ""] = answers(await visitors.visit([visit]));
  const begin = performance.now();
  const sticky = await visitors.visit(Array.from({ length: 8 }, () => visit));
  assert.deepEqual(tally(sticky), { [server]: 8 }, "each from another port");
  await until(async () => await director.must("connections --count") === "0\n", {
    withinMs: 30_000,
    what: "the director has forgotten the client",
  });
  const seconds = (performance.now() - begin) / 1000;
  assert.ok(seconds > 5.9, `after only ${seconds} s`);
  const [next] = answers(await visitors.visit([visit]));
  assert.notEqual(next, server);
});

Deno.test("a quiesced server keeps its persistent clients, unless the director is to expire their templates", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  const service = { name: serviceName("tcp", { address: network.vip.ipv4, port: 80 }), options: "--persistent 5m" };
  await addNatService(director, { network, service });
  const client = (host: number): Visit => ({ from: visitorAddress(host), address: network.vip.ipv4, port: 80 });
  const clients = [1, 2, 3, 4, 5, 6].map(client);
  const before = answers(await visitors.visit(clients));
  const [first] = network.servers;
  await director.must(`server edit ${service.name} ${first?.ipv4}:${network.serverPort} --weight 0`);
  assert.deepEqual(answers(await visitors.visit(clients)), before);
  assert.deepEqual(tally(await visitors.visit([11, 12, 13, 14].map(client))), { r2: 2, r3: 2 }, "new clients");
  const expire = "net.ipv4.vs.expire_quiescent_template=1";
  await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", expire]);
  const after = answers(await visitors.visit(clients));
  assert.ok(!after.includes("r1"), after.join(" "));
  before.forEach((server, index) => {
    if (server !== "r1") assert.equal(after[index], server, `client ${clients[index]?.from}`);
  });
});

Deno.test("the SIP persistence engine keeps a call on one server, whoever sends", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  const address = network.vip.ipv4;
  const name = serviceName("udp", { address, port: 5060 });
  await addNatService(director, { network, service: { name, options: "--persistent 5m --engine sip" } });
  const calls = ["a@lab", "b@lab", "c@lab", "d@lab", "e@lab", "f@lab"];
  const from = (host: number): readonly Visit[] =>
    calls.map((call) => ({
      from: visitorAddress(host),
      address,
      port: 5060,
      protocol: "udp",
      datagram: `OPTIONS sip:lab.example SIP/2.0\r\nCall-ID: ${call}\r\nContent-Length: 0\r\n\r\n`,
    }));
  const first = await visitors.visit(from(1));
  assert.deepEqual(tally(first), { r1: 2, r2: 2, r3: 2 }, "a client's calls are scheduled one by one");
  for (const host of [1, 2, 3]) {
    assert.deepEqual(answers(await visitors.visit(from(host))), answers(first), `host ${host}`);
  }
});
