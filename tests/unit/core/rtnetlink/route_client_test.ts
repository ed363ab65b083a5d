import assert from "node:assert/strict";
import { parseIpAddress, type Vip } from "../../../../core/model/mod.ts";
import { MessageWriter, NetlinkDecodeError } from "../../../../core/netlink/mod.ts";
import { encodeNewMacvlan } from "../../../../core/rtnetlink/codec.ts";
import { type Link, RouteClient } from "../../../../core/rtnetlink/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";

const ETH0: Link = {
  index: 2,
  name: "eth0",
  isUp: true,
  hasNeighbours: true,
  hardwareAddress: fromHex("020000000001"),
  mtu: 1500,
  isLoopback: false,
};

function vip(address: string, change: Partial<Vip> = {}): Vip {
  const bits = address.includes(":") ? 128 : 32;
  return {
    address: parseIpAddress(address),
    prefixLength: bits,
    device: "eth0",
    scope: "global",
    dad: false,
    prefixRoute: true,
    ...change,
  };
}

/** A transport that acknowledges the message of that number, counted from 1. */
function acknowledging(sequence: number): ScriptedTransport {
  const ack = `24000000 02000000 0${sequence}000000 00000000 00000000`;
  return new ScriptedTransport(() => [fromHex(`${ack} 10000000 01000500 0${sequence}000000 00000000`)]);
}

/** What one change sends, without the message behind it that asks for the acknowledgement. */
function sent(changes: Parameters<RouteClient["execute"]>[0], messages: number): string {
  const transport = acknowledging(messages + 1);
  using client = new RouteClient(transport);
  assert.deepEqual(client.execute(changes, { links: [ETH0] }), new Map());
  return toHex((transport.sent[0] ?? new Uint8Array()).subarray(0, -16));
}

Deno.test("RouteClient.execute() adds an IPv4 address with label, scope and lvsctl's mark", () => {
  const added = vip("192.0.2.10", { label: "eth0:web", scope: "link", prefixRoute: false });
  assert.equal(
    sent([{ operation: "addVip", vip: added }], 1),
    toHex(fromHex(`48000000 14000100 01000000 00000000  02 20 00 fd 02000000
      08000100 c000020a  08000200 c000020a  0d000300 657468303a77656200000000  08000800 00020000  05000b00 4c000000`)),
  );
});

Deno.test("RouteClient.execute() adds an IPv6 address without duplicate detection by default, and not as a source", () => {
  const address = "20010db8 00000000 00000000 00000010";
  const expected = (flags: string): string =>
    toHex(fromHex(`64000000 14000100 01000000 00000000  0a 80 ${flags} 00 02000000
      14000100 ${address}  14000200 ${address}  14000600 00000000 ffffffff 00000000 00000000  08000800 ${flags}000000  05000b00 4c000000`));
  assert.equal(sent([{ operation: "addVip", vip: vip("2001:db8::10") }], 1), expected("02"));
  assert.equal(sent([{ operation: "addVip", vip: vip("2001:db8::10", { dad: true }) }], 1), expected("00"));
  // An address with others in its prefix is an address of the machine like any other.
  const other = sent([{ operation: "addVip", vip: vip("2001:db8::10", { prefixLength: 64 }) }], 1);
  assert.ok(!other.includes("14000600"), other);
});

Deno.test("RouteClient.execute() deletes by address, prefix and interface, and edits by deleting and adding", () => {
  const deletion = (sequence: string): string =>
    toHex(fromHex(`28000000 15000100 ${sequence}000000 00000000  02 20 00 00 02000000
      08000100 c000020a  08000200 c000020a`));
  assert.equal(sent([{ operation: "deleteVip", vip: vip("192.0.2.10") }], 1), deletion("01"));
  const from = vip("192.0.2.10");
  const edited = sent([{ operation: "editVip", from, vip: vip("192.0.2.10", { prefixLength: 24 }) }], 2);
  assert.ok(edited.startsWith(`${deletion("01")} 38000000 14000100 02000000 00000000 02180000 02000000`), edited);
});

Deno.test("RouteClient.execute() refuses an unknown interface, and runs the other changes", () => {
  const transport = acknowledging(2);
  using client = new RouteClient(transport);
  const errors = client.execute([
    { operation: "addVip", vip: vip("192.0.2.10", { device: "eth9" }) },
    { operation: "addVip", vip: vip("192.0.2.11") },
  ], { links: [ETH0] });
  assert.deepEqual([...errors].map(([index, { message }]) => `${index} ${message}`), [
    '0 Cannot add VIP 192.0.2.10/32 on eth9: there is no interface eth9 (ENODEV); "ip link" lists the interfaces',
  ]);
});

Deno.test("RouteClient.addDefaultRoute() adds a route of the main table for every IPv4 address", () => {
  const transport = acknowledging(1);
  using client = new RouteClient(transport);
  client.addDefaultRoute({ name: "lo", index: 1 });
  assert.equal(
    toHex(transport.sent[0] ?? new Uint8Array()),
    toHex(fromHex(`24000000 18000504 01000000 00000000  02 00 00 00 fe 04 fd 01 00000000  08000400 01000000`)),
  );
});

/** A client whose dump answers with these messages. */
function dumping(...messages: readonly string[]): RouteClient {
  const done = "14000000 03000200 01000000 00000000 00000000";
  return new RouteClient(new ScriptedTransport(() => [...messages, done].map(fromHex)));
}

Deno.test("RouteClient.links() sends an empty structure and reads the interfaces", () => {
  const transport = new ScriptedTransport(() => [
    fromHex(`48000000 10000200 01000000 00000000  00 00 0100 02000000 43100100 00000000
      09000300 657468300000 0000  08000400 dc050000  0a000100 020000000001 0000  0500ff00 01000000`),
    fromHex("14000000 03000200 01000000 00000000 00000000"),
  ]);
  using client = new RouteClient(transport);
  assert.deepEqual(client.links(), [ETH0]);
  assert.equal(
    toHex(transport.sent[0] ?? new Uint8Array()),
    "20000000 12000103 01000000 00000000 00000000 00000000 00000000 00000000",
  );
});

Deno.test("RouteClient.addresses() reads flags, scope, label and mark, and ignores other families", () => {
  using client = dumping(
    `48000000 14000200 01000000 00000000  02 18 80 fd 02000000
      08000100 c000020a  08000200 c000020a  0d000300 657468303a77656200000000  08000800 80020000  05000b00 4c000000`,
    `2c000000 14000200 01000000 00000000  0a 40 48 fd 02000000  14000100 fe800000 00000000 00000000 00000001`,
    `20000000 14000200 01000000 00000000  1d 00 00 00 02000000  05000200 09000000`,
  );
  assert.deepEqual(client.addresses(), [
    {
      index: 2,
      address: "192.0.2.10",
      prefixLength: 24,
      label: "eth0:web",
      scope: "link",
      dad: false,
      prefixRoute: false,
      state: "up",
      protocol: 76,
    },
    {
      index: 2,
      address: "fe80::1",
      prefixLength: 64,
      scope: "global",
      dad: true,
      prefixRoute: true,
      state: "duplicate",
    },
  ]);
});

/** What a request sends that is acknowledged. */
function requested(request: (client: RouteClient) => void): string {
  const transport = acknowledging(1);
  using client = new RouteClient(transport);
  request(client);
  return toHex(transport.sent[0] ?? new Uint8Array());
}

Deno.test("RouteClient.addLink() names the interface and its kind, and requires a new one", () => {
  assert.equal(
    requested((client) => client.addLink({ name: "lvs0", kind: "dummy" })),
    toHex(fromHex(`3c000000 10000506 01000000 00000000  0000 0000 00000000 00000000 00000000
      09000300 6c76733000000000  10001280 0a000100 64756d6d79000000`)),
  );
});

Deno.test("RouteClient.setLinkState() and deleteLink() use the interface's number", () => {
  const state = (flags: string): string =>
    toHex(fromHex(`20000000 10000500 01000000 00000000  0000 0000 02000000 ${flags} 01000000`));
  assert.equal(requested((client) => client.setLinkState({ ...ETH0, isUp: true })), state("01000000"));
  assert.equal(requested((client) => client.setLinkState({ ...ETH0, isUp: false })), state("00000000"));
  assert.equal(
    requested((client) => client.deleteLink(ETH0)),
    toHex(fromHex("20000000 11000500 01000000 00000000  0000 0000 02000000 00000000 00000000")),
  );
});

Deno.test("RouteClient explains why an interface cannot be created", () => {
  const refused = (errno: string): RouteClient =>
    new RouteClient(new ScriptedTransport(() => [fromHex(`14000000 02000000 01000000 00000000 ${errno}ffffff`)]));
  const cases: readonly (readonly [errno: string, kind: string, message: string])[] = [
    ["ef", "dummy", 'the interface exists already (EEXIST); "ip -d link" shows it'],
    [
      "a1",
      "gre",
      'this kernel has no interfaces of the kind gre (EOPNOTSUPP); load their module as root with "modprobe ip_gre"; ' +
      "in a container, on the host",
    ],
    ["ff", "ipip", "permission denied (EPERM); run as root (it needs CAP_NET_ADMIN)"],
  ];
  for (const [errno, kind, message] of cases) {
    using client = refused(errno);
    assert.throws(() => client.addLink({ name: "lvs0", kind }), {
      message: `Cannot create the interface lvs0: ${message}`,
    });
  }
});

Deno.test("RouteClient.links() reads the kind of an interface", () => {
  using client = dumping(
    `44000000 10000200 01000000 00000000  00 00 0003 03000000 c1000000 00000000
      0a000300 74756e6c3000 0000  08000400 c8050000  10001200 09000100 6970697000000000`,
  );
  const [link] = client.links();
  assert.deepEqual([link?.name, link?.kind, link?.isUp, link?.hasNeighbours], ["tunl0", "ipip", true, false]);
});

Deno.test("RouteClient refuses an answer that is cut off", () => {
  using client = dumping("14000000 14000200 01000000 00000000 02180000");
  assert.throws(() => client.addresses(), NetlinkDecodeError);
});

Deno.test("RouteClient explains an errno", () => {
  using client = new RouteClient(
    new ScriptedTransport(() => [fromHex("14000000 02000000 01000000 00000000 ffffffff")]),
  );
  assert.throws(() => client.links(), {
    message: "Cannot list the interfaces: permission denied (EPERM); run as root (it needs CAP_NET_ADMIN)",
  });
});

Deno.test("encodeNewMacvlan() asks for a mode that leaves the packets of other directors to the interface below", () => {
  const writer = new MessageWriter();
  encodeNewMacvlan(writer, { name: "lvs4.51", parent: 2, hardwareAddress: Uint8Array.of(0, 0, 0x5e, 0, 1, 51) });
  const bytes = [...writer.bytes()].join();
  // IFLA_MACVLAN_MODE of 8 bytes: MACVLAN_MODE_VEPA (linux/if_link.h).
  assert.ok(bytes.endsWith([8, 0, 1, 0, 2, 0, 0, 0].join()), bytes);
});
