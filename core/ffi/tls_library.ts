import { describeKind } from "../files/mod.ts";
import type { TlsSettings } from "../model/mod.ts";
import { openOpenSsl, TlsFailure, type TlsLibrary } from "./openssl.ts";
import { type SessionOptions, TlsContext, type TlsPeer } from "./tls_context.ts";
import { TlsSession } from "./tls_session.ts";

/** A file that changes with the system's authorities. */
const SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** Largest file of certificates: the system's authorities have a quarter of a megabyte. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Largest number of stored contexts, more than the different TLS settings of a file. */
const MAX_CONTEXTS = 64;

/** OpenSSL's libssl, opened for the first session. */
export class TlsLibraryHandle implements Disposable {
  #library: TlsLibrary | undefined;
  /** Contexts by their settings, because reading all authorities takes 10 ms. */
  readonly #contexts = new Map<string, TlsContext>();

  /**
   * Starts a session as a client.
   *
   * @throws {TlsFailure} If libssl is missing, or one of the files is missing or invalid.
   */
  open(settings: TlsSettings, peer: TlsPeer): TlsSession {
    this.#library ??= openOpenSsl();
    return new TlsSession(this.#context(this.#library, { settings, peer }), { settings, peer });
  }

  /** Closes the library; its sessions must be closed before. */
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
    const stamp = files.map((file) => modificationMs(file)).join(" ");
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

/**
 * Modification time of a file, in milliseconds since 1970; 0 without a file.
 *
 * @throws {TlsFailure} If OpenSSL must not open the file: it would wait for the writer of a named pipe, and read an
 * endless device for ever.
 */
function modificationMs(path: string | undefined): number {
  if (path === undefined) return 0;
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch {
    return 0;
  }
  const kind = describeKind(info);
  const reason = kind !== undefined
    ? `${kind}, not a regular file`
    : info.size > MAX_FILE_BYTES
    ? "larger than 16 MiB"
    : undefined;
  if (reason !== undefined) throw new TlsFailure(`cannot use ${path}: it is ${reason}`, { isLocal: true });
  return info.mtime?.getTime() ?? 0;
}
