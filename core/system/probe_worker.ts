/**
 * Entry point of the worker that probes: an isolate of its own, which blocks in the kernel's wait for its sockets.
 *
 * @module
 */

import { Epoll, FileCalls, NetworkSockets, ProbeSockets, TlsLibraryHandle } from "../ffi/mod.ts";
import {
  type FromWorker,
  needsEventLoop,
  preloadProbers,
  probe,
  ProbeService,
  startMachine,
  type ToWorker,
} from "../health/mod.ts";
import type { Network } from "../net/mod.ts";
import { Reactor } from "../reactor/mod.ts";

/** What the worker's global scope has beyond the page's, as far as it is needed. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** The first message: how the main isolate wakes this one. */
export interface WorkerStart {
  /** The descriptor of the counter that goes up with each further message. */
  readonly control: number;
}

/** Messages of the main isolate; each of them increases the wake counter once. */
class Inbox {
  readonly #scope: WorkerScope;
  readonly #start = Promise.withResolvers<WorkerStart>();
  #expected = 0;
  #received = -1;
  #arrival: (() => void) | undefined;
  readonly #taker = Promise.withResolvers<(message: ToWorker) => void | Promise<void>>();
  #pending: Promise<void> = Promise.resolve();

  constructor(scope: WorkerScope) {
    this.#scope = scope;
    scope.onmessage = ({ data }) => {
      if (this.#received++ < 0) this.#start.resolve(data as WorkerStart);
      else this.#pending = this.#pending.then(async () => await (await this.#taker.promise)(data as ToWorker));
      this.#arrival?.();
    };
  }

  /** The first message. */
  get start(): Promise<WorkerStart> {
    return this.#start.promise;
  }

  /** Begins to take the messages after the first, in their order. */
  take(taker: (message: ToWorker) => void | Promise<void>): void {
    this.#taker.resolve(taker);
  }

  /** Waits for the messages that this isolate was woken for, and until they are taken. */
  async takeAll(times: number): Promise<void> {
    this.#expected += times;
    while (this.#received < this.#expected) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#arrival = resolve;
      await promise;
    }
    await this.#pending;
  }

  /** Receives no more, so that the isolate can end. */
  close(): void {
    this.#scope.onmessage = null;
  }
}

/** Turns of the event loop in which cancelled probes end. */
const CANCEL_TURNS = 10;

/** Longest wait for a first turn; milliseconds. */
const FIRST_TURN_MS = 100;

/**
 * Turns the event loop of this isolate: a notification comes back as a task of its own, after all microtasks. A message
 * to a port of the same isolate does not always.
 */
class Turner implements Disposable {
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  #epoll: Epoll | undefined;

  /**
   * Prepares the way to turn. Where V8 has a single thread, as in an executable of `deno compile`, a notification does
   * not come back. There each turn is a wait on another thread, which costs more.
   */
  async prepare(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), FIRST_TURN_MS);
    const isLate = await Promise.race([this.#notify().then(() => false), late]);
    clearTimeout(timer);
    if (isLate) this.#epoll = new Epoll();
  }

  async turn(): Promise<void> {
    if (this.#epoll === undefined) await this.#notify();
    else await this.#epoll.waitInBackground(0);
  }

  [Symbol.dispose](): void {
    this.#epoll?.[Symbol.dispose]();
  }

  async #notify(): Promise<void> {
    const { async: isPending, value } = Atomics.waitAsync(this.#cell, 0, 0);
    Atomics.notify(this.#cell, 0);
    if (isPending) await value;
  }
}

/** Probes until it is stopped. */
async function serve(scope: WorkerScope, inbox: Inbox): Promise<void> {
  const { control } = await inbox.start;
  using epoll = new Epoll(control);
  using turner = new Turner();
  await turner.prepare();
  const reactor: Reactor = new Reactor(epoll, {
    now: () => performance.now(),
    turn: () => turner.turn(),
    onWake: (times) => inbox.takeAll(times),
    onRound: () => service.endRound(),
  });
  using probeSockets = new ProbeSockets();
  using sockets = new NetworkSockets(() => reactor);
  using tls = new TlsLibraryHandle();
  using files = new FileCalls();
  const network: Network = {
    connect: (endpoint, options) => sockets.connect(endpoint, options),
    openDatagram: (endpoint, options) => sockets.openDatagram(endpoint, options),
    openIcmp: (address, options) => sockets.openIcmp(address, options),
    openTls: (settings, peer) => tls.open(settings, peer),
    openFile: (path) => files.openForReading(path),
  };
  const loop = {
    clock: reactor.clock,
    sockets: probeSockets,
    watch: reactor.watch.bind(reactor),
    forget: reactor.forget.bind(reactor),
  };
  const service: ProbeService = new ProbeService({
    clock: reactor.clock,
    timeOfDay: Date.now,
    start: (job, done) => startMachine(job, { loop, done }),
    run: async ({ target, check }, { signal }) => {
      // The probe's first step, and what follows its end, run in turns of the event loop.
      reactor.resumeAsync();
      using _turning = needsEventLoop(check) ? reactor.waitInBackground() : undefined;
      return await probe(target, check, { signal, clock: reactor.asyncClock, network });
    },
    post: (message) => scope.postMessage(message),
  });
  inbox.take(async (message) => {
    if (message.kind === "update") await preloadProbers(message.added.map(({ check }) => check));
    service.take(message);
    reactor.resumeAsync();
  });
  scope.postMessage({ kind: "ready" } satisfies FromWorker);
  const ended = service.finished.finally(() => reactor.stop());
  try {
    await Promise.all([ended, reactor.run()]);
  } finally {
    // After a bug, probes are in progress: they close their sockets in these turns.
    service.cancel();
    for (let turn = 0; turn < CANCEL_TURNS; turn++) await turner.turn();
  }
}

/** Runs the worker to its end, and says why it ended. */
async function main(scope: WorkerScope): Promise<void> {
  const inbox = new Inbox(scope);
  try {
    await serve(scope, inbox);
    scope.postMessage({ kind: "stopped" });
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
  inbox.close();
  scope.close();
}

if (import.meta.main) await main(globalThis as unknown as WorkerScope);
