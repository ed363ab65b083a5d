import type { CheckPath, ServerId } from "../../model/mod.ts";
import type { Clock } from "../../time/mod.ts";
import type { Watcher } from "../../reactor/mod.ts";

/** Sockets by their descriptors. No call waits; `core/ffi` has the real ones. */
export interface ProbeSockets {
  /**
   * Opens a TCP socket over which one message at most will be sent, and starts to connect it.
   *
   * @returns Its descriptor.
   * @throws {Error} If the network or this machine refuses.
   */
  connect(endpoint: ServerId, binding: CheckPath): number;
  /**
   * Opens a UDP socket to one endpoint, which reports errors by ICMP.
   *
   * @returns Its descriptor.
   * @throws {Error} If this machine refuses.
   */
  openDatagram(endpoint: ServerId, binding: CheckPath): number;
  /** The error of a connection attempt that has ended; `undefined` if it is connected. */
  connectFailure(descriptor: number): Error | undefined;
  /**
   * Sends a datagram.
   *
   * @throws {Error} If the port is unreachable, or this machine refuses.
   */
  send(descriptor: number, bytes: Uint8Array): void;
  /**
   * Receives a datagram.
   *
   * @returns Its bytes, valid until the next call; `undefined` if none has arrived.
   * @throws {Error} If the port is unreachable.
   */
  receive(descriptor: number): Uint8Array | undefined;
  /**
   * Sends bytes over TCP, as many as there is room for.
   *
   * @returns Their number.
   * @throws {Error} If the connection is broken.
   */
  write(descriptor: number, bytes: Uint8Array): number;
  /**
   * Receives bytes over TCP.
   *
   * @returns The bytes, valid until the next call, none at the end; `undefined` if none have arrived.
   * @throws {Error} If the connection is broken.
   */
  read(descriptor: number): Uint8Array | undefined;
  /** Closes a socket. */
  close(descriptor: number): void;
}

/** What a probe needs that is a state machine: time, events of sockets, and sockets. */
export interface ProbeLoop {
  /** Source of time and timers. */
  readonly clock: Clock;
  /** Sockets. */
  readonly sockets: ProbeSockets;
  /** Reports the events of a socket. */
  watch(descriptor: number, watcher: Watcher): void;
  /** Reports no more events of a socket. */
  forget(descriptor: number): void;
}
