import assert from "node:assert/strict";
import { type IpAddress, parseIpAddress } from "../../../../core/model/mod.ts";
import { chooseSource, describeSource, type SourceSettings } from "../../../../core/vrrp/source_address.ts";

const OWN = addresses("10.0.0.1", "192.0.2.1", "2001:db8:1::1", "fe80::1", "2001:db8:2::1", "fe80::2");

function addresses(...texts: readonly string[]): readonly IpAddress[] {
  return texts.map((text) => parseIpAddress(text));
}

function settings(family: "ipv4" | "ipv6", peers: readonly string[] = [], source?: string): SourceSettings {
  return { family, peers: addresses(...peers), source: source === undefined ? undefined : parseIpAddress(source) };
}

Deno.test("chooseSource() takes the first address for the group, of IPv6 the first link-local one", () => {
  assert.equal(chooseSource(OWN, settings("ipv4")), "10.0.0.1");
  assert.equal(chooseSource(OWN, settings("ipv6")), "fe80::1");
  assert.equal(chooseSource(addresses("10.0.0.1", "2001:db8::1"), settings("ipv6")), undefined);
});

Deno.test("chooseSource() takes the address that is nearest to the first peer", () => {
  const rows = [
    ["ipv4", "192.0.2.9", "192.0.2.1"],
    ["ipv4", "10.0.0.9", "10.0.0.1"],
    ["ipv6", "2001:db8:2::9", "2001:db8:2::1"],
    ["ipv6", "2001:db8:1::9", "2001:db8:1::1"],
    ["ipv6", "2001:db8:2::1", "2001:db8:2::1"],
    ["ipv6", "fe80::9", "fe80::1"],
  ] as const;
  for (const [family, peer, expected] of rows) assert.equal(chooseSource(OWN, settings(family, [peer])), expected);
  assert.equal(chooseSource(addresses("fe80::1"), settings("ipv6", ["2001:db8::2"])), undefined);
});

Deno.test("chooseSource() takes a configured source only if the interface has it", () => {
  assert.equal(chooseSource(OWN, settings("ipv6", [], "2001:db8:2::1")), "2001:db8:2::1");
  assert.equal(chooseSource(OWN, settings("ipv4", ["10.0.0.2"], "10.0.0.7")), undefined);
});

Deno.test("describeSource() names what is missing", () => {
  assert.equal(describeSource(settings("ipv4", [], "10.0.0.7")), "address 10.0.0.7");
  assert.equal(describeSource(settings("ipv4")), "IPv4 address of its own");
  assert.equal(describeSource(settings("ipv6", ["fe80::2"])), "usable link-local address of its own");
  assert.equal(describeSource(settings("ipv6", ["2001:db8::2"])), "usable global IPv6 address of its own");
});
