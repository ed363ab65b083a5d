import assert from "node:assert/strict";
import { assertRefusal, lines, lvsctlPath, type Refusal, until } from "../director.ts";
import { type CommandResult, inNamespace, ip, Namespaces } from "../namespace.ts";
import { CLIENT, DIRECTOR } from "../network.ts";
import type { ServedAddresses } from "../real_server.ts";
import { ask, denoProgram } from "../traffic.ts";

const STANDBY = "standby";
const VIPS = { ipv4: "10.0.0.100", ipv6: "fd00::100" } as const;

/** A client and two directors on one LAN, each of which answers on port 80 with its name; the VIPs are on none. */
async function createLan(): Promise<Namespaces> {
  const hosts = [CLIENT, DIRECTOR, STANDBY];
  const namespaces = await Namespaces.create([...hosts, "lan"], [
    ...hosts.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
    `link add dev eth1 netns ${DIRECTOR} type dummy`,
  ]);
  try {
    await ip([
      "link add br0 type bridge mcast_snooping 0",
      "link set br0 up",
      ...hosts.map((name) => `link set dev ${name} master br0 up`),
    ], "lan");
    for (const [at, name] of hosts.entries()) {
      await ip(
        ["link set eth0 up", `addr add 10.0.0.${at + 1}/24 dev eth0`, `addr add fd00::${at + 1}/64 dev eth0 nodad`],
        name,
      );
    }
    await ip(["link set eth1 up"], DIRECTOR);
    const served: readonly ServedAddresses[] = [DIRECTOR, STANDBY]
      .map((namespace) => ({ namespace, port: 80, udpAddresses: [] }));
    await namespaces.start(DIRECTOR, denoProgram("real_server.ts", served)).untilOutput(/^ready\n/);
  } catch (error) {
    await namespaces[Symbol.asyncDispose]();
    throw error;
  }
  return namespaces;
}

function lvsctl(where: string, line: string): Promise<CommandResult> {
  return inNamespace(where, [lvsctlPath(), ...line.split(" ")]);
}

async function must(where: string, line: string): Promise<string> {
  const { code, stdout, stderr } = await lvsctl(where, line);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, line);
  return stdout;
}

async function refuses(line: string, refusal: Refusal): Promise<void> {
  const before = await addresses(DIRECTOR);
  assertRefusal(await lvsctl(DIRECTOR, line), refusal, line);
  assert.deepEqual(await addresses(DIRECTOR), before, line);
}

/** What `ip` lists of the VIPs in a namespace: "eth0 10.0.0.100/32 scope global eth0". */
async function addresses(where: string): Promise<readonly string[]> {
  const { stdout } = await inNamespace(where, ["ip", "-oneline", "address", "show"]);
  return stdout.split("\n").filter((line) => line.includes("100/"))
    .map((line) => line.replace(/^\d+: (\S+) +inet6? /, "$1 ").replace(/ *\\.*$/, "").replace(/ proto \S+/, "").trim());
}

/** The hardware address at which the client believes an address to be. */
async function neighbour(address: string): Promise<string> {
  const { stdout } = await inNamespace(CLIENT, ["ip", "neigh", "show", address]);
  return /lladdr (\S+)/.exec(stdout)?.[1] ?? "";
}

async function hardwareAddress(where: string): Promise<string> {
  const { stdout } = await inNamespace(where, ["cat", "/sys/class/net/eth0/address"]);
  return stdout.trim();
}

/** Who answers the client. */
async function answering(address: string): Promise<readonly string[]> {
  const { servers, failures } = await ask(CLIENT, { address, port: 80 }, { count: 3 });
  assert.deepEqual(failures, {});
  return Object.keys(servers);
}

Deno.test("vip add, list and delete take every option and touch only what lvsctl added", async () => {
  await using _ = await createLan();
  await must(DIRECTOR, "vip add 10.0.0.100 --device eth0 --label eth0:web --announce-interval 10ms");
  await must(DIRECTOR, "vip add fd00::100/64 --device eth0 --no-prefix-route --announce-count 1");
  await must(DIRECTOR, "vip add 10.0.1.100/24 -d eth1 --scope link --announce-count 0");
  assert.deepEqual(await addresses(DIRECTOR), [
    "eth0 10.0.0.100/32 scope global eth0:web",
    "eth0 fd00::100/64 scope global nodad noprefixroute",
    "eth1 10.0.1.100/24 scope link eth1",
  ]);
  // The kernel knows who added them: no file has to.
  await assert.rejects(Deno.stat("/run/lvsctl/vips.json"), Deno.errors.NotFound);

  await refuses("vip add 10.0.0.100 --device eth0", { code: 1, lines: [/\(EEXIST\); add --ensure to accept it$/] });
  await refuses("vip add 10.0.0.100 --device eth1", { code: 1, lines: [/: it is already on eth0 \(EEXIST\); /] });
  await refuses("vip add 10.0.0.101 --device eth9", { code: 1, lines: [/there is no interface eth9 \(ENODEV\)/] });
  await refuses("vip add 10.0.0.2 --device eth0 --ensure", { code: 1, lines: [/added by another program/] });
  await refuses("vip delete 10.0.0.2", { code: 1, lines: [/lvsctl did not add it \(EPERM\); .*--force/] });
  await refuses("vip delete 10.0.0.9", { code: 1, lines: [/no interface has it \(EADDRNOTAVAIL\)/] });
  await must(DIRECTOR, "vip delete 10.0.0.9 --ensure");
  assert.equal(
    await must(DIRECTOR, "vip add 10.0.0.100 -d eth0 --label eth0:web --ensure --dry-run"),
    "Nothing to change\n",
  );
  assert.match(
    await must(DIRECTOR, "vip add 10.0.0.100 -d eth0 --ensure --dry-run"),
    /^~ edit VIP 10.0.0.100\/32 on eth0\n$/,
  );
  await must(DIRECTOR, "vip add 10.0.0.100 -d eth0 --ensure");
  await must(DIRECTOR, "vip add 10.0.0.100 -d eth1 --force --announce-count 0");
  assert.deepEqual((await addresses(DIRECTOR)).filter((line) => line.includes("0.100/32")), [
    "eth0 10.0.0.100/32 scope global eth0",
    "eth1 10.0.0.100/32 scope global eth1",
  ]);
  await refuses("vip delete 10.0.0.100", { code: 2, lines: [/eth0 and eth1 have it; name one with --device/] });
  await must(DIRECTOR, "vip delete 10.0.0.100 --device eth1");

  await must(DIRECTOR, "service add tcp://10.0.0.100:80");
  await must(DIRECTOR, "service add udp://10.0.0.100:53 -s rr");
  await must(DIRECTOR, "service add tcp://10.0.0.2:80");
  await must(DIRECTOR, "service add tcp://10.0.0.55:80");
  assert.deepEqual((await must(DIRECTOR, "vip list")).split("\n").map((line) => line.replaceAll(/ +/g, " ")), [
    "ADDRESS DEVICE STATE OWNER SERVICES",
    "10.0.0.2/24 eth0 up other tcp://10.0.0.2:80",
    "10.0.0.55 - missing - tcp://10.0.0.55:80",
    "10.0.0.100/32 eth0 up lvsctl tcp://10.0.0.100:80 udp://10.0.0.100:53",
    "10.0.1.100/24 eth1 up lvsctl -",
    "fd00::100/64 eth0 up lvsctl -",
    "",
  ]);
  await must(DIRECTOR, "vip delete 10.0.0.2 --force");
  const { stdout: left } = await inNamespace(DIRECTOR, ["ip", "address", "show", "dev", "eth0"]);
  assert.doesNotMatch(left, /10\.0\.0\.2\//);
});

for (const address of Object.values(VIPS)) {
  Deno.test(`vip add refuses ${address} where another host answers for it, and --force takes it over`, async () => {
    await using _ = await createLan();
    await must(STANDBY, `vip add ${address} --device eth0 --announce-count 1`);
    const other = await hardwareAddress(STANDBY);
    await refuses(`vip add ${address} --device eth0`, {
      code: 1,
      lines: [new RegExp(`: ${other} answers for it on that link \\(EADDRINUSE\\); .*--force`)],
    });
    await must(DIRECTOR, `vip add ${address} --device eth0 --force`);
    await must(STANDBY, `vip delete ${address}`);
    await must(DIRECTOR, `vip delete ${address}`);
    await must(DIRECTOR, `vip add ${address} --device eth0`);
  });

  Deno.test(`a client that knows where ${address} was reaches its new director once it is announced`, async () => {
    await using _ = await createLan();
    const [old, next] = [await hardwareAddress(DIRECTOR), await hardwareAddress(STANDBY)];
    await must(DIRECTOR, `vip add ${address} --device eth0`);
    assert.deepEqual(await answering(address), [DIRECTOR]);
    assert.equal(await neighbour(address), old);
    // The old director hangs: it has the address still. Without an announcement nobody learns of the new one.
    await must(STANDBY, `vip add ${address} --device eth0 --force --announce-count 0`);
    assert.deepEqual(await answering(address), [DIRECTOR]);
    await must(STANDBY, `vip announce ${address} --announce-count 1`);
    await until(async () => await neighbour(address) === next, { withinMs: 1000, what: `${address} is at ${next}` });
    assert.deepEqual(await answering(address), [STANDBY]);
    // And back, in the orderly way: taken away here, added there, announced by that.
    await must(DIRECTOR, `vip delete ${address}`);
    await must(STANDBY, `vip delete ${address}`);
    await must(DIRECTOR, `vip add ${address} --device eth0`);
    await until(async () => await neighbour(address) === old, { withinMs: 1000, what: `${address} is at ${old}` });
    assert.deepEqual(await answering(address), [DIRECTOR]);
  });
}

Deno.test("save and restore bring VIPs back, and leave them alone where the file says nothing of them", async () => {
  await using _ = await createLan();
  await must(DIRECTOR, "vip add 10.0.0.100 --device eth0 --label eth0:web");
  await must(DIRECTOR, "vip add fd00::100 --device eth0");
  await must(DIRECTOR, "service add tcp://10.0.0.100:80");
  await must(DIRECTOR, "service add tcp://10.0.0.2:80");
  const [before, saved] = [await addresses(DIRECTOR), await must(DIRECTOR, "save")];
  assert.match(
    saved,
    /\nvips:\n {2}- \{ address: 10\.0\.0\.100\/32, device: eth0, label: "eth0:web" \}\n {2}- \{ address: "fd00::100\/128", device: eth0 \}\nservices:\n/,
  );
  await Deno.writeTextFile("/tmp/vips.yaml", saved);
  await Deno.writeTextFile("/tmp/no_vips.yaml", saved.replace(/\nvips:\n[^]*(?=\nservices:)/, ""));
  await must(DIRECTOR, "restore /tmp/no_vips.yaml --yes");
  assert.deepEqual(await addresses(DIRECTOR), before);
  await must(DIRECTOR, "vip delete 10.0.0.100");
  await must(DIRECTOR, "vip delete fd00::100");
  await must(DIRECTOR, "vip add 10.0.2.100 --device eth1");
  await must(DIRECTOR, "flush --yes");
  assert.deepEqual(
    (await must(DIRECTOR, "restore /tmp/vips.yaml --dry-run")).split("\n").map((line) => line.slice(0, 33)),
    [
      "+ add VIP 10.0.0.100/32 on eth0: ",
      "+ add VIP fd00::100/128 on eth0",
      "+ add virtual service tcp://10.0.",
      "+ add virtual service tcp://10.0.",
      "- delete VIP 10.0.2.100/32 on eth",
      "4 to add, 0 to edit, 1 to delete",
      "",
    ],
  );
  await must(DIRECTOR, "restore /tmp/vips.yaml --yes");
  assert.deepEqual(await addresses(DIRECTOR), before);
  assert.equal(await must(DIRECTOR, "save"), saved);

  // Taken by another director meanwhile: nothing is done.
  await must(DIRECTOR, "vip delete 10.0.0.100");
  await must(STANDBY, "vip add 10.0.0.100 --device eth0");
  await refuses("restore /tmp/vips.yaml --yes", { code: 1, lines: [/answers for it on that link \(EADDRINUSE\)/] });
  await must(DIRECTOR, "restore /tmp/vips.yaml --yes --force");
  assert.deepEqual(await addresses(DIRECTOR), before);
});

const WITH_READONLY_SYSCTLS = 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec "$@"';

Deno.test("vip delete of the primary address of a subnet leaves the others as they were", async () => {
  await using _ = await createLan();
  await must(DIRECTOR, "vip add 10.5.0.100/24 --device eth1 --announce-count 0");
  await ip(["addr add 10.5.0.2/24 dev eth1 label eth1:own", "addr add 10.5.0.3/32 dev eth1"], DIRECTOR);
  await must(DIRECTOR, "vip add 10.5.0.101/24 --device eth1 --announce-count 0");
  await ip(["route add 10.99.0.0/24 via 10.5.0.77 src 10.5.0.2"], DIRECTOR);
  const listed = async (): Promise<readonly string[]> => {
    const { stdout } = await inNamespace(DIRECTOR, ["ip", "-4", "-oneline", "address", "show", "dev", "eth1"]);
    return lines(stdout).map((line) => line.replace(/^.* inet /, "").replace(/ *\\.*$/, "").replace(" secondary", ""))
      .toSorted();
  };
  const sysctl = async (): Promise<string> =>
    (await inNamespace(DIRECTOR, ["sysctl", "-n", "net.ipv4.conf.eth1.promote_secondaries"])).stdout.trim();
  const before = await listed();
  assert.deepEqual([before.length, await sysctl()], [4, "0"]);

  const refused = await inNamespace(DIRECTOR, [
    ...["unshare", "--mount", "sh", "-euc", WITH_READONLY_SYSCTLS, "sh"],
    ...[lvsctlPath(), "vip", "delete", "10.5.0.100"],
  ]);
  assertRefusal(refused, {
    code: 1,
    lines: [/the kernel would delete the other addresses of its subnet too, .*promote_secondaries to 1 first, as root/],
  }, "vip delete with sysctls that cannot be written");
  assert.deepEqual(await listed(), before);

  await must(DIRECTOR, "vip delete 10.5.0.100");
  const left = before.filter((line) => !line.startsWith("10.5.0.100/"));
  assert.deepEqual(await listed(), left);
  assert.equal(await sysctl(), "0");
  const { stdout: routes } = await inNamespace(DIRECTOR, ["ip", "route", "show", "dev", "eth1"]);
  assert.match(routes, /^10\.99\.0\.0\/24 via 10\.5\.0\.77 src 10\.5\.0\.2/m);
  // The mark of those that lvsctl added is there still, and so only those go.
  await refuses("vip delete 10.5.0.101/32", {
    code: 1,
    lines: [/no interface has it, but there is 10\.5\.0\.101\/24 on eth1 \(EADDRNOTAVAIL\)/],
  });
  await ip(["addr del 10.5.0.2/24 dev eth1"], DIRECTOR);
  await must(DIRECTOR, "vip add 10.5.0.101/24 --device eth1 --ensure --announce-count 0");
  await ip(["addr add 10.5.0.2/24 dev eth1"], DIRECTOR);
  const empty = await inNamespace(DIRECTOR, [lvsctlPath(), "restore", "-", "--yes"], {
    stdin: "version: 1\nvips: []\nservices: []\n",
  });
  assert.deepEqual([empty.code, empty.stderr], [0, ""]);
  assert.deepEqual((await listed()).map((line) => line.split(" ")[0]), ["10.5.0.2/24", "10.5.0.3/32"]);
});
