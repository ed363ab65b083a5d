import { encodeAdvertisement, VRRP_GROUP } from "../../../core/vrrp/advertisement.ts";
import { decodeAdvertisement, type ReceivedMessage } from "../../../core/vrrp/decode_advertisement.ts";
import { readIpv4Packet } from "../../../core/vrrp/ipv4_packet.ts";
import { formatPrefix, parseIpAddress } from "../../../core/model/mod.ts";
import { fromHex } from "../../support/hex.ts";
import { MemoryLink, routerSettings, vip } from "../../support/memory_vrrp.ts";
import { type FuzzTarget, require, splitHeader, withHeader } from "../target.ts";

const IPV6 = { source: parseIpAddress("fe80::1"), destination: VRRP_GROUP.ipv6, hopLimit: 255 };

const SEEDS: readonly (readonly [family: string, bytes: string])[] = [
  ["ipv4", "45c00028 00010000 ff700000 0a090001 e0000012 21336401 010101df 0a090064 7365637265743132"],
  ["ipv4", "45c00020 00010000 ff700000 0a090001 e0000012 313f6401 001475a2 0a090067"],
  ["ipv4", "45c00020 00010000 ff700000 0a090001 0a090002 313d6401 00144bae 0a090065"],
  ["ipv4", "45c0002c 00010000 ff70d084 0a090001 e0000012 21336402 000165ee 0a090064 0a090065 00000000 00000000"],
  ["ipv6", "31336401 00646d76 fe800000 00000000 00000000 00000051"],
  ["ipv6", "31346402 00143f45 fe800000 00000000 00000000 00060001 20010db8 00000000 00000000 00000100"],
];

/** The routers of a director that gets the packets: one of each version and family, and one with a password. */
const ROUTERS = [
  routerSettings({ vrid: 53 }),
  routerSettings({ name: "old", version: 2, vips: [vip("10.9.0.100")], password: "secret12" }),
  routerSettings({ name: "ipv6", family: "ipv6", vips: [vip("fe80::51")] }),
];

/** Longer than a router waits that has heard the longest interval; milliseconds. */
const LONGEST_WAIT_MS = 4 * 40_950 + 1000;

/**
 * Packets of VRRP: the decoder never throws, and what it accepts is what its encoder writes. A director that gets one has
 * the addresses of its active routers and no others, and all of them when it has heard nothing for long enough.
 */
export function vrrp(): FuzzTarget {
  return {
    name: "vrrp",
    seeds: SEEDS.map(([family, bytes]) => withHeader(family, fromHex(bytes))),
    words: ["\x21", "\x31", "\x45", "\x46", "\x70", "\xe0\x00\x00\x12", "ipv6"],
    maxBytes: 9000,
    run: (input) => {
      const { header, body } = splitHeader(input);
      const received = header === "ipv6" ? { message: body, ...IPV6 } : readIpv4Packet(body);
      if (received === undefined) return;
      const decoded = decodeAdvertisement(received);
      if ("malformation" in decoded) return;
      const { advertisement, source, destination } = decoded;
      require(
        advertisement.addresses.length >= 1 && advertisement.addresses.length <= 255,
        "it has 1 to 255 addresses",
      );
      require(advertisement.intervalMs > 0, "its interval is not 0");
      const again = encodeAdvertisement(advertisement, { source, destination, form: "message" });
      const isVersion2 = advertisement.version === 2;
      const end = received.message.length - (isVersion2 ? 8 : 0);
      require(
        again.length === received.message.length &&
          again.subarray(0, end).every((byte, at) => byte === received.message[at] || at === 6 || at === 7 || at === 4),
        "the encoder writes the same message, apart from reserved bits, authentication and checksum",
      );
      requireDefinedRouters(received);
    },
  };
}

function requireDefinedRouters(received: ReceivedMessage): void {
  const link = new MemoryLink();
  const director = link.add("10.9.0.2", ...ROUTERS);
  const look = (): void => {
    const active = ROUTERS.filter((_, index) => director.status[index]?.state === "active");
    const expected = active.flatMap(({ vips }) => vips.map(formatPrefix));
    require([...director.vips].sort().join() === expected.sort().join(), "the addresses are those of active routers");
  };
  for (const waitMs of [100, LONGEST_WAIT_MS]) {
    director.queue.push(received);
    director.turn();
    look();
    link.pass(waitMs);
    look();
  }
  require(director.status.every(({ state }) => state === "active"), "all routers are active after a silence");
}
