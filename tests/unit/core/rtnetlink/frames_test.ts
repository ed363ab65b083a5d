import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { arpConflict, arpProbe, gratuitousArp, type Neighbour } from "../../../../core/rtnetlink/arp.ts";
import {
  advertisementConflict,
  neighbourAdvertisement,
  solicitationProbe,
} from "../../../../core/rtnetlink/neighbour_discovery.ts";
import { fromHex, toHex } from "../../../support/hex.ts";

const OURS = fromHex("0200 0000 0001");
const OTHER = fromHex("0200 0000 0099");
const VIP4: Neighbour = { address: parseIpAddress("192.0.2.10"), hardwareAddress: OURS };
const VIP6: Neighbour = { address: parseIpAddress("2001:db8::a:b0c"), hardwareAddress: OURS };

Deno.test("gratuitousArp() is a request and a reply in which both addresses are the VIP", () => {
  assert.deepEqual(gratuitousArp(VIP4).map(toHex), [
    toHex(fromHex(`ffffffffffff 020000000001 0806  0001 0800 06 04 0001
      020000000001 c000020a  000000000000 c000020a`)),
    toHex(fromHex(`ffffffffffff 020000000001 0806  0001 0800 06 04 0002
      020000000001 c000020a  020000000001 c000020a`)),
  ]);
});

Deno.test("arpProbe() requests the VIP from no address, so that no neighbour learns one", () => {
  assert.equal(
    toHex(arpProbe(VIP4)),
    toHex(fromHex(`ffffffffffff 020000000001 0806  0001 0800 06 04 0001
      020000000001 00000000  000000000000 c000020a`)),
  );
});

/** An ARP packet from another host. */
function arp(operation: number, parts: { readonly sender: string; readonly target: string }): Uint8Array {
  return fromHex(`020000000001 020000000099 0806 0001 0800 06 04 000${operation}
    020000000099 ${parts.sender} 020000000001 ${parts.target}`);
}

Deno.test("arpConflict() finds a host that has the VIP or probes for it, and no other", () => {
  const found = (frame: Uint8Array): string => toHex(arpConflict(frame, VIP4) ?? new Uint8Array());
  assert.equal(found(arp(2, { sender: "c000020a", target: "00000000" })), toHex(OTHER));
  assert.equal(found(arp(1, { sender: "c000020a", target: "c0000201" })), toHex(OTHER));
  assert.equal(found(arp(1, { sender: "00000000", target: "c000020a" })), toHex(OTHER));
  // Somebody asks where it is; another one has another address; this host's own packets come back; a short frame.
  assert.equal(found(arp(1, { sender: "c0000201", target: "c000020a" })), "");
  assert.equal(found(arp(2, { sender: "c000020b", target: "c0000201" })), "");
  for (const own of [...gratuitousArp(VIP4), arpProbe(VIP4)]) assert.equal(found(own), "");
  assert.equal(found(arp(2, { sender: "c000020a", target: "00000000" }).subarray(0, 41)), "");
});

Deno.test("neighbourAdvertisement() goes to all nodes, overrides their entries, and has the router flag", () => {
  assert.equal(
    toHex(neighbourAdvertisement(VIP6, { isRouter: false })),
    toHex(fromHex(`333300000001 020000000001 86dd  60000000 0020 3a ff
      20010db8 00000000 00000000 000a0b0c  ff020000 00000000 00000000 00000001
      88 00 e300 20000000  20010db8 00000000 00000000 000a0b0c  02 01 020000000001`)),
  );
  const router = neighbourAdvertisement(VIP6, { isRouter: true });
  assert.equal(toHex(router.subarray(54, 62)), "88006300 a0000000");
  for (const frame of [router, neighbourAdvertisement(VIP6, { isRouter: false }), solicitationProbe(VIP6)]) {
    assert.equal(sumOf(frame), 0xffff);
  }
});

Deno.test("solicitationProbe() goes to the VIP's group from no address", () => {
  const frame = solicitationProbe(VIP6);
  assert.equal(
    toHex(frame.subarray(0, 54)),
    toHex(fromHex(`3333ff0a0b0c 020000000001 86dd  60000000 0018 3a ff
    00000000 00000000 00000000 00000000  ff020000 00000000 00000001 ff0a0b0c`)),
  );
  assert.equal(toHex(frame.subarray(54, 56)), "8700");
  assert.equal(toHex(frame.subarray(58)), toHex(fromHex("00000000 20010db8 00000000 00000000 000a0b0c")));
});

Deno.test("advertisementConflict() finds a host that has the VIP or probes for it, and no other", () => {
  const other: Neighbour = { ...VIP6, hardwareAddress: OTHER };
  const elsewhere: Neighbour = { address: parseIpAddress("2001:db8::1"), hardwareAddress: OTHER };
  const found = (frame: Uint8Array): string => toHex(advertisementConflict(frame, VIP6) ?? new Uint8Array());
  assert.equal(found(neighbourAdvertisement(other, { isRouter: false })), toHex(OTHER));
  assert.equal(found(solicitationProbe(other)), toHex(OTHER));
  // Somebody asks where it is; another one has another address; this host's own packets come back; a short frame.
  const asking = solicitationProbe(other);
  asking.set([0x20, 1], 22);
  assert.equal(found(asking), "");
  assert.equal(found(neighbourAdvertisement(elsewhere, { isRouter: false })), "");
  assert.equal(found(neighbourAdvertisement(VIP6, { isRouter: false })), "");
  assert.equal(found(neighbourAdvertisement(other, { isRouter: false }).subarray(0, 77)), "");
});

/** The sum of a message with its pseudo header, in ones' complement: all ones if the checksum is right. */
function sumOf(frame: Uint8Array): number {
  const bytes = [...frame.subarray(22, 54), 0, 0, 0, frame.length - 54, 0, 0, 0, 58, ...frame.subarray(54)];
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}
