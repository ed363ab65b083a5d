/**
 * `lvsctl realserver` as an administrator meets it: without permission, without a module, killed, interrupted, and
 * printed instead of done.
 *
 * @module
 */
import assert from "node:assert/strict";
import { AS_NOBODY, assertRefusal, lines, lvsctlPath, type Refusal, until } from "../director.ts";
import { lvsctl as must } from "../forwarding.ts";
import { hostState } from "../host_state.ts";
import { type CommandResult, inNamespace, ip, mustRun, Namespaces } from "../namespace.ts";

const HOST = "r1";
const VIPS = "10.0.0.100 fd00::100";

/** A host on a network with nobody else, on which the modules of tunnels are loaded. */
async function createHost(): Promise<Namespaces> {
  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  await mustRun([modprobe, "--all", "dummy", "ipip", "ip6_tunnel", "ip_gre", "ip6_gre", "fou"]);
  const namespaces = await Namespaces.create([HOST, "lan"], [
    `link add dev eth0 netns ${HOST} type veth peer name eth0 netns lan`,
  ]);
  await ip(["link set eth0 up"], "lan");
  await ip(["link set eth0 up", "addr add 10.0.0.11/24 dev eth0", "addr add fd00::11/64 dev eth0 nodad"], HOST);
  return namespaces;
}

function realServer(line: string, through: readonly string[] = []): Promise<CommandResult> {
  return inNamespace(HOST, [...through, lvsctlPath(), "realserver", ...line.split(" ")]);
}

async function refuses(line: string, refusal: Refusal, through: readonly string[] = []): Promise<void> {
  const before = await hostState(HOST);
  assertRefusal(await realServer(line, through), refusal, line);
  assert.deepEqual(await hostState(HOST), before, line);
}

// First, for a module that is loaded stays.
Deno.test("realserver setup says which module is missing, and changes nothing", async () => {
  const modprobe = await Deno.readTextFile("/proc/sys/kernel/modprobe");
  await using _ = await Namespaces.create([HOST]);
  await Deno.writeTextFile("/proc/sys/kernel/modprobe", "/bin/false");
  try {
    assert.doesNotMatch(await Deno.readTextFile("/proc/modules"), /^(ipip|ip_gre|fou|dummy) /m);
    for (const [options, kind] of [["--tunnel gre", "gre"], ["--tunnel ipip", "ipip"], ["--tunnel gue", "ipip"]]) {
      await refuses(`setup 10.0.0.100 --forward tun ${options}`, {
        code: 1,
        lines: [
          new RegExp(
            `no interfaces of the kind ${kind} \\(EOPNOTSUPP\\); load their module .*; everything is as it was before$`,
          ),
        ],
      });
    }
    await refuses("setup 10.0.0.100 --forward dr --device lvs0", { code: 1, lines: [/"modprobe dummy"/] });
  } finally {
    await Deno.writeTextFile("/proc/sys/kernel/modprobe", modprobe);
  }
});

Deno.test("realserver setup is refused without permission, and where neighbours would learn of the VIP", async () => {
  await using _ = await createHost();
  await refuses("setup 10.0.0.100 --forward dr", { code: 1, lines: [/\(EACCES\); run as root$/] }, AS_NOBODY);
  // Root, without leave to change the network: a sysctl comes first.
  await refuses("setup 10.0.0.100 --forward dr", {
    code: 1,
    lines: [/^Cannot .* \((EPERM|EACCES)\); run as root.*; everything is as it was before$/],
  }, ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);
  await refuses("setup fd00::100 --forward dr", {
    code: 1,
    lines: [/^Cannot add VIP fd00::100\/128 on lo: permission denied \(EPERM\); .*; everything is as it was before$/],
  }, ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);
  await refuses("setup 10.0.0.11 --forward dr", { code: 1, lines: [/eth0 already has this address.*\(EEXIST\)/] });
  await refuses("setup 10.0.0.100 --forward dr --device eth0", { code: 1, lines: [/neither lo nor a dummy/] });
  await refuses("setup 10.0.0.100 --forward nat", { code: 2, lines: [/needs no set-up/] });
  await refuses("check 10.0.0.100", { code: 1, lines: [/lvsctl did not set it up/] });
  // Checking and printing need no permission.
  const check = await realServer("check 10.0.0.100 --forward dr", AS_NOBODY);
  assert.deepEqual([check.code, check.stderr], [1, ""]);
  assert.match(check.stdout, /^wrong {2}10\.0\.0\.100 is on no interface: .*\n[^]*checked, 3 wrong\n$/);
  const print = await realServer(`setup ${VIPS} --forward dr --print sh`, AS_NOBODY);
  assert.deepEqual([print.code, print.stderr], [0, ""]);
});

Deno.test("what realserver setup --print sh prints does the same, and realserver check finds nothing wrong", async () => {
  for (
    const options of [
      "--forward dr",
      "--forward dr --device lvs0",
      "--forward tun",
      "--forward tun --tunnel gre",
      "--forward tun --tunnel gue --tunnel-port 6081",
    ]
  ) {
    await using _ = await createHost();
    const script = await must(HOST, `realserver setup ${VIPS} ${options} --print sh`);
    for (let run = 1; run <= 2; run++) {
      const { code, stderr } = await inNamespace(HOST, ["sh", "-s"], { stdin: script });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, script);
    }
    assert.match(await must(HOST, `realserver check ${VIPS} ${options}`), / checked, 0 wrong\n$/);
    // lvsctl finds nothing left to do, so it has nothing to restore.
    assert.match(await must(HOST, `realserver setup ${VIPS} ${options} --dry-run`), /^Nothing to change\n/);
  }
});

/** Runs systemd-networkd for a while, where it believes to be in a container: else it would wait for udev. */
const NETWORKD = `mount -o remount,ro,bind /sys
mkdir -p /run/systemd/netif && chown systemd-network:systemd-network /run/systemd/netif
/lib/systemd/systemd-networkd & networkd=$!
for attempt in $(seq 1 100); do
  sleep 0.2
  "$@" >/tmp/check 2>&1 && break
done
kill $networkd
wait $networkd || :
cat /tmp/check`;

Deno.test("systemd takes what realserver setup --print systemd-networkd prints, and realserver check finds nothing wrong", async () => {
  for (const options of ["--forward dr", "--forward dr --device lvs0", "--forward tun --tunnel gue"]) {
    await using _ = await createHost();
    const files = "/tmp/printed";
    const units = "/run/systemd/network";
    for (const directory of [files, units]) {
      await Deno.remove(directory, { recursive: true }).catch(() => {}); // not there the first time
      await Deno.mkdir(directory, { recursive: true });
    }
    await must(HOST, `realserver setup ${VIPS} ${options} --print systemd-networkd --output ${files}`);
    const names = [...Deno.readDirSync(files)].map(({ name }) => name);
    for (const name of names.filter((name) => /\.(network|netdev)$/.test(name))) {
      await Deno.copyFile(`${files}/${name}`, `${units}/${name}`);
    }
    // What systemd does with the others when the machine starts.
    const service = names.includes("lvsctl-fou.service") ? await Deno.readTextFile(`${files}/lvsctl-fou.service`) : "";
    for (const [, command = ""] of service.matchAll(/^ExecStart=(.+)$/gm)) {
      const { code, stderr } = await inNamespace(HOST, command.split(" "));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, command);
    }
    const check = [lvsctlPath(), "realserver", "check", ...VIPS.split(" "), ...options.split(" ")];
    const sysctl = await inNamespace(HOST, ["/lib/systemd/systemd-sysctl", `${files}/60-lvsctl-sysctl.conf`]);
    assert.deepEqual({ code: sysctl.code, stderr: sysctl.stderr }, { code: 0, stderr: "" });
    const { stdout, stderr } = await inNamespace(HOST, ["unshare", "--mount", "sh", "-uc", NETWORKD, "sh", ...check]);
    assert.match(stdout, / checked, 0 wrong\n$/, stderr);
  }
});

Deno.test("realserver setup makes the interface where no fallback device is, and teardown deletes it", async () => {
  await using _namespaces = await createHost();
  await mustRun(["sysctl", "-qw", "net.core.fb_tunnels_only_for_init_net=1"]);
  try {
    await using _ = await Namespaces.create(["bare"]);
    const before = await hostState("bare");
    await must("bare", `realserver setup ${VIPS} --forward tun`);
    await must("bare", `realserver setup 10.0.0.101 fd00::101 --forward tun --tunnel gre`);
    const { stdout } = await inNamespace("bare", ["ip", "-brief", "link"]);
    assert.deepEqual(lines(stdout).map((line) => line.split(/[@ ]/)[0]), ["lo", "tunl0", "ip6tnl0", "gre0", "ip6gre0"]);
    assert.match(await must("bare", "realserver check"), / checked, 0 wrong\n$/);
    await must("bare", "realserver teardown");
    assert.deepEqual(await hostState("bare"), before);
  } finally {
    await mustRun(["sysctl", "-qw", "net.core.fb_tunnels_only_for_init_net=0"]);
  }
});

/** Enough VIPs for a set-up to take a while. */
const MANY = Array.from({ length: 400 }, (_, at) => `10.1.${at >> 8}.${at & 255}`);

async function countVips(): Promise<number> {
  const { stdout } = await inNamespace(HOST, ["ip", "-oneline", "-4", "address", "show", "dev", "lo"]);
  return lines(stdout).filter((line) => line.includes(" 10.1.")).length;
}

Deno.test("realserver setup that is interrupted, or killed and then torn down, leaves everything as it was", async () => {
  await using namespaces = await createHost();
  const before = await hostState(HOST);
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    const setup = namespaces.start(HOST, [lvsctlPath(), "realserver", "setup", ...MANY, "--forward", "dr"]);
    await until(async () => await countVips() > 0, {
      withinMs: 30_000,
      what: "the first VIPs",
      state: () => setup.stderr,
    });
    setup.signal(signal);
    const code = await setup.finished();
    if (signal === "SIGKILL") {
      assert.equal(code, 137);
      assert.ok(await countVips() > 0, "killed halfway");
      await must(HOST, "realserver teardown");
    } else {
      assert.deepEqual([code, setup.stderr], [
        signal === "SIGINT" ? 130 : 143,
        "lvsctl: Cannot set up the real server: a signal interrupted it; everything is as it was before\n",
      ]);
    }
    assert.deepEqual(await hostState(HOST), before, signal);
  }
});
