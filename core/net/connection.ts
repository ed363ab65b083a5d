import type { ServerId } from "../model/mod.ts";
import type { ByteStream } from "./network.ts";

/** A TCP connection that closes at once when its signal is aborted, so that pending reads and writes settle. */
export class TcpConnection implements ByteStream {
  readonly #connection: Deno.TcpConn;
  readonly #signal: AbortSignal;
  readonly #close: () => void;

  private constructor(connection: Deno.TcpConn, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    this.#close = () => connection[Symbol.dispose]();
    // Deno.connect stops listening to the signal once it has connected.
    signal.addEventListener("abort", this.#close, { once: true });
  }

  /**
   * Connects.
   *
   * @param endpoint The peer.
   * @param options.signal Closes the connection.
   * @param options.isSilent Whether nothing will be sent.
   * @returns The open connection.
   * @throws {Error} If the network refuses, or the signal is aborted.
   */
  static async open(
    endpoint: ServerId,
    options: { readonly signal: AbortSignal; readonly isSilent?: boolean | undefined },
  ): Promise<TcpConnection> {
    const { signal, isSilent = false } = options;
    const connection = await Deno.connect({
      hostname: endpoint.address,
      port: endpoint.port,
      signal,
      // The address is a literal, so there is no family to choose.
      autoSelectFamily: false,
    });
    if (signal.aborted) {
      connection[Symbol.dispose]();
      throw signal.reason;
    }
    // Without this, each piece of a TLS handshake waits until the one before is acknowledged.
    try {
      if (!isSilent) connection.setNoDelay();
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    return new TcpConnection(connection, signal);
  }

  /**
   * Reads received bytes into the buffer, and waits for some.
   *
   * @returns Their number, or `null` once the peer has closed.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#connection.read(buffer);
  }

  /** Writes all of the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) written += await this.#connection.write(bytes.subarray(written));
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#close);
    this.#close();
  }
}
