import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import {
  compareServiceIds,
  formatNetmask,
  formatSchedulerFlags,
  formatServiceId,
  fullNetmask,
  parseNetmask,
  parseSchedulerFlags,
  parseServiceId,
  schedulerFlagNames,
  serviceFamily,
} from "../../../../core/model/mod.ts";
import { anyServiceId, PROPERTY } from "../../../support/arbitraries.ts";

/** Asserts the whole message of what a call throws. */
function refuses(call: () => unknown, message: string): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof LvsctlError);
    assert.deepEqual([error.message, error.exitCode], [message, EXIT.usage]);
    return true;
  });
}

Deno.test("parseServiceId() reads what formatServiceId() writes", () => {
  fc.assert(
    fc.property(anyServiceId, (id) => assert.deepEqual(parseServiceId(formatServiceId(id)), id)),
    PROPERTY,
  );
});

Deno.test("formatServiceId() gives equal text for equal services only", () => {
  fc.assert(
    fc.property(anyServiceId, anyServiceId, (a, b) => {
      assert.equal(formatServiceId(a) === formatServiceId(b), compareServiceIds(a, b) === 0);
    }),
    PROPERTY,
  );
});

const NAMES: Readonly<Record<string, string>> = {
  "tcp://192.0.2.10:80": "tcp://192.0.2.10:80",
  "udp://[2001:0DB8::10]:053": "udp://[2001:db8::10]:53",
  "sctp://192.0.2.10:0": "sctp://192.0.2.10:0",
  "fwmark:1": "fwmark:1",
  "fwmark:4294967295": "fwmark:4294967295",
  "fwmark6:007": "fwmark6:7",
};

for (const [text, name] of Object.entries(NAMES)) {
  Deno.test(`parseServiceId() reads ${text}`, () => {
    const id = parseServiceId(text);
    assert.equal(formatServiceId(id), name);
    assert.equal(serviceFamily(id), /6:|\[/.test(name) ? "ipv6" : "ipv4");
  });
}

const FORMS = "write tcp://ADDRESS:PORT, udp://ADDRESS:PORT, sctp://ADDRESS:PORT, fwmark:MARK or fwmark6:MARK";
const MARKS = "a firewall mark is a number from 1 to 4294967295";

const REFUSED_NAMES: Readonly<Record<string, string>> = {
  "192.0.2.10:80": `"192.0.2.10:80" is not a virtual service; ${FORMS}`,
  "": `"" is not a virtual service; ${FORMS}`,
  "tcp:192.0.2.10:80": `"tcp:192.0.2.10:80" is not a virtual service; ${FORMS}`,
  "TCP://192.0.2.10:80": `"TCP://192.0.2.10:80" is not a virtual service; ${FORMS}`,
  "http://192.0.2.10:80": `"http" is not a protocol that IPVS balances; ${FORMS}`,
  "tcp6://[2001:db8::1]:80": `"tcp6" is not a protocol that IPVS balances; ${FORMS}`,
  "tcp://192.0.2.10": '"192.0.2.10" has no port; write ADDRESS:PORT, as in 192.0.2.10:80 or [2001:db8::10]:80',
  "tcp://": '"" is not an IP address; write it as 192.0.2.10 or 2001:db8::10',
  "fwmark:0": `"0" is not a firewall mark; ${MARKS}`,
  "fwmark:4294967296": `"4294967296" is not a firewall mark; ${MARKS}`,
  "fwmark:": `"" is not a firewall mark; ${MARKS}`,
  "fwmark:0x10": `"0x10" is not a firewall mark; ${MARKS}`,
  "fwmark6:-1": `"-1" is not a firewall mark; ${MARKS}`,
  "fwmark6: 7": `" 7" is not a firewall mark; ${MARKS}`,
  "fwmark:1e3": `"1e3" is not a firewall mark; ${MARKS}`,
  "fwmark4:7": `"fwmark4:7" is not a virtual service; ${FORMS}`,
};

for (const [text, message] of Object.entries(REFUSED_NAMES)) {
  Deno.test(`parseServiceId() refuses "${text}"`, () => refuses(() => parseServiceId(text), message));
}

Deno.test("compareServiceIds() orders by protocol, by the address's value, by port; marks come last", () => {
  const names = [
    "tcp://10.0.0.10:80",
    "tcp://10.0.0.10:443",
    "tcp://10.0.0.10:8080",
    "tcp://192.0.2.1:80",
    "tcp://192.0.2.10:1",
    "tcp://[2001:db8::9]:80",
    "tcp://[2001:db8::10]:80",
    "udp://9.0.0.1:1",
    "sctp://1.0.0.1:1",
    "fwmark:2",
    "fwmark6:2",
    "fwmark:10",
    "fwmark:70000",
  ];
  for (const shuffled of [names.toReversed(), [...names.slice(5), ...names.slice(0, 5)]]) {
    assert.deepEqual(shuffled.map(parseServiceId).sort(compareServiceIds).map(formatServiceId), names);
  }
});

const SCHEDULER_FLAGS: readonly (readonly [string, number, readonly string[]])[] = [
  ["sh", 0, []],
  ["sh", 7, ["sh-fallback", "sh-port", "flag-3"]],
  ["sh", 2, ["sh-port"]],
  ["mh", 1, ["mh-fallback"]],
  ["mh", 6, ["mh-port", "flag-3"]],
  ["wlc", 5, ["flag-1", "flag-3"]],
  ["constructor", 1, ["flag-1"]],
  ["__proto__", 2, ["flag-2"]],
];

for (const [scheduler, flags, names] of SCHEDULER_FLAGS) {
  Deno.test(`formatSchedulerFlags() and parseSchedulerFlags() name the flags ${flags} of ${scheduler}`, () => {
    assert.deepEqual(formatSchedulerFlags(scheduler, flags), names);
    assert.equal(parseSchedulerFlags(scheduler, names), flags);
  });
}

Deno.test("parseSchedulerFlags() takes the plain names for every scheduler, and a name twice", () => {
  for (const scheduler of ["sh", "mh", "rr"]) {
    assert.equal(parseSchedulerFlags(scheduler, ["flag-3", "flag-1"]), 5);
    assert.equal(parseSchedulerFlags(scheduler, ["flag-2", "flag-2"]), 2);
  }
  assert.equal(parseSchedulerFlags("sh", ["flag-1", "sh-fallback"]), 1);
  assert.deepEqual(schedulerFlagNames("mh"), ["mh-fallback", "mh-port", "flag-3", "flag-1", "flag-2"]);
  assert.deepEqual(schedulerFlagNames("rr"), ["flag-1", "flag-2", "flag-3"]);
});

Deno.test("parseSchedulerFlags() refuses the flags of another scheduler", () => {
  refuses(
    () => parseSchedulerFlags("mh", ["mh-port", "sh-port"]),
    'the scheduler mh has no flag "sh-port"; its flags are mh-fallback, mh-port',
  );
  refuses(
    () => parseSchedulerFlags("rr", ["flag-4"]),
    'the scheduler rr has no flag "flag-4"; it has no flags',
  );
  refuses(
    () => parseSchedulerFlags("sh", [""]),
    'the scheduler sh has no flag ""; its flags are sh-fallback, sh-port',
  );
  // A scheduler of another maker may have flags that nothing here names.
  refuses(
    () => parseSchedulerFlags("twos2", ["sh-port"]),
    'the scheduler twos2 has no flag "sh-port"; its flags are flag-1, flag-2, flag-3',
  );
});

Deno.test("parseNetmask() reads what formatNetmask() writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (mask) => {
      assert.equal(parseNetmask("ipv4", formatNetmask("ipv4", mask)), mask);
    }),
    PROPERTY,
  );
  for (let length = 1; length <= 128; length++) {
    assert.equal(parseNetmask("ipv6", formatNetmask("ipv6", length)), length);
  }
});

const NETMASKS: readonly (readonly ["ipv4" | "ipv6", string, number])[] = [
  ["ipv4", "255.255.255.0", 0xffffff00],
  ["ipv4", "255.0.255.1", 0xff00ff01],
  ["ipv4", "0.0.0.0", 0],
  ["ipv4", "24", 0xffffff00],
  ["ipv4", "/24", 0xffffff00],
  ["ipv4", "1", 0x80000000],
  ["ipv4", "32", 0xffffffff],
  ["ipv6", "64", 64],
  ["ipv6", "/1", 1],
  ["ipv6", "128", 128],
];

for (const [family, text, mask] of NETMASKS) {
  Deno.test(`parseNetmask() reads ${text} of ${family}`, () => assert.equal(parseNetmask(family, text), mask));
}

const REFUSED_NETMASKS = {
  ipv4: [
    "",
    "0",
    "33",
    "/0",
    "/",
    "255.255.255",
    "255.255.255.256",
    "255.255.255.010",
    "1.2.3.4.5",
    "0xff.0.0.0",
    "::1",
  ],
  ipv6: ["", "0", "129", "/129", "255.255.255.0", "ffff::", "-1", "6 4"],
} as const;

for (const [family, texts] of Object.entries(REFUSED_NETMASKS)) {
  for (const text of texts) {
    Deno.test(`parseNetmask() refuses "${text}" of ${family}`, () => {
      const isIpv4 = family === "ipv4";
      refuses(
        () => parseNetmask(isIpv4 ? "ipv4" : "ipv6", text),
        `"${text}" is not a persistence netmask; ` +
          (isIpv4 ? "write 255.255.255.0 or 24" : "for IPv6 write a prefix length from 1 to 128"),
      );
    });
  }
}

Deno.test("fullNetmask() is the mask that distinguishes all clients", () => {
  assert.deepEqual([fullNetmask("ipv4"), fullNetmask("ipv6")], [0xffffffff, 128]);
  assert.equal(formatNetmask("ipv4", fullNetmask("ipv4")), "255.255.255.255");
});
