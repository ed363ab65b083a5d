import { AnswerError } from "./answer_reader.ts";
import type { ByteStream, TlsEngine } from "./network.ts";

/** Most bytes that are read from the connection at a time. */
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
   * @param stream The connection; it is closed together with this stream, and if the handshake fails.
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
          // If the handshake fails, this sends the alert that tells the peer why.
          await tls.#flush();
        }
        if (!isDone && !(await tls.#fill())) throw new AnswerError("closed the connection during the TLS handshake");
      }
      return tls;
    } catch (error) {
      tls[Symbol.dispose]();
      throw error;
    }
  }

  /** Remaining lifetime of the peer's certificate; milliseconds. */
  get certificateLifetimeMs(): number | undefined {
    return this.#engine.certificateLifetimeMs();
  }

  /** Reads decrypted bytes into the buffer, and waits for some. */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.#engine.read(buffer);
      // Reading can make the session answer, for example to a key update.
      await this.#flush();
      if (count !== 0) return count;
      // Many servers close the connection without a close alert.
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
