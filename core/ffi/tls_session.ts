import { type TlsSettings, tryParseIpAddress } from "../model/mod.ts";
import { OPEN_HANDLES } from "./open_handles.ts";
import { cString, firstError, needed, textAt, TlsFailure, type TlsLibrary } from "./openssl.ts";
import type { SessionOptions, TlsContext, TlsPeer } from "./tls_context.ts";

/** Constants of openssl/ssl.h, openssl/tls1.h, openssl/bio.h and openssl/x509_vfy.h. */
const SSL_ERROR_SSL = 1;
const SSL_ERROR_WANT_READ = 2;
const SSL_ERROR_WANT_WRITE = 3;
const SSL_ERROR_ZERO_RETURN = 6;
const SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
const SSL_VERIFY_NONE = 0;
const SSL_VERIFY_PEER = 1;
const BIO_C_SET_BUF_MEM_EOF_RETURN = 130;
const X509_V_OK = 0n;

/** The place of the library's number in an error code, and libssl's number (ERR_LIB_SSL of openssl/err.h). */
const ERR_LIB_SSL = 20 * 2 ** 23;

/** Error codes of libssl (openssl/sslerr.h). */
const SSL_R = {
  CERTIFICATE_VERIFY_FAILED: ERR_LIB_SSL + 134,
  PACKET_LENGTH_TOO_LONG: ERR_LIB_SSL + 198,
  WRONG_VERSION_NUMBER: ERR_LIB_SSL + 267,
  /** Since OpenSSL 3.2. */
  RECORD_LAYER_FAILURE: ERR_LIB_SSL + 313,
} as const;

/** OpenSSL's errors for a first record that is not TLS. */
const NOT_TLS: ReadonlySet<number> = new Set([
  SSL_R.PACKET_LENGTH_TOO_LONG,
  SSL_R.WRONG_VERSION_NUMBER,
  SSL_R.RECORD_LAYER_FAILURE,
]);

/** Size of the buffer for encrypted bytes: a TLS record with its header. */
const PIECE_BYTES = 17 * 1024;

const DAY_MS = 86_400_000;

/**
 * The client's side of a TLS session over memory: {@linkcode TlsSession.take} returns encrypted bytes for the server,
 * and {@linkcode TlsSession.give} accepts those from the server. No call waits.
 */
export class TlsSession implements Disposable {
  readonly #symbols: TlsLibrary["symbols"];
  readonly #session: Deno.PointerValue;
  readonly #incoming: Deno.PointerValue;
  readonly #outgoing: Deno.PointerValue;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #open = true;

  /**
   * Starts the session.
   *
   * @param context The part that sessions share.
   * @param options Settings and server.
   */
  constructor(context: TlsContext, options: SessionOptions) {
    const { symbols } = context;
    this.#symbols = symbols;
    symbols.ERR_clear_error();
    this.#session = needed(symbols, symbols.SSL_new(context.pointer));
    OPEN_HANDLES.tlsSessions++;
    this.#incoming = needed(symbols, symbols.BIO_new(symbols.BIO_s_mem()));
    this.#outgoing = needed(symbols, symbols.BIO_new(symbols.BIO_s_mem()));
    // An empty BIO means that more bytes can follow.
    symbols.BIO_ctrl(this.#incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1n, null);
    symbols.SSL_set_bio(this.#session, this.#incoming, this.#outgoing);
    symbols.SSL_set_connect_state(this.#session);
    this.#expect(options.settings, options.peer);
  }

  /**
   * Continues the handshake.
   *
   * @returns Whether the handshake is complete; if not, it needs more bytes from the server.
   * @throws {TlsFailure} If the server refuses, does not speak TLS, or has an invalid certificate.
   */
  handshake(): boolean {
    const status = this.#symbols.SSL_do_handshake(this.#session);
    return status === 1 || this.#wantsMore(status, "TLS handshake");
  }

  /**
   * Reads decrypted bytes.
   *
   * @returns The number of bytes in the buffer, 0 if more must arrive first, `null` at the end.
   * @throws {TlsFailure} If the received bytes are invalid.
   */
  read(buffer: Uint8Array): number | null {
    const view = buffer as Uint8Array<ArrayBuffer>;
    const count = this.#symbols.SSL_read(this.#session, view, view.length);
    if (count > 0) return count;
    if (this.#symbols.SSL_get_error(this.#session, count) === SSL_ERROR_ZERO_RETURN) return null;
    this.#wantsMore(count, "TLS");
    return 0;
  }

  /**
   * Encrypts bytes.
   *
   * @throws {TlsFailure} If the session has ended.
   */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const view = bytes as Uint8Array<ArrayBuffer>;
    const status = this.#symbols.SSL_write(this.#session, view, view.length);
    if (status <= 0) this.#wantsMore(status, "TLS");
  }

  /** Accepts encrypted bytes from the server. */
  give(bytes: Uint8Array): void {
    this.#symbols.BIO_write(this.#incoming, bytes as Uint8Array<ArrayBuffer>, bytes.length);
  }

  /** Returns encrypted bytes for the server; `undefined` without any. */
  take(): Uint8Array | undefined {
    const count = this.#symbols.BIO_read(this.#outgoing, this.#piece, this.#piece.length);
    return count > 0 ? this.#piece.slice(0, count) : undefined;
  }

  /** Remaining validity of the server's certificate; milliseconds. `undefined` without a certificate. */
  certificateLifetimeMs(): number | undefined {
    const symbols = this.#symbols;
    const certificate = symbols.SSL_get1_peer_certificate(this.#session);
    if (certificate === null) return undefined;
    const days = new Int32Array(1);
    const seconds = new Int32Array(1);
    const bytes = (numbers: Int32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(numbers.buffer);
    const known = symbols.ASN1_TIME_diff(bytes(days), bytes(seconds), null, symbols.X509_get0_notAfter(certificate));
    symbols.X509_free(certificate);
    return known === 1 ? (days[0] ?? 0) * DAY_MS + (seconds[0] ?? 0) * 1000 : undefined;
  }

  /** Closes the session; closing twice is harmless. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#symbols.SSL_free(this.#session);
    OPEN_HANDLES.tlsSessions--;
  }

  /** Sets the name that the certificate must have. */
  #expect({ verify, serverName }: TlsSettings, { address }: TlsPeer): void {
    const symbols = this.#symbols;
    symbols.SSL_set_verify(this.#session, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, null);
    const name = serverName ?? address;
    // An address is not allowed as a server's name (RFC 6066 3).
    if (tryParseIpAddress(name) !== undefined) {
      symbols.X509_VERIFY_PARAM_set1_ip_asc(symbols.SSL_get0_param(this.#session), cString(name));
      return;
    }
    symbols.SSL_ctrl(this.#session, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0n, cString(name));
    symbols.SSL_set1_host(this.#session, cString(name));
  }

  /** Returns false if a call only needs more bytes from the server. */
  #wantsMore(status: number, what: string): false {
    const code = this.#symbols.SSL_get_error(this.#session, status);
    if (code === SSL_ERROR_WANT_READ || code === SSL_ERROR_WANT_WRITE) return false;
    const verdict = this.#symbols.SSL_get_verify_result(this.#session);
    const { code: error, text: reason } = firstError(this.#symbols);
    if (verdict !== X509_V_OK && error === SSL_R.CERTIFICATE_VERIFY_FAILED) {
      const text = this.#symbols.X509_verify_cert_error_string(verdict);
      throw new TlsFailure(`certificate is not valid: ${textAt(text).toLowerCase()}`);
    }
    if (code === SSL_ERROR_SSL && NOT_TLS.has(error)) {
      throw new TlsFailure(`${what} failed: the server does not speak TLS`);
    }
    throw new TlsFailure(`${what} failed: ${reason}`);
  }
}
