import type { IpAddress, TlsSettings } from "../model/mod.ts";
import { cString, fileFailure, needed, type TlsLibrary } from "./openssl.ts";

/** PEM format (openssl/ssl.h). */
const SSL_FILETYPE_PEM = 1;

/** The server of a session. */
export interface TlsPeer {
  /** Address of the server, which must be in its certificate if the settings have no name. */
  readonly address: IpAddress;
  /** Application protocols to offer (ALPN). */
  readonly protocols?: readonly string[] | undefined;
}

/** Settings and server of a session. */
export interface SessionOptions {
  /** TLS settings. */
  readonly settings: TlsSettings;
  /** The server. */
  readonly peer: TlsPeer;
}

/** The shared part of sessions with the same settings: authorities, the client's certificate, protocols. */
export class TlsContext implements Disposable {
  /** OpenSSL. */
  readonly symbols: TlsLibrary["symbols"];
  /** The SSL_CTX. */
  readonly pointer: Deno.PointerValue;
  /** Modification times of its files. */
  readonly stamp: string;

  /**
   * Creates the context.
   *
   * @param library OpenSSL.
   * @param options Settings, server, and the modification times of the files.
   * @throws {TlsFailure} If one of the files is missing or invalid.
   */
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

  /** Frees the context; open sessions keep it alive in OpenSSL. */
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
