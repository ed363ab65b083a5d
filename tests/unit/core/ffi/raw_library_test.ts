import assert from "node:assert/strict";
import { failureOf } from "../../../../core/ffi/raw_library.ts";
import { ERRNO } from "../../../../core/netlink/mod.ts";

const SEND = { operation: "send to 10.0.0.2 on", object: "eth0", destination: "10.0.0.2" };

for (
  const [errno, message] of [
    [
      ERRNO.EPERM,
      "a packet filter of this machine drops it (EPERM); let it pass packets of protocol 112 (vrrp)",
    ],
    [
      ERRNO.EMSGSIZE,
      "the packet is longer than the interface allows (EMSGSIZE); raise its MTU, or move some of the addresses to another " +
      "instance or to vips_excluded on all directors",
    ],
    [ERRNO.ENETUNREACH, 'there is no route (ENETUNREACH); see "ip route get 10.0.0.2"'],
    [ERRNO.ENODEV, 'the kernel refuses it (ENODEV); see "ip link" and "ip address"'],
  ] as const
) {
  Deno.test(`failureOf() names the reason why a packet cannot be sent, and the way out: errno ${errno}`, () => {
    assert.equal(failureOf(errno, SEND).message, `Cannot send to 10.0.0.2 on eth0: ${message}`);
  });
}

Deno.test("failureOf() names the missing permission of other operations", () => {
  assert.equal(
    failureOf(ERRNO.EPERM, { operation: "open a raw socket on", object: "eth0" }).message,
    "Cannot open a raw socket on eth0: permission denied (EPERM); run as root (it needs CAP_NET_RAW)",
  );
});
