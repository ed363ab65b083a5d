import assert from "node:assert/strict";
import { Director, until } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { createNatNetwork, DIRECTOR, type Network } from "../network.ts";
import type { ServedAddresses } from "../real_server.ts";
import { denoProgram } from "../traffic.ts";
import { answers, tally, visitorAddress, visitorAddress6, Visitors } from "../visitors.ts";

const FAMILIES = [
  { family: "ipv4", from: visitorAddress, netmask: "255.255.255.0" },
  { family: "ipv6", from: visitorAddress6, netmask: "48" },
] as const;

const NETWORKS = [0, 1, 2, 3, 4, 5];

function url(protocol: "tcp" | "udp", address: string, port: number): string {
  return `${protocol}://${endpoint(address, port)}`;
}

function endpoint(address: string, port: number): string {
  return `${bracketed(address)}:${port}`;
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Adds a service by lvsctl, with all real servers. */
async function addService(
  director: Director,
  network: Network,
  service: { readonly name: string; readonly options: string; readonly port?: number },
): Promise<void> {
  await director.must(`service add ${service.name} --scheduler rr ${service.options}`);
  const family = /\[|6:/.test(service.name) ? "ipv6" : "ipv4";
  for (const server of network.servers) {
    const { port = network.serverPort } = service;
    const address = port > 0 ? endpoint(server[family], port) : bracketed(server[family]);
    await director.must(`server add ${service.name} ${address} --forward nat`);
  }
}

for (const { family, from, netmask } of FAMILIES) {
  Deno.test(`persistence over ${family} keeps a client, or with a netmask its whole network, on one server`, async () => {
    await using network = await createNatNetwork();
    await using director = await Director.of(network);
    await using visitors = await Visitors.of(network);
    const address = network.vip[family];
    await addService(director, network, { name: url("tcp", address, 80), options: "--persistent 5m" });
    await addService(director, network, {
      name: url("tcp", address, 81),
      options: `--persistent 5m --netmask ${netmask}`,
    });
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
  const service = { name: url("udp", network.vip.ipv4, 80), options: "--persistent 6s" };
  await addService(director, network, service);
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

for (
  const { family, service, iptables } of [
    { family: "ipv4", service: "fwmark:7", iptables: "iptables-legacy" },
    { family: "ipv6", service: "fwmark6:9", iptables: "ip6tables-legacy" },
  ] as const
) {
  Deno.test(`a firewall mark over ${family} joins ports 80 and 443, and persistence keeps a client on one server of both`, async () => {
    await using network = await createNatNetwork();
    await using director = await Director.of(network);
    await using visitors = await Visitors.of(network);
    const address = network.vip[family];
    for (const port of [80, 443]) {
      const served: readonly ServedAddresses[] = network.servers.map(({ name }) => ({
        namespace: name,
        port,
        udpAddresses: [],
      }));
      await network.start(DIRECTOR, denoProgram("real_server.ts", served)).untilOutput(/^ready\n/);
    }
    const mark = `-t mangle -A PREROUTING -d ${address} -p tcp -m multiport --dports 80,443 -j MARK --set-mark`;
    await mustRun(["ip", "netns", "exec", DIRECTOR, iptables, ...mark.split(" "), service.split(":")[1] ?? ""]);
    await addService(director, network, { name: service, options: "", port: 0 });

    const both = (host: number): readonly { from: string; address: string; port: number }[] =>
      [80, 443].map((port) => ({
        from: FAMILIES.find((one) => one.family === family)?.from(host) ?? "",
        address,
        port,
      }));
    const hosts = [1, 2, 3, 4, 5, 6];
    const round = answers(await visitors.visit(hosts.flatMap(both)));
    assert.deepEqual(round.slice(0, 3).toSorted(), ["r1", "r2", "r3"]);
    round.forEach((server, index) => assert.equal(server, round[index % 3], "one round for both ports"));

    await director.must(`service edit ${service} --persistent 5m`);
    const first = answers(await visitors.visit(hosts.flatMap(both)));
    const ofHosts = hosts.map((_, index) => first[2 * index] ?? "");
    assert.deepEqual(ofHosts.toSorted(), ["r1", "r1", "r2", "r2", "r3", "r3"]);
    assert.deepEqual(first, ofHosts.flatMap((server) => [server, server]), "443 as 80");
    const reversed = hosts.flatMap((host) => both(host).toReversed());
    assert.deepEqual(answers(await visitors.visit(reversed)), first, "again, 443 before 80");
    // Another port of the same address is not marked, and nobody's.
    assert.deepEqual(tally(await visitors.visit([{ address, port: 8080 }])), { ECONNREFUSED: 1 });
  });
}
