/** Sizes and offsets of C structures on 64-bit machines (sys/socket.h, netinet/in.h). */
const MSGHDR = { bytes: 56, name: 0, nameLength: 8, vector: 16, vectors: 24, control: 32, controlLength: 40 } as const;
const IOVEC = { bytes: 16, length: 8 } as const;
const CMSGHDR = { bytes: 16, level: 8, type: 12, align: 8 } as const;

/** Bytes of struct sockaddr_in6, and the offset of its address. */
const ADDRESS = { bytes: 28, at: 8, length: 16 } as const;

/** Bytes for a packet; a message of VRRP with 255 IPv6 addresses has fewer. */
const PACKET_BYTES = 8192;

/** Bytes for control messages. */
const CONTROL_BYTES = 256;

/** Levels and types of control messages (netinet/in.h, linux/in6.h). */
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
const IPV6_HOPLIMIT = 52;

/** What the kernel reports about a received IPv6 packet. */
export interface ReceivedParts {
  /** The payload; valid until the next call. */
  readonly message: Uint8Array;
  /** The source address. */
  readonly source: Uint8Array;
  /** The destination address; undefined if the kernel did not report it. */
  readonly destination: Uint8Array | undefined;
  /** The hop limit; undefined if the kernel did not report it. */
  readonly hopLimit: number | undefined;
}

/** The memory of a call of `recvmsg`: a packet, its source and its control messages. */
export class MessageBuffers {
  /** The struct msghdr, for the call. */
  readonly header = new Uint8Array(new ArrayBuffer(MSGHDR.bytes));
  // The header contains their addresses, so they live as long. The collector moves small arrays, but no ArrayBuffer.
  readonly #vector = new Uint8Array(new ArrayBuffer(IOVEC.bytes));
  readonly #packet = new Uint8Array(new ArrayBuffer(PACKET_BYTES));
  readonly #name = new Uint8Array(new ArrayBuffer(ADDRESS.bytes));
  readonly #control = new Uint8Array(new ArrayBuffer(CONTROL_BYTES));

  /** Prepares the header for the next call. */
  reset(): void {
    const vector = new DataView(this.#vector.buffer);
    vector.setBigUint64(0, addressOf(this.#packet), true);
    vector.setBigUint64(IOVEC.length, BigInt(PACKET_BYTES), true);
    const header = new DataView(this.header.buffer);
    header.setBigUint64(MSGHDR.name, addressOf(this.#name), true);
    header.setUint32(MSGHDR.nameLength, ADDRESS.bytes, true);
    header.setBigUint64(MSGHDR.vector, addressOf(this.#vector), true);
    header.setBigUint64(MSGHDR.vectors, 1n, true);
    header.setBigUint64(MSGHDR.control, addressOf(this.#control), true);
    header.setBigUint64(MSGHDR.controlLength, BigInt(CONTROL_BYTES), true);
  }

  /**
   * What the last call received; `undefined` if the packet was longer than its memory.
   *
   * @param length The result of the call.
   */
  parts(length: number): ReceivedParts | undefined {
    if (length > PACKET_BYTES) return undefined;
    const used = Number(new DataView(this.header.buffer).getBigUint64(MSGHDR.controlLength, true));
    const { destination, hopLimit } = readControl(this.#control.subarray(0, Math.min(used, CONTROL_BYTES)));
    const source = this.#name.slice(ADDRESS.at, ADDRESS.at + ADDRESS.length);
    return { message: this.#packet.subarray(0, length), source, destination, hopLimit };
  }
}

/** The destination and the hop limit among control messages. */
export function readControl(control: Uint8Array): Pick<ReceivedParts, "destination" | "hopLimit"> {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  let destination: Uint8Array | undefined;
  let hopLimit: number | undefined;
  for (let at = 0; at + CMSGHDR.bytes <= control.length;) {
    const length = Number(view.getBigUint64(at, true));
    const start = at + CMSGHDR.bytes;
    const end = at + length;
    if (length < CMSGHDR.bytes || end > control.length) break;
    if (view.getInt32(at + CMSGHDR.level, true) === IPPROTO_IPV6) {
      const type = view.getInt32(at + CMSGHDR.type, true);
      if (type === IPV6_PKTINFO && end >= start + ADDRESS.length) {
        destination = control.slice(start, start + ADDRESS.length);
      }
      if (type === IPV6_HOPLIMIT && end >= start + 4) hopLimit = view.getInt32(start, true);
    }
    at += Math.ceil(length / CMSGHDR.align) * CMSGHDR.align;
  }
  return { destination, hopLimit };
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}
