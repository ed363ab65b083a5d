import assert from "node:assert/strict";
import { Director } from "../../director.ts";
import { ip, mustRun } from "../../namespace.ts";
import { createDrNetwork, DIRECTOR } from "../../network.ts";

/** Makes checks on a director; gives what they say of the one server of each. */
async function said(director: Director, checks: readonly string[]): Promise<string[]> {
  const services = checks.map((check, index) =>
    `  - listen: tcp://192.0.2.1:${index + 1}
    check: { ${check}, interval: 60s, timeout: 10s }
    servers: ["10.0.0.11:80"]
`
  );
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, `version: 1\nservices:\n${services.join("")}`);
  const { stdout, stderr } = await director.lvsctl(["check", "--json", file]);
  assert.equal(stderr, "");
  return JSON.parse(stdout).services.map((
    { servers: [server] }: { servers: { health: string; last: { detail: string } }[] },
  ) => `${server?.health.replace("unhealthy", "failed")}: ${server?.last.detail}`);
}

/** How many packets with a mark the director has sent. */
async function marked(mark: number): Promise<number> {
  const list = await mustRun([
    "ip",
    "netns",
    "exec",
    DIRECTOR,
    "iptables-legacy",
    "-t",
    "mangle",
    "-L",
    "OUTPUT",
    "-v",
    "-x",
    "-n",
  ]);
  return Number(new RegExp(`^ *(\\d+) .*mark match 0x${mark.toString(16)}\\b`, "m").exec(list)?.[1] ?? NaN);
}

Deno.test("a probe with a mark goes through the VIP to the server that the routes for the mark lead to", async () => {
  await using network = await createDrNetwork({ servers: 2 });
  await using director = await Director.of(network);
  const inDirector = (...argv: string[]): Promise<string> => mustRun(["ip", "netns", "exec", DIRECTOR, ...argv]);
  // The VIP is the director's own: what has a mark is to be routed before that is noticed, and the answers, which come
  // from the VIP too, are to be let in.
  await ip([
    "rule add pref 100 lookup local",
    "rule del pref 0",
    ...[1, 2].flatMap((n) => [
      `rule add pref 5${n} fwmark 1${n} lookup 1${n}`,
      `route add ${network.vip.ipv4}/32 via 10.0.0.1${n} dev eth0 onlink table 1${n}`,
    ]),
  ], DIRECTOR);
  await inDirector("sysctl", "-qw", "net.ipv4.conf.all.accept_local=1", "net.ipv4.conf.eth0.accept_local=1");
  await inDirector("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0");
  await inDirector("iptables-legacy", "-t", "mangle", "-A", "OUTPUT", "-m", "mark", "--mark", "12");
  const http = `type: http, address: ${network.vip.ipv4}, source: 10.0.0.1`;
  assert.deepEqual(
    await said(director, [
      `${http}, mark: 11, expect: { body: r1 }`,
      `${http}, mark: 12, expect: { body: r2 }`,
      `${http}, mark: 12, expect: { body: r1 }`,
      `type: udp, send: hello, expect: r2, address: ${network.vip.ipv4}, source: 10.0.0.1, mark: 12`,
      `type: http, address: ${network.vip.ipv4}`,
    ]),
    [
      'healthy: status 200, body contains "r1"',
      'healthy: status 200, body contains "r2"',
      'failed: body does not contain "r1"',
      'healthy: answer "r2"',
      "failed: connection refused (ECONNREFUSED)",
    ],
  );
  assert.ok(await marked(12) > 0, "packets carry the mark");
});

Deno.test("a probe leaves by the interface that it is told, pings over both families, and is unknown where it cannot", async () => {
  await using network = await createDrNetwork({ servers: 1 });
  await using director = await Director.of(network);
  await ip(["link add eth9 type dummy", "link set eth9 up"], DIRECTOR);
  const [byOwn, byOther, byNone, ping4, ping6, pingNobody, ...rest] = await said(director, [
    "type: tcp, interface: eth0",
    "type: tcp, interface: eth9",
    "type: tcp, interface: eth8",
    "type: ping, interface: eth0",
    // Not from the VIP, which the server has too.
    'type: ping, address: "fd00::11", source: "fd00::1"',
    "type: ping, address: 10.0.0.77, source: 10.0.0.1",
    "type: tcp, source: 10.0.0.78",
    "type: tcp, source: 10.0.0.1",
  ]);
  assert.equal(byOwn, "healthy: connected");
  assert.match(byOther ?? "", /^failed: /);
  assert.equal(byNone, "unknown: cannot use the interface (ENODEV)");
  assert.equal(ping4, "healthy: echo reply");
  assert.equal(ping6, "healthy: echo reply");
  assert.match(pingNobody ?? "", /^failed: (no answer|no echo reply|no route to the host)/);
  assert.deepEqual(rest, ["unknown: cannot use the source address 10.0.0.78 (EADDRNOTAVAIL)", "healthy: connected"]);
});
