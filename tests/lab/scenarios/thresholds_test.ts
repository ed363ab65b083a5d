import assert from "node:assert/strict";
import { Director, until } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { createNatNetwork, DIRECTOR } from "../network.ts";
import { answers, keptOf, tally, Visitors } from "../visitors.ts";

Deno.test("a server takes no connection from its upper threshold on, until it has fewer than its lower one", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"]);
  const service = `tcp://${network.vip.ipv4}:80`;
  const [limited, other] = network.servers.map(({ ipv4 }) => `${ipv4}:${network.serverPort}`);
  await director.must(`service add ${service} --scheduler rr`);
  await director.must(`server add ${service} ${limited} --upper-threshold 4 --lower-threshold 2`);
  await director.must(`server add ${service} ${other}`);
  const visit = { address: network.vip.ipv4, port: 80, keep: true };
  const visits = (count: number): readonly typeof visit[] => Array.from({ length: count }, () => visit);

  const kept = await visitors.visit(visits(12));
  assert.deepEqual(tally(kept.slice(0, 8)), { r1: 4, r2: 4 }, "in turn");
  assert.deepEqual(tally(kept.slice(8)), { r2: 4 }, "with 4 connections it takes no more");
  const ofLimited = [...keptOf(kept.filter(({ server }) => server === "r1"))];
  assert.deepEqual(tally(await visitors.again(ofLimited)), { r1: 4 }, "those that it has go on");
  await director.must(`server edit ${service} ${other} --weight 0`);
  assert.deepEqual(answers(await visitors.visit(visits(2))), ["ECONNREFUSED", "ECONNREFUSED"], "nobody is left");
  await director.must(`server edit ${service} ${other} --weight 1`);

  /** Ends connections of the limited server and waits until the director has forgotten them. */
  const end = async (count: number): Promise<void> => {
    await visitors.reset(ofLimited.splice(0, count));
    const expected = `${ofLimited.length}\n`;
    await until(async () => await director.must(`connections --count --server ${limited}`) === expected, {
      withinMs: 40_000,
      what: `the director has ${ofLimited.length} connections of ${limited}`,
    });
  };
  await end(2);
  assert.deepEqual(tally(await visitors.visit(visits(4))), { r2: 4 }, "2 are not fewer than 2");
  await end(1);
  assert.deepEqual(tally(await visitors.visit(visits(4))), { r1: 2, r2: 2 }, "1 is");
});
