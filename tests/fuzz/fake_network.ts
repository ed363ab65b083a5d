import { parseIpAddress } from "../../core/model/mod.ts";
import type { ByteStream, DatagramSocket, Network, TlsEngine } from "../../core/net/network.ts";

/** A peer in memory. */
export interface FakePeer {
  /** What it sends, one at each read: parts of a stream, or datagrams. */
  readonly parts: readonly Uint8Array[];
  /**
   * Fits a part to the last request, such as by its identifier.
   *
   * @default {the part as it is}
   */
  readonly fit?: ((part: Uint8Array, request: Uint8Array) => Uint8Array) | undefined;
}

/**
 * A network with one peer. After its last part a stream ends, and a datagram socket reports that the port is
 * unreachable, so an exchange never waits for its deadline.
 */
export function fakeNetwork({ parts, fit = (part) => part }: FakePeer): Network {
  const rest = [...parts];
  const next = (request: Uint8Array): Uint8Array | undefined => {
    const part = rest.shift();
    return part === undefined ? undefined : fit(part, request);
  };
  return {
    connect: () => Promise.resolve(new FakeStream(next)),
    openDatagram: () => new FakeSocket(next),
    openIcmp: () => new FakeSocket(next),
    openTls: () => new PlainEngine(),
  };
}

type NextPart = (request: Uint8Array) => Uint8Array | undefined;

class FakeStream implements ByteStream {
  readonly #next: NextPart;
  #request = new Uint8Array();
  #part: Uint8Array = new Uint8Array();

  constructor(next: NextPart) {
    this.#next = next;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    while (this.#part.length === 0) {
      const part = this.#next(this.#request);
      if (part === undefined) return Promise.resolve(null);
      this.#part = part;
    }
    const now = this.#part.subarray(0, buffer.length);
    buffer.set(now);
    this.#part = this.#part.subarray(now.length);
    return Promise.resolve(now.length);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#request = bytes.slice();
    return Promise.resolve();
  }

  [Symbol.dispose](): void {}
}

class FakeSocket implements DatagramSocket {
  readonly localAddress = parseIpAddress("192.0.2.1");
  readonly #next: NextPart;
  #request = new Uint8Array();

  constructor(next: NextPart) {
    this.#next = next;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#request = bytes.slice();
    return Promise.resolve();
  }

  receive(): Promise<Uint8Array> {
    const datagram = this.#next(this.#request);
    return datagram === undefined
      ? Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
      : Promise.resolve(datagram);
  }

  [Symbol.dispose](): void {}
}

/** TLS without encryption. */
class PlainEngine implements TlsEngine {
  readonly #received: Uint8Array[] = [];
  readonly #toSend: Uint8Array[] = [];

  handshake(): boolean {
    return true;
  }

  read(buffer: Uint8Array): number | null {
    const part = this.#received.shift();
    if (part === undefined) return 0;
    const now = part.subarray(0, buffer.length);
    if (now.length < part.length) this.#received.unshift(part.subarray(now.length));
    buffer.set(now);
    return now.length;
  }

  write(bytes: Uint8Array): void {
    this.#toSend.push(bytes.slice());
  }

  give(bytes: Uint8Array): void {
    this.#received.push(bytes.slice());
  }

  take(): Uint8Array | undefined {
    return this.#toSend.shift();
  }

  certificateLifetimeMs(): number | undefined {
    return 10 ** 10;
  }

  [Symbol.dispose](): void {}
}
