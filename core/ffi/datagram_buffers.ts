/** Size of a datagram's buffer. The kernel sends larger datagrams for larger buffers, up to 32 KiB. */
const DATAGRAM_BYTES = 64 * 1024;

/** Number of buffers. A short dump has two datagrams, its entries and its end; a longer one takes several calls. */
const DATAGRAMS = 4;

/** Sizes and offsets of C structures on 64-bit machines (sys/socket.h, sys/uio.h). */
const MMSGHDR = { bytes: 64, vector: 16, vectorLength: 24, received: 56 } as const;
const IOVEC = { bytes: 16, base: 0, length: 8 } as const;

/**
 * Buffers for several datagrams, as `recvmmsg` requires: an array of `struct mmsghdr`, each with one `struct iovec`.
 * One call replaces two or three.
 */
export class DatagramBuffers {
  /** Number of buffers. */
  readonly count: number = DATAGRAMS;
  /** Array of `struct mmsghdr`, for the call. */
  readonly headers = new Uint8Array(DATAGRAMS * MMSGHDR.bytes);
  readonly #view = new DataView(this.headers.buffer);
  // The headers contain their addresses, so they live as long. The collector moves small arrays, but no ArrayBuffer.
  readonly #vectors = new Uint8Array(new ArrayBuffer(DATAGRAMS * IOVEC.bytes));
  readonly #bytes = new Uint8Array(new ArrayBuffer(DATAGRAMS * DATAGRAM_BYTES));

  /** The last datagram of each buffer. */
  readonly #datagrams: Uint8Array[] = [];

  /** Allocates the buffers. */
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

  /** A received datagram; `undefined` if it was longer than its buffer. */
  datagram(index: number): Uint8Array | undefined {
    const length = this.#view.getUint32(index * MMSGHDR.bytes + MMSGHDR.received, true);
    if (length > DATAGRAM_BYTES) return undefined;
    // Many dumps have datagrams of the same lengths, and a view costs more than the comparison.
    const former = this.#datagrams[index];
    if (former?.length === length) return former;
    const start = index * DATAGRAM_BYTES;
    return this.#datagrams[index] = this.#bytes.subarray(start, start + length);
  }
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}
