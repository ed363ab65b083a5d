import assert from "node:assert/strict";
import fc from "fast-check";
import { type IpAddress, parseIpAddress } from "../../../../core/model/mod.ts";
import {
  type Advertisement,
  type Carrier,
  encodeAdvertisement,
  passwordBytes,
  VRRP_GROUP,
} from "../../../../core/vrrp/advertisement.ts";
import { decodeAdvertisement, type Decoded, type Discarded } from "../../../../core/vrrp/decode_advertisement.ts";
import { fromHex } from "../../../support/hex.ts";

const ip = parseIpAddress;
const MULTICAST: Carrier = { source: ip("10.9.0.1"), destination: VRRP_GROUP.ipv4 };

interface Golden {
  readonly bytes: string;
  readonly carrier: Carrier;
  readonly advertisement: Advertisement;
}

/** Packets that keepalived 2.2.7 sent. */
const GOLDEN: Readonly<Record<string, Golden>> = {
  "version 2 with a password": {
    bytes: "21336401 010101df 0a090064 7365637265743132",
    carrier: MULTICAST,
    advertisement: {
      version: 2,
      vrid: 51,
      priority: 100,
      intervalMs: 1000,
      addresses: [ip("10.9.0.100")],
      password: "secret12",
    },
  },
  "version 3 to the group": {
    bytes: "313f6401 001475a2 0a090067",
    carrier: MULTICAST,
    advertisement: { version: 3, vrid: 63, priority: 100, intervalMs: 200, addresses: [ip("10.9.0.103")] },
  },
  "version 3 to a peer": {
    bytes: "313d6401 00144bae 0a090065",
    carrier: { ...MULTICAST, destination: ip("10.9.0.2") },
    advertisement: { version: 3, vrid: 61, priority: 100, intervalMs: 200, addresses: [ip("10.9.0.101")] },
  },
  "version 2 without a password": {
    bytes: "21336402 000165ee 0a090064 0a090065 00000000 00000000",
    carrier: MULTICAST,
    advertisement: {
      version: 2,
      vrid: 51,
      priority: 100,
      intervalMs: 1000,
      addresses: [ip("10.9.0.100"), ip("10.9.0.101")],
    },
  },
  "version 3 over IPv6": {
    bytes: "31346402 00145f59 fe800000 00000000 00000000 00060001 20010db8 00000000 00000000 00000100",
    carrier: { source: ip("fe80::b893:e1ff:fe12:4746"), destination: VRRP_GROUP.ipv6 },
    advertisement: {
      version: 3,
      vrid: 52,
      priority: 100,
      intervalMs: 200,
      addresses: [ip("fe80::6:1"), ip("2001:db8::100")],
    },
  },
};

function decode(message: Uint8Array, carrier: Carrier = MULTICAST): Decoded | Discarded {
  return decodeAdvertisement({ message, ...carrier, hopLimit: 255 });
}

function malformation(message: Uint8Array, carrier?: Carrier): string {
  const decoded = decode(message, carrier);
  assert.ok("malformation" in decoded);
  return decoded.malformation;
}

for (const [name, { bytes, carrier, advertisement }] of Object.entries(GOLDEN)) {
  const { password, ...content } = advertisement;

  Deno.test(`encodeAdvertisement() writes keepalived's bytes: ${name}`, () => {
    assert.deepEqual(encodeAdvertisement(advertisement, { ...carrier, form: "pseudo-header" }), fromHex(bytes));
  });

  Deno.test(`decodeAdvertisement() reads keepalived's bytes: ${name}`, () => {
    const received = password === undefined ? {} : { passwordBytes: Uint8Array.from(passwordBytes(password)) };
    assert.deepEqual(decode(fromHex(bytes), carrier), {
      advertisement: content,
      ...carrier,
      hopLimit: 255,
      ...received,
    });
  });

  Deno.test(`decodeAdvertisement() discards every single flipped bit: ${name}`, () => {
    assert.deepEqual(acceptedFlips(fromHex(bytes), carrier), []);
    // The other form of the checksum, without the ends of the packet.
    const rfc9568 = encodeAdvertisement(advertisement, { ...carrier, form: "message" });
    assert.ok("advertisement" in decode(rfc9568, carrier));
    assert.deepEqual(acceptedFlips(rfc9568, carrier), []);
  });
}

/** The bits of a message without which it is still accepted. */
function acceptedFlips(message: Uint8Array, carrier: Carrier): readonly number[] {
  return Array.from({ length: message.length * 8 }, (_, bit) => bit).filter((bit) => {
    const flipped = message.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 1 << (bit & 7);
    return "advertisement" in decode(flipped, carrier);
  });
}

const ADDRESSES: Readonly<Record<"ipv4" | "ipv6", fc.Arbitrary<readonly IpAddress[]>>> = {
  ipv4: fc.array(fc.ipV4().map(ip), { minLength: 1, maxLength: 255 }),
  ipv6: fc.array(fc.ipV6().map(ip), { maxLength: 20 }).map((more) => [ip("fe80::51"), ...more]),
};

const CONTENT = fc.record({
  vrid: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
});

Deno.test("decodeAdvertisement() reads what encodeAdvertisement() has written, in both forms", () => {
  const carriers: readonly Carrier[] = [
    MULTICAST,
    { source: ip("192.0.2.1"), destination: ip("198.51.100.7") },
    { source: ip("fe80::1"), destination: VRRP_GROUP.ipv6 },
  ];
  const any = fc.constantFrom(...carriers).chain((carrier) =>
    fc.record({
      carrier: fc.constant(carrier),
      content: CONTENT,
      centiseconds: fc.integer({ min: 1, max: 4095 }),
      addresses: carrier.source.includes(":") ? ADDRESSES.ipv6 : ADDRESSES.ipv4,
      form: fc.constantFrom("pseudo-header" as const, "message" as const),
    })
  );
  fc.assert(fc.property(any, ({ carrier, content, centiseconds, addresses, form }) => {
    const advertisement = { version: 3, ...content, intervalMs: centiseconds * 10, addresses } as const;
    const decoded = decode(encodeAdvertisement(advertisement, { ...carrier, form }), carrier);
    assert.deepEqual(decoded, { advertisement, ...carrier, hopLimit: 255 });
  }));
});

Deno.test("decodeAdvertisement() reads version 2, with and without a password", () => {
  const password = fc.option(fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }), { nil: undefined });
  const seconds = fc.integer({ min: 1, max: 255 });
  fc.assert(fc.property(CONTENT, ADDRESSES.ipv4, seconds, password, (content, addresses, interval, text) => {
    const advertisement = { version: 2, ...content, intervalMs: interval * 1000, addresses } as const;
    const bytes = encodeAdvertisement({ ...advertisement, password: text }, { ...MULTICAST, form: "message" });
    const received = text === undefined ? {} : { passwordBytes: Uint8Array.from(passwordBytes(text)) };
    assert.deepEqual(decode(bytes), { advertisement, ...MULTICAST, hopLimit: 255, ...received });
  }));
});

Deno.test("decodeAdvertisement() discards every single flipped bit of any message to the group", () => {
  const any = fc.record({
    version: fc.constantFrom(2 as const, 3 as const),
    content: CONTENT,
    source: fc.ipV4().map(ip),
    addresses: fc.array(fc.ipV4().map(ip), { minLength: 1, maxLength: 6 }),
    form: fc.constantFrom("pseudo-header" as const, "message" as const),
  });
  fc.assert(fc.property(any, ({ version, content, source, addresses, form }) => {
    const carrier: Carrier = { source, destination: VRRP_GROUP.ipv4 };
    const advertisement = { version, ...content, intervalMs: 1000, addresses };
    const message = encodeAdvertisement(advertisement, { ...carrier, form });
    // Both forms are accepted: a flipped bit that is worth the sum of the ends makes one of the other.
    const ends = endsSum(source, message.length);
    fc.pre(version === 2 || !isPowerOfTwo(ends) && !isPowerOfTwo(0xffff - ends));
    assert.deepEqual(acceptedFlips(message, carrier), []);
  }));
});

/** The part of the ends in the checksum of a message of some bytes to the group. */
function endsSum(source: string, length: number): number {
  const words = [...octets(source), ...octets(VRRP_GROUP.ipv4), 0, 112, length >> 8, length & 0xff];
  return words.reduce((sum, byte, at) => sum + (at % 2 === 0 ? byte << 8 : byte), 0) % 0xffff;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & value - 1) === 0;
}

Deno.test("decodeAdvertisement() accepts the checksum of keepalived before 1.3.7 from a peer", () => {
  const { advertisement, carrier } = GOLDEN["version 3 to a peer"] ?? assert.fail();
  const old = encodeAdvertisement(advertisement, { ...MULTICAST, form: "pseudo-header" });
  assert.ok("advertisement" in decode(old, carrier));
});

/** A message with bytes replaced by their index, and its checksum made valid for the group. */
function changed(base: string, bytes: Readonly<Record<number, number>>, carrier: Carrier = MULTICAST): Uint8Array {
  const message = fromHex(base);
  for (const [at, byte] of Object.entries(bytes)) message[Number(at)] = byte;
  message.set([0, 0], 6);
  const sums = new Uint8Array(message);
  const { source, destination } = carrier;
  let sum = 112 + sums.length;
  const all = [...source.includes(":") ? [] : octets(source), ...destination.includes(":") ? [] : octets(destination)];
  if (sums[0] !== undefined && sums[0] >> 4 === 2) {
    sum = 0;
    all.length = 0;
  }
  for (const [at, byte] of [...all, ...sums].entries()) sum += at % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  new DataView(message.buffer).setUint16(6, ~sum & 0xffff);
  return message;
}

function octets(address: string): readonly number[] {
  return address.split(".").map(Number);
}

Deno.test("decodeAdvertisement() names what is wrong with a message", () => {
  const v2 = "21336401 01010000 0a090064 7365637265743132";
  const v3 = "313f6401 00140000 0a090067";
  assert.equal(malformation(new Uint8Array()), "length");
  assert.equal(malformation(fromHex("313f6401 001475")), "length");
  assert.equal(malformation(fromHex("313f6401 001475a2 0a0900")), "length");
  assert.equal(malformation(fromHex("313f6401 001475a2 0a090067 00")), "length");
  assert.equal(malformation(fromHex("21336401 010101df 0a090064 73656372657431")), "length");
  assert.equal(malformation(changed(v3, { 0: 0x11 })), "version");
  assert.equal(malformation(changed(v3, { 0: 0x41 })), "version");
  assert.equal(malformation(changed(v3, { 0: 0x32 })), "type");
  assert.equal(malformation(fromHex("313f6401 001475a3 0a090067")), "checksum");
  assert.equal(malformation(changed(v3, { 1: 0 })), "vrid");
  assert.equal(malformation(changed("313f6400 00140000", {})), "no-address");
  assert.equal(malformation(changed(v3, { 5: 0 })), "interval");
  assert.equal(malformation(changed(v2, { 5: 0 })), "interval");
  assert.equal(malformation(changed(v2, { 4: 2 })), "authentication");
});

Deno.test("decodeAdvertisement() ignores the reserved bits of version 3", () => {
  const decoded = decode(changed("313f6401 00140000 0a090067", { 4: 0xf0 }));
  assert.ok("advertisement" in decoded);
  assert.equal(decoded.advertisement.intervalMs, 200);
});

Deno.test("decodeAdvertisement() refuses version 2 over IPv6, and a first address that is not link-local", () => {
  const carrier = { source: ip("fe80::1"), destination: VRRP_GROUP.ipv6 };
  const content = { vrid: 1, priority: 1, intervalMs: 1000 } as const;
  const write = (version: 2 | 3, address: string): Uint8Array =>
    encodeAdvertisement({ version, ...content, addresses: [ip(address)] }, { ...carrier, form: "pseudo-header" });
  assert.equal(malformation(write(2, "fe80::51"), carrier), "version");
  assert.equal(malformation(write(3, "2001:db8::10"), carrier), "link-local");
});
