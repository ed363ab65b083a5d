import type { CheckPath, IpAddress, ServerId, TlsSettings } from "../model/mod.ts";

/** Bytes to and from a peer, over TCP or TLS. It closes when the exchange is aborted. */
export interface ByteStream extends Disposable {
  /** Reads received bytes into the buffer, and waits for some. Resolves to their number, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Datagrams to and from one address. It closes when the exchange is aborted. */
export interface DatagramSocket extends Disposable {
  /** The socket's own address. */
  readonly localAddress: IpAddress;
  /** Sends one datagram. */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits for a datagram. */
  receive(): Promise<Uint8Array>;
}

/** The client's side of a TLS session in memory: no method waits. */
export interface TlsEngine extends Disposable {
  /** Continues the handshake; `false` if it needs more bytes from the peer. */
  handshake(): boolean;
  /** Decrypts into the buffer: the number of bytes, 0 if it needs more from the peer, `null` at the end. */
  read(buffer: Uint8Array): number | null;
  /** Encrypts bytes. */
  write(bytes: Uint8Array): void;
  /** Accepts bytes that the peer sent. */
  give(bytes: Uint8Array): void;
  /** Returns the next bytes to send; `undefined` if there are none. */
  take(): Uint8Array | undefined;
  /** Remaining lifetime of the peer's certificate; milliseconds. */
  certificateLifetimeMs(): number | undefined;
}

/** What a socket is bound to: source address, interface, firewall mark. Deno's own sockets cannot be bound. */
export type SocketBinding = Pick<CheckPath, "source" | "interface" | "mark">;

/**
 * The parts of the system that checks need and Deno gives no access to: bound sockets, datagrams, ICMP, TLS that can skip
 * the verification of certificates, and files that are opened without waiting. `core/system/network.ts` has the real one.
 */
export interface Network {
  /** Connects by TCP; `isSilent` if nothing will be sent. */
  connect(
    endpoint: ServerId,
    options: {
      readonly binding: SocketBinding;
      readonly signal: AbortSignal;
      readonly isSilent?: boolean | undefined;
    },
  ): Promise<ByteStream>;
  /** Opens a UDP socket that is connected to one endpoint, so that it receives ICMP errors such as port unreachable. */
  openDatagram(
    endpoint: ServerId,
    options: { readonly binding: SocketBinding; readonly signal: AbortSignal },
  ): DatagramSocket;
  /** Opens a socket for ICMP messages; received IPv4 messages begin with the IP header. */
  openIcmp(
    address: IpAddress,
    options: { readonly binding: SocketBinding; readonly signal: AbortSignal },
  ): DatagramSocket;
  /** Creates a TLS session with a peer. */
  openTls(
    settings: TlsSettings,
    peer: { readonly address: IpAddress; readonly protocols?: readonly string[] | undefined },
  ): TlsEngine;
  /**
   * Opens a regular file for reading, for checks of files. It never waits: Deno's own way waits for a named pipe. Throws
   * the system's errors.
   *
   * @throws {LvsctlError} If it is not a regular file.
   */
  openFile?(path: string): Deno.FsFile;
}

/** Whether the system alone chooses address and route. */
export function isUnbound({ source, interface: device, mark }: SocketBinding): boolean {
  return source === undefined && device === undefined && mark === undefined;
}
