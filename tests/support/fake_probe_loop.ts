import type { CheckPath, ServerId } from "../../core/model/mod.ts";
import type { ProbeLoop } from "../../core/health/machines/probe_loop.ts";
import type { Watcher } from "../../core/reactor/mod.ts";
import { FakeClock } from "./fake_clock.ts";

/** Sockets, their events and time for probes that are state machines, without a kernel. */
export class FakeProbeLoop implements ProbeLoop {
  /** The time, which the test moves. */
  readonly clock = new FakeClock();
  /** What was opened: "tcp 10.0.0.1:80". */
  readonly opened: string[] = [];
  /** What was sent, as text. */
  readonly sent: string[] = [];
  /** The sockets that are open. */
  readonly open = new Set<number>();
  /** Who receives the events of a socket. */
  readonly watchers = new Map<number, Watcher>();
  /** The error that opening a socket throws. */
  openError: Error | undefined;
  /** The error of the attempt to connect. */
  connectError: Error | undefined;
  /** The error of each datagram that is sent. */
  sendError: Error | undefined;
  /** How many bytes each write over TCP takes; without one, all. */
  room: number[] = [];
  /** What is received next: a datagram or piece, or an error. */
  received: (Uint8Array | Error)[] = [];
  #last = 10;

  /** The sockets. */
  readonly sockets: ProbeLoop["sockets"] = {
    connect: (endpoint: ServerId, binding: CheckPath) => this.#open("tcp", endpoint, binding),
    openDatagram: (endpoint: ServerId, binding: CheckPath) => this.#open("udp", endpoint, binding),
    connectFailure: () => this.connectError,
    send: (_descriptor: number, bytes: Uint8Array) => {
      if (this.sendError !== undefined) throw this.sendError;
      this.sent.push(new TextDecoder().decode(bytes));
    },
    receive: () => this.#receive(),
    write: (_descriptor: number, bytes: Uint8Array) => {
      if (this.sendError !== undefined) throw this.sendError;
      const count = Math.min(bytes.length, this.room.shift() ?? Infinity);
      this.sent.push(new TextDecoder().decode(bytes.subarray(0, count)));
      return count;
    },
    read: () => this.#receive(),
    close: (descriptor: number) => void this.open.delete(descriptor),
  };

  /** Remembers who receives the events of a socket. */
  watch(descriptor: number, watcher: Watcher): void {
    this.watchers.set(descriptor, watcher);
  }

  /** Forgets a socket. */
  forget(descriptor: number): void {
    this.watchers.delete(descriptor);
  }

  /** Hands events to all sockets. */
  happen(events: number): void {
    for (const watcher of [...this.watchers.values()]) watcher.onEvents(events);
  }

  /** What a probe has left: nothing, once it is over. */
  get left(): readonly number[] {
    return [this.open.size, this.watchers.size, this.clock.pending];
  }

  #receive(): Uint8Array | undefined {
    const next = this.received.shift();
    if (next instanceof Error) throw next;
    return next;
  }

  #open(kind: string, ...[{ address, port }, { source }]: [ServerId, CheckPath]): number {
    if (this.openError !== undefined) throw this.openError;
    this.opened.push(`${kind} ${address}:${port}${source === undefined ? "" : ` from ${source}`}`);
    this.open.add(++this.#last);
    return this.#last;
  }
}
