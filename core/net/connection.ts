import type { ByteStream } from "./network.ts";
import type { ProbeTarget } from "./outcome.ts";

/** A TCP connection that closes at once when its probe is aborted, so that whatever waits on it settles. */
export class ProbeConnection implements ByteStream {
  readonly #connection: Deno.TcpConn;
  readonly #signal: AbortSignal;
  readonly #close: () => void;

  private constructor(connection: Deno.TcpConn, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    this.#close = () => connection[Symbol.dispose]();
    // The signal given to Deno.connect ends only the connecting.
    signal.addEventListener("abort", this.#close, { once: true });
  }

  /**
   * Connects.
   *
   * @param target Where to.
   * @param options.signal Closes it.
   * @param options.isSilent Whether nothing will be said.
   * @throws {Error} If the network refuses, or the signal is aborted.
   */
  static async open(
    target: ProbeTarget,
    options: { readonly signal: AbortSignal; readonly isSilent?: boolean },
  ): Promise<ProbeConnection> {
    const { signal, isSilent = false } = options;
    const connection = await Deno.connect({
      hostname: target.address,
      port: target.port,
      signal,
      // The address is a literal: there are no families to choose from.
      autoSelectFamily: false,
    });
    if (signal.aborted) {
      connection[Symbol.dispose]();
      throw signal.reason;
    }
    // What is said in several pieces, as in a TLS handshake, is not to wait for each to be acknowledged.
    try {
      if (!isSilent) connection.setNoDelay();
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    return new ProbeConnection(connection, signal);
  }

  /**
   * Reads what has come into the buffer; waits if nothing has.
   *
   * @returns How many bytes, or `null` when the server has closed.
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
