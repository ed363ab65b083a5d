import type { LvsctlError } from "../errors/mod.ts";
import { AF_PACKET, LINK_ADDRESS_LENGTH, linkAddress } from "./link_address.ts";
import { rawFailure, type RawLibrary } from "./raw_library.ts";

/** Constants of sys/socket.h. */
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;

/** Room for two frames of each of some thousand addresses, which are sent at once; bytes as the kernel counts them. */
const BUFFER_BYTES = 8 * 1024 * 1024;

/** Where a frame leaves. */
export interface FramePlace {
  /** Number of the interface. */
  readonly index: number;
  /** Name of the interface, for messages. */
  readonly device: string;
  /** Protocol of the frame, as in its header. */
  readonly type: number;
}

/**
 * Sends whole frames over one socket for all interfaces, which receives nothing. It stays open, because the kernel keeps the
 * one who closes such a socket waiting until every processor has seen the end of it.
 */
export class FrameSender implements Disposable {
  readonly #library: RawLibrary;
  #descriptor = -1;

  /**
   * Opens nothing yet.
   *
   * @param library libc.
   */
  constructor(library: RawLibrary) {
    this.#library = library;
  }

  /**
   * Sends a frame, and never waits.
   *
   * @throws {LvsctlError} Without permission, or if the interface is down or gone, or does not send what waits.
   */
  send(frame: Uint8Array<ArrayBuffer>, { index, device, type }: FramePlace): void {
    const { symbols } = this.#library;
    const failure = (): LvsctlError =>
      rawFailure(this.#library, { operation: "announce addresses on", object: device });
    if (this.#descriptor < 0) this.#open();
    if (this.#descriptor < 0) throw failure();
    const address = linkAddress({ index, type });
    const sent = symbols.sendto(this.#descriptor, frame, BigInt(frame.length), 0, address, LINK_ADDRESS_LENGTH);
    if (sent < 0n) throw failure();
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    if (this.#descriptor >= 0) this.#library.symbols.close(this.#descriptor);
    this.#descriptor = -1;
  }

  #open(): void {
    const { symbols } = this.#library;
    // With protocol 0 it receives nothing.
    const descriptor = this.#descriptor = symbols.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    const size = new Uint8Array(Int32Array.of(BUFFER_BYTES).buffer);
    // Without the permission, the usual size has to do.
    symbols.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, size, size.length);
  }
}
