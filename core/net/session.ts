import { type CheckPath, formatDuration, type TlsSettings } from "../model/mod.ts";
import { AnswerError, AnswerReader } from "./answer_reader.ts";
import { ProbeConnection } from "./connection.ts";
import { type ByteStream, isOrdinary, type Network } from "./network.ts";
import { describeNetworkFailure } from "./network_failure.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "./outcome.ts";
import { TlsStream } from "./tls_stream.ts";
import { traceStream } from "./trace.ts";

/** How much a server may say in one probe. */
export const MAX_CONVERSATION_BYTES = 256 * 1024;

/** What a probe goes by. */
export interface ConversationOptions {
  /** What is probed. */
  readonly target: ProbeTarget;
  /** By what way. */
  readonly check: CheckPath;
  /** Deadline and network. */
  readonly options: ProberOptions;
  /** TLS from the first byte on; not where it is not given. */
  readonly tls?: TlsSettings | undefined;
  /** Application protocols to offer in the TLS handshake. */
  readonly protocols?: readonly string[];
  /**
   * How much the server may say.
   *
   * @default {MAX_CONVERSATION_BYTES}
   */
  readonly limitBytes?: number;
}

/** The real network, which a prober was not given: a mistake of whoever called it. */
export function needNetwork({ network }: ProberOptions): Network {
  if (network === undefined) throw new TypeError("This check needs a network, and the prober was given none");
  return network;
}

/** A connection to a server, and what has become of the probe so far. */
export class Session implements Disposable {
  readonly #options: ConversationOptions;
  #stream: ByteStream | undefined;
  /** The same, without being traced: what TLS sends over it is for nobody to read. */
  #bare: ByteStream | undefined;
  #reader: AnswerReader | undefined;
  /** What is waited for. */
  awaited = "connection";
  /** What will make the server fail some day. */
  warning: string | undefined;

  /** Makes a session that is not connected yet. */
  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** What was waited for when the probe was aborted. */
  get missing(): string {
    const isPart = this.awaited === "answer" && (this.#reader?.receivedBytes ?? 0) > 0;
    return isPart ? "complete answer" : this.awaited;
  }

  /** Reads what the server says. */
  get reader(): AnswerReader {
    if (this.#reader === undefined) throw new TypeError("The session is not connected");
    return this.#reader;
  }

  /** Connects, and makes the TLS handshake where that comes first. */
  async open(): Promise<void> {
    const { target, check, options, tls } = this.#options;
    this.#use(
      isOrdinary(check)
        ? await ProbeConnection.open(target, options)
        : await needNetwork(options).connect(target, { way: check, signal: options.signal }),
    );
    options.trace?.({ kind: "connected" });
    this.awaited = "answer";
    if (tls !== undefined) await this.startTls(tls);
  }

  /**
   * Goes over to TLS.
   *
   * @throws {AnswerError} If the server has sent more in the clear than it should have.
   */
  async startTls(settings: TlsSettings): Promise<void> {
    const { target, options, protocols } = this.#options;
    // Whoever is in the middle could have put it there, to be taken for what comes encrypted.
    if (this.reader.peek(1) !== "") throw new AnswerError("server goes on in the clear after agreeing to TLS");
    const stream = this.#bare;
    if (stream === undefined) return;
    this.awaited = "TLS handshake";
    const engine = needNetwork(options).openTls(settings, {
      address: target.address,
      ...(protocols === undefined ? {} : { protocols }),
    });
    // From here on the TLS stream owns the connection, whatever becomes of the handshake.
    this.#stream = undefined;
    const tls = await TlsStream.open(stream, engine);
    this.#use(tls);
    options.trace?.({ kind: "secured" });
    this.awaited = "answer";
    const { warnExpiryMs } = settings;
    const lifetimeMs = tls.certificateLifetimeMs;
    if (warnExpiryMs !== undefined && lifetimeMs !== undefined && lifetimeMs < warnExpiryMs) {
      this.warning = lifetimeMs <= 0
        ? "certificate has expired"
        : `certificate expires in ${formatDuration(roundDown(lifetimeMs))}`;
    }
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
   * Takes one line.
   *
   * @throws {AnswerError} If the server closes the connection before it is complete.
   */
  async line(): Promise<string> {
    const line = await this.reader.line();
    if (line === undefined) throw this.#closed();
    return line;
  }

  /**
   * Takes exactly so many bytes.
   *
   * @returns The bytes, valid until the next call.
   * @throws {AnswerError} If the server closes the connection before, or there are more than 16 KiB of them.
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
    this.#bare = stream;
    this.#stream = trace === undefined ? stream : traceStream(stream, trace);
    this.#reader = new AnswerReader(this.#stream, { limitBytes: this.#options.limitBytes ?? MAX_CONVERSATION_BYTES });
  }

  #closed(): AnswerError {
    return new AnswerError(`closed the connection ${this.reader.receivedBytes === 0 ? "before" : "while"} answering`);
  }
}

const HOUR_MS = 3_600_000;

/** A duration in whole days, hours or minutes, whichever is the largest that is not 0. */
function roundDown(milliseconds: number): number {
  const unit = [24 * HOUR_MS, HOUR_MS, 60_000].find((each) => milliseconds >= each) ?? 1000;
  return Math.floor(milliseconds / unit) * unit;
}

/**
 * Connects and lets the two sides talk. Whatever the server or the network does is an outcome.
 *
 * @param options What is probed and how.
 * @param talk Leads the conversation. It may throw {@linkcode AnswerError} for what the server should not have said.
 */
export async function converse(
  options: ConversationOptions,
  talk: (session: Session) => Promise<ProbeOutcome>,
): Promise<ProbeOutcome> {
  using session = new Session(options);
  try {
    await session.open();
    const outcome = await talk(session);
    const { warning } = session;
    return outcome.ok === true && warning !== undefined ? { ...outcome, warning } : outcome;
  } catch (error) {
    return explain(error, { signal: options.options.signal, awaited: session.missing });
  }
}

/** What a probe ends with that failed with an error. */
export function explain(
  error: unknown,
  state: { readonly signal: AbortSignal; readonly awaited: string },
): ProbeOutcome {
  if (state.signal.aborted) return { ok: "aborted", awaited: state.awaited };
  if (error instanceof AnswerError) return { ok: false, reason: error.message };
  // A bug must not look like a server that fails.
  if (error instanceof TypeError || error instanceof RangeError) throw error;
  return { ok: false, ...describeNetworkFailure(error) };
}
