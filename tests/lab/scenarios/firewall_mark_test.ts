import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { addNatService } from "../nat_service.ts";
import { createNatNetwork, DIRECTOR } from "../network.ts";
import type { ServedAddresses } from "../real_server.ts";
import { denoProgram } from "../traffic.ts";
import type { Visit } from "../visitor_program.ts";
import { answers, tally, visitorAddress, visitorAddress6, Visitors } from "../visitors.ts";

for (
  const { family, from, service, iptables } of [
    { family: "ipv4", from: visitorAddress, service: "fwmark:7", iptables: "iptables-legacy" },
    { family: "ipv6", from: visitorAddress6, service: "fwmark6:9", iptables: "ip6tables-legacy" },
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
    await addNatService(director, { network, service: { name: service, family, serverPort: 0 } });

    const both = (host: number): readonly Visit[] => [80, 443].map((port) => ({ from: from(host), address, port }));
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
