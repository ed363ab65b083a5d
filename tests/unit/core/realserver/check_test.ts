import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import type { ListedDeviceAddress, MachineState } from "../../../../core/realserver/machine.ts";
import { checkRealServer, completeSetup, failedChecks, type VipSetup } from "../../../../core/realserver/mod.ts";
import type { RealServerTunnel } from "../../../../core/realserver/setup.ts";
import type { Link } from "../../../../core/rtnetlink/mod.ts";

const IPIP: RealServerTunnel = { type: "ipip", port: 0 };
const GUE: RealServerTunnel = { type: "gue", port: 6080 };

function setup(address: string, tunnel?: RealServerTunnel, device?: string): VipSetup {
  return completeSetup({ address: parseIpAddress(address), ...(tunnel === undefined ? {} : { tunnel }), device });
}

function link(name: string, change: Partial<Link> = {}): Link {
  const rest = { index: 1, isUp: true, hasNeighbours: false, hardwareAddress: new Uint8Array(), mtu: 1500 };
  return { name, ...rest, isLoopback: name === "lo", ...change };
}

function place(text: string, device: string, change: Partial<ListedDeviceAddress> = {}): ListedDeviceAddress {
  const [address = "", length] = text.split("/");
  const rest = { scope: "host", dad: false, prefixRoute: true, state: "up" } as const;
  return {
    address: parseIpAddress(address),
    prefixLength: Number(length ?? (address.includes(":") ? 128 : 32)),
    device,
    ...rest,
    ...change,
  };
}

const LO = link("lo");
const ETH0 = link("eth0", { hasNeighbours: true });
const TUNL0 = link("tunl0", { kind: "ipip" });

function machine(
  sysctls: Readonly<Record<string, string>>,
  { links = [LO, ETH0], addresses = [], fouPorts = [] }: Partial<MachineState>,
): MachineState {
  return { links, addresses, fouPorts, sysctl: (name) => sysctls[name] };
}

const QUIET = { "net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2" };

/** What is wrong, as "object state: effect; fix". */
function wrong(current: MachineState, ...setups: readonly VipSetup[]): readonly string[] {
  return failedChecks(checkRealServer(current, setups)).map(({ object, state, problem }) =>
    `${object} ${state}: ${problem?.effect}; ${problem?.fix}`
  );
}

Deno.test("checkRealServer() reports every checked thing of a machine that is set up for dr", () => {
  const current = machine({ ...QUIET, "net.ipv6.conf.lo.disable_ipv6": "0" }, {
    addresses: [place("192.0.2.10", "lo"), place("2001:db8::10", "lo")],
  });
  const findings = checkRealServer(current, [setup("192.0.2.10"), setup("2001:db8::10")]);
  assert.deepEqual(findings, [
    { object: "192.0.2.10", state: "is on lo" },
    { object: "net.ipv4.conf.all.arp_ignore", state: "is 1" },
    { object: "net.ipv4.conf.all.arp_announce", state: "is 2" },
    { object: "lo", state: "is up" },
    { object: "2001:db8::10", state: "is on lo" },
    { object: "net.ipv6.conf.lo.disable_ipv6", state: "is 0" },
  ]);
});

Deno.test("checkRealServer() reports every problem of dr with its fix", () => {
  const current = machine({ "net.ipv4.conf.all.arp_ignore": "0", "net.ipv6.conf.lo.disable_ipv6": "1" }, {
    links: [link("lo", { isUp: false }), ETH0],
    addresses: [place("192.0.2.10/24", "eth0"), place("192.0.2.11/24", "lo")],
  });
  const effect = "neighbours on eth0 learn that this machine has the VIP, and clients bypass the director";
  assert.deepEqual(wrong(current, setup("192.0.2.10"), setup("192.0.2.11"), setup("2001:db8::10")), [
    "192.0.2.10 is on eth0: neighbours learn that this machine has it, and bypass the director; " +
    "ip address delete 192.0.2.10/24 dev eth0",
    `net.ipv4.conf.all.arp_ignore is 0: ${effect}; sysctl -w net.ipv4.conf.all.arp_ignore=1`,
    `net.ipv4.conf.all.arp_announce is 0: ${effect}; sysctl -w net.ipv4.conf.all.arp_announce=2`,
    "lo is down: packets for 192.0.2.10 are dropped; ip link set lo up",
    "192.0.2.11 is on lo as 192.0.2.11/24: this machine treats every address of that network as its own; " +
    "ip address delete 192.0.2.11/24 dev lo",
    "2001:db8::10 is on no interface: the machine does not accept packets for it; " +
    "ip address add 2001:db8::10/128 dev lo nodad preferred_lft 0",
    "net.ipv6.conf.lo.disable_ipv6 is 1: lo has no IPv6; sysctl -w net.ipv6.conf.lo.disable_ipv6=0",
  ]);
});

Deno.test("checkRealServer() takes the larger of an interface's own setting and that of all", () => {
  const own = { "net.ipv4.conf.eth0.arp_ignore": "1", "net.ipv4.conf.eth0.arp_announce": "2" };
  const addresses = [place("192.0.2.10", "lo")];
  assert.deepEqual(wrong(machine(own, { addresses }), setup("192.0.2.10")), []);
  const eth1 = link("eth1", { hasNeighbours: true });
  const [first = ""] = wrong(machine(own, { addresses, links: [LO, ETH0, eth1] }), setup("192.0.2.10"));
  assert.match(first, /^net\.ipv4\.conf\.all\.arp_ignore is 0: neighbours on eth1 learn/);
  assert.deepEqual(
    wrong(machine(own, { addresses, links: [LO, ETH0, { ...eth1, isUp: false }] }), setup("192.0.2.10")),
    [],
  );
});

Deno.test("checkRealServer() accepts a dummy interface, which has no neighbours", () => {
  const dummy = link("lvs0", { kind: "dummy" });
  const current = machine(QUIET, { links: [LO, ETH0, dummy], addresses: [place("192.0.2.10", "lvs0")] });
  assert.deepEqual(wrong(current, setup("192.0.2.10", undefined, "lvs0")), []);
  assert.deepEqual(
    wrong(machine(QUIET, { addresses: [place("192.0.2.10", "lo")] }), setup("192.0.2.10", undefined, "lvs0")),
    [
      "lvs0 is missing: no interface accepts packets for 192.0.2.10; " +
      "ip link add lvs0 type dummy && ip link set lvs0 up",
    ],
  );
});

Deno.test("checkRealServer() reports the problems of a tunnel", () => {
  const vip = setup("192.0.2.10", IPIP);
  const filters = (own: string, all: string): Readonly<Record<string, string>> => ({
    ...QUIET,
    "net.ipv4.conf.tunl0.rp_filter": own,
    "net.ipv4.conf.all.rp_filter": all,
  });
  const links = [LO, ETH0, TUNL0];
  const onTunnel = [place("192.0.2.10", "tunl0")];
  assert.deepEqual(wrong(machine(filters("2", "1"), { links, addresses: onTunnel }), vip), []);
  const dropped = "packets from tunl0 are dropped, because replies to clients leave by another interface";
  assert.deepEqual(wrong(machine(filters("0", "1"), { links, addresses: onTunnel }), vip), [
    `net.ipv4.conf.tunl0.rp_filter is 0, and net.ipv4.conf.all.rp_filter is 1: ${dropped}; sysctl -w net.ipv4.conf.tunl0.rp_filter=2`,
  ]);
  // Loose filtering without an address on the interface drops too.
  const onLo = setup("192.0.2.10", IPIP, "lo");
  const addresses = [place("192.0.2.10", "lo")];
  assert.deepEqual(wrong(machine(filters("0", "0"), { links, addresses }), onLo), []);
  assert.deepEqual(wrong(machine(filters("2", "0"), { links, addresses }), onLo), [
    `net.ipv4.conf.tunl0.rp_filter is 2, and net.ipv4.conf.all.rp_filter is 0: ${dropped}; sysctl -w net.ipv4.conf.tunl0.rp_filter=0`,
  ]);
  assert.deepEqual(wrong(machine(filters("2", "2"), { links, addresses }), onLo), [
    `net.ipv4.conf.tunl0.rp_filter is 2, and net.ipv4.conf.all.rp_filter is 2: ${dropped}; ` +
    "sysctl -w net.ipv4.conf.tunl0.rp_filter=2 && ip address add 192.0.2.10/32 dev tunl0 scope host",
  ]);
  assert.deepEqual(wrong(machine(QUIET, { addresses: [place("192.0.2.10", "lo")] }), vip), [
    "tunl0 is missing: no interface accepts packets for 192.0.2.10; " +
    "ip link add tunl0 type ipip && ip link set tunl0 up",
  ]);
});

Deno.test("checkRealServer() reports the problems of a GUE port", () => {
  const vip = setup("2001:db8::10", GUE);
  const links = [LO, ETH0, link("ip6tnl0", { kind: "ip6tnl" })];
  const addresses = [place("2001:db8::10", "ip6tnl0")];
  const sysctls = { "net.ipv6.conf.ip6tnl0.disable_ipv6": "0" };
  const port = { port: 6080, family: "ipv6", isGue: true } as const;
  assert.deepEqual(wrong(machine(sysctls, { links, addresses, fouPorts: [port] }), vip), []);
  assert.deepEqual(wrong(machine(sysctls, { links, addresses, fouPorts: [{ ...port, family: "ipv4" }] }), vip), [
    "UDP port 6080 over IPv6 does not unpack GUE: packets from the director are dropped; " +
    "modprobe fou; ip -6 fou add port 6080 gue",
  ]);
  assert.deepEqual(wrong(machine(sysctls, { links, addresses, fouPorts: [{ ...port, isGue: false }] }), vip), [
    "UDP port 6080 over IPv6 unpacks another protocol than GUE: packets from the director are dropped; " +
    "ip -6 fou del port 6080; ip -6 fou add port 6080 gue",
  ]);
});

Deno.test("checkRealServer() reports an IPv6 VIP that the kernel detected as a duplicate", () => {
  const addresses = [place("2001:db8::10", "lo", { state: "duplicate" })];
  assert.deepEqual(wrong(machine({ "net.ipv6.conf.lo.disable_ipv6": "0" }, { addresses }), setup("2001:db8::10")), [
    "2001:db8::10 is on lo, but the kernel detected a duplicate: the address cannot be used; " +
    "ip address delete 2001:db8::10/128 dev lo; ip address add 2001:db8::10/128 dev lo nodad",
  ]);
});
