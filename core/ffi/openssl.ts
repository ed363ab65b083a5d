import { TLS_SYMBOLS } from "./network_symbols.ts";

const LIBRARY = "libssl.so.3";

/** OpenSSL's libssl, with the functions of libcrypto that it resolves. */
export type TlsLibrary = Deno.DynamicLibrary<typeof TLS_SYMBOLS>;

/** A failure of TLS; the message is for users. */
export class TlsFailure extends Error {
  /** Class name, for debugging. */
  override name: string = "TlsFailure";
  /** Whether its cause is on this machine, and not in the server. */
  readonly isLocal: boolean;

  /**
   * Creates the failure.
   *
   * @param reason The reason, without a period.
   * @param options.isLocal Whether its cause is on this machine.
   */
  constructor(reason: string, options: { readonly isLocal?: boolean } = {}) {
    super(reason);
    this.isLocal = options.isLocal ?? false;
  }
}

/**
 * Opens OpenSSL.
 *
 * @throws {TlsFailure} If it is not installed.
 */
export function openOpenSsl(): TlsLibrary {
  try {
    return Deno.dlopen(LIBRARY, TLS_SYMBOLS);
  } catch {
    throw new TlsFailure(`cannot load ${LIBRARY}: install it with apt-get install libssl3`, { isLocal: true });
  }
}

/** OpenSSL's first failure since the last call. */
export interface OpenSslError {
  /** OpenSSL's error code. */
  readonly code: number;
  /** OpenSSL's words for it. */
  readonly text: string;
}

/** Takes OpenSSL's first error from its queue, and clears the rest. */
export function firstError(symbols: TlsLibrary["symbols"]): OpenSslError {
  const code = symbols.ERR_get_error();
  symbols.ERR_clear_error();
  const text = code === 0n ? null : symbols.ERR_reason_error_string(code);
  return { code: Number(code), text: text === null ? "the connection ended" : textAt(text) };
}

function errorText(symbols: TlsLibrary["symbols"]): string {
  return firstError(symbols).text;
}

/** The failure of a file that OpenSSL cannot use. */
export function fileFailure(
  symbols: TlsLibrary["symbols"],
  { what, path }: { readonly what: string; readonly path: string },
): TlsFailure {
  return new TlsFailure(`cannot use the ${what} in ${path}: ${errorText(symbols)}`, { isLocal: true });
}

/**
 * The pointer, which must not be null.
 *
 * @throws {TlsFailure} If it is null, because OpenSSL failed.
 */
export function needed(symbols: TlsLibrary["symbols"], pointer: Deno.PointerValue): Deno.PointerValue {
  if (pointer !== null) return pointer;
  throw new TlsFailure(`OpenSSL refuses: ${errorText(symbols)}`, { isLocal: true });
}

/** A text with its terminating NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** The text at a pointer. */
export function textAt(pointer: Deno.PointerValue): string {
  return pointer === null ? "unknown" : new Deno.UnsafePointerView(pointer).getCString();
}
