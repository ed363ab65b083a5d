import { type Client, Clients, listenAtPath, removeSocket } from "../control/mod.ts";
import { asLvsctlError, LvsctlError } from "../errors/mod.ts";
import { formatListenAddress, type ListenAddress } from "../model/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../time/mod.ts";
import { type HttpRequest, parseRequest } from "./request.ts";
import { formatHead, type HttpResponse, retryResponse, textResponse } from "./response.ts";

/** The limits of a server. Times are in milliseconds. */
export const HTTP_LIMITS = {
  /** Simultaneous connections. */
  connections: 64,
  /** The largest head of a request; bytes. */
  headBytes: 8192,
  /** The time for a client to send it. */
  headMs: 5000,
  /** The time for a client to take a piece of an answer. */
  pieceMs: 5000,
  /** The time for a client to take a whole answer. */
  answerMs: 60_000,
  /** The largest answer in pieces to a client of HTTP/1.0, which is kept whole to tell its length; bytes. */
  wholeBytes: 16 << 20,
  /** The size of all such answers at the same time; bytes. */
  allWholeBytes: 32 << 20,
  /** The time for a client to close after the answer, so that it can read it to its end. */
  closeMs: 1000,
} as const;

/** The answer in place of one that is too large for HTTP/1.0. */
const TOO_LARGE = textResponse(
  505,
  "The answer is too large for HTTP/1.0; use HTTP/1.1 (nginx: proxy_http_version 1.1).",
);

/** The answer in place of one that has no room. */
const WHOLE_ANSWERS = retryResponse("Other clients of HTTP/1.0 read large answers.");

/** Options of {@linkcode HttpServer.listen}. */
export interface HttpServerOptions {
  /** Makes the answer to a request. */
  readonly answer: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
  /** Called with an error of {@linkcode HttpServerOptions.answer}: a bug. */
  readonly onBug: (error: unknown) => void;
  /** The id of a group whose users can connect to a socket in the file system too; undefined for none. */
  readonly group?: number | undefined;
  /**
   * The time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
}

/**
 * A server of HTTP/1.1 for answers to GET and HEAD, one for each connection. Everything that a client can use up has a
 * limit ({@linkcode HTTP_LIMITS}), and a failure of one client affects no other.
 *
 * The runtime's own server has no limits of connections and of times, and Node's would load Node's layer.
 */
export class HttpServer implements AsyncDisposable {
  readonly #listener: Deno.Listener;
  readonly #path: string | undefined;
  readonly #options: HttpServerOptions;
  readonly #clock: Clock;
  readonly #clients: Clients<Deno.Conn>;
  /** The size of the answers that are kept whole. */
  #wholeBytes = 0;
  #hasEnded = false;

  private constructor(listener: Deno.Listener, options: HttpServerOptions, path?: string) {
    this.#listener = listener;
    this.#path = path;
    this.#options = options;
    const clock = this.#clock = options.clock ?? SYSTEM_CLOCK;
    const { connections: most } = HTTP_LIMITS;
    this.#clients = new Clients(listener, { most, serve: (client) => this.#serve(client), clock });
  }

  /**
   * Starts listening. A socket in the file system at which no process listens is replaced.
   *
   * @throws {LvsctlError} If it cannot listen there.
   */
  static async listen(address: ListenAddress, options: HttpServerOptions): Promise<HttpServer> {
    try {
      if (address.transport === "tcp") return new HttpServer(Deno.listen(address), options);
      const { path } = address;
      if (await isInUse(path)) throw new Deno.errors.AddrInUse("another process listens there");
      return new HttpServer(listenAtPath(path, { group: options.group }), options, path);
    } catch (error) {
      throw asLvsctlError(error, { operation: "listen at", object: formatListenAddress(address) });
    }
  }

  /** The port that it listens at; undefined for a socket in the file system. */
  get port(): number | undefined {
    const { addr } = this.#listener;
    return "port" in addr ? addr.port : undefined;
  }

  /** Closes the socket and all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#clients[Symbol.asyncDispose]();
    try {
      if (this.#path !== undefined) removeSocket(this.#path);
    } catch {
      // The next server replaces the socket.
    }
  }

  async #serve(client: Client<Deno.Conn>): Promise<void> {
    const { connection } = client;
    this.#clients.limit(client, HTTP_LIMITS.headMs);
    if (this.#clients.isOverfull) {
      return await this.#send(client, { response: retryResponse("All connections are in use.") });
    }
    const head = await readHead(connection);
    if (head === undefined) return;
    client.isIdle = false;
    this.#clients.limit(client, HTTP_LIMITS.answerMs);
    await this.#send(client, await this.#answer(head));
    client.isIdle = true;
    this.#clients.limit(client, HTTP_LIMITS.closeMs);
    await connection.closeWrite();
    await discardRest(connection);
  }

  async #answer(
    head: Uint8Array | "too large",
  ): Promise<{ readonly response: HttpResponse; readonly request?: HttpRequest }> {
    if (head === "too large") {
      const limit = `The head of the request has more than ${HTTP_LIMITS.headBytes} bytes.`;
      return { response: textResponse(431, limit) };
    }
    const parsed = parseRequest(head);
    if ("refusal" in parsed) return { response: parsed.refusal };
    const { request } = parsed;
    try {
      return { request, response: await this.#options.answer(request) };
    } catch (error) {
      if (error instanceof LvsctlError) {
        const { message, retriable } = error;
        return { request, response: retriable ? retryResponse(message) : textResponse(503, message) };
      }
      this.#options.onBug(error);
      return { request, response: textResponse(500, "An internal error: the log of the daemon has it.") };
    }
  }

  async #send(
    client: Client<Deno.Conn>,
    { response, request }: { readonly response: HttpResponse; readonly request?: HttpRequest },
  ): Promise<void> {
    const { connection } = client;
    const end = this.#clock.now() + HTTP_LIMITS.answerMs;
    const encoder = new TextEncoder();
    const write = async (bytes: Uint8Array): Promise<void> => {
      this.#clients.limit(client, Math.min(HTTP_LIMITS.pieceMs, end - this.#clock.now()));
      for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
    };
    const hasBody = request?.isHead !== true && response.status !== 304;
    const { body } = response;
    if (typeof body === "string") {
      const bytes = encoder.encode(body);
      const head = encoder.encode(formatHead(response, { bytes: bytes.length }));
      return await write(hasBody ? joined(head, bytes) : head);
    }
    const isOld = request?.isOld === true;
    if (hasBody && isOld) return await this.#sendWhole(body, { response, write });
    await write(encoder.encode(formatHead(response, isOld ? "unknown" : "chunked")));
    if (!hasBody) return;
    for await (const piece of this.#reported(body)) {
      const bytes = bytesOf(piece);
      if (bytes.length === 0) continue;
      const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
      await write(joined(size, bytes, encoder.encode("\r\n")));
    }
    await write(encoder.encode("0\r\n\r\n"));
  }

  /** Sends an answer in pieces to a client without chunks, which only its length tells whether something is missing. */
  async #sendWhole(
    body: AsyncIterable<string | Uint8Array>,
    { response, write }: {
      readonly response: HttpResponse;
      readonly write: (bytes: Uint8Array) => Promise<void>;
    },
  ): Promise<void> {
    const encoder = new TextEncoder();
    const send = (answer: HttpResponse, bytes: readonly Uint8Array[]): Promise<void> => {
      const head = formatHead(answer, { bytes: bytes.reduce((sum, { length }) => sum + length, 0) });
      return write(joined(encoder.encode(head), ...bytes));
    };
    const pieces: Uint8Array[] = [];
    let size = 0;
    let refusal: HttpResponse | undefined;
    try {
      for await (const piece of this.#reported(body)) {
        const bytes = bytesOf(piece);
        size += bytes.length;
        this.#wholeBytes += bytes.length;
        if (size > HTTP_LIMITS.wholeBytes) refusal = TOO_LARGE;
        else if (this.#wholeBytes > HTTP_LIMITS.allWholeBytes) refusal = WHOLE_ANSWERS;
        if (refusal === undefined) {
          pieces.push(bytes);
          continue;
        }
        // At once, so that the other answers have the room.
        this.#wholeBytes -= size;
        size = 0;
        break;
      }
      if (refusal === undefined) return await send(response, pieces);
    } finally {
      this.#wholeBytes -= size;
    }
    await send(refusal, [encoder.encode(String(refusal.body))]);
  }

  /** Reports a bug in the making of a body, which then ends without its last chunk. */
  async *#reported(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array, void, undefined> {
    try {
      yield* body;
    } catch (error) {
      if (!(error instanceof LvsctlError)) this.#options.onBug(error);
      throw error;
    }
  }
}

function bytesOf(piece: string | Uint8Array): Uint8Array {
  return typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
}

/** Reads up to the empty line that ends a head; undefined if the client ends before. */
async function readHead(connection: Deno.Conn): Promise<Uint8Array | "too large" | undefined> {
  const bytes = new Uint8Array(HTTP_LIMITS.headBytes);
  for (let length = 0; length < bytes.length;) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) return undefined;
    // The end may have begun in the bytes before.
    const end = endOfHead(bytes.subarray(0, length + count), Math.max(0, length - 3));
    if (end >= 0) return bytes.subarray(0, end);
    length += count;
  }
  return "too large";
}

function endOfHead(bytes: Uint8Array, from: number): number {
  for (let place = bytes.indexOf(13, from); place >= 0; place = bytes.indexOf(13, place + 1)) {
    if (bytes[place + 1] === 10 && bytes[place + 2] === 13 && bytes[place + 3] === 10) return place;
  }
  return -1;
}

/** Reads what the client still sends: bytes that were never read would reset the connection, and lose the answer. */
async function discardRest(connection: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(HTTP_LIMITS.headBytes);
  while (await connection.read(bytes) !== null);
}

/** Whether a process listens at a path. */
async function isInUse(path: string): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ transport: "unix", path });
    return true;
  } catch {
    return false;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
