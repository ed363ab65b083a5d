import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { createDrNetwork } from "../network.ts";
import { keptOf, tally, Visitors } from "../visitors.ts";

Deno.test("one-packet scheduling spreads the datagrams of one socket, and without it they stay together", async () => {
  // With dr: the answer does not come through the director, which remembers nothing of the request.
  await using network = await createDrNetwork();
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  for (const address of [network.vip.ipv4, network.vip.ipv6]) {
    const isIpv6 = address.includes(":");
    const bracketed = (host: string): string => isIpv6 ? `[${host}]` : host;
    const service = `udp://${bracketed(address)}:80`;
    await director.must(`service add ${service} --scheduler rr --one-packet`);
    for (const server of network.servers) {
      await director.must(`server add ${service} ${bracketed(isIpv6 ? server.ipv6 : server.ipv4)}:80 --forward dr`);
    }
    const datagrams = async (): Promise<Readonly<Record<string, number>>> => {
      const first = await visitors.visit([{ address, port: 80, protocol: "udp", keep: true }]);
      const kept = keptOf(first);
      const rest = await visitors.again(Array.from({ length: 29 }, () => kept).flat());
      await visitors.leave(kept);
      return tally([...first, ...rest]);
    };
    assert.deepEqual(await datagrams(), { r1: 10, r2: 10, r3: 10 });
    assert.equal(await director.must(`connections --count --service ${service}`), "0\n");
    await director.must(`service edit ${service} --no-one-packet`);
    const together = await datagrams();
    assert.deepEqual(Object.values(together), [30], JSON.stringify(together));
    assert.equal(await director.must(`connections --count --service ${service}`), "1\n");
  }
});
