/** Protocols of Ethernet frames (linux/if_ether.h). */
export const ETHERTYPE = { arp: 0x0806, ipv4: 0x0800, ipv6: 0x86dd } as const;

/** Length of an Ethernet header; bytes. */
export const ETHERNET_LENGTH = 14;

/** An Ethernet frame, without padding. */
export type Frame = Uint8Array<ArrayBuffer>;

/** Frames of one kind on one interface. */
export interface FramePort extends Disposable {
  /**
   * Sends a whole frame.
   *
   * @throws {LvsctlError} If the interface refuses it.
   */
  send(frame: Frame): void;
  /**
   * Receives the next frame from another host.
   *
   * @param timeoutMs Time to wait for a frame; milliseconds.
   * @returns `undefined` if no frame arrived.
   * @throws {LvsctlError} If the interface no longer exists.
   */
  receive(timeoutMs: number): Uint8Array | undefined;
}

/** Writes an Ethernet frame. */
export function ethernetFrame(
  header: { readonly to: Uint8Array; readonly from: Uint8Array; readonly type: number },
  payload: readonly number[],
): Frame {
  return Uint8Array.of(...header.to, ...header.from, header.type >> 8, header.type & 0xff, ...payload);
}

/** Whether the frame has these bytes at an offset. */
export function hasBytes(
  frame: Uint8Array,
  { at, bytes }: { readonly at: number; readonly bytes: Iterable<number> },
): boolean {
  let offset = at;
  for (const byte of bytes) if (frame[offset++] !== byte) return false;
  return true;
}

/** Writes a hardware address: "02:00:00:00:00:99". */
export function formatHardwareAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
