import { type Check, formatDuration, type ProbeResult, type ServerId } from "../../model/mod.ts";
import { describeNetworkFailure } from "../../net/mod.ts";
import type { Watcher } from "../../reactor/mod.ts";
import { DeadlineTimer, elapsedMs } from "../../time/mod.ts";
import type { ProbeLoop } from "./probe_loop.ts";

/** A server and its check: a part of a probe job. */
export interface MachineJob<C extends Check = Check> {
  /** The server. */
  readonly target: ServerId;
  /** The check. */
  readonly check: C;
}

/** Options of a {@linkcode Machine}. */
export interface MachineOptions {
  /** Time, events and sockets. */
  readonly loop: ProbeLoop;
  /** Receives the result once. */
  readonly done: (result: ProbeResult) => void;
}

/** A probe over one socket, as a state machine: it waits for no promise. Disposing of it cancels the probe. */
export abstract class Machine<C extends Check = Check> implements Watcher, Disposable {
  /** The server and its check. */
  protected readonly job: MachineJob<C>;
  /** Time, events and sockets. */
  protected readonly loop: ProbeLoop;
  /** The socket; -1 without one. */
  protected descriptor: number = -1;
  readonly #done: (result: ProbeResult) => void;
  readonly #started: number;
  #deadline: DeadlineTimer | undefined;
  #isOver = false;

  /** Does nothing until {@linkcode Machine.begin}. */
  constructor(job: MachineJob<C>, { loop, done }: MachineOptions) {
    this.job = job;
    this.loop = loop;
    this.#done = done;
    this.#started = loop.clock.now();
  }

  /** The part that is missing at the deadline: "connection". */
  protected abstract get awaited(): string;

  /** Opens the socket and starts the probe; the result may come before this returns. */
  begin(): void {
    const { loop, job: { check: { timeoutMs } } } = this;
    try {
      this.descriptor = this.open();
      loop.watch(this.descriptor, this);
      this.#deadline = new DeadlineTimer(loop.clock, { timeoutMs, expire: () => this.#expire() });
      this.opened();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Takes the events of the socket. */
  onEvents(events: number): void {
    try {
      this.take(events);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Cancels the probe: it then has no result. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#deadline?.[Symbol.dispose]();
    this.close();
    if (this.descriptor < 0) return;
    this.loop.forget(this.descriptor);
    this.loop.sockets.close(this.descriptor);
    this.descriptor = -1;
  }

  /** Opens the socket, and returns its descriptor. */
  protected abstract open(): number;

  /** Called with events of the socket. */
  protected abstract take(events: number): void;

  /** Called when the socket is open. */
  protected opened(): void {}

  /** Cancels the timers of the probe. */
  protected close(): void {}

  /** Ends the probe because the server has passed. */
  protected pass(detail: string): void {
    this.#finish({ ok: true, latencyMs: this.latencyMs, detail });
  }

  /** Ends the probe because the server has not answered as expected. */
  protected refuse(reason: string): void {
    this.#finish({ ok: false, latencyMs: this.latencyMs, reason });
  }

  /**
   * Ends the probe with an error of the network or of this machine.
   *
   * @throws {TypeError} If it is a bug, which must not look like a failed server.
   */
  protected fail(error: unknown): void {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    this.#finish({ ok: false, latencyMs: this.latencyMs, ...describeNetworkFailure(error) });
  }

  /** How long the probe has taken until now; milliseconds. */
  protected get latencyMs(): number {
    return elapsedMs(this.loop.clock, this.#started);
  }

  #expire(): void {
    const reason = `no ${this.awaited} within ${formatDuration(this.job.check.timeoutMs)}`;
    this.#finish({ ok: false, latencyMs: this.latencyMs, reason, failure: "timeout" });
  }

  #finish(result: ProbeResult): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#done(result);
  }
}
