import type { Link } from "./codec.ts";
import type { FramePort } from "./frame.ts";

/** The machine's link layer, for questions to real servers; tests have their own. */
export interface PacketLayer {
  /**
   * Opens an interface for frames of one type; the caller closes it.
   *
   * @throws {LvsctlError} Without permission.
   */
  openPort(link: Link, options: PacketPortOptions): FramePort;
  /** The time by a monotonic clock; milliseconds. */
  now(): number;
  /** A random number, from 0 to below 1. */
  random(): number;
}

/** The frames of a port. */
export interface PacketPortOptions {
  /** Their type, of {@linkcode ETHERTYPE}. */
  readonly type: number;
  /** A filter of the classic BPF for received frames, as struct sock_filter. */
  readonly filter: Uint8Array<ArrayBuffer>;
}
