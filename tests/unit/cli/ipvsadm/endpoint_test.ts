import { strict as assert } from "node:assert";
import { readEndpoint } from "../../../../cli/ipvsadm/parse/endpoint.ts";
import { leadingNumber, readIpv4, readNumber } from "../../../../cli/ipvsadm/parse/numbers.ts";
import { NAMES } from "./fixtures.ts";

const ENDPOINTS: readonly (readonly [string, string | undefined])[] = [
  ["10.0.0.1:80", "10.0.0.1 80"],
  ["10.0.0.1", "10.0.0.1 -"],
  ["10.1:80", "10.0.0.1 80"],
  ["web.example:http", "10.0.0.1 80"],
  ["[web.example]:80", "10.0.0.1 -"],
  ["[2001:db8::1]:80", "2001:db8::1 80"],
  ["[2001:DB8:0::1]:http", "2001:db8::1 80"],
  ["2001:db8::1", "2001:db8::1 -"],
  ["2001:db8::1:80", "2001:db8::1:80 -"],
  ["[10.0.0.1]:80", "10.0.0.1 -"],
  ["[10.0.0.1:90]:80", "10.0.0.1 90"],
  ["10.0.0.1: 7", "10.0.0.1 7"],
  ["10.0.0.1:+7", "10.0.0.1 7"],
  ["80", undefined],
  ["", undefined],
  [":80", undefined],
  ["10.0.0.1:", undefined],
  ["10.0.0.1:65536", undefined],
  ["10.0.0.1:nosuch", undefined],
  ["nosuch.example:80", undefined],
  ["[2001:db8::1]", undefined],
  ["[2001:db8::1]:", undefined],
  ["[2001:db8::1", undefined],
  ["[]:80", undefined],
  ["[1:2:3:4:5:6:7:8:9]:80", undefined],
];

for (const [text, expected] of ENDPOINTS) {
  Deno.test(`ipvsadm reads the address "${text}"`, () => {
    const endpoint = readEndpoint(text, { names: NAMES, protocol: "tcp" });
    assert.equal(endpoint && `${endpoint.address} ${endpoint.port ?? "-"}`, expected);
  });
}

Deno.test("a port's name needs a protocol", () => {
  assert.equal(readEndpoint("10.0.0.1:http", { names: NAMES, protocol: undefined }), undefined);
});

const IPV4: readonly (readonly [string, number | undefined])[] = [
  ["0.0.0.0", 0],
  ["255.255.255.255", 0xffffffff],
  ["4294967295", 0xffffffff],
  ["0xffffffff", 0xffffffff],
  ["037777777777", 0xffffffff],
  ["24", 24],
  ["1.2", 0x01000002],
  ["1.2.65535", 0x0102ffff],
  ["1.2.3.4 anything", 0x01020304],
  ["0x", undefined],
  ["08", undefined],
  ["256.1", undefined],
  ["1.2.65536", undefined],
  ["1.2.3.256", undefined],
  ["1.2.3.4.5", undefined],
  ["1..2", undefined],
  ["1.", undefined],
  ["", undefined],
  [" 1", undefined],
  ["4294967296", undefined],
];

for (const [text, expected] of IPV4) {
  Deno.test(`inet_aton of "${text}"`, () => assert.equal(readIpv4(text), expected));
}

Deno.test("numbers are read as strtol and atoi do it", () => {
  const range = { min: -10, max: 100 };
  assert.deepEqual(["5", " 5", "+5", "-5", "005", "100"].map((text) => readNumber(text, range)), [5, 5, 5, -5, 5, 100]);
  assert.deepEqual(
    ["", " ", "+", "5 ", "5x", "0x5", "101", "-11", "9".repeat(30)].map((text) => readNumber(text, range)),
    Array(9).fill(undefined),
  );
  assert.deepEqual(["64", "64x", " 7", "x", "", "-3"].map(leadingNumber), [64, 64, 7, 0, 0, -3]);
});
