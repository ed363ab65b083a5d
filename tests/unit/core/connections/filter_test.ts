import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Connection,
  CONNECTION_STATES,
  connectionFilter,
  parseAddressPrefix,
  Tally,
} from "../../../../core/connections/mod.ts";
import type { ConnectionFilter } from "../../../../core/connections/filter.ts";
import { parseConnection } from "../../../../core/connections/parse.ts";
import { parseIpAddress, parseServiceId } from "../../../../core/model/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { CAPTURED } from "./captured.ts";

const { titles: _, ...LINES } = CAPTURED;
const CONNECTIONS: readonly (readonly [string, Connection])[] = Object.entries(LINES)
  .map(([name, line]) => [name, parseConnection(line, { number: 2 })]);

function chosen(filter: ConnectionFilter): string {
  const isWanted = connectionFilter(filter);
  return CONNECTIONS.filter(([, connection]) => isWanted(connection)).map(([name]) => name).join(" ");
}

const ALL = Object.keys(LINES).join(" ");

const CASES: readonly (readonly [string, ConnectionFilter, string])[] = [
  ["nothing", {}, ALL],
  ["a service", { service: parseServiceId("tcp://10.0.0.100:80") }, "template"],
  ["a service of IPv6", { service: parseServiceId("tcp://[fd00::100]:80") }, "ipv6 template6"],
  ["a service on every port", { service: parseServiceId("tcp://10.0.0.100:0") }, "tcp mixed template everyPort"],
  ["a firewall mark", { service: parseServiceId("fwmark:7") }, "mark"],
  ["a firewall mark of IPv6", { service: parseServiceId("fwmark6:7") }, "mark6"],
  ["another firewall mark", { service: parseServiceId("fwmark:8") }, ""],
  ["a server", { server: { address: parseIpAddress("10.1.0.11"), port: 8080 } }, "tcp template"],
  ["an address", { server: { address: parseIpAddress("fd00:1::11") } }, "ipv6 sctp mixed template6 mark6"],
  ["a client", { client: parseAddressPrefix("10.0.0.100") }, "tcp udp mixed template everyPort mark engine"],
  ["clients of IPv6", { client: parseAddressPrefix("fd00::/64") }, "ipv6 sctp template6 mark6"],
  ["other clients", { client: parseAddressPrefix("10.0.1.0/24") }, ""],
  ["a state", { state: "ESTABLISHED" }, "tcp ipv6"],
  ["a protocol", { protocol: "udp" }, "udp engine"],
  ["templates", { templates: true }, "template template6 everyPort mark mark6 engine"],
  ["no templates", { templates: false }, "tcp udp ipv6 sctp mixed"],
  ["several", { protocol: "tcp", templates: false, client: parseAddressPrefix("10.0.0.0/8") }, "tcp mixed"],
];

for (const [what, filter, expected] of CASES) {
  Deno.test(`connectionFilter() by ${what}`, () => assert.equal(chosen(filter), expected));
}

Deno.test("connectionFilter() by a prefix compares bit by bit", () => {
  const bytesOf = (words: readonly number[]): string => words.map((word) => word.toString(2).padStart(8, "0")).join("");
  const anyBytes = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(anyBytes, anyBytes, fc.nat(32), fc.nat(32), (bytes, other, shared, length) => {
      // The first bits are the same, so that both answers come up.
      const bits = (bytesOf(bytes).slice(0, shared) + bytesOf(other).slice(shared)).match(/.{8}/g) ?? [];
      const candidate = bits.map((byte) => parseInt(byte, 2));
      const connection = parseConnection(
        CAPTURED.tcp.replace("0A000064", candidate.map((byte) => byte.toString(16).padStart(2, "0")).join("")),
        { number: 2 },
      );
      const expected = bytesOf(candidate).slice(0, length) === bytesOf(bytes).slice(0, length);
      const isWanted = connectionFilter({ client: parseAddressPrefix(`${bytes.join(".")}/${length}`) });
      assert.equal(isWanted(connection), expected);
    }),
    PROPERTY,
  );
});

Deno.test("parseAddressPrefix() refuses lengths that the address does not have", () => {
  for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "10.0.0/8"]) {
    assert.throws(() => parseAddressPrefix(text), /is not (a prefix length|an IP address)/, text);
  }
  assert.deepEqual(parseAddressPrefix("fd00::1"), { address: "fd00::1", length: 128 });
});

Deno.test("CONNECTION_STATES has each state once, in upper case", () => {
  assert.equal(new Set<string>(CONNECTION_STATES).size, CONNECTION_STATES.length);
  assert.ok(CONNECTION_STATES.every((state) => /^[A-Z][A-Z_\d]*$/.test(state)));
});

Deno.test("Tally counts connections and templates of each group, the largest first", () => {
  const counts = (group: ConstructorParameters<typeof Tally>[0], limit?: number): string[] => {
    const tally = new Tally(group);
    for (const [, connection] of CONNECTIONS) tally.add(connection);
    return tally.groups(limit).map(({ name, connections, templates }) => `${name} ${connections}+${templates}`);
  };
  assert.deepEqual(counts("client"), ["10.0.0.100 3+4", "fd00::100 2+2"]);
  assert.deepEqual(counts("state"), [
    "ESTABLISHED 2+0",
    "CLOSE 1+0",
    "REJECTED 1+0",
    "UDP 1+0",
    "NONE 0+4",
    "ASSURED 0+2",
  ]);
  assert.deepEqual(counts("server", 2), ["10.1.0.11:8080 1+1", "[fd00:1::11]:8080 1+1"]);
  assert.deepEqual(counts("service").slice(-2), ["tcp://10.0.0.100:80 0+1", "udp://10.0.0.100:5060 0+1"]);
});
