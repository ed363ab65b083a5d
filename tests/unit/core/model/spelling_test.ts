import assert from "node:assert/strict";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import {
  addressBytes,
  addressFamily,
  addressFromBytes,
  compareAddresses,
  type IpAddress,
  parseIpAddress,
  tryParseIpAddress,
} from "../../../../core/model/mod.ts";

/** The recommendations of RFC 5952, with its own examples, and the one spelling of each. */
const RFC_5952: Readonly<Record<string, string>> = {
  "2001:0db8::0001": "2001:db8::1",
  "2001:db8:0:0:0:0:2:1": "2001:db8::2:1",
  "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
  "2001:db8::1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
  "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
  "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
  "2001:DB8::ABCD": "2001:db8::abcd",
  "2001:db8:aaaa:bbbb:cccc:dddd:0:1": "2001:db8:aaaa:bbbb:cccc:dddd:0:1",
  "0:0:0:0:0:0:0:0": "::",
  "0:0:0:0:0:0:0:1": "::1",
  "1:0:0:0:0:0:0:0": "1::",
  "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
  "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8",
  "0:0:3:0:0:0:7:0": "0:0:3::7:0",
  "::ffff:c000:0201": "::ffff:192.0.2.1",
  "0:0:0:0:0:ffff:192.0.2.1": "::ffff:192.0.2.1",
  "::ffff:0:0": "::ffff:0.0.0.0",
  "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
  "::192.0.2.1": "::c000:201",
  "::ffff:0:192.0.2.1": "::ffff:0:c000:201",
  "1:2:3:4:5:6:192.0.2.1": "1:2:3:4:5:6:c000:201",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

for (const [text, address] of Object.entries(RFC_5952)) {
  Deno.test(`parseIpAddress() spells ${text} as ${address}`, () => {
    assert.equal(parseIpAddress(text), address);
    assert.equal(parseIpAddress(address), address);
    assert.equal(addressFamily(parseIpAddress(text)), "ipv6");
  });
}

const FOUR_NUMBERS = "an IPv4 address is four numbers from 0 to 255 without leading zeros, as in 192.0.2.10";
const NO_ZONE = "leave out the zone after %";
const EITHER = "write it as 192.0.2.10 or 2001:db8::10";

/** What `inet_aton` or `inet_pton` with extensions takes, or nobody, and the hint. */
const REFUSED: Readonly<Record<string, string>> = {
  "10.1": FOUR_NUMBERS,
  "10.0.1": FOUR_NUMBERS,
  "167772161": FOUR_NUMBERS,
  "010.0.0.1": FOUR_NUMBERS,
  "10.0.0.08": FOUR_NUMBERS,
  "10.0.0.00": FOUR_NUMBERS,
  "10.0.0.256": FOUR_NUMBERS,
  "10.0.0.1.": FOUR_NUMBERS,
  "10.0.0": FOUR_NUMBERS,
  "1.2.3.4.5": FOUR_NUMBERS,
  "0x0a.0.0.1": EITHER,
  "10.0.0.1/24": EITHER,
  "fe80::1%eth0": NO_ZONE,
  "fe80::1%2": NO_ZONE,
  "10.0.0.1%eth0": NO_ZONE,
  "": EITHER,
  " 10.0.0.1": EITHER,
  "localhost": EITHER,
  "[2001:db8::1]": EITHER,
  "2001:db8": EITHER,
  "2001:db8:::1": EITHER,
  "1::2::3": EITHER,
  "1:2:3:4:5:6:7:8:9": EITHER,
  "1:2:3:4:5:6:7": EITHER,
  "1:2:3:4:5:6:7:8::": EITHER,
  "::1:2:3:4:5:6:7:8": EITHER,
  "12345::": EITHER,
  "g::1": EITHER,
  ":1::": EITHER,
  "1::2:": EITHER,
  "::10.1": EITHER,
  "::010.0.0.1": EITHER,
  "::1.2.3.4:5": EITHER,
  "1.2.3.4::": EITHER,
  "1:2:3:4:5:6:7:1.2.3.4": EITHER,
};

for (const [text, hint] of Object.entries(REFUSED)) {
  Deno.test(`parseIpAddress() refuses "${text}": ${hint}`, () => {
    assert.equal(tryParseIpAddress(text), undefined);
    assert.throws(() => parseIpAddress(text), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.equal(error.message, `"${text}" is not an IP address; ${hint}`);
      assert.equal(error.exitCode, EXIT.usage);
      return true;
    });
  });
}

Deno.test("addressBytes() and addressFromBytes() refuse everything that is not an address", () => {
  // Only a cast or a mistake in the program can get here, which is why these are no errors of the user's.
  for (const text of ["10.1", "2001:db8:::", ""]) assert.throws(() => addressBytes(text as IpAddress), TypeError);
  for (const length of [0, 3, 5, 15, 17]) assert.throws(() => addressFromBytes(new Uint8Array(length)), RangeError);
});

Deno.test("compareAddresses() finds equal addresses equal", () => {
  for (const text of ["10.0.0.1", "2001:db8::1"]) {
    assert.equal(compareAddresses(parseIpAddress(text), parseIpAddress(text)), 0);
  }
});
