import assert from "node:assert/strict";
import { inNamespace, ip, Namespaces, run } from "../namespace.ts";
import { CLIENT, createDrNetwork, createNatNetwork, createTunNetwork, DIRECTOR, type Network } from "../network.ts";
import { ask } from "../traffic.ts";

/** A service on each of the VIPs, in the format of ipvsadm-restore, with all real servers. */
function rules(network: Network, method: "-m" | "-g" | "-i"): string {
  const lines = ["-t", "-u"].flatMap((protocol) =>
    (["ipv4", "ipv6"] as const).flatMap((family) => {
      const service = `${protocol} ${endpoint(network.vip[family], 80)}`;
      return [
        `-A ${service} -s rr`,
        ...network.servers.map((server) =>
          `-a ${service} -r ${endpoint(server[family], network.serverPort)} ${method} -w 1`
        ),
      ];
    })
  );
  return lines.join("\n") + "\n";
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

Deno.test("a guest has IPVS in each of its namespaces, with any scheduler", async () => {
  await using _ = await Namespaces.create(["one", "two"]);
  const table = "-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 2\n-A -u [fd00::1]:53 -s mh\n";
  const restored = await inNamespace("one", ["ipvsadm", "-R"], { stdin: table });
  assert.deepEqual(restored, { code: 0, stdout: "", stderr: "" });

  const one = await inNamespace("one", ["ipvsadm", "-Ln"]);
  assert.match(one.stdout, /^TCP +192\.0\.2\.10:80 wlc\n +-> 10\.0\.0\.11:80 +Masq +2 /m);
  assert.match(one.stdout, /^UDP +\[fd00::1\]:53 mh/m);
  assert.match((await inNamespace("one", ["cat", "/proc/net/ip_vs"])).stdout, /^TCP +C000020A:0050 wlc/m);
  assert.equal((await inNamespace("two", ["ipvsadm", "-Sn"])).stdout, "");
});

Deno.test("a guest cannot write to the host's files", async () => {
  const file = new URL("written_by_a_guest", import.meta.url).pathname;
  assert.match((await run(["touch", file])).stderr, /Read-only file system/);
  // Its root user can make its own view writable; the host's files still are not.
  assert.equal((await run(["mount", "-o", "remount,rw", "/"])).code, 0);
  assert.match((await run(["touch", file])).stderr, /Read-only file system/);
  await run(["mount", "-o", "remount,ro", "/"]);
});

for (
  const [name, create, method] of [
    ["nat", createNatNetwork, "-m"],
    ["dr", createDrNetwork, "-g"],
    ["tun", createTunNetwork, "-i"],
  ] as const
) {
  Deno.test(`the ${name} network carries requests to the real servers in turn`, async () => {
    await using network = await create();
    const restored = await inNamespace(DIRECTOR, ["ipvsadm", "-R"], { stdin: rules(network, method) });
    assert.deepEqual(restored, { code: 0, stdout: "", stderr: "" });
    for (const address of [network.vip.ipv4, network.vip.ipv6]) {
      for (const protocol of ["tcp", "udp"] as const) {
        const { servers, failures } = await ask(CLIENT, { address, port: 80, protocol });
        assert.deepEqual({ servers, failures }, { servers: { r1: 10, r2: 10, r3: 10 }, failures: {} }, protocol);
      }
    }
  });
}

Deno.test("requests at a rate that a server does not answer count as failures", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await inNamespace(DIRECTOR, ["ipvsadm", "-R"], { stdin: rules(network, "-m") });
  await ip(["link set dev eth0 down"], "r2");
  const target = { address: network.vip.ipv4, port: 80 };
  const { servers, failures, milliseconds } = await ask(CLIENT, target, { count: 10, perSecond: 20, timeoutMs: 1000 });
  assert.deepEqual({ servers, failures }, { servers: { r1: 5 }, failures: { timeout: 5 } });
  assert.ok(milliseconds < 5000, `took ${milliseconds} ms`);
});
