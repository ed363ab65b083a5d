/** Packet sockets (sys/socket.h). */
export const AF_PACKET = 17;

/** Bytes of struct sockaddr_ll (linux/if_packet.h). */
export const LINK_ADDRESS_LENGTH = 20;

/**
 * An interface as struct sockaddr_ll.
 *
 * @param options.index Number of the interface.
 * @param options.type Protocol of the frames, as in their header.
 */
export function linkAddress(
  { index, type }: { readonly index: number; readonly type: number },
): Uint8Array<ArrayBuffer> {
  const address = new Uint8Array(LINK_ADDRESS_LENGTH);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, type, false);
  view.setInt32(4, index, true);
  return address;
}
