import assert from "node:assert/strict";
import { KEEPALIVED_CHECK, KEEPALIVED_VRRP, keepalivedColumns, keepalivedMib } from "../../core/snmp/keepalived_mib.ts";
import { type SnmpVrrp, vrrpColumns } from "../../core/snmp/keepalived_vrrp.ts";
import { objectAfter, type SnmpType } from "../../core/snmp/tree.ts";
import { type ListedService, parsePrefix } from "../../core/model/mod.ts";
import { realServer, virtualService } from "../support/samples.ts";

/** The MIB of Debian's keepalived, which the tests' set-up installs. */
const MIB = "/usr/share/snmp/mibs/KEEPALIVED-MIB.txt";

const TRAFFIC = { connections: 1n, inPackets: 1n, outPackets: 1n, inBytes: 1n, outBytes: 1n };
const statistics = { counters: TRAFFIC, rates: TRAFFIC };

/** Services that have a value in each column together. */
const ENTRIES: readonly ListedService[] = [
  ["fwmark:1", undefined],
  ["tcp://192.0.2.10:80", 0xffffffff],
  ["tcp://[2001:db8::10]:80", 128],
].map(([name, netmask]): ListedService => ({
  service: virtualService(
    String(name),
    netmask === undefined ? {} : { persistence: { timeoutSeconds: 300, netmask: Number(netmask) } },
  ),
  statistics,
  servers: [{
    ...realServer(String(name).includes("[") ? "[2001:db8::1]:80" : "10.0.0.1:80"),
    ...{ activeConnections: 1, inactiveConnections: 1, persistentConnections: 1, statistics },
  }],
}));

/** A virtual router that has a value in each column, in a group. */
const VRRP: SnmpVrrp = {
  routers: [{
    ...{ name: "edge", vrid: 51, state: "active", configuredPriority: 150, priority: 90, device: "eth0", version: 3 },
    ...{ intervalMs: 200, preempts: true, preemptDelayMs: 30_000, vips: [parsePrefix("192.0.2.10/24")] },
    tracks: [{ label: "interface eth1", weight: 0 }, { label: "command /bin/true", weight: -20 }],
  }],
  groups: [{ name: "site", members: ["edge"], state: "active" }],
  indexOf: () => 2,
};

/** The numbers of tables by the names of their entries. */
const TABLES: Readonly<Record<string, number>> = {
  ...{ virtualServerEntry: 3, realServerEntry: 4 },
  ...{ vrrpSyncGroupEntry: 1, vrrpSyncGroupMemberEntry: 2, vrrpInstanceEntry: 3 },
  ...{ vrrpTrackedInterfaceEntry: 4, vrrpTrackedScriptEntry: 5, vrrpAddressEntry: 6 },
};

/** What the MIB says about a column: its type as snmpd names it, and its identifier below the part. */
function declared(mib: string, name: string): { readonly type: SnmpType | undefined; readonly oid: readonly number[] } {
  const [, syntax = "", table = "", number] =
    new RegExp(`^${name} OBJECT-TYPE\\s+SYNTAX\\s+(\\w+)[^]*?::=\\s+\\{ ?(\\w+) (\\d+) \\}`, "m").exec(mib) ?? [];
  const types: Readonly<Record<string, SnmpType>> = {
    ...{ INTEGER: "integer", Integer32: "integer", TruthValue: "integer", InetAddressType: "integer" },
    ...{ Unsigned32: "gauge", Gauge32: "gauge", InetPortNumber: "gauge" },
    ...{ Counter32: "counter", Counter64: "counter64", InetAddress: "octet" },
    ...{ DisplayString: "string", VrrpState: "integer", InetAddressPrefixLength: "gauge" },
  };
  const prefix = TABLES[table];
  return { type: types[syntax], oid: prefix === undefined ? [] : [prefix, 1, Number(number)] };
}

Deno.test("keepalivedMib() has the names, numbers and types of Debian's KEEPALIVED-MIB", () => {
  const mib = Deno.readTextFileSync(MIB);
  const tree = keepalivedMib(ENTRIES, { vrrp: VRRP });
  assert.match(mib, /::= \{ project 5 \}[^]*check\s+OBJECT IDENTIFIER ::= \{ keepalived 3 \}/);
  assert.match(mib, /vrrp\s+OBJECT IDENTIFIER ::= \{ keepalived 2 \}/);
  for (const [part, columns] of [[KEEPALIVED_CHECK, keepalivedColumns()], [KEEPALIVED_VRRP, vrrpColumns()]] as const) {
    for (const [name, oid] of columns) {
      const first = objectAfter(tree, [...part, ...oid]);
      assert.ok(first !== undefined, name);
      assert.deepEqual(first.oid.slice(part.length, -1).slice(0, 3), oid, name);
      assert.deepEqual({ type: first.value.type, oid }, declared(mib, name), name);
    }
  }
});
