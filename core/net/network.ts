import type { CheckPath, IpAddress, ServerId, TlsSettings } from "../model/mod.ts";

/** Bytes to and from a server, over TCP or TLS. It closes when the probe is aborted. */
export interface ByteStream extends Disposable {
  /** Reads what has come into the buffer; waits if nothing has. Gives the number of bytes, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Datagrams to and from one address. It closes when the probe is aborted. */
export interface DatagramSocket extends Disposable {
  /** The address that it has on this machine. */
  readonly localAddress: IpAddress;
  /** Sends one datagram. */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits for a datagram. */
  receive(): Promise<Uint8Array>;
}

/** The client's side of a TLS session over memory: nothing in it waits. */
export interface TlsEngine extends Disposable {
  /** Goes on with the handshake; `false` if more has to come first. */
  handshake(): boolean;
  /** Decrypts into the buffer: the number of bytes, 0 if more has to come first, `null` at the end. */
  read(buffer: Uint8Array): number | null;
  /** Encrypts bytes. */
  write(bytes: Uint8Array): void;
  /** Puts in what came. */
  give(bytes: Uint8Array): void;
  /** Takes out what is to be sent. */
  take(): Uint8Array | undefined;
  /** How long the server's certificate is still valid; milliseconds. */
  certificateLifetimeMs(): number | undefined;
}

/** By what way packets go: what of {@linkcode CheckPath} Deno's own sockets cannot do. */
export type Way = Pick<CheckPath, "source" | "interface" | "mark">;

/**
 * The network as far as Deno has no access to it: sockets that go a way of their own, datagrams, ICMP and TLS that can
 * look away from certificates. `core/system/network.ts` has the real one.
 */
export interface Network {
  /** Connects by TCP. */
  connect(
    endpoint: ServerId,
    options: { readonly way: Way; readonly signal: AbortSignal },
  ): Promise<ByteStream>;
  /** Opens a UDP socket to one endpoint, which hears if nobody is there. */
  openDatagram(endpoint: ServerId, options: { readonly way: Way; readonly signal: AbortSignal }): DatagramSocket;
  /** Opens a socket for ICMP messages; with IPv4 what is received begins with the IP header. */
  openIcmp(address: IpAddress, options: { readonly way: Way; readonly signal: AbortSignal }): DatagramSocket;
  /** Begins a TLS session with a server. */
  openTls(
    settings: TlsSettings,
    peer: { readonly address: IpAddress; readonly protocols?: readonly string[] },
  ): TlsEngine;
}

/** Whether packets can go as the system wants them to. */
export function isOrdinary({ source, interface: device, mark }: Way): boolean {
  return source === undefined && device === undefined && mark === undefined;
}
