import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { formatEndpoint, parseEndpoint } from "../../../../core/model/mod.ts";
import { anyAddress, PROPERTY } from "../../../support/arbitraries.ts";

Deno.test("parseEndpoint() reads what formatEndpoint() writes", () => {
  fc.assert(
    fc.property(anyAddress, fc.nat(65535), (address, port) => {
      assert.deepEqual(parseEndpoint(formatEndpoint(address, port)), { address, port });
    }),
    PROPERTY,
  );
});

Deno.test("formatEndpoint() puts IPv6 in brackets", () => {
  assert.equal(formatEndpoint(parseEndpoint("192.0.2.10:80").address, 80), "192.0.2.10:80");
  assert.equal(formatEndpoint(parseEndpoint("[2001:DB8:0::1]:80").address, 0), "[2001:db8::1]:0");
});

Deno.test("parseEndpoint() uses the default port only for a text without a port", () => {
  assert.equal(parseEndpoint("192.0.2.10", { defaultPort: 80 }).port, 80);
  assert.equal(parseEndpoint("[2001:db8::1]", { defaultPort: 0 }).port, 0);
  assert.equal(parseEndpoint("192.0.2.10:0", { defaultPort: 80 }).port, 0);
  assert.equal(parseEndpoint("192.0.2.10:00080").port, 80);
});

const FORM = "write ADDRESS:PORT, as in 192.0.2.10:80 or [2001:db8::10]:80";
const AMBIGUOUS = "is ambiguous: an IPv6 address goes in brackets";
const RANGE = "a port is a number from 0 to 65535";

/** What is refused, and the whole message behind the text. */
const REFUSED: Readonly<Record<string, string>> = {
  "192.0.2.10": `"192.0.2.10" has no port; ${FORM}`,
  "[2001:db8::1]": `"[2001:db8::1]" has no port; ${FORM}`,
  "2001:db8::1:80": `"2001:db8::1:80" ${AMBIGUOUS}; write [2001:db8::1]:80 for a port, or [2001:db8::1:80]:PORT`,
  "2001:db8::1": `"2001:db8::1" ${AMBIGUOUS}; write [2001:db8::1]:PORT`,
  "2001:db8::dead": `"2001:db8::dead" ${AMBIGUOUS}; write [2001:db8::dead]:PORT`,
  "::80": `"::80" ${AMBIGUOUS}; write [::80]:PORT`,
  "::": `"::" ${AMBIGUOUS}; write [::]:PORT`,
  "1:2:3:4:5:6:7:80": `"1:2:3:4:5:6:7:80" ${AMBIGUOUS}; write [1:2:3:4:5:6:7:80]:PORT`,
  "a:b:c": `"a:b:c" ${AMBIGUOUS}; ${FORM}`,
  "[2001:db8::1]80": `"[2001:db8::1]80" ${AMBIGUOUS}; ${FORM}`,
  "[2001:db8::1": `"[2001:db8::1" ${AMBIGUOUS}; ${FORM}`,
  "[10.0.0.1]:80": '"[10.0.0.1]:80" has an IPv4 address in brackets; brackets are for IPv6 addresses only',
  "[]:80": '"" is not an IP address; write it as 192.0.2.10 or 2001:db8::10',
  ":80": '"" is not an IP address; write it as 192.0.2.10 or 2001:db8::10',
  "": '"" is not an IP address; write it as 192.0.2.10 or 2001:db8::10',
  "web:80": '"web" is not an IP address; write it as 192.0.2.10 or 2001:db8::10',
  "10.1:80":
    '"10.1" is not an IP address; an IPv4 address is four numbers from 0 to 255 without leading zeros, as in ' +
    "192.0.2.10",
  "[fe80::1%eth0]:80": '"fe80::1%eth0" is not an IP address; leave out the zone after %',
  "192.0.2.10:": `"" is not a port; ${RANGE}`,
  "192.0.2.10:65536": `"65536" is not a port; ${RANGE}`,
  "192.0.2.10:100000": `"100000" is not a port; ${RANGE}`,
  "192.0.2.10:-1": `"-1" is not a port; ${RANGE}`,
  "192.0.2.10:+80": `"+80" is not a port; ${RANGE}`,
  "192.0.2.10:0x50": `"0x50" is not a port; ${RANGE}`,
  "192.0.2.10:80.0": `"80.0" is not a port; ${RANGE}`,
  "192.0.2.10:http": `"http" is not a port; ${RANGE}`,
  "192.0.2.10: 80": `" 80" is not a port; ${RANGE}`,
  "[2001:db8::1]:": `"" is not a port; ${RANGE}`,
  "[2001:db8::1]:80:90": `"80:90" is not a port; ${RANGE}`,
};

for (const [text, message] of Object.entries(REFUSED)) {
  Deno.test(`parseEndpoint() refuses "${text}"`, () => {
    assert.throws(() => parseEndpoint(text), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.deepEqual([error.message, error.exitCode], [message, EXIT.usage]);
      return true;
    });
  });
}

Deno.test("parseEndpoint() does not suggest a port if none is needed", () => {
  assert.throws(() => parseEndpoint("fd00::11", { defaultPort: 0 }), {
    message: `"fd00::11" ${AMBIGUOUS}; write [fd00::11], or [fd00::11]:PORT`,
  });
});
