/**
 * A real server that is another service of the same director: what the kernel does with it, and the finding.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { createNatNetwork } from "../network.ts";
import { answers, Visitors } from "../visitors.ts";

for (const [what, port] of [["a port", "81"], ["every port", "0"]] as const) {
  Deno.test(`a nat server that is another service with ${what} reaches no server of that service`, async () => {
    await using network = await createNatNetwork({ servers: 1 });
    await using director = await Director.of(network);
    await using visitors = await Visitors.of(network);
    const [real] = network.servers.map(({ ipv4 }) => ipv4);
    const { vip: { ipv4: vip }, serverPort } = network;
    const inner = `tcp://${vip}:${port}`;
    await director.must(`service add ${inner} --scheduler rr${port === "0" ? " --persistent 5m" : ""}`);
    await director.must(`server add ${inner} ${real}${port === "0" ? "" : `:${serverPort}`} --forward nat`);
    await director.must(`service add tcp://${vip}:80 --scheduler rr`);
    const visit = (to: number): ReturnType<typeof visitors.visit> =>
      visitors.visit([{ address: vip, port: to, keep: false }]);
    const direct = port === "0" ? serverPort : 81;
    assert.deepEqual(answers(await visit(direct)), ["r1"], "the inner service by itself");

    const { code, stderr } = await director.lvsctl([
      ...["server", "add", `tcp://${vip}:80`, `${vip}:${direct}`, "--forward", "nat"],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\[server-is-service\]/);
    assert.deepEqual(answers(await visit(80)), ["ECONNREFUSED"], "no program of the director listens there");
  });
}
