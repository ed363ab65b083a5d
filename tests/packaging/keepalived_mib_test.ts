import assert from "node:assert/strict";
import { KEEPALIVED_CHECK, keepalivedColumns, keepalivedMib } from "../../core/snmp/keepalived_mib.ts";
import { objectAfter, type SnmpType } from "../../core/snmp/tree.ts";
import type { ListedService } from "../../core/model/mod.ts";
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

/** What the MIB says about a column: its type as snmpd names it, and its identifier below the part. */
function declared(mib: string, name: string): { readonly type: SnmpType | undefined; readonly oid: readonly number[] } {
  const [, syntax = "", table = "", number] =
    new RegExp(`^${name} OBJECT-TYPE\\s+SYNTAX\\s+(\\w+)[^]*?::= \\{ (\\w+) (\\d+) \\}`, "m").exec(mib) ?? [];
  const types: Readonly<Record<string, SnmpType>> = {
    ...{ INTEGER: "integer", Integer32: "integer", TruthValue: "integer", InetAddressType: "integer" },
    ...{ Unsigned32: "gauge", Gauge32: "gauge", InetPortNumber: "gauge" },
    ...{ Counter32: "counter", Counter64: "counter64", InetAddress: "octet" },
  };
  const prefix = table === "virtualServerEntry" ? [3, 1] : table === "realServerEntry" ? [4, 1] : [];
  return { type: types[syntax], oid: [...prefix, Number(number)] };
}

Deno.test("keepalivedMib() has the names, numbers and types of Debian's KEEPALIVED-MIB", () => {
  const mib = Deno.readTextFileSync(MIB);
  const tree = keepalivedMib(ENTRIES);
  assert.match(mib, /::= \{ project 5 \}[^]*check\s+OBJECT IDENTIFIER ::= \{ keepalived 3 \}/);
  for (const [name, oid] of keepalivedColumns()) {
    const first = objectAfter(tree, [...KEEPALIVED_CHECK, ...oid]);
    assert.ok(first !== undefined, name);
    assert.deepEqual(first.oid.slice(KEEPALIVED_CHECK.length, -1).slice(0, 3), oid, name);
    assert.deepEqual({ type: first.value.type, oid }, declared(mib, name), name);
  }
});
