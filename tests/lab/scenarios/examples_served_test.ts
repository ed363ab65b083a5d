import assert from "node:assert/strict";
import { type IpAddress, parseEndpoint } from "../../../core/model/mod.ts";
import { Director } from "../director.ts";
import type { Asked } from "../many_clients.ts";
import { mustRun, run } from "../namespace.ts";
import { CLIENT, createDrNetwork, DIRECTOR, type Network } from "../network.ts";
import { denoProgram } from "../traffic.ts";

const EXAMPLES = new URL("../../../examples", import.meta.url).pathname;
const RULES = new URL("examples", import.meta.url).pathname;

/** The names of hosts that an example has. */
const HOSTS = `${RULES}/hosts`;

/** The example whose servers are in three kinds of tunnels, and the requests that reach each of them. */
const TUNNELS = { name: "tunnel.yaml", requests: 32, guePort: 6080, ipv6Server: "2001:db8:2::13" } as const;

/** A service of an example: what clients ask, and its real servers. */
interface Served {
  readonly asked: Asked;
  readonly servers: readonly { readonly address: IpAddress; readonly port: number }[];
  /** Whether its servers have its address, as dr and tun need it. */
  readonly isShared: boolean;
}

/** The services of an example, from the table that is kept beside the examples' own test. */
function servicesOf(name: string): readonly Served[] {
  const text = Deno.readTextFileSync(`${RULES}/${name.replace(/yaml$/, "rules")}`);
  return text.split(/^-A /m).slice(1).flatMap((block): Served[] => {
    const servers = Array.from(block.matchAll(/ -r (\S+)/g), ([, endpoint = ""]) => parseEndpoint(endpoint));
    const [, flag, endpoint = ""] = /^-([tu]) (\S+)/.exec(block) ?? [];
    // A firewall mark: its example marks two ports of one address.
    const { address, port } = flag === undefined ? parseEndpoint("192.0.2.10:80") : parseEndpoint(endpoint);
    return [{
      asked: { address, port, protocol: flag === "u" ? "udp" : "tcp" },
      servers,
      isShared: / -[gi]\b/.test(block),
    }];
  });
}

const NAMES = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name)
  .filter((name) => name.endsWith(".yaml")).sort();

const isIpv6 = (address: string): boolean => address.includes(":");
const prefix = (address: string): string => `${address}/${isIpv6(address) ? 128 : 32}`;

/** Runs `ip` commands; what is there already is no failure. */
async function tryIp(namespace: string, lines: readonly string[]): Promise<void> {
  // A line of a batch has no options.
  const [ipv6, others] = [true, false].map((six) => lines.filter((line) => line.startsWith("-6 ") === six));
  await run(["ip", "-n", namespace, "-force", "-batch", "-"], { stdin: (others ?? []).join("\n") });
  const stdin = (ipv6 ?? []).map((line) => line.slice("-6 ".length)).join("\n");
  await run(["ip", "-6", "-n", namespace, "-force", "-batch", "-"], { stdin });
}

/** Who answers each service in time, asked by a client on another host. */
async function answersOf(targets: readonly Asked[]): Promise<readonly (string | null)[]> {
  const argv = ["ip", "netns", "exec", CLIENT, ...denoProgram("many_clients.ts", targets), "15000"];
  return JSON.parse(await mustRun(argv));
}

/** The VIPs that the real servers have too. */
function sharedOf(services: readonly Served[]): readonly string[] {
  return [...new Set(services.filter(({ isShared }) => isShared).map(({ asked }) => asked.address))];
}

/** A LAN of a client, the director and one host that has the addresses of all real servers. */
async function createLan(services: readonly Served[]): Promise<Network> {
  await mustRun([(await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim(), "--all", "ipip", "ip6_tunnel", "fou"]);
  const network = await createDrNetwork({ servers: 1, bare: true });
  const vips = [...new Set(services.map(({ asked }) => asked.address))];
  const shared = sharedOf(services);
  const servers = [...new Set(services.flatMap((service) => service.servers.map(({ address }) => address)))];
  const own = (addresses: readonly string[], device: string): readonly string[] =>
    addresses.map((address) =>
      `addr add ${prefix(address)} dev ${device}${isIpv6(address) ? " nodad preferred_lft 0" : ""}`
    );
  const quiet = ["all.arp_ignore=1", "all.arp_announce=2", "all.rp_filter=0", "eth0.rp_filter=0", "tunl0.rp_filter=0"];
  // Clients and servers share the link: the director sends ICMPv6 redirects, which no sysctl of it turns off.
  const redirects = ["all", "eth0"].map((device) => `net.ipv6.conf.${device}.accept_redirects=0`);
  const sysctls = [...quiet.map((each) => `net.ipv4.conf.${each}`), ...redirects];
  await mustRun(["ip", "netns", "exec", "r1", "sysctl", "-qw", ...sysctls]);
  await tryIp("r1", [
    "link set tunl0 up",
    `fou add port ${TUNNELS.guePort} gue`,
    // A fallback device of IPv6 tunnels takes IPv6 packets only.
    `-6 tunnel add ipip6 mode ipip6 local ${TUNNELS.ipv6Server} remote :: encaplimit none`,
    "-6 link set ipip6 up",
    ...own(servers, "eth0"),
    ...own(shared, "lo"),
    "route add default via 10.0.0.1",
    "-6 route add default via fd00::1",
    // Answers of nat servers pass the director; answers with the VIP do not.
    ...shared.map((vip) => `${isIpv6(vip) ? "-6 " : ""}rule add from ${prefix(vip)} lookup main pref 100`),
    "rule add to 10.0.0.2/32 lookup 100 pref 110",
    "route add default via 10.0.0.1 table 100",
    "-6 rule add to fd00::2/128 lookup 100 pref 110",
    "-6 route add default via fd00::1 table 100",
  ]);
  await tryIp(DIRECTOR, [...own(vips, "eth0"), ...servers.map((address) => `route add ${prefix(address)} dev eth0`)]);
  await tryIp(CLIENT, vips.map((vip) => `route add ${prefix(vip)} via ${isIpv6(vip) ? "fd00::1" : "10.0.0.1"}`));
  return network;
}

/** Asks until each server of the example of tunnels has answered. */
async function askThroughEach(director: Director, targets: readonly Asked[]): Promise<void> {
  const all = Array.from({ length: TUNNELS.requests }, () => targets).flat();
  assert.deepEqual(await answersOf(all), all.map(() => "r1"));
  const list = await director.ipvsadm(["-Lnc"]);
  const servers = new Set(Array.from(list.matchAll(/ 192\.0\.2\.80:80 +(\S+):80$/gm), ([, server = ""]) => server));
  assert.deepEqual([...servers].sort(), ["198.51.100.11", "198.51.100.12", `[${TUNNELS.ipv6Server}]`]);
}

/** What the doctor finds wrong with an example that is restored and serves. */
async function problemsOf(director: Director, path: string): Promise<readonly string[]> {
  const { stdout, stderr } = await director.lvsctl(`doctor ${path} --json`);
  assert.equal(stderr, "");
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Record<string, string>[] };
  return findings.filter(({ severity }) => severity === "error" || severity === "warning")
    .map(({ id, what }) => `${id}: ${what}`);
}

Deno.test("every example serves a client on another host, by its fallback too", async (t) => {
  const examples = new Map(NAMES.map((name) => [name, servicesOf(name)]));
  const all = [...examples.values()].flat();
  await using network = await createLan(all);
  const director = await Director.of(network);
  // As on a healthy director; the doctor asks for them where an example needs them.
  await mustRun([(await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim(), "ip_vs_ftp"]);
  const healthy = ["expire_quiescent_template=1", "expire_nodest_conn=1"].map((each) => `net.ipv4.vs.${each}`);
  await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", ...healthy]);
  await mustRun(["mount", "--bind", HOSTS, "/etc/hosts"]);
  await network.start(
    DIRECTOR,
    denoProgram("real_server.ts", [
      { namespace: DIRECTOR, port: 80, udpAddresses: [] },
      { namespace: DIRECTOR, port: 8080, udpAddresses: [] },
    ]),
  ).untilOutput(/^ready\n/);
  for (const [name, vip] of [["web.yaml", "192.0.2.10"], ["import/ldirectord.yaml", undefined]] as const) {
    await t.step(`${name}: the director answers while no server does`, async () => {
      const text = await Deno.readTextFile(`${EXAMPLES}/${name}`);
      const address = vip ?? /listen: tcp:\/\/([\d.]+):80/.exec(text)?.[1] ?? "";
      await tryIp(DIRECTOR, [`addr add ${address}/32 dev eth0`]);
      await tryIp(CLIENT, [`route add ${address}/32 via 10.0.0.1`]);
      const checked = await director.lvsctl(`check ${EXAMPLES}/${name} --apply`);
      assert.match(await director.ipvsadm(["-Ln"]), /-> (?:10\.0\.0\.1:8080|127\.0\.0\.1:80) /, checked.stderr);
      assert.deepEqual(await answersOf([{ address, port: 80, protocol: "tcp" }]), [DIRECTOR]);
      await director.ipvsadm(["-C"]);
    });
  }
  const ports = [...new Set(all.flatMap(({ asked, servers }) => [asked.port, ...servers.map(({ port }) => port)]))];
  const datagrams = [
    ...sharedOf(all),
    ...new Set(
      all.filter(({ asked }) => asked.protocol === "udp").flatMap(({ servers }) =>
        servers.map(({ address }) => address)
      ),
    ),
  ];
  const served = ports.filter((port) => port !== 0).map((port) => ({
    namespace: "r1",
    port,
    udpAddresses: port === 53 ? datagrams : [],
  }));
  await network.start(DIRECTOR, denoProgram("real_server.ts", served)).untilOutput(/^ready\n/);
  for (const [name, services] of examples) {
    await t.step(name, async () => {
      const path = `${EXAMPLES}/${name}`;
      const [, mark] = /^#\s+(iptables .*)$/m.exec(await Deno.readTextFile(path)) ?? [];
      if (mark !== undefined) await director.run([...mark.replace("iptables", "iptables-legacy").split(" ")]);
      await director.must(`restore ${path} --yes`);
      const targets = services.map(({ asked }) => asked);
      assert.deepEqual(await answersOf(targets), targets.map(() => "r1"));
      if (name === TUNNELS.name) await askThroughEach(director, targets);
      assert.deepEqual(await problemsOf(director, path), [], "the doctor finds nothing wrong");
    });
  }
});
