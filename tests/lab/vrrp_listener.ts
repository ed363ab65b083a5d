/**
 * A program that prints each advertisement of VRRP to the group of IPv4 when it arrives: the time of day in
 * milliseconds, the source, the number of the virtual router, and the priority.
 *
 * The argument is a {@linkcode ListenerOptions} as JSON.
 *
 * @module
 */
import { RawSockets } from "../../core/ffi/mod.ts";
import { readIpv4Packet, VRRP_GROUP, VRRP_PROTOCOL } from "../../core/vrrp/mod.ts";
import { decodeAdvertisement } from "../../core/vrrp/decode_advertisement.ts";

/** Where the program listens. */
export interface ListenerOptions {
  /** Name of the interface. */
  readonly device: string;
}

/** The longest wait; milliseconds. */
const WAIT_MS = 10_000;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const { device }: ListenerOptions = JSON.parse(Deno.args[0] ?? "");
  const index = Number(Deno.readTextFileSync(`/sys/class/net/${device}/ifindex`));
  using sockets = new RawSockets();
  using socket = sockets.open({ device, index, protocol: VRRP_PROTOCOL, group: VRRP_GROUP.ipv4 });
  print("ready");
  for (;;) {
    sockets.wait([socket.descriptor], WAIT_MS);
    const now = performance.timeOrigin + performance.now();
    for (let next = socket.receive(); next !== undefined; next = socket.receive()) {
      const received = next === "cut" || next.family === "ipv6" ? undefined : readIpv4Packet(next.packet);
      const decoded = received === undefined ? undefined : decodeAdvertisement(received);
      if (decoded === undefined || "malformation" in decoded) continue;
      const { source, advertisement: { vrid, priority } } = decoded;
      print(`${now.toFixed(1)} ${source} ${vrid} ${priority}`);
    }
  }
}
