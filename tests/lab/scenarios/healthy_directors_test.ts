import assert from "node:assert/strict";
import { until } from "../director.ts";
import { Bench } from "../doctor_bench.ts";
import { CLIENT, createDrNetwork, createNatNetwork, createTunNetwork, type Network } from "../network.ts";
import { ask } from "../traffic.ts";

const METHODS = {
  nat: {
    create: createNatNetwork,
    device: "eth0",
    // What no director can see, or what is a matter of choice.
    notes: ["nat-return-path", "nat-return-path", "tcp-keepalive", "expire-nodest-conn"],
  },
  dr: { create: createDrNetwork, device: "eth0", notes: ["own-requests", "tcp-keepalive", "expire-nodest-conn"] },
  tun: {
    create: createTunNetwork,
    device: "lo",
    notes: ["tunnel-mtu", "tunnel-mtu", "own-requests", "tcp-keepalive", "expire-nodest-conn"],
  },
} as const;

const FILE = "/tmp/healthy.yaml";

const prefix = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** The services of a network over both families, as a file. */
function fileOf({ vip, servers, serverPort }: Network, forward: keyof typeof METHODS): string {
  const { device } = METHODS[forward];
  const families = ["ipv4", "ipv6"] as const;
  return [
    "version: 1",
    "vips:",
    ...families.map((family) => `  - { address: "${vip[family]}", device: ${device} }`),
    "defaults:",
    "  check: { type: http, path: /, interval: 500ms, timeout: 400ms }",
    `  forward: ${forward}`,
    "services:",
    ...families.map((family) =>
      `  - { listen: "tcp://${endpoint(vip[family], 80)}", servers: [${
        servers.map((server) => JSON.stringify(endpoint(server[family], serverPort))).join(", ")
      }] }`
    ),
    "",
  ].join("\n");
}

async function assertServed({ vip }: Network): Promise<void> {
  for (const address of Object.values(vip)) {
    const { servers, failures } = await ask(CLIENT, { address, port: 80 }, { count: 6, timeoutMs: 10_000 });
    assert.deepEqual([Object.keys(servers).length, failures], [3, {}]);
  }
}

for (const forward of ["nat", "dr", "tun"] as const) {
  Deno.test(`nothing is wrong with a healthy director of ${forward}: doctor, config check, commands and daemon`, async () => {
    const { create, notes } = METHODS[forward];
    await using bench = await Bench.create(create, 3);
    const { director, network } = bench;
    // The VIPs are lvsctl's own, with its settings.
    for (const vip of Object.values(network.vip)) {
      await bench.ip(`addr del ${prefix(vip)} dev ${METHODS[forward].device}`);
    }
    await Deno.writeTextFile(FILE, fileOf(network, forward));
    // Each of these has to print nothing on standard error.
    await director.must(`config check ${FILE} --kernel --strict`);
    assert.deepEqual(await bench.problems(FILE), [], "before the file is applied");
    await director.must(`apply ${FILE} --yes`);
    await assertServed(network);
    assert.deepEqual(await bench.problems(FILE), []);
    const { findings } = await bench.report();
    assert.deepEqual(findings.map(({ severity, id }) => `${severity} ${id}`), notes.map((id) => `note ${id}`));
    await director.must("undo --yes");
    for (const vip of Object.values(network.vip)) {
      await director.must(`vip add ${prefix(vip)} --device ${METHODS[forward].device} --announce-count 1`);
    }
    for (const family of ["ipv4", "ipv6"] as const) {
      const service = `tcp://${endpoint(network.vip[family], 80)}`;
      await director.must(`service add ${service} --scheduler rr`);
      for (const server of network.servers) {
        await director.must(
          `server add ${service} ${endpoint(server[family], network.serverPort)} --forward ${forward}`,
        );
      }
      await director.must(`service edit ${service} --scheduler wlc`);
    }
    await assertServed(network);
    assert.deepEqual(await bench.problems(), []);
    const daemon = director.start(`run ${FILE}`);
    await until(() => /watching 2 virtual services with 6 checks/.test(daemon.stderr), {
      withinMs: 60_000,
      what: "the daemon watches",
      state: () => daemon.stderr,
    });
    await until(() => daemon.stderr.match(/ is healthy: /g)?.length === 6, {
      withinMs: 60_000,
      what: "every check of the daemon passes",
      state: () => daemon.stderr,
    });
    await director.must("reload");
    await assertServed(network);
    assert.deepEqual(await bench.problems(FILE), []);
    daemon.signal("SIGTERM");
    assert.equal(await daemon.finished(), 0);
    assert.deepEqual(daemon.stderr.split("\n").filter((line) => /warning|error/.test(line)), [], daemon.stderr);
  });
}
