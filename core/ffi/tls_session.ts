import { type IpAddress, type TlsSettings, tryParseIpAddress } from "../model/mod.ts";
import { TLS_SYMBOLS } from "./network_symbols.ts";

const LIBRARY = "libssl.so.3";

/** Constants of openssl/ssl.h, openssl/tls1.h, openssl/bio.h and openssl/x509_vfy.h. */
const SSL_ERROR_SSL = 1;
const SSL_ERROR_WANT_READ = 2;
const SSL_ERROR_WANT_WRITE = 3;
const SSL_ERROR_ZERO_RETURN = 6;
const SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
const SSL_VERIFY_NONE = 0;
const SSL_VERIFY_PEER = 1;
const SSL_FILETYPE_PEM = 1;
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

/** What one call takes out of OpenSSL: a TLS record and a bit. */
const PIECE_BYTES = 17 * 1024;

/** A file that changes when the system's authorities do. */
const SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

const DAY_MS = 86_400_000;

type TlsLibrary = Deno.DynamicLibrary<typeof TLS_SYMBOLS>;

/** Why there is no TLS, for people. */
export class TlsFailure extends Error {
  /** Class name, for debugging. */
  override name: string = "TlsFailure";
  /** Whether it is for something on this machine, and says nothing of the server. */
  readonly isLocal: boolean;

  /**
   * Makes the failure.
   *
   * @param reason Why, without a period.
   * @param options Whose fault it is.
   */
  constructor(reason: string, options: { readonly isLocal?: boolean } = {}) {
    super(reason);
    this.isLocal = options.isLocal ?? false;
  }
}

/** With whom a session is, and what else it takes. */
export interface TlsPeer {
  /** Address of the server, which the certificate has to be for where no name is given. */
  readonly address: IpAddress;
  /** Application protocols to offer (ALPN). */
  readonly protocols?: readonly string[] | undefined;
}

let liveSessions = 0;

/** How many sessions are open: the resource sanitizer of `deno test` does not see them, so tests ask here. */
export function liveTlsSessionCount(): number {
  return liveSessions;
}

/** Contexts that are kept: more than a file has different TLS settings. */
const MAX_CONTEXTS = 64;

/** OpenSSL's libssl, opened at the first session and closed with this. */
export class TlsLibraryHandle implements Disposable {
  #library: TlsLibrary | undefined;
  /** What is the same for all sessions with the same settings: reading all authorities takes 10 ms. */
  readonly #contexts = new Map<string, TlsContext>();

  /**
   * Begins a session as a client.
   *
   * @throws {TlsFailure} If libssl or one of the files is missing or not fit.
   */
  open(settings: TlsSettings, peer: TlsPeer): TlsSession {
    this.#library ??= openLibrary();
    return new TlsSession(this.#context(this.#library, { settings, peer }), { settings, peer });
  }

  /** Closes the library; its sessions have to be closed before. */
  [Symbol.dispose](): void {
    for (const context of this.#contexts.values()) context[Symbol.dispose]();
    this.#contexts.clear();
    this.#library?.close();
    this.#library = undefined;
  }

  #context(library: TlsLibrary, options: SessionOptions): TlsContext {
    const { verify, ca, certificate, key } = options.settings;
    const files = [verify ? ca ?? SYSTEM_AUTHORITIES : undefined, certificate, key];
    const name = JSON.stringify([files, options.peer.protocols]);
    const stamp = files.map(modified).join(" ");
    const known = this.#contexts.get(name);
    if (known?.stamp === stamp) return known;
    const context = new TlsContext(library, { ...options, stamp });
    known?.[Symbol.dispose]();
    this.#contexts.delete(name);
    for (const [oldest, old] of this.#contexts) {
      if (this.#contexts.size < MAX_CONTEXTS) break;
      old[Symbol.dispose]();
      this.#contexts.delete(oldest);
    }
    this.#contexts.set(name, context);
    return context;
  }
}

interface SessionOptions {
  readonly settings: TlsSettings;
  readonly peer: TlsPeer;
}

/** When a file was changed, in milliseconds since 1970; 0 where there is none. */
function modified(path: string | undefined): number {
  if (path === undefined) return 0;
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

function openLibrary(): TlsLibrary {
  try {
    return Deno.dlopen(LIBRARY, TLS_SYMBOLS);
  } catch {
    throw new TlsFailure(`cannot load ${LIBRARY}: install it with apt-get install libssl3`, { isLocal: true });
  }
}

/** What sessions with the same settings have in common: authorities, a certificate of one's own, protocols. */
class TlsContext implements Disposable {
  /** OpenSSL. */
  readonly symbols: TlsLibrary["symbols"];
  /** The SSL_CTX. */
  readonly pointer: Deno.PointerValue;
  /** When its files were changed. */
  readonly stamp: string;

  constructor(library: TlsLibrary, options: SessionOptions & { readonly stamp: string }) {
    const { symbols } = library;
    this.symbols = symbols;
    this.stamp = options.stamp;
    symbols.ERR_clear_error();
    this.pointer = needed(symbols, symbols.SSL_CTX_new(symbols.TLS_client_method()));
    try {
      this.#configure(options);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives it up; sessions that are open keep what they need. */
  [Symbol.dispose](): void {
    this.symbols.SSL_CTX_free(this.pointer);
  }

  #configure({ settings, peer }: SessionOptions): void {
    const { symbols, pointer: context } = this;
    const { verify, ca, certificate, key } = settings;
    if (verify && ca === undefined) symbols.SSL_CTX_set_default_verify_paths(context);
    if (verify && ca !== undefined && symbols.SSL_CTX_load_verify_file(context, cString(ca)) !== 1) {
      throw fileFailure(symbols, { what: "authorities", path: ca });
    }
    if (certificate !== undefined) {
      if (symbols.SSL_CTX_use_certificate_chain_file(context, cString(certificate)) !== 1) {
        throw fileFailure(symbols, { what: "certificate", path: certificate });
      }
      const keyFile = key ?? certificate;
      if (
        symbols.SSL_CTX_use_PrivateKey_file(context, cString(keyFile), SSL_FILETYPE_PEM) !== 1 ||
        symbols.SSL_CTX_check_private_key(context) !== 1
      ) throw fileFailure(symbols, { what: "key", path: keyFile });
    }
    const { protocols = [] } = peer;
    if (protocols.length > 0) {
      const list = new TextEncoder().encode(
        protocols.map((name) => String.fromCharCode(name.length) + name).join(""),
      );
      symbols.SSL_CTX_set_alpn_protos(context, list, list.length);
    }
  }
}

/**
 * The client's side of a TLS session over memory: what is to be sent is taken out with {@linkcode TlsSession.take},
 * what came is put in with {@linkcode TlsSession.give}. Nothing here waits.
 */
export class TlsSession implements Disposable {
  readonly #symbols: TlsLibrary["symbols"];
  readonly #session: Deno.PointerValue;
  readonly #incoming: Deno.PointerValue;
  readonly #outgoing: Deno.PointerValue;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #open = true;

  /**
   * Begins the session.
   *
   * @param context What is the same for others.
   * @param options How, and with whom.
   */
  constructor(context: TlsContext, options: SessionOptions) {
    const { symbols } = context;
    this.#symbols = symbols;
    symbols.ERR_clear_error();
    this.#session = needed(symbols, symbols.SSL_new(context.pointer));
    liveSessions++;
    this.#incoming = needed(symbols, symbols.BIO_new(symbols.BIO_s_mem()));
    this.#outgoing = needed(symbols, symbols.BIO_new(symbols.BIO_s_mem()));
    // Empty means: more may come.
    symbols.BIO_ctrl(this.#incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1n, null);
    symbols.SSL_set_bio(this.#session, this.#incoming, this.#outgoing);
    symbols.SSL_set_connect_state(this.#session);
    this.#expect(options.settings, options.peer);
  }

  /**
   * Goes on with the handshake.
   *
   * @returns Whether it is done; if not, more has to come.
   * @throws {TlsFailure} If the server refuses it, speaks something else, or has a certificate that is not valid.
   */
  handshake(): boolean {
    const status = this.#symbols.SSL_do_handshake(this.#session);
    return status === 1 || this.#wantsMore(status, "TLS handshake");
  }

  /**
   * Takes what came decrypted.
   *
   * @returns How many bytes are in the buffer now, 0 if more has to come first, `null` at the end.
   * @throws {TlsFailure} If what came is broken.
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
   * @throws {TlsFailure} If the session is over.
   */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const view = bytes as Uint8Array<ArrayBuffer>;
    const status = this.#symbols.SSL_write(this.#session, view, view.length);
    if (status <= 0) this.#wantsMore(status, "TLS");
  }

  /** Puts in what came from the server. */
  give(bytes: Uint8Array): void {
    this.#symbols.BIO_write(this.#incoming, bytes as Uint8Array<ArrayBuffer>, bytes.length);
  }

  /** Takes out what is to be sent to the server; `undefined` if there is nothing. */
  take(): Uint8Array | undefined {
    const count = this.#symbols.BIO_read(this.#outgoing, this.#piece, this.#piece.length);
    return count > 0 ? this.#piece.slice(0, count) : undefined;
  }

  /** How long the server's certificate is still valid; milliseconds. `undefined` if there is none. */
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
    liveSessions--;
  }

  /** Says whom the certificate has to be for. */
  #expect({ verify, serverName }: TlsSettings, { address }: TlsPeer): void {
    const symbols = this.#symbols;
    symbols.SSL_set_verify(this.#session, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, null);
    const name = serverName ?? address;
    // An address is never sent as a server's name (RFC 6066 3).
    if (tryParseIpAddress(name) !== undefined) {
      symbols.X509_VERIFY_PARAM_set1_ip_asc(symbols.SSL_get0_param(this.#session), cString(name));
      return;
    }
    symbols.SSL_ctrl(this.#session, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0n, cString(name));
    symbols.SSL_set1_host(this.#session, cString(name));
  }

  /** Whether a call is not done for it needs more to come, which is always answered by `false`. */
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

/** OpenSSL's first failure since the last call. */
interface OpenSslError {
  /** OpenSSL's error code: a value of {@linkcode SSL_R}, or another. */
  readonly code: number;
  /** OpenSSL's words for it. */
  readonly text: string;
}

function firstError(symbols: TlsLibrary["symbols"]): OpenSslError {
  const code = symbols.ERR_get_error();
  symbols.ERR_clear_error();
  const text = code === 0n ? null : symbols.ERR_reason_error_string(code);
  return { code: Number(code), text: text === null ? "the connection ended" : textAt(text) };
}

function errorText(symbols: TlsLibrary["symbols"]): string {
  return firstError(symbols).text;
}

function fileFailure(
  symbols: TlsLibrary["symbols"],
  { what, path }: { readonly what: string; readonly path: string },
): TlsFailure {
  return new TlsFailure(`cannot use the ${what} in ${path}: ${errorText(symbols)}`, { isLocal: true });
}

function needed(symbols: TlsLibrary["symbols"], pointer: Deno.PointerValue): Deno.PointerValue {
  if (pointer !== null) return pointer;
  throw new TlsFailure(`OpenSSL refuses: ${errorText(symbols)}`, { isLocal: true });
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null ? "unknown" : new Deno.UnsafePointerView(pointer).getCString();
}
