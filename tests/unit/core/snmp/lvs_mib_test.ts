import assert from "node:assert/strict";
import { LVS_MIB, lvsMib, type LvsMibFacts } from "../../../../core/snmp/lvs_mib.ts";
import { PassPersist } from "../../../../core/snmp/pass_persist.ts";
import { objectAfter, objectAt, type SnmpNode } from "../../../../core/snmp/tree.ts";
import type { ListedService, Traffic } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const COUNTERS: Traffic = {
  connections: 2n ** 32n + 5n,
  inPackets: 1n,
  outPackets: 2n,
  inBytes: 2n ** 64n - 1n,
  outBytes: 4n,
};
const RATES: Traffic = { connections: 6n, inPackets: 7n, outPackets: 8n, inBytes: 2n ** 40n, outBytes: 9n };
const statistics = { counters: COUNTERS, rates: RATES };

function entry(name: string, servers: readonly string[]): ListedService {
  const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3, statistics };
  return {
    service: virtualService(name, { scheduler: "rr" }),
    statistics,
    servers: servers.map((server) => ({ ...realServer(server, { weight: 7, forward: "dr" }), ...counts })),
  };
}

const FACTS: LvsMibFacts = {
  info: { version: [1, 2, 1], connectionTableSize: 4096 },
  timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
  syncDaemons: [{ role: "backup", interface: "eth1", syncId: 1 }],
  entries: [
    entry("tcp://192.0.2.10:80", ["10.0.0.11:8080", "10.0.0.12:8080"]),
    entry("fwmark:4294967295", []),
    entry("udp://[2001:db8::10]:53", ["[2001:db8::1]:53"]),
  ],
};

const TREE = lvsMib(FACTS);

/** The objects below LVS-MIB in the order of a walk: "1.0 string 1.2.1". */
function walk(tree: SnmpNode, start: readonly number[] = []): string[] {
  const found: string[] = [];
  let oid: readonly number[] = [...LVS_MIB, ...start];
  for (;;) {
    const object = objectAfter(tree, oid);
    if (object === undefined) return found;
    oid = object.oid;
    found.push(`${oid.slice(LVS_MIB.length).join(".")} ${object.value.type} ${object.value.text}`);
  }
}

/** The values of a row in the order of its columns; "-" for none. */
function row(table: number, columns: number, index: readonly number[]): string {
  return Array.from({ length: columns }, (_, column) => {
    return objectAt(TREE, [...LVS_MIB, table, 1, column + 1, ...index])?.value.text ?? "-";
  }).join(" ");
}

Deno.test("lvsMib() has version, numbers, timeouts in hundredths of a second and the sync daemon", () => {
  assert.deepEqual(walk(TREE).slice(0, 8), [
    "1.0 string 1.2.1",
    "2.0 integer 3",
    "3.0 integer 4096",
    "4.0 integer 90000",
    "5.0 integer 12000",
    "6.0 integer 30000",
    "7.0 integer 2",
    "8.0 string eth1",
  ]);
});

Deno.test("lvsMib() has services with counters of 32 bits, and what an IPv6 service cannot have is absent", () => {
  const traffic = "5 1 2 18446744073709551615 4 6 7 8 4294967295 9";
  assert.equal(row(17, 19, [1]), `1 rr 6 192.0.2.10 80 0 0 255.255.255.255 2 ${traffic}`);
  assert.equal(row(17, 19, [2]), `2 rr -1 0.0.0.0 -1 -1 0 255.255.255.255 0 ${traffic}`);
  assert.equal(row(17, 19, [3]), `3 rr 17 - 53 0 0 - 1 ${traffic}`);
});

Deno.test("lvsMib() has real servers by the numbers of their services", () => {
  const traffic = "5 1 2 18446744073709551615 4 6 7 8 4294967295 9";
  assert.equal(row(18, 16, [1, 2]), `1 2 10.0.0.12 8080 3 7 ${traffic}`);
  assert.equal(row(18, 16, [3, 1]), `3 1 - 53 3 7 ${traffic}`);
});

Deno.test("a walk visits each object once, in ascending order, column by column", () => {
  const all = walk(TREE);
  assert.equal(all.length, 8 + 3 * 19 - 2 + 3 * 16 - 1);
  assert.deepEqual(all.slice(8, 12).map((line) => line.split(" ")[0]), [
    "17.1.1.1",
    "17.1.1.2",
    "17.1.1.3",
    "17.1.2.1",
  ]);
  const numbers = all.map((line) =>
    (line.split(" ")[0] ?? "").split(".").map((part) => part.padStart(10, "0")).join(".")
  );
  assert.deepEqual(numbers, numbers.toSorted());
  assert.equal(new Set(all).size, all.length);
});

Deno.test("a walk can begin between objects, before and after them", () => {
  assert.equal(walk(TREE, [2])[0], "2.0 integer 3");
  assert.equal(walk(TREE, [2, 0])[0], "3.0 integer 4096");
  assert.equal(walk(TREE, [2, 0, 5])[0], "3.0 integer 4096");
  assert.equal(walk(TREE, [9])[0]?.startsWith("17.1.1.1 "), true);
  assert.equal(walk(TREE, [17, 1, 4, 2])[0]?.startsWith("17.1.5.1 "), true);
  assert.deepEqual(walk(TREE, [19]), []);
  assert.equal(objectAfter(TREE, [1, 3, 6])?.value.text, "1.2.1");
  assert.equal(objectAfter(TREE, [1, 4]), undefined);
});

Deno.test("objectAt() has only whole identifiers of objects", () => {
  for (const oid of [[], [2], [2, 0, 0], [17, 1, 4, 3], [17, 1, 20, 1], [17, 1, 1, 0], [17, 1, 1, 4]]) {
    assert.equal(objectAt(TREE, [...LVS_MIB, ...oid]), undefined, oid.join("."));
  }
});

Deno.test("lvsMib() of a large table finds an object without visiting the others", () => {
  const server = entry("fwmark:1", ["10.0.0.1:80"]).servers;
  const entries = Array.from(
    { length: 10_000 },
    (_, index) => ({ ...entry(`fwmark:${index + 1}`, []), servers: server }),
  );
  const tree = lvsMib({ ...FACTS, entries });
  assert.equal(objectAfter(tree, [...LVS_MIB, 18, 1, 6, 9999, 1])?.oid.slice(-3).join("."), "6.10000.1");
  assert.equal(objectAt(tree, [...LVS_MIB, 17, 1, 1, 10_000])?.value.text, "10000");
});

/** What snmpd reads after each of these lines. */
function talk(...lines: readonly string[]): string[] {
  const protocol = new PassPersist(() => TREE);
  return lines.map((line) => protocol.take(line));
}

Deno.test("PassPersist answers PING, get and getnext in snmpd's form", () => {
  const root = `.${LVS_MIB.join(".")}`;
  assert.deepEqual(talk("PING", "get", `${root}.2.0`, "getnext", `${root}.8.0`, "getnext", root), [
    "PONG\n",
    "",
    `${root}.2.0\ninteger\n3\n`,
    "",
    `${root}.17.1.1.1\ninteger\n1\n`,
    "",
    `${root}.1.0\nstring\n1.2.1\n`,
  ]);
});

Deno.test("PassPersist answers NONE for what there is not, and refuses to set anything", () => {
  const root = `.${LVS_MIB.join(".")}`;
  assert.deepEqual(talk("get", `${root}.2`, "getnext", `${root}.99`, "get", "nonsense", "get", ""), [
    ...["", "NONE\n", "", "NONE\n", "", "NONE\n", "", "NONE\n"],
  ]);
  assert.deepEqual(talk("set", `${root}.2.0`, "integer 5", "PING"), ["", "", "not-writable\n", "PONG\n"]);
  assert.deepEqual(talk("nonsense", "", "ping"), ["NONE\n", "", "PONG\n"]);
  assert.deepEqual(talk("get", `.${"1.".repeat(200)}1`, "get", ".1.99999999999"), ["", "NONE\n", "", "NONE\n"]);
});
