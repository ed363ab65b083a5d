/**
 * The examples that are whole topologies, on networks without any configuration of LVS.
 *
 * @module
 */
import assert from "node:assert/strict";
import { shellEnvironment } from "./director.ts";
import { lvsctl } from "./forwarding.ts";
import { hostState } from "./host_state.ts";
import { inNamespace } from "./namespace.ts";
import { CLIENT, createDrNetwork, createNatNetwork, createTunNetwork, DIRECTOR } from "./network.ts";
import { ask } from "./traffic.ts";

const EXAMPLES = new URL("../../examples", import.meta.url).pathname;

const NETWORKS = { nat: createNatNetwork, dr: createDrNetwork, tun: createTunNetwork } as const;

/** Registers the test of the examples of a forwarding method, on the network that their README.md draws. */
export function topologyExampleTest(name: keyof typeof NETWORKS): void {
  Deno.test(`examples/${name} runs on the network that it draws, and clients are answered`, async () => {
    await using network = await NETWORKS[name]({ bare: true });
    const { vip, servers } = network;
    const drawing = await Deno.readTextFile(`${EXAMPLES}/${name}/README.md`);
    for (const { ipv4, ipv6 } of [vip, ...servers]) {
      assert.ok(drawing.includes(ipv4) && drawing.includes(ipv6), `${ipv4} ${ipv6}`);
    }
    const scripts = [...Deno.readDirSync(`${EXAMPLES}/${name}`)].map((entry) => entry.name).toSorted();
    assert.deepEqual(scripts, ["README.md", "director.sh", ...(name === "nat" ? [] : ["real_server.sh"])]);

    const env = await shellEnvironment();
    const run = async (where: string, script: string): Promise<string> => {
      const { code, stdout, stderr } = await inNamespace(where, [`${EXAMPLES}/${name}/${script}`], { env });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, `${script} in ${where}`);
      return stdout;
    };
    const before = await Promise.all(servers.map((server) => hostState(server.name)));
    if (name !== "nat") {
      for (const server of servers) {
        assert.match(await run(server.name, "real_server.sh"), / checked, 0 wrong\n$/);
        await run(server.name, "real_server.sh");
      }
    }
    await network.serve();
    assert.match(await run(DIRECTOR, "director.sh"), new RegExp(vip.ipv4.replaceAll(".", "\\.")));
    await run(DIRECTOR, "director.sh");
    for (const address of Object.values(vip)) {
      const { servers: answers, failures } = await ask(CLIENT, { address, port: 80 }, { count: 12, timeoutMs: 10_000 });
      assert.deepEqual({ answers, failures }, { answers: { r1: 4, r2: 4, r3: 4 }, failures: {} });
    }
    for (const server of servers) await lvsctl(server.name, "realserver teardown");
    assert.deepEqual(await Promise.all(servers.map((server) => hostState(server.name))), before);
  });
}
