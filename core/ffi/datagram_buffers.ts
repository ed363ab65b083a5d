/** The kernel never queues more than 32 KiB in one datagram, and fills larger datagrams for larger buffers. */
const DATAGRAM_BYTES = 64 * 1024;

/** A dump of few entries comes in two datagrams, its entries and its end; more of them come in several calls. */
const DATAGRAMS = 4;

/** Sizes and places of C's structures on 64-bit machines (sys/socket.h, sys/uio.h). */
const MMSGHDR = { bytes: 64, vector: 16, vectorLength: 24, received: 56 } as const;
const IOVEC = { bytes: 16, base: 0, length: 8 } as const;

/**
 * Room for several datagrams, as `recvmmsg` wants it: an array of `struct mmsghdr`, each with one `struct iovec`. One
 * call then takes what two or three would.
 */
export class DatagramBuffers {
  /** How many datagrams there is room for. */
  readonly count = DATAGRAMS;
  /** Array of `struct mmsghdr`, for the call. */
  readonly headers = new Uint8Array(DATAGRAMS * MMSGHDR.bytes);
  readonly #view = new DataView(this.headers.buffer);
  // The headers have their addresses, so they live as long. The collector moves small arrays, but no ArrayBuffer.
  readonly #vectors = new Uint8Array(new ArrayBuffer(DATAGRAMS * IOVEC.bytes));
  readonly #bytes = new Uint8Array(new ArrayBuffer(DATAGRAMS * DATAGRAM_BYTES));

  /** Makes room. */
  constructor() {
    const vectors = new DataView(this.#vectors.buffer);
    const vectorsAddress = addressOf(this.#vectors);
    const bytesAddress = addressOf(this.#bytes);
    for (let index = 0; index < DATAGRAMS; index++) {
      const header = index * MMSGHDR.bytes;
      const vector = index * IOVEC.bytes;
      this.#view.setBigUint64(header + MMSGHDR.vector, vectorsAddress + BigInt(vector), true);
      this.#view.setBigUint64(header + MMSGHDR.vectorLength, 1n, true);
      vectors.setBigUint64(vector + IOVEC.base, bytesAddress + BigInt(index * DATAGRAM_BYTES), true);
      vectors.setBigUint64(vector + IOVEC.length, BigInt(DATAGRAM_BYTES), true);
    }
  }

  /** A datagram that was received; `undefined` if it was longer than its room. */
  datagram(index: number): Uint8Array | undefined {
    const length = this.#view.getUint32(index * MMSGHDR.bytes + MMSGHDR.received, true);
    const start = index * DATAGRAM_BYTES;
    return length > DATAGRAM_BYTES ? undefined : this.#bytes.subarray(start, start + length);
  }
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}
