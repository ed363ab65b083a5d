import type { ByteStream, TlsEngine } from "./network.ts";

/** What is read from the connection at a time. */
const PIECE_BYTES = 16 * 1024;

/** TLS over a connection. */
export class TlsStream implements ByteStream {
  readonly #stream: ByteStream;
  readonly #engine: TlsEngine;
  readonly #piece = new Uint8Array(PIECE_BYTES);

  private constructor(stream: ByteStream, engine: TlsEngine) {
    this.#stream = stream;
    this.#engine = engine;
  }

  /**
   * Makes the handshake.
   *
   * @param stream The connection, which is closed with this one, and also if the handshake fails.
   * @param engine The session.
   * @throws {Error} If the handshake or the connection fails.
   */
  static async open(stream: ByteStream, engine: TlsEngine): Promise<TlsStream> {
    const tls = new TlsStream(stream, engine);
    try {
      let isDone = false;
      while (!isDone) {
        try {
          isDone = engine.handshake();
        } finally {
          // An alert says to the server why there is no session.
          await tls.#flush();
        }
        if (!isDone && !(await tls.#fill())) throw new Error("closed the connection during the TLS handshake");
      }
      return tls;
    } catch (error) {
      tls[Symbol.dispose]();
      throw error;
    }
  }

  /** How long the server's certificate is still valid; milliseconds. */
  get certificateLifetimeMs(): number | undefined {
    return this.#engine.certificateLifetimeMs();
  }

  /** Reads what has come, decrypted, into the buffer; waits if nothing has. */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.#engine.read(buffer);
      // A session may have to answer what is read.
      await this.#flush();
      if (count !== 0) return count;
      // Many servers close without the alert that says so.
      if (!(await this.#fill())) return null;
    }
  }

  /** Encrypts and writes all of the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#engine.write(bytes);
    await this.#flush();
  }

  /** Closes session and connection. */
  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
    this.#stream[Symbol.dispose]();
  }

  async #fill(): Promise<boolean> {
    const count = await this.#stream.read(this.#piece);
    if (count === null) return false;
    this.#engine.give(this.#piece.subarray(0, count));
    return true;
  }

  async #flush(): Promise<void> {
    for (let bytes = this.#engine.take(); bytes !== undefined; bytes = this.#engine.take()) {
      await this.#stream.write(bytes);
    }
  }
}
