import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { CLIENT, createNatNetwork, type Network } from "../network.ts";
import { startTraffic } from "../traffic.ts";

/** A file with these services, each a line of YAML. */
function file(...services: readonly string[]): string {
  return ["version: 1", "services:", ...services.map((service) => `  - { ${service} }`), ""].join("\n");
}

/** Applies while the traffic flows; the requirement is twenty. */
const APPLIES = 21;

/** Requests in a second: one every five milliseconds. */
const PER_SECOND = 200;

/** Three tables for the VIP: each takes a server out, puts one in and changes weights; and other services come and go. */
function tables(network: Network): readonly string[] {
  const [r1, r2, r3] = network.servers.map(({ ipv4 }) => `${ipv4}:8080`);
  const listen = `listen: "tcp://${network.vip.ipv4}:80"`;
  const server = (address: string | undefined, weight: number): string =>
    `{ address: "${address}", weight: ${weight} }`;
  const others = (first: number): readonly string[] =>
    Array.from({ length: 10 }, (_, index) => `listen: "fwmark:${first + index}", servers: [10.9.0.1, 10.9.0.2]`);
  return [
    file(`${listen}, scheduler: wrr, servers: [${server(r1, 1)}, ${server(r2, 5)}]`, ...others(1)),
    file(...others(6), `${listen}, scheduler: rr, servers: [${server(r2, 2)}, ${server(r3, 1)}]`),
    file(`${listen}, scheduler: wlc, servers: [${server(r3, 4)}, ${server(r1, 3)}]`),
  ];
}

Deno.test("apply changes weights, servers and services under load, and no connection to what stays fails", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  const files = tables(network);
  await director.must("apply -", { stdin: files[0] ?? "" });
  await using traffic = await startTraffic(CLIENT, { address: network.vip.ipv4, port: 80 }, {
    count: 1_000_000,
    perSecond: PER_SECOND,
    timeoutMs: 10_000,
  });
  for (let number = 1; number <= APPLIES; number++) {
    const stdin = files[number % files.length] ?? "";
    await director.must("apply - --prune --yes", { stdin });
    // The same again by restore: nothing is left to change.
    if (number % 3 === 0) assert.equal(await director.must("restore -", { stdin }), "Nothing to change\n");
  }
  const { servers, failures } = await traffic.ended();
  assert.deepEqual(failures, {});
  const answered = Object.values(servers).reduce((sum, count) => sum + count, 0);
  assert.ok(answered >= 1000, `${answered} requests were answered`);
  assert.deepEqual(Object.keys(servers).sort(), ["r1", "r2", "r3"]);
  assert.match(
    await director.must("plan - --prune", { stdin: files[APPLIES % files.length] ?? "" }),
    /^Nothing to change\n/,
  );
});

Deno.test("ipvsadm-restore of one and the same table under the same load fails connections, for contrast", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await director.must("apply -", { stdin: tables(network)[0] ?? "" });
  const rules = await director.ipvsadm(["--save", "--numeric"]);
  await using traffic = await startTraffic(CLIENT, { address: network.vip.ipv4, port: 80 }, {
    count: 1_000_000,
    perSecond: PER_SECOND,
    timeoutMs: 3000,
  });
  for (let number = 1; number <= APPLIES; number++) {
    const { code } = await director.run(["ipvsadm-restore"], { stdin: rules });
    assert.equal(code, 0);
  }
  const { failures } = await traffic.ended();
  assert.ok(Object.values(failures).reduce((sum, count) => sum + count, 0) > 0, "no connection failed");
});
