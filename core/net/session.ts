import { formatDuration, type ServerId, type TlsSettings } from "../model/mod.ts";
import { AnswerError, AnswerReader } from "./answer_reader.ts";
import { TcpConnection } from "./connection.ts";
import { type ByteStream, isUnbound, type Network, type SocketBinding } from "./network.ts";
import { describeNetworkFailure } from "./network_failure.ts";
import type { ExchangeOptions, Outcome } from "./outcome.ts";
import { TlsStream } from "./tls_stream.ts";
import { traceStream } from "./trace.ts";

/** Most bytes that a peer may send in one exchange. */
export const MAX_CONVERSATION_BYTES = 256 * 1024;

/** Options of {@linkcode converse}. */
export interface ConversationOptions {
  /** The peer. */
  readonly endpoint: ServerId;
  /** What the socket is bound to. */
  readonly binding: SocketBinding;
  /** Deadline and network. */
  readonly options: ExchangeOptions;
  /** TLS starting with the first byte; plain TCP by default. */
  readonly tls?: TlsSettings | undefined;
  /** Application protocols to offer in the TLS handshake. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Most bytes that the peer may send.
   *
   * @default {MAX_CONVERSATION_BYTES}
   */
  readonly limitBytes?: number | undefined;
}

/**
 * The network of an exchange.
 *
 * @throws {TypeError} If the options have none, which is the caller's mistake.
 */
export function requireNetwork({ network }: ExchangeOptions): Network {
  if (network === undefined) throw new TypeError("This exchange needs a network, and its options have none");
  return network;
}

/** Connects by TCP: over the network of the exchange, or over Deno's sockets without one. */
export async function connect(
  endpoint: ServerId,
  { binding, options, isSilent }: {
    readonly binding: SocketBinding;
    readonly options: ExchangeOptions;
    readonly isSilent?: boolean;
  },
): Promise<ByteStream> {
  const { signal, network } = options;
  if (network === undefined && isUnbound(binding)) return await TcpConnection.open(endpoint, { signal, isSilent });
  return await requireNetwork(options).connect(endpoint, { binding, signal, isSilent });
}

/** A connection to a peer, and the state of the exchange over it. */
export class Session implements Disposable {
  readonly #options: ConversationOptions;
  #stream: ByteStream | undefined;
  /** The same without a trace: TLS runs over this one, because encrypted bytes are useless in a trace. */
  #untraced: ByteStream | undefined;
  #reader: AnswerReader | undefined;
  /** The part of the exchange that is missing at present, for the outcome of an abort. */
  awaited = "connection";
  /** The remaining lifetime of the peer's certificate, and a warning if it is short. */
  certificate: Pick<Extract<Outcome, { readonly ok: true }>, "warning" | "certificateMs"> = {};

  /** Creates a session that is not connected yet. */
  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** The part of the exchange that was missing when it was aborted. */
  get missing(): string {
    const isPart = this.awaited === "answer" && (this.#reader?.receivedBytes ?? 0) > 0;
    return isPart ? "complete answer" : this.awaited;
  }

  /** Reads the peer's answers. */
  get reader(): AnswerReader {
    if (this.#reader === undefined) throw new TypeError("The session is not connected");
    return this.#reader;
  }

  /** Connects, and makes the TLS handshake if the options have `tls`. */
  async open(): Promise<void> {
    const { endpoint, binding, options, tls } = this.#options;
    this.#use(await connect(endpoint, { binding, options }));
    options.trace?.({ kind: "connected" });
    this.awaited = "answer";
    if (tls !== undefined) await this.startTls(tls);
  }

  /**
   * Switches the connection to TLS.
   *
   * @throws {AnswerError} If the peer has already sent more in the clear.
   */
  async startTls(settings: TlsSettings): Promise<void> {
    const { endpoint, options, protocols } = this.#options;
    // An attacker in the middle could have injected these bytes, to be read as if they came encrypted.
    if (this.reader.peek(1) !== "") throw new AnswerError("server continues in the clear after agreeing to TLS");
    const stream = this.#untraced;
    if (stream === undefined) return;
    this.awaited = "TLS handshake";
    const engine = requireNetwork(options).openTls(settings, { address: endpoint.address, protocols });
    // The TLS stream now owns the connection, even if the handshake fails.
    this.#stream = undefined;
    const tls = await TlsStream.open(stream, engine);
    this.#use(tls);
    options.trace?.({ kind: "secured" });
    this.awaited = "answer";
    const { warnExpiryMs } = settings;
    const lifetimeMs = tls.certificateLifetimeMs;
    if (lifetimeMs === undefined) return;
    this.certificate = { certificateMs: lifetimeMs };
    if (warnExpiryMs === undefined || lifetimeMs >= warnExpiryMs) return;
    const warning = lifetimeMs <= 0
      ? "certificate has expired"
      : `certificate expires in ${formatDuration(roundDown(lifetimeMs))}`;
    this.certificate = { ...this.certificate, warning };
  }

  /** Sends text in UTF-8. */
  async send(text: string): Promise<void> {
    await this.sendBytes(new TextEncoder().encode(text));
  }

  /** Sends bytes. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#stream?.write(bytes);
  }

  /**
   * Reads one line.
   *
   * @throws {AnswerError} If the peer closes the connection before the line is complete.
   */
  async line(): Promise<string> {
    const line = await this.reader.line();
    if (line === undefined) throw this.#closed();
    return line;
  }

  /**
   * Reads exactly `count` bytes.
   *
   * @returns The bytes, valid until the next call.
   * @throws {AnswerError} If the peer closes the connection before, or `count` is more than 16 KiB.
   */
  async bytes(count: number): Promise<Uint8Array> {
    const bytes = await this.reader.bytes(count);
    if (bytes === undefined) throw this.#closed();
    return bytes;
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#stream?.[Symbol.dispose]();
  }

  #use(stream: ByteStream): void {
    const { trace } = this.#options.options;
    this.#untraced = stream;
    this.#stream = trace === undefined ? stream : traceStream(stream, trace);
    this.#reader = new AnswerReader(this.#stream, { limitBytes: this.#options.limitBytes ?? MAX_CONVERSATION_BYTES });
  }

  #closed(): AnswerError {
    return new AnswerError(`closed the connection ${this.reader.receivedBytes === 0 ? "before" : "while"} answering`);
  }
}

const HOUR_MS = 3_600_000;

/** A duration rounded down to its largest unit: days, hours, minutes or seconds. */
function roundDown(milliseconds: number): number {
  const unit = [24 * HOUR_MS, HOUR_MS, 60_000].find((each) => milliseconds >= each) ?? 1000;
  return Math.floor(milliseconds / unit) * unit;
}

/**
 * Connects and holds a conversation. It does not throw for anything that the peer or the network does.
 *
 * @param options Peer, binding, deadline and network.
 * @param talk The client's side of the conversation. It throws {@linkcode AnswerError} for an unexpected answer.
 */
export async function converse(
  options: ConversationOptions,
  talk: (session: Session) => Promise<Outcome>,
): Promise<Outcome> {
  using session = new Session(options);
  try {
    await session.open();
    const outcome = await talk(session);
    return outcome.ok === true ? { ...outcome, ...session.certificate } : outcome;
  } catch (error) {
    return toOutcome(error, { signal: options.options.signal, awaited: session.missing });
  }
}

/** The outcome of an exchange that ended with an error. */
export function toOutcome(
  error: unknown,
  state: { readonly signal: AbortSignal; readonly awaited: string },
): Outcome {
  if (state.signal.aborted) return { ok: "aborted", awaited: state.awaited };
  if (error instanceof AnswerError) return { ok: false, reason: error.message };
  // A bug must not look like a failed peer.
  if (error instanceof TypeError || error instanceof RangeError) throw error;
  return { ok: false, ...describeNetworkFailure(error) };
}
