import assert from "node:assert/strict";
import { lvsctlPath } from "../director.ts";
import { Bench } from "../doctor_bench.ts";
import { mustRun } from "../namespace.ts";
import { CLIENT, createDrNetwork, createTunNetwork } from "../network.ts";
import { ask } from "../traffic.ts";

type Family = "ipv4" | "ipv6";

/** A real server, as it is broken, and what the doctor says of it. */
interface Broken {
  /** The finding without its object, which is the server's address; undefined if the server is healthy. */
  readonly finding?: string;
  /** Breaks it; VIP stands for the address. */
  readonly commands: (family: Family) => readonly string[];
  /** How the director reaches it, where that differs from the others. */
  readonly tunnel?: string;
}

const six = (family: Family): string => family === "ipv6" ? "-6 " : "";
const length = (family: Family): number => family === "ipv6" ? 128 : 32;
const tables = (family: Family): string => family === "ipv6" ? "ip6tables-legacy" : "iptables-legacy";
const forwarding = (family: Family): string =>
  family === "ipv6" ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward";
const icmp = (family: Family): string => family === "ipv6" ? "ipv6-icmp --icmpv6-type echo-request" : "icmp";
const withoutVip = (family: Family, device: string): string =>
  `ip ${six(family)}addr del VIP/${length(family)} dev ${device}`;

/** r1, r2... by dr. */
const BY_DR: readonly Broken[] = [
  { commands: () => [] },
  { finding: "error server-lacks-vip", commands: (family) => [withoutVip(family, "lo")] },
  {
    finding: "error server-lacks-vip",
    commands: (family) => [withoutVip(family, "lo"), `sysctl -qw ${forwarding(family)}=1`],
  },
  { finding: "warning server-silent", commands: (family) => [`${tables(family)} -A INPUT -p tcp --dport 80 -j DROP`] },
  {
    finding: "warning server-refuses",
    commands: (family) => [`${tables(family)} -A INPUT -p tcp --dport 80 -j REJECT --reject-with tcp-reset`],
  },
  {
    finding: "warning server-silent",
    commands: (family) => [
      `${tables(family)} -A INPUT -p tcp -j DROP`,
      `${tables(family)} -A INPUT -p ${icmp(family)} -j DROP`,
    ],
  },
];

const tunnelDevice = (family: Family): string => family === "ipv6" ? "ip6tnl0" : "tunl0";

/** r1, r2... by tun, each behind the router. */
const BY_TUN: readonly Broken[] = [
  { commands: () => [] },
  { finding: "error server-lacks-vip", commands: (family) => [withoutVip(family, tunnelDevice(family))] },
  { finding: "error tunnel-refused", commands: (family) => [`ip link set ${tunnelDevice(family)} down`] },
  { finding: "error tunnel-refused", commands: () => [], tunnel: "--tunnel-type gre" },
  { finding: "error tunnel-refused", commands: () => [], tunnel: "--tunnel-type gue --tunnel-port 6080" },
  {
    finding: "warning server-silent",
    commands: (family) =>
      family === "ipv4"
        ? ["sysctl -qw net.ipv4.conf.tunl0.rp_filter=1"]
        : [`${tables(family)} -A INPUT -i ip6tnl0 -j DROP`],
  },
];

const METHODS = [["dr", createDrNetwork, BY_DR], ["tun", createTunNetwork, BY_TUN]] as const;

for (const [forward, create, servers] of METHODS) {
  for (const family of ["ipv4", "ipv6"] as const) {
    Deno.test(`doctor tells apart what is wrong with real servers by ${forward} over ${family}`, async () => {
      await using bench = await Bench.create(create, servers.length);
      const { director, network } = bench;
      const vip = network.vip[family];
      const endpoint = (address: string): string => family === "ipv6" ? `[${address}]:80` : `${address}:80`;
      await director.must(`service add tcp://${endpoint(vip)} --scheduler rr`);
      const expected: string[] = [];
      for (const [index, { finding, commands, tunnel = "" }] of servers.entries()) {
        const server = network.servers[index];
        assert.ok(server !== undefined);
        for (const command of commands(family)) {
          await mustRun(["ip", "netns", "exec", server.name, ...command.replace("VIP", vip).split(" ")]);
        }
        await director.must(
          `server add tcp://${endpoint(vip)} ${endpoint(server[family])} --forward ${forward} ${tunnel}`.trimEnd(),
        );
        if (finding !== undefined) expected.push(`${finding} ${server[family]}`);
      }
      const problems = await bench.problems();
      assert.deepEqual(problems.toSorted(), expected.toSorted());

      // What it proposes is accepted there, and a server that was asked is left as it was.
      const { findings } = await bench.report();
      const lacking = findings.filter(({ id }) => id === "server-lacks-vip");
      for (const { object, fix } of lacking) {
        const server = network.servers.find((one) => one[family] === object);
        for (const command of fix?.commands ?? []) {
          await mustRun(["ip", "netns", "exec", server?.name ?? "", lvsctlPath(), ...command.split(" ").slice(1)]);
        }
      }
      assert.deepEqual(
        (await bench.problems()).toSorted(),
        expected.filter((one) => !one.startsWith("error server-lacks-vip")).toSorted(),
      );
      for (const server of network.servers) {
        const { stdout } = { stdout: await mustRun(["ip", "netns", "exec", server.name, "ss", "-Htn"]) };
        assert.equal(stdout, "", `${server.name} has no connection of the doctor's`);
      }
      for (const server of network.servers.slice(1)) {
        await director.must(`server delete tcp://${endpoint(vip)} ${endpoint(server[family])}`);
      }
      assert.deepEqual(await bench.problems(), []);
      const { failures } = await ask(CLIENT, { address: vip, port: 80 }, { count: 3, timeoutMs: 10_000 });
      assert.deepEqual(failures, {});
    });
  }
}

Deno.test("doctor asks the link for servers that the kernel knows nothing of", async () => {
  await using bench = await Bench.create(createDrNetwork, 1);
  const { director, network: { vip } } = bench;
  await director.must(`service add tcp://${vip.ipv4}:80 --scheduler rr`);
  await director.must(`server add tcp://${vip.ipv4}:80 10.0.0.99:80 --forward dr`);
  assert.deepEqual(await bench.problems(), ["warning neighbour 10.0.0.99"]);
});
