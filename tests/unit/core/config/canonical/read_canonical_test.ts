import assert from "node:assert/strict";
import { readCanonical } from "../../../../../core/config/canonical/read_canonical.ts";

const SAVED = Deno.readTextFileSync(new URL("../../../../fixtures/config/good/saved.yaml", import.meta.url));

const DEVIATIONS: readonly (readonly [string, string, string])[] = [
  ["no header", "# The state", "# the state"],
  ["another version", "version: 1", "version: 2"],
  ["a comment", "services:\n", "services: # all\n"],
  ["carriage returns", "\n", "\r\n"],
  ["a missing key", "timeouts: { tcp: 15m, tcp_fin: 2m, udp: 5m }\n", ""],
  ["another order of keys", "tcp: 15m, tcp_fin: 2m", "tcp_fin: 2m, tcp: 15m"],
  ["a duration in another unit", "tcp: 15m", "tcp: 900s"],
  ["a duration that is no whole second", "tcp: 15m", "tcp: 1500ms"],
  ["a duration out of range", "tcp: 15m", "tcp: 32d"],
  ["a key with nothing below it", "    one_packet: true\n", "    one_packet: true\n    servers:\n"],
  ["a second sync daemon of a role", "services:\n", "  - { role: master, interface: eth1, sync_id: 0 }\nservices:\n"],
  ["a group that is no multicast address", "224.0.0.81", "10.0.0.81"],
  ["a long interface name", "eth0", "eth0123456789012"],
  ["a quoted word", "eth0", '"eth0"'],
  ["an address in another spelling", "2001:db8::10", "2001:db8:0::10"],
  ["an IPv4 address with a leading zero", "10.0.0.11", "10.0.0.011"],
  ["a port out of range", "10.0.0.11:8080", "10.0.0.11:65536"],
  ["a number with a leading zero", "weight: 3", "weight: 03"],
  ["a weight out of range", "weight: 3", "weight: 2147483648"],
  ["a default that is written", "weight: 3", "weight: 1"],
  ["a threshold above the other", "lower_threshold: 800", "lower_threshold: 1001"],
  ["a tunnel without tun", "forward: tun, tunnel", "forward: dr, tunnel"],
  ["a gue tunnel without a port", ", port: 6080", ""],
  ["a server of the other family", "forward: tun, tunnel: { type: gue, port: 6080, checksum: remcsum }", "forward: dr"],
  ["a flag of another scheduler", "sh-port", "mh-port"],
  ["a flag by its other name", "sh-fallback", "flag-1"],
  ["an alias of a method", "forward: dr", "forward: gate"],
  ["a netmask of the other family", "netmask: 255.255.255.0", "netmask: 64"],
  ["port 0 without persistence", "tcp://[2001:db8::10]:443", "tcp://[2001:db8::10]:0"],
  ["one_packet for tcp", "    persistence:", "    one_packet: true\n    persistence:"],
  ["a duplicate server", "10.0.0.12:8080", "10.0.0.11:8080"],
  ["a duplicate service", "fwmark:1", "tcp://192.0.2.10:80"],
  ["no final line end", "one_packet: true\n", "one_packet: true"],
  ["something behind the end", "one_packet: true\n", "one_packet: true\n\n"],
];

for (const [name, from, to] of DEVIATIONS) {
  Deno.test(`readCanonical gives up at ${name}`, () => {
    const text = SAVED.replaceAll(from, () => to);
    assert.notEqual(text, SAVED);
    assert.equal(readCanonical(text), undefined);
  });
}

Deno.test("readCanonical returns undefined for a text that is cut anywhere", () => {
  for (let length = 0; length < SAVED.length; length++) {
    const text = SAVED.slice(0, length);
    if (!text.endsWith("\n")) assert.equal(readCanonical(text), undefined, JSON.stringify(text.slice(-40)));
  }
});

const SCHEMA_LINE = "# yaml-language-server: $schema=/usr/share/lvsctl/lvsctl.schema.json\n";

Deno.test("readCanonical reads a file of version 0.2, which does not name the schema", () => {
  const older = SAVED.replace(SCHEMA_LINE, "");
  assert.notEqual(older, SAVED);
  assert.deepEqual(readCanonical(older), readCanonical(SAVED));
  assert.notEqual(readCanonical(older), undefined);
});

Deno.test("readCanonical leaves a file with another schema to the full reader", () => {
  assert.equal(readCanonical(SAVED.replace("/usr/share/lvsctl/", "/root/")), undefined);
});
