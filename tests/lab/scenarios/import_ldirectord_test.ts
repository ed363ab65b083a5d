/**
 * ldirectord with a file of its own, and lvsctl with what it imported of that file, one after the other on the same
 * director, while the same servers fail and recover: the tables are the same in every state.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { lvsctlPath } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { createNatNetwork, DIRECTOR, type Network } from "../network.ts";
import { type ServerState, tablesInStates } from "../server_states.ts";
import { WebServer } from "../web_server.ts";

/** How long a state is waited for: each of ldirectord's changes costs it three programs. */
const PATIENCE_MS = 180_000;

/** How long a table has to stay the same; longer than a round of checks. */
const SETTLE_MS = 2000;

/** The port of the web servers, which fail. */
const WEB_PORT = 8080;

/** The port of those that do not, over IPv4 and IPv6. */
const STEADY_PORT = 8090;

/** The supported subset: every directive that has something to do with the table, and checks of every kind. */
function config({ servers }: Network, commands: { readonly external: string; readonly maintenance: string }): string {
  const reals = (line: (server: { ipv4: string; ipv6: string }, index: number) => string): string =>
    servers.map((server, index) => `\t${line(server, index)}\n`).join("");
  return `# imported
checktimeout = 1
negotiatetimeout = 1
checkinterval = 1
fallback = 127.0.0.1:80 gate
supervised = yes
cleanstop = yes
maintenancedir = ${commands.maintenance}
virtual = 10.0.0.100:80
${reals(({ ipv4 }, index) => `real = ${ipv4}:${WEB_PORT} masq ${index + 1} l:${5 * index} u:${10 * index}`)}\
	service = http
	request = "healthz"
	receive = "^r[0-9]$"
	scheduler = wlc
	persistent = 600
	netmask = 255.255.255.0
	protocol = tcp
	checktype = negotiate
virtual = 10.0.0.101:80
${reals(({ ipv4 }) => `real = ${ipv4}:80 gate`)}\
	checktype = connect
	checkport = ${WEB_PORT}
	quiescent = yes
	fallback = 10.0.0.99:8888 masq
	scheduler = sh
	schedflags = sh-port
virtual = 10.0.0.102:80
${reals(({ ipv4 }) => `real = ${ipv4} ipip 7`)}\
	checktype = on
virtual = 10.0.0.103:80
${reals(({ ipv4 }) => `real = ${ipv4}:80 gate`)}\
	checktype = off
virtual = 7
${reals(({ ipv4 }) => `real = ${ipv4} masq`)}\
	service = http
	request = "index.html"
	checkport = ${WEB_PORT}
	protocol = fwm
	failurecount = 2
	scheduler = rr
virtual = 10.0.0.104:5000
${reals(({ ipv4 }) => `real = ${ipv4}:5000 masq`)}\
	protocol = udp
	ops = yes
	checktype = ping
virtual = 10.0.0.105:80
${servers[0] === undefined ? "" : `\treal = ${servers[0].ipv4}->10.1.0.12:${WEB_PORT} masq 2\n`}\
	checktype = external
	checkcommand = "${commands.external}"
virtual = 10.0.0.106:80
${reals(({ ipv4 }, index) => `real = ${ipv4}:${WEB_PORT} masq 1 "own", "own r${index + 1}"`)}\
	request = "/"
	checktype = 2
virtual6 = [fd00::100]:80
${reals(({ ipv6 }) => `real6 = [${ipv6}]:${STEADY_PORT} masq`)}\
	fallback6 = [::1]:80 gate
	checktype = connect
	persistent = 300
	netmask = 64
`;
}

/** A check as users write them: its arguments are virtual address and port, real address and port. */
const EXTERNAL = `#!/bin/sh
test "$1" = 10.0.0.105 && test "$2" = 80 && test "$4" = ${WEB_PORT} && exec busybox wget -q -O /dev/null "http://$3:$4/"
`;

interface World {
  readonly webServers: readonly WebServer[];
  readonly maintenance: string;
}

/** How many of the rules are about a server that gets connections. */
function serving(rules: string, address: string): number {
  return (rules.match(/^-a .*$/gm) ?? []).filter((rule) => rule.includes(`-r ${address}:`) && !rule.endsWith("-w 0"))
    .length;
}

/** Services whose checks ask the web servers. */
const WEB_SERVICES = 5;

/** Services that have the IPv4 servers and do not ask the web servers: tunnel, and ping. */
const OTHER_SERVICES = 2;

const STATES: readonly ServerState<World>[] = [
  {
    name: "all servers",
    enter: () => Promise.resolve(),
    isReached: (rules) =>
      ["10.1.0.11", "10.1.0.12"].every((each) => serving(rules, each) === WEB_SERVICES + OTHER_SERVICES) &&
      serving(rules, "[fd00:1::12]") === 1 && serving(rules, "127.0.0.1") === 1,
  },
  {
    name: "one without its web server",
    enter: ({ webServers }) => webServers[1]?.kill() ?? Promise.resolve(),
    isReached: (rules) =>
      serving(rules, "10.1.0.12") === OTHER_SERVICES && serving(rules, "10.1.0.11") > OTHER_SERVICES,
  },
  {
    name: "none with a web server",
    enter: ({ webServers }) => webServers[0]?.kill() ?? Promise.resolve(),
    // Of four services, and of the one that is off; a firewall mark has none.
    isReached: (rules) =>
      serving(rules, "10.1.0.11") === OTHER_SERVICES && serving(rules, "127.0.0.1") === 4 &&
      serving(rules, "10.0.0.99") === 1,
  },
  {
    name: "all servers again",
    enter: ({ webServers }) => Promise.all(webServers.map((server) => server.restart())),
    isReached: (rules) =>
      serving(rules, "10.1.0.12") === WEB_SERVICES + OTHER_SERVICES &&
      serving(rules, "10.1.0.11") === WEB_SERVICES + OTHER_SERVICES && serving(rules, "127.0.0.1") === 1 &&
      !rules.includes("10.0.0.99"),
  },
  {
    name: "one in maintenance",
    enter: ({ maintenance }) => Deno.writeTextFile(`${maintenance}/10.1.0.12`, ""),
    isReached: (rules) => serving(rules, "10.1.0.12") === 0,
  },
  {
    name: "none in maintenance",
    enter: ({ maintenance }) => Deno.remove(`${maintenance}/10.1.0.12`),
    isReached: (rules) => serving(rules, "10.1.0.12") === WEB_SERVICES + OTHER_SERVICES,
  },
];

/** The table that a daemon makes in each state. */
function tables(daemon: BackgroundProcess, world: World): Promise<Readonly<Record<string, string>>> {
  return tablesInStates(daemon, { states: STATES, world, settleMs: SETTLE_MS, patienceMs: PATIENCE_MS });
}

Deno.test("what is imported of ldirectord.cf makes the same table as ldirectord, in every state of the servers", async () => {
  await using network = await createNatNetwork({ bare: true, servers: 2 });
  const webServers: WebServer[] = [];
  for (const { name, ipv4 } of network.servers) {
    const start = (argv: readonly string[]): BackgroundProcess => network.start(name, argv);
    webServers.push(await WebServer.start({ start, endpoint: `${ipv4}:${WEB_PORT}`, body: name }));
    await Deno.writeTextFile(`/tmp/web-${ipv4}:${WEB_PORT}/own`, `own ${name}\n`);
    network.start(name, ["busybox", "httpd", "-f", "-p", String(STEADY_PORT), "-h", "/tmp"]);
  }
  const directory = await Deno.makeTempDir();
  const maintenance = `${directory}/maintenance`;
  await Deno.mkdir(maintenance);
  await Deno.writeTextFile(`${directory}/check`, EXTERNAL, { mode: 0o755 });
  const file = `${directory}/ldirectord.cf`;
  await Deno.writeTextFile(file, config(network, { external: `${directory}/check`, maintenance }));
  const world = { webServers, maintenance };

  let expected: Readonly<Record<string, string>>;
  {
    await using daemon = network.start(DIRECTOR, ["ldirectord", file, "start"]);
    expected = await tables(daemon, world);
  }
  await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", "-C"]);
  const yaml = `${directory}/imported.yaml`;
  assert.equal(await mustRun([lvsctlPath(), "import", "ldirectord", file, "--output", yaml]), "");
  await mustRun([lvsctlPath(), "config", "check", yaml]);
  await using daemon = network.start(DIRECTOR, [lvsctlPath(), "run", yaml]);
  const made = await tables(daemon, world);
  for (const { name } of STATES) assert.equal(made[name], expected[name], name);
  assert.match(expected["all servers"] ?? "", /^-A -t 10\.0\.0\.101:80 -s sh -b sh-port$/m);
});
