/**
 * A program that sends packets of VRRP as they are given, also such as no router sends.
 *
 * The argument is a {@linkcode ForgedPackets} as JSON.
 *
 * @module
 */
import { RawSockets } from "../../core/ffi/mod.ts";
import { parseIpAddress } from "../../core/model/mod.ts";
import { VRRP_GROUP, VRRP_PROTOCOL } from "../../core/vrrp/mod.ts";

/** Packets to send, each several times. */
export interface ForgedPackets {
  /** The interface. */
  readonly device: string;
  /** The packets with their IPv4 headers, and where they go. */
  readonly packets: readonly { readonly bytes: readonly number[]; readonly destination: string }[];
  /** How often each is sent. */
  readonly times: number;
}

/** Time between two packets; milliseconds. */
const GAP_MS = 20;

if (import.meta.main) {
  const { device, packets, times }: ForgedPackets = JSON.parse(Deno.args[0] ?? "");
  const index = Number(Deno.readTextFileSync(`/sys/class/net/${device}/ifindex`));
  using sockets = new RawSockets();
  using socket = sockets.open({ device, index, protocol: VRRP_PROTOCOL, group: VRRP_GROUP.ipv4 });
  for (const { bytes, destination } of packets) {
    for (let time = 0; time < times; time++) {
      socket.send(Uint8Array.from(bytes), parseIpAddress(destination));
      await new Promise((resolve) => setTimeout(resolve, GAP_MS));
    }
  }
}
