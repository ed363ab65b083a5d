/** The kinds of Ethernet frames that are used here (linux/if_ether.h). */
export const ETHERTYPE = { arp: 0x0806, ipv6: 0x86dd } as const;

/** Bytes of an Ethernet header. */
export const ETHERNET_LENGTH = 14;

/** A frame as it goes over the wire, without padding. */
export type Frame = Uint8Array<ArrayBuffer>;

/** Frames of one kind on one interface. */
export interface FramePort extends Disposable {
  /**
   * Sends a whole frame.
   *
   * @throws {LvsctlError} If the interface does not take it.
   */
  send(frame: Frame): void;
  /**
   * Takes the next frame from the wire, one's own not among them.
   *
   * @param timeoutMs Time to wait for one; milliseconds.
   * @returns `undefined` if none came.
   * @throws {LvsctlError} If the interface is gone.
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

/** A hardware address as it is usually written. */
export function formatHardwareAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
