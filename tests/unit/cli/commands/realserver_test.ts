import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { reasonsOf } from "../../../support/refusal.ts";
import { MemoryRealServer } from "../../../support/memory_real_server.ts";

const VIPS = "192.0.2.10 2001:db8::10";

function run(realServer: MemoryRealServer, line: string): Promise<Printed> {
  return lvsctl(`realserver ${line}`, { realServer });
}

async function must(realServer: MemoryRealServer, line: string): Promise<string> {
  const { code, out, err } = await run(realServer, line);
  assert.deepEqual({ code, err }, { code: 0, err: "" }, line);
  return out;
}

async function refuses(
  realServer: MemoryRealServer,
  line: string,
  [code, message]: readonly [number, RegExp],
): Promise<void> {
  const before = realServer.state();
  const printed = await run(realServer, line);
  assert.deepEqual([printed.code, printed.out], [code, ""], line);
  assert.match(printed.err, message);
  assert.equal(reasonsOf(printed.err).length, 1, printed.err);
  assert.equal(realServer.state(), before, line);
}

Deno.test("realserver setup for dr says nothing, check finds nothing wrong, teardown puts everything back", async () => {
  using server = new MemoryRealServer();
  const before = server.state();
  assert.equal(
    await must(server, `setup ${VIPS} --forward dr --dry-run`),
    [
      "~ set net.ipv4.conf.all.arp_ignore to 1",
      "~ set net.ipv4.conf.all.arp_announce to 2",
      "+ add VIP 192.0.2.10/32 on lo",
      "+ add VIP 2001:db8::10/128 on lo",
      "",
    ].join("\n"),
  );
  assert.equal(server.state(), before);
  assert.equal(await must(server, `setup ${VIPS} --forward dr`), "");
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 lo host", "2001:db8::10/128 lo global"]);
  assert.equal(await must(server, `setup ${VIPS} --forward dr --dry-run`), "Nothing to change\n");
  assert.equal(
    await must(server, "check"),
    [
      "ok     192.0.2.10 is on lo",
      "ok     net.ipv4.conf.all.arp_ignore is 1",
      "ok     net.ipv4.conf.all.arp_announce is 2",
      "ok     lo is up",
      "ok     2001:db8::10 is on lo",
      "ok     net.ipv6.conf.lo.disable_ipv6 is 0",
      "6 checked, 0 wrong",
      "",
    ].join("\n"),
  );
  assert.equal(
    await must(server, "teardown 192.0.2.10 --dry-run"),
    [
      "- delete VIP 192.0.2.10/32 on lo",
      "~ restore net.ipv4.conf.all.arp_announce to 0",
      "~ restore net.ipv4.conf.all.arp_ignore to 0",
      "",
    ].join("\n"),
  );
  assert.equal(await must(server, "teardown"), "");
  assert.equal(server.state(), before);
  assert.equal(await must(server, "teardown --dry-run"), "Nothing to change\n");
  assert.equal(await must(server, "teardown"), "Nothing to change\n");
  assert.equal(await must(server, "teardown 192.0.2.99"), "Nothing to change\n");
  assert.deepEqual([server.routes.open, server.fou.open], [0, 0]);
});

Deno.test("realserver setup for tun tells of MTU and firewall, in JSON too", async () => {
  using server = new MemoryRealServer();
  assert.equal(
    await must(server, "setup 192.0.2.10 --forward tun --tunnel gue --tunnel-port 6081"),
    "note: gue over IPv4 makes packets 32 bytes longer: with an MTU of 1500, limit the TCP segments of clients " +
      'to 1428 bytes with "ip route change default ... advmss 1428" here\n' +
      "note: tunl0 accepts tunnelled packets from any host: let the firewall accept them from the directors only\n",
  );
  assert.deepEqual(server.fou.ports.map(({ port }) => port), [6081]);
  const { dry_run, changes, notes } = JSON.parse(
    await must(server, "setup 2001:db8::10 --forward tun --tunnel gre --dry-run --json"),
  );
  assert.equal(dry_run, true);
  assert.deepEqual(changes.at(-1), {
    operation: "addAddress",
    description: "add VIP 2001:db8::10/128 on ip6gre0",
    sets: { address: "2001:db8::10", device: "ip6gre0" },
  });
  assert.match(notes[0], /^gre over IPv6 makes packets 44 bytes longer: .* to 1396 bytes/);
});

Deno.test("realserver setup refuses what makes no sense, before it looks at anything", async () => {
  using server = new MemoryRealServer();
  const cases: readonly (readonly [string, RegExp])[] = [
    ["setup --forward dr", /missing required argument 'vip'/],
    ["setup 192.0.2.10", /--forward is missing; add --forward dr or --forward tun/],
    [
      "setup 192.0.2.10 --forward nat",
      /a real server for nat needs no set-up; let its default route lead to the director/,
    ],
    ["setup 192.0.2.10 --forward bridge", /"bridge" is not a forwarding method/],
    ["setup web --forward dr", /"web" is not an IP address/],
    ["setup 192.0.2.10/24 --forward dr", /has the prefix of a network; .* write 192\.0\.2\.10/],
    ["setup 224.0.0.1 --forward dr", /224\.0\.0\.1 is not an address that a host can have/],
    ["setup 192.0.2.10 --forward dr --tunnel gre", /direct routing has no tunnel/],
    ["setup 192.0.2.10 --forward tun --tunnel-port 6080", /only gue tunnels have a port/],
    ["setup 192.0.2.10 --forward tun --tunnel gue --tunnel-port 0", /"0" is not a port/],
    ["setup 192.0.2.10 --forward tun --tunnel vxlan", /not one of ipip, gue, gre/],
    ["setup 192.0.2.10 --forward dr --device ..", /"\.\." is not the name of an interface/],
    ["setup 192.0.2.10 --forward dr --print nft", /not one of sh, sysctl, systemd-networkd/],
    ["setup 192.0.2.10 --forward dr --output /tmp", /--output needs --print/],
    ["check --forward dr", /--forward needs a VIP/],
    ["check 192.0.2.10 --tunnel gre", /need --forward/],
    ["teardown 10.1", /"10\.1" is not an IP address/],
  ];
  for (const [line, pattern] of cases) await refuses(server, line, [2, pattern]);
});

Deno.test("realserver setup refuses what this machine cannot have, with the way out", async () => {
  using server = new MemoryRealServer();
  const eth0 = { index: 2, prefixLength: 24 };
  server.routes.addForeign([192, 0, 2, 10], eth0);
  server.routes.addForeign([192, 0, 2, 11], { index: 1, prefixLength: 24 });
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "setup 192.0.2.10 --forward dr",
      /: eth0 already has this address, as 192\.0\.2\.10\/24, and announces it to its neighbours \(EEXIST\); delete it with "ip address delete 192\.0\.2\.10\/24 dev eth0"$/m,
    ],
    [
      "setup 192.0.2.11 --forward dr",
      /lo already has this address, as 192\.0\.2\.11\/24: on lo this makes every address/,
    ],
    ["setup 192.0.2.11 --forward tun", /lo already has this address.* or keep it there with --device lo$/m],
    ["setup 192.0.2.12 --forward dr --device eth0", /eth0 is neither lo nor a dummy interface/],
    ["check", /^lvsctl: Cannot check the real server: lvsctl did not set it up; give VIPs and --forward dr or tun$/m],
    ["check 192.0.2.10", /for 192\.0\.2\.10: lvsctl did not set it up/],
  ];
  for (const [line, pattern] of cases) await refuses(server, line, [1, pattern]);
  server.setSysctl("net.ipv4.conf.all.rp_filter", "1");
  await refuses(server, "setup 192.0.2.12 --forward tun --device lo", [
    1,
    /net\.ipv4\.conf\.all\.rp_filter is 1, so packets from tunl0 are dropped .*; omit --device/,
  ]);
  Deno.removeSync(`${server.sysctlRoot}/net/ipv6`, { recursive: true });
  const { code, err } = await run(server, "setup 2001:db8::12 --forward dr");
  assert.deepEqual([code, /this kernel has no IPv6 \(EAFNOSUPPORT\)/.test(err)], [1, true], err);
});

Deno.test("realserver setup that is not permitted changes nothing", async () => {
  using server = new MemoryRealServer();
  server.routes.faults.isPermitted = false;
  await refuses(server, "setup 192.0.2.10 --forward dr", [
    1,
    /^lvsctl: Cannot add VIP 192\.0\.2\.10\/32 on lo: permission denied \(EPERM\); run as root .*; everything is as it was/,
  ]);
});

Deno.test("realserver setup keeps a VIP that is there as it should be, and teardown leaves it", async () => {
  using server = new MemoryRealServer();
  server.routes.addForeign([192, 0, 2, 10], { index: 1, prefixLength: 32 });
  await must(server, "setup 192.0.2.10 --forward dr");
  await must(server, "teardown");
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 lo global"]);
});

Deno.test("realserver teardown leaves what somebody else has changed since, and says so", async () => {
  using server = new MemoryRealServer();
  server.setSysctl("net.ipv4.conf.all.rp_filter", "1");
  await must(server, "setup 192.0.2.10 --forward tun");
  server.setSysctl("net.ipv4.conf.all.arp_ignore", "2");
  {
    using access = server.access();
    access.machine.addAddress({ address: parseIpAddress("192.0.2.99"), device: "tunl0" });
  }
  assert.equal(
    await must(server, "teardown"),
    "note: net.ipv4.conf.all.arp_ignore was 0 before and stays 2, because another program set it\n" +
      "note: tunl0 was down before and stays, because another program added 192.0.2.99 to it\n",
  );
  assert.deepEqual(server.addresses(), ["192.0.2.99/32 tunl0 host"]);
  assert.equal(await must(server, "teardown --dry-run"), "Nothing to change\n");
});

Deno.test("realserver check exits with 1 and says what is wrong, whoever set the machine up", async () => {
  using server = new MemoryRealServer();
  await must(server, "setup 192.0.2.10 --forward tun");
  server.setSysctl("net.ipv4.conf.all.arp_announce", "0");
  const { code, out, err } = await run(server, "check");
  assert.deepEqual([code, err], [1, ""]);
  assert.match(
    out,
    /^wrong {2}net\.ipv4\.conf\.all\.arp_announce is 0: .*; fix: sysctl -w net\.ipv4\.conf\.all\.arp_announce=2$/m,
  );
  assert.match(out, /^ok {5}192\.0\.2\.10 is on tunl0\n[^]*\n5 checked, 1 wrong\n$/);
  const other = await run(server, "check 192.0.2.11 --forward dr --json");
  assert.equal(other.code, 1);
  assert.deepEqual(JSON.parse(other.out).findings[0], {
    object: "192.0.2.11",
    state: "is on no interface",
    ok: false,
    effect: "the machine does not accept packets for it",
    fix: "ip address add 192.0.2.11/32 dev lo scope host",
  });
});

Deno.test("realserver is refused by a state file that lvsctl did not write, and ignores that of another machine", async () => {
  using server = new MemoryRealServer();
  await must(server, "setup 192.0.2.10 --forward dr");
  const state = Deno.readTextFileSync(server.statePath);
  for (const damage of ["[]", "{", state.replace('"memory"', '"m"'), state.replace('"192.0.2.10"', '"web"')]) {
    Deno.writeTextFileSync(server.statePath, damage);
    for (const line of ["check", "teardown", "setup 192.0.2.11 --forward dr"]) {
      await refuses(server, line, [1, /^lvsctl: Cannot read .*: it is not a file that lvsctl wrote; delete it; /]);
    }
  }
  Deno.writeTextFileSync(server.statePath, state);
  // The same file where nothing of it holds: a namespace whose number is used again.
  using another = new MemoryRealServer();
  Deno.mkdirSync(another.statePath.replace(/\/[^/]*$/, ""));
  Deno.copyFileSync(server.statePath, another.statePath);
  await refuses(another, "check", [1, /lvsctl did not set it up/]);
  await must(another, "setup 192.0.2.10 --forward dr");
  await must(another, "teardown");
  assert.deepEqual(another.addresses(), []);
});

/** What set-ups by ipip leave to the administrator, as comments. */
const ADVICE =
  `# ipip over IPv4 makes packets 20 bytes longer: with an MTU of 1500, limit the TCP segments of clients to 1440 bytes with "ip route change default ... advmss 1440" here.
# tunl0 accepts tunnelled packets from any host: let the firewall accept them from the directors only.
`;

Deno.test("realserver setup --print sh has the advice of --dry-run", async () => {
  const { out } = await lvsctl("realserver setup 192.0.2.10 --forward tun --print sh");
  assert.ok(out.includes(`\n${ADVICE}# Safe to run again.\nset -eu\n`), out);
});

Deno.test("realserver setup --print opens nothing and prints what it would do, as a script, sysctls and files", async () => {
  const print = async (line: string): Promise<string> => {
    const { code, out, err } = await lvsctl(`realserver setup ${line}`);
    assert.deepEqual([code, err], [0, ""]);
    return out;
  };
  assert.equal(
    await print(`${VIPS} --forward dr --device lvs0 --print sh`),
    `#!/bin/sh
# Real server of 192.0.2.10, 2001:db8::10; printed by lvsctl realserver setup.
# Safe to run again.
set -eu

sysctl -q -w net.ipv4.conf.all.arp_ignore=1
sysctl -q -w net.ipv4.conf.all.arp_announce=2
ip link show dev lvs0 >/dev/null 2>&1 || ip link add lvs0 type dummy
ip link set lvs0 up
sysctl -q -w net.ipv6.conf.lvs0.disable_ipv6=0
ip address replace 192.0.2.10/32 dev lvs0 scope host
ip address replace 2001:db8::10/128 dev lvs0 nodad preferred_lft 0
`,
  );
  assert.equal(
    await print("192.0.2.10 --forward tun --print sysctl"),
    `# Real server of 192.0.2.10; printed by lvsctl realserver setup.
${ADVICE}net.ipv4.conf.all.arp_ignore = 1
net.ipv4.conf.all.arp_announce = 2
-net.ipv4.conf.tunl0.rp_filter = 2
`,
  );
  assert.equal(
    (await print("192.0.2.10 --forward tun --device lo --print sysctl")).split("\n").slice(1).join("\n"),
    `# net.ipv4.conf.all.rp_filter must be 0: the tunnel's interface has no address.
${ADVICE}net.ipv4.conf.all.arp_ignore = 1
net.ipv4.conf.all.arp_announce = 2
-net.ipv4.conf.tunl0.rp_filter = 0
`,
  );
  assert.equal(
    (await print("2001:db8::10 --forward tun --tunnel gue --print systemd-networkd")).replaceAll(/^# Real.*\n/gm, ""),
    `# ===== /etc/modules-load.d/60-lvsctl-modules.conf
# gue over IPv6 makes packets 52 bytes longer: with an MTU of 1500, limit the TCP segments of clients to 1388 bytes with "ip -6 route change default ... advmss 1388" here.
# ip6tnl0 accepts tunnelled packets from any host: let the firewall accept them from the directors only.
ip6_tunnel
fou

# ===== /etc/sysctl.d/60-lvsctl-sysctl.conf
-net.ipv6.conf.ip6tnl0.disable_ipv6 = 0

# ===== /etc/systemd/network/60-lvsctl-ip6tnl0.network
[Match]
Name=ip6tnl0

[Network]
LinkLocalAddressing=no
ConfigureWithoutCarrier=yes

[Address]
Address=2001:db8::10/128
DuplicateAddressDetection=none
PreferredLifetime=0

# ===== /etc/systemd/system/lvsctl-fou.service
[Unit]
Description=GUE ports of a real server
After=systemd-modules-load.service
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/ip -6 fou add port 6080 gue
ExecStop=/sbin/ip -6 fou del port 6080

[Install]
WantedBy=multi-user.target
`,
  );
});

Deno.test("realserver setup --print --output writes files that their programs can read", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const line =
      `realserver setup 192.0.2.10 --forward tun --tunnel gue --print systemd-networkd --output ${directory}`;
    const { code, out, err } = await lvsctl(line);
    assert.deepEqual([code, err], [0, ""]);
    const names = ["60-lvsctl-modules.conf", "60-lvsctl-sysctl.conf", "60-lvsctl-tunl0.network", "lvsctl-fou.service"];
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).toSorted(), names);
    for (const name of names) assert.equal((Deno.statSync(`${directory}/${name}`).mode ?? 0) & 0o777, 0o644);
    assert.match(out, /60-lvsctl-tunl0\.network: belongs to \/etc\/systemd\/network\/60-lvsctl-tunl0\.network\n/);
    const missing = await lvsctl(`${line}/nowhere`);
    assert.deepEqual([missing.code, missing.out], [1, ""]);
    assert.match(missing.err, /^lvsctl: Cannot write .*nowhere.*\(ENOENT\)\n$/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("realserver setup --print --output replaces what it printed, and other files with consent only", async () => {
  const directory = await Deno.makeTempDir();
  const sysctl = `${directory}/60-lvsctl-sysctl.conf`;
  const line = (vip: string, more = ""): string =>
    `realserver setup ${vip} --forward dr --print systemd-networkd --device dummy0 --output ${directory}${more}`;
  const text = (): string => Deno.readTextFileSync(sysctl);
  try {
    for (const vip of ["192.0.2.10", "192.0.2.11"]) {
      assert.equal((await lvsctl(line(vip))).code, 0);
      assert.ok(text().includes(vip));
    }
    const script = `realserver setup 192.0.2.10 --forward dr --print sh --output ${directory}`;
    for (let run = 0; run < 2; run++) assert.equal((await lvsctl(script)).code, 0);
    await Deno.writeTextFile(sysctl, "net.ipv4.ip_forward = 1\n");
    await Deno.remove(`${directory}/60-lvsctl-dummy0.network`);
    const refused = await lvsctl(line("192.0.2.12"));
    assert.deepEqual([refused.code, refused.out], [2, ""]);
    assert.match(
      refused.err,
      /^lvsctl: Cannot write to .*: it replaces .*60-lvsctl-sysctl\.conf, a file that lvsctl did/,
    );
    assert.match(refused.err, /add --yes to do it\n$/);
    const declined = await lvsctl(line("192.0.2.12"), { answer: false });
    assert.match(declined.err, /^~ replace .*sysctl\.conf\nReplace a file that lvsctl did not print\?\n/);
    assert.equal(text(), "net.ipv4.ip_forward = 1\n");
    assert.ok(![...Deno.readDirSync(directory)].some(({ name }) => name === "60-lvsctl-dummy0.network"));
    assert.equal((await lvsctl(line("192.0.2.12", " --yes"))).code, 0);
    assert.ok(text().includes("192.0.2.12"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
