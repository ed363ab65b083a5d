import { strict as assert } from "node:assert";
import { ConnectionFormat } from "../../../../cli/ipvsadm/print/connections.ts";
import {
  formatHostPort,
  formatMark,
  formatServiceName,
  formatServiceWords,
} from "../../../../cli/ipvsadm/print/entry_name.ts";
import { formatLargeNumber } from "../../../../cli/ipvsadm/print/large_number.ts";
import { parseIpAddress, parseServiceId } from "../../../../core/model/mod.ts";
import { NAMES } from "./fixtures.ts";

const NUMBERS: readonly (readonly [bigint, string, string])[] = [
  [0n, "        0", "        0"],
  [99_999_999n, " 99999999", " 99999999"],
  [100_000_000n, "  100000K", " 100000000"],
  [999_999_999n, "  999999K", " 999999999"],
  [1_000_000_000n, "    1000M", " 1000000000"],
  [99_999_999_999n, "   99999M", " 99999999999"],
  [100_000_000_000n, "     100G", " 100000000000"],
  [99_999_999_999_999n, "   99999G", " 99999999999999"],
  [100_000_000_000_000n, "     100T", " 100000000000000"],
  [18_446_744_073_709_551_615n, "18446744T", " 18446744073709551615"],
];

for (const [value, scaled, exact] of NUMBERS) {
  Deno.test(`a counter of ${value}`, () => {
    assert.equal(formatLargeNumber(value, false), scaled);
    assert.equal(formatLargeNumber(value, true), exact);
  });
}

Deno.test("marks from 2147483648 on are printed as negative numbers", () => {
  assert.deepEqual([5, 0x7fffffff, 0x80000000, 0xffffffff].map(formatMark), [
    "5",
    "2147483647",
    "-2147483648",
    "-1",
  ]);
});

Deno.test("services have a name in lists and one in rules", () => {
  const numeric = { names: undefined };
  const names = (text: string): string[] => {
    const id = parseServiceId(text);
    return [formatServiceName(id, numeric), formatServiceWords(id, numeric)];
  };
  assert.deepEqual(names("tcp://10.0.0.1:80"), ["TCP  10.0.0.1:80", "-t 10.0.0.1:80"]);
  assert.deepEqual(names("sctp://[2001:db8::1]:80"), ["SCTP [2001:db8::1]:80", "--sctp-service [2001:db8::1]:80"]);
  assert.deepEqual(names("fwmark:5"), ["FWM  5", "-f 5"]);
  assert.deepEqual(names("fwmark6:4294967295"), ["FWM  -1 IPv6", "-f -1 -6"]);
  assert.equal(formatServiceName(parseServiceId("tcp://10.0.0.1:80"), { names: NAMES }), "TCP  web.example:http");
});

Deno.test("IPv6 addresses whose first 96 bits are zero end like IPv4, as libc writes them", () => {
  const write = (address: string): string =>
    formatHostPort({ address: parseIpAddress(address), port: 1 }, { names: undefined });
  assert.deepEqual(["::1.2.3.4", "::ffff:1.2.3.4", "::1", "::", "::1:0:0"].map(write), [
    "[::1.2.3.4]:1",
    "[::ffff:1.2.3.4]:1",
    "[::1]:1",
    "[::]:1",
    "[::1:0:0]:1",
  ]);
});

const numeric = { names: undefined, withEngine: false };

Deno.test("connections of IPv4, IPv6 and of both", () => {
  assert.equal(
    new ConnectionFormat(numeric).format("TCP 0A000002 C350 0A000001 0050 0A010001 1F90 ESTABLISHED     899"),
    "TCP 14:59  ESTABLISHED 10.0.0.2:50000     10.0.0.1:80        10.1.0.1:8080\n",
  );
  assert.equal(
    new ConnectionFormat(numeric).format(
      "UDP fd00:0000:0000:0000:0000:0000:0000:0002 C350 fd00:0000:0000:0000:0000:0000:0000:0001 0035 0A010001 0035 UDP 7300",
    ),
    "UDP 121:40 UDP         [fd00::2]:50000    [fd00::1]:53       10.1.0.1:53\n",
  );
});

Deno.test("connections of many services and servers, each with its own port and protocol", () => {
  const format = new ConnectionFormat(numeric);
  const ends = Array.from({ length: 5000 }, (_, index) => index);
  for (const protocol of ["TCP", "UDP"]) {
    for (const index of [...ends, ...ends.slice(0, 3)]) {
      const port = (index + 1).toString(16).toUpperCase().padStart(4, "0");
      const line = format.format(`${protocol} 0A000002 C350 0A000001 ${port} 0A010001 ${port} NONE 59`);
      assert.equal(line.slice(42), `10.0.0.1:${index + 1}`.padEnd(19) + `10.1.0.1:${index + 1}\n`);
    }
  }
});

Deno.test("connections of a persistence engine", () => {
  const line = "UDP 0A000002 0000 0A000001 13C4 0A010001 13C4 NONE 59 sip abc@example";
  assert.equal(
    new ConnectionFormat({ ...numeric, withEngine: true }).format(line),
    "UDP 00:59  NONE        10.0.0.2:0         10.0.0.1:5060      10.1.0.1:5060    sip                abc@example\n",
  );
  assert.equal(
    new ConnectionFormat(numeric).format(line),
    "UDP 00:59  NONE        10.0.0.2:0         10.0.0.1:5060      10.1.0.1:5060\n",
  );
});

Deno.test("formatHostPort() escapes control characters in a name", () => {
  const names = { ...NAMES, hostName: () => "evil\x1b[2J\n-D -t 10.0.0.1:80", serviceName: () => "ht\rtp" };
  const written = formatHostPort({ address: parseIpAddress("10.0.0.1"), port: 80, protocol: "tcp" }, { names });
  assert.equal(written, "evil\\u001b[2J\\n-D -t 10.0.0.1:80:ht\\rtp");
});
