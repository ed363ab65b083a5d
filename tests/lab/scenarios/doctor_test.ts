import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { AS_NOBODY, AS_NOBODY_WITHOUT_LIBNL, lines, lvsctlPath, until } from "../director.ts";
import { Bench } from "../doctor_bench.ts";
import { inNamespace, mustRun } from "../namespace.ts";
import { CLIENT, createDrNetwork, createTunNetwork, DIRECTOR } from "../network.ts";
import { ask } from "../traffic.ts";

Deno.test("doctor finds nothing wrong with a healthy director, and notes that it cannot see the route back", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server], serverPort } } = bench;
  assert.deepEqual(await bench.problems(), []);
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  await director.must(`server add tcp://${vip.ipv4}:80 ${server?.ipv4}:${serverPort}`);
  await director.must(`service add tcp://[${vip.ipv6}]:80 --scheduler rr`);
  await director.must(`server add tcp://[${vip.ipv6}]:80 [${server?.ipv6}]:${serverPort}`);
  assert.deepEqual(await bench.problems(), []);
  const text = await director.must("doctor --verbose");
  assert.match(text, new RegExp(`^note +nat-return-path: whether answers of ${server?.ipv4} return`));
  // What it says the server has to answer is what a server answers.
  assert.match(text, /route to a client must be "via 10\.1\.0\.1"/);
  const { stdout } = await mustRunIn(server?.name ?? "", "ip route get 10.0.0.2");
  assert.match(stdout, /via 10\.1\.0\.1 /);
  assert.match(text, /\nok +vip: 10\.0\.0\.100: it is on eth0\n/);
  assert.match(text, /\nok +scheduler-module: rr: the scheduler is loaded\n/);
});

for (const [forward, create] of [["dr", createDrNetwork], ["tun", createTunNetwork]] as const) {
  Deno.test(`doctor finds nothing wrong with a healthy director of ${forward}`, async () => {
    await using bench = await Bench.create(create, 2);
    const { director, network: { vip, servers } } = bench;
    for (const family of ["ipv4", "ipv6"] as const) {
      const service = `tcp://${family === "ipv6" ? `[${vip.ipv6}]` : vip.ipv4}:80`;
      await director.must(`service add ${service} --scheduler rr`);
      for (const server of servers) {
        const address = family === "ipv6" ? `[${server.ipv6}]` : server.ipv4;
        await director.must(`server add ${service} ${address}:80 --forward ${forward}`);
      }
      const { failures } = await ask(CLIENT, { address: vip[family], port: 80 }, { count: 2, timeoutMs: 10_000 });
      assert.deepEqual(failures, {});
    }
    assert.deepEqual(await bench.problems(), []);
    const notes = (await bench.report()).findings.map(({ id }) => id);
    assert.ok(notes.includes("own-requests"), notes.join("; "));
    assert.equal(notes.includes("tunnel-mtu"), forward === "tun");
  });
}

Deno.test("doctor names the real server that answers for the VIP, and its command ends that", async () => {
  await using bench = await Bench.create(createDrNetwork, 2);
  const { director, network: { vip, servers: [server] } } = bench;
  const name = server?.name ?? "";
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  await director.must(`server add tcp://${vip.ipv4}:80 ${server?.ipv4}:80 --forward dr`);
  await ask(CLIENT, { address: vip.ipv4, port: 80 }, { count: 1, timeoutMs: 10_000 });
  const quiet = ["arp_ignore", "arp_announce"].map((key) => `net.ipv4.conf.all.${key}=0`);
  await mustRun(["ip", "netns", "exec", name, "sysctl", "-qw", ...quiet]);
  assert.deepEqual(await bench.problems(), [`error vip-claimed ${vip.ipv4}`]);
  const { findings: [claimed] } = await bench.report();
  assert.match(claimed?.what ?? "", new RegExp(`${server?.ipv4} \\([0-9a-f:]{17}\\) answers for it on eth0$`));
  const [command = ""] = claimed?.fix?.commands ?? [];
  await mustRun(["ip", "netns", "exec", name, lvsctlPath(), ...command.split(" ").slice(1)]);
  assert.deepEqual(await bench.problems(), []);
  // Without the right to ask it says what it did not see.
  const lacking = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  const { findings } = await bench.report("", { through: lacking });
  assert.ok(findings.some(({ id, object }) => id === "unseen" && object === "the links of the VIPs"));
});

Deno.test("doctor takes a VIP on a dummy that is down for what it is: clients are served", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server] } } = bench;
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  await director.must(`server add tcp://${vip.ipv4}:80 ${server?.ipv4}:8080`);
  await bench.ip(`addr del ${vip.ipv4}/32 dev eth0`);
  await bench.ip("link add kube-ipvs0 type dummy");
  await bench.ip(`addr add ${vip.ipv4}/32 dev kube-ipvs0`);
  const { failures } = await ask(CLIENT, { address: vip.ipv4, port: 80 }, { count: 3, timeoutMs: 10_000 });
  assert.deepEqual(failures, {});
  assert.deepEqual(await bench.problems(), []);
});

/** Asks a host for an answer, and its link for its hardware address. */
function ping(address: string): readonly string[] {
  return ["busybox", "ping", "-c", "1", "-W", "3", address];
}

async function mustRunIn(namespace: string, words: string): Promise<{ readonly stdout: string }> {
  return { stdout: await mustRun(["ip", "netns", "exec", namespace, ...words.split(" ")]) };
}

Deno.test("doctor --fix makes a director forward, so that clients are answered", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server], serverPort } } = bench;
  await bench.set("net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0");
  for (const [address, name] of [[vip.ipv4, server?.ipv4], [`[${vip.ipv6}]`, `[${server?.ipv6}]`]]) {
    await director.must(`service add tcp://${address}:80 --scheduler rr`);
    await director.must(`server add tcp://${address}:80 ${name}:${serverPort}`);
  }
  const answered = async (): Promise<readonly string[]> =>
    await Promise.all([vip.ipv4, vip.ipv6].map(async (address) => {
      const { servers } = await ask(CLIENT, { address, port: 80 }, { count: 1, timeoutMs: 5000 });
      return Object.keys(servers).join(" ");
    }));
  assert.deepEqual(await answered(), ["", ""]);
  assert.deepEqual(await bench.problems(), ["error ip-forward", "error ipv6-forwarding"]);
  const dry = await bench.report("--fix --dry-run");
  assert.deepEqual(dry.steps.map(({ command }) => command), [
    "sysctl -w net.ipv4.ip_forward=1",
    "sysctl -w net.ipv6.conf.all.forwarding=1",
  ]);
  assert.deepEqual([dry.code, await bench.sysctl("net.ipv4.ip_forward")], [1, "0"]);
  const { code, steps } = await bench.report("--fix");
  assert.deepEqual([code, steps.map(({ former, problem }) => [former, problem])], [0, [["0", null], ["0", null]]]);
  assert.equal(await bench.sysctl("net.ipv4.ip_forward"), "1");
  assert.equal(await bench.sysctl("net.ipv6.conf.all.forwarding"), "1");
  assert.deepEqual(await answered(), ["r1", "r1"]);
});

Deno.test("doctor finds settings that do not go with the services, and --fix sets them", async () => {
  await using bench = await Bench.create();
  const { director, network: { servers: [server] } } = bench;
  // Clients and servers on one link, and the way out by another.
  await bench.ip("addr add 10.1.0.100/32 dev br0");
  await bench.ip("route add default via 10.0.0.2 dev eth0");
  const services = [
    "tcp://10.1.0.100:80 --scheduler rr --persistent 5m",
    "udp://10.1.0.100:53 --scheduler rr",
    "tcp://10.1.0.100:21 --scheduler wlc",
  ];
  for (const words of services) {
    await director.must(`service add ${words}`);
    await director.must(`server add ${words.split(" ")[0]} ${server?.ipv4}:8080`);
  }
  await director.must("sync start master --interface br0 --sync-id 1");
  await bench.set(
    "net.ipv4.conf.all.send_redirects=1",
    "net.ipv4.conf.br0.send_redirects=1",
    "net.ipv4.conf.br0.rp_filter=1",
    "net.ipv4.vs.expire_nodest_conn=0",
    "net.ipv4.vs.expire_quiescent_template=0",
    "net.ipv4.vs.conn_reuse_mode=0",
    "net.ipv4.vs.sloppy_tcp=1",
    "net.ipv4.vs.drop_entry=3",
    "net.ipv4.vs.sync_version=0",
  );
  const found = [
    "warning ftp-module",
    "warning send-redirects br0",
    "warning rp-filter br0",
    "warning expire-nodest-conn",
    "warning template-kept",
    "warning conn-reuse-mode",
    "warning sloppy-tcp",
    "warning drop-entry",
    "warning sync-version",
  ];
  assert.deepEqual(await bench.problems(), found);
  const { steps } = await bench.report("--fix");
  assert.deepEqual(steps.filter(({ problem }) => problem !== null), []);
  const expected = {
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.br0.send_redirects": "0",
    "net.ipv4.conf.br0.rp_filter": "2",
    "net.ipv4.vs.expire_nodest_conn": "1",
    "net.ipv4.vs.expire_quiescent_template": "1",
    "net.ipv4.vs.conn_reuse_mode": "1",
    "net.ipv4.vs.sloppy_tcp": "0",
    // That is for a person to decide.
    "net.ipv4.vs.drop_entry": "3",
    "net.ipv4.vs.sync_version": "1",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(await bench.sysctl(name), value, name);
  assert.match(await Deno.readTextFile("/proc/modules"), /^ip_vs_ftp /m);
  assert.deepEqual(await bench.problems(), ["warning drop-entry"]);
  await bench.set("net.ipv4.vs.drop_entry=1");
  assert.deepEqual(await bench.problems(), []);
});

Deno.test("doctor finds VIPs that are nowhere, down, or not answered for, and its commands mend that", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server] } } = bench;
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  assert.deepEqual(await bench.problems(), [`warning no-servers tcp://${vip.ipv4}:80`]);
  await director.must(`server add tcp://${vip.ipv4}:80 ${server?.ipv4}:8080`);
  await bench.ip(`addr del ${vip.ipv4}/32 dev eth0`);
  assert.deepEqual(await bench.problems(), [`error vip-missing ${vip.ipv4}`]);
  const { findings } = await bench.report();
  assert.deepEqual(findings[0]?.fix?.commands, [`lvsctl vip add ${vip.ipv4}/32 --device eth0`]);
  await director.must(`vip add ${vip.ipv4}/32 --device eth0`);
  assert.deepEqual(await bench.problems(), []);
  await bench.ip("link set eth0 down");
  assert.deepEqual(await bench.problems(), [`error vip-down ${vip.ipv4}`]);
  await bench.ip("link set eth0 up");
  // On lo, with a setting that is for real servers.
  await bench.ip(`addr del ${vip.ipv4}/32 dev eth0`);
  await bench.ip(`addr add ${vip.ipv4}/32 dev lo`);
  assert.deepEqual(await bench.problems(), []);
  await bench.set("net.ipv4.conf.all.arp_ignore=1");
  assert.deepEqual(await bench.problems(), [`warning arp-ignore ${vip.ipv4}`]);
  await mustRunIn(CLIENT, "ip neigh flush all");
  assert.notEqual((await inNamespace(CLIENT, ping(vip.ipv4))).code, 0);
  await director.must(`vip add ${vip.ipv4} --device eth0 --force`);
  assert.deepEqual(await bench.problems(), []);
  assert.equal((await inNamespace(CLIENT, ping(vip.ipv4))).code, 0);
});

Deno.test("doctor finds servers that are not on the link, not reachable, or silent", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server], serverPort } } = bench;
  const service = `tcp://${vip.ipv4}:${serverPort}`;
  await mustRunIn(server?.name ?? "", `ip addr add ${vip.ipv4}/32 dev lo`);
  await director.must(`service add ${service} --scheduler rr`);
  await director.must(`server add ${service} ${server?.ipv4}:${serverPort} --forward dr`);
  assert.deepEqual(await bench.problems(), []);
  await bench.ip(`route add 10.66.0.0/24 via ${server?.ipv4}`);
  await director.must(`server add ${service} 10.66.0.1:${serverPort} --forward dr`);
  await director.must(`server add ${service} 10.66.0.2:${serverPort} --forward tun`);
  await director.must(`server add ${service} 10.77.0.1:${serverPort} --forward tun`);
  await bench.ip("route add blackhole 10.88.0.0/24");
  await director.must(`server add ${service} 10.88.0.1:${serverPort} --forward tun`);
  assert.deepEqual(await bench.problems(), [
    "error server-not-on-link 10.66.0.1",
    "error server-unreachable 10.77.0.1",
    "error server-unreachable 10.88.0.1",
    "warning server-silent 10.66.0.2",
  ]);
  for (const address of ["10.66.0.1", "10.66.0.2", "10.77.0.1", "10.88.0.1"]) {
    await director.must(`server delete ${service} ${address}:${serverPort}`);
  }
  await director.must(`server add ${service} 10.1.0.99:${serverPort} --forward dr`);
  assert.notEqual((await director.run(ping("10.1.0.99"))).code, 0);
  assert.deepEqual(await bench.problems(), ["warning neighbour 10.1.0.99"]);
  const { stdout } = await director.run(["ip", "neigh", "show", "10.1.0.99"]);
  assert.match(stdout, /FAILED|INCOMPLETE/);
});

Deno.test("doctor finds other managers in its own network namespace, and schedulers that a file asks for in vain", async () => {
  await using bench = await Bench.create();
  const { director, network } = bench;
  const start = (where: string): BackgroundProcess =>
    network.start(where, ["bash", "-c", "exec -a keepalived sleep 3600"]);
  const found = async (): Promise<string> => (await bench.problems()).join("; ");
  const elsewhere = start(CLIENT);
  await until(() => isKeepalived(elsewhere.pid), { withinMs: 30_000, what: "the other one runs" });
  assert.equal(await found(), "");
  const here = start(DIRECTOR);
  await until(() => isKeepalived(here.pid), { withinMs: 30_000, what: "it runs" });
  assert.equal(await found(), "warning other-manager keepalived");
  await here.stop();
  assert.equal(await found(), "");
  const file = `version: 1
services:
  - { listen: "tcp://${network.vip.ipv4}:80", scheduler: twos, servers: ["${network.servers[0]?.ipv4}:80"] }
`;
  const { stdout } = await director.lvsctl("doctor --json -", { stdin: file });
  assert.match(stdout, /"id": "scheduler-module",\s+"severity": "error",\s+"object": "twos"/);
});

/** Whether a process has become keepalived. */
async function isKeepalived(pid: number): Promise<boolean> {
  return (await Deno.readTextFile(`/proc/${pid}/cmdline`)).startsWith("keepalived");
}

Deno.test("doctor without root sees what /proc shows, and says what it did not see", async () => {
  await using bench = await Bench.create();
  const { director, network: { vip, servers: [server] } } = bench;
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  await director.must(`server add tcp://${vip.ipv4}:80 ${server?.ipv4}:80`);
  await bench.set("net.ipv4.ip_forward=0");
  for (const through of [AS_NOBODY, AS_NOBODY_WITHOUT_LIBNL]) {
    const { findings } = await bench.report("--fix", { through });
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "note").map(({ id }) => id),
      [...(through === AS_NOBODY_WITHOUT_LIBNL ? ["libnl-missing"] : []), "ip-forward"],
    );
    const notes = findings.filter(({ severity }) => severity === "note").map(({ id, object }) => `${id} ${object}`);
    assert.ok(notes.includes("not-root null") && notes.includes("unseen the sync daemons"), notes.join("; "));
    assert.equal(notes.includes("unseen interfaces, addresses and routes"), through === AS_NOBODY_WITHOUT_LIBNL);
  }
  assert.equal(await bench.sysctl("net.ipv4.ip_forward"), "0");
  const lacking = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  assert.deepEqual(await bench.problems("--fix", { through: lacking }), ["warning capability CAP_NET_RAW"]);
  assert.equal(lines(await bench.sysctl("net.ipv4.ip_forward"))[0], "1");
});
