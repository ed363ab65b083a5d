/**
 * A daemon on an in-memory kernel, with a fake clock and servers that are up or down as a test says.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DaemonOptions } from "../../../../core/daemon/daemon_options.ts";
import { Daemon, type DaemonEvent } from "../../../../core/daemon/mod.ts";
import {
  DEFAULT_QUORUM,
  type DesiredService,
  type DesiredState,
  formatServerId,
  type ProbeResult,
  type RealServer,
} from "../../../../core/model/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

/** The name of the service. */
export const WEB = "tcp://192.0.2.10:80";
/** Its servers. */
export const [A, B] = ["10.0.0.11:80", "10.0.0.12:80"];
/** How they are checked. */
export const CHECK = { type: "tcp", intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 2 } as const;

/** The result of a server that is up. */
export const UP: Extract<ProbeResult, { readonly ok: true }> = { ok: true, latencyMs: 1, detail: "connected" };
/** The result of a server that is down. */
export const DOWN: ProbeResult = { ok: false, latencyMs: 1, reason: "connection refused" };

/** The service as a file declares it. */
export function web(properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(WEB),
    servers: [realServer(A), realServer(B)],
    check: CHECK,
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...properties,
  };
}

/** A daemon on an in-memory kernel, whose servers are up or down as the test sets them. */
export class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly down = new Set<string>();
  readonly events: DaemonEvent[] = [];
  readonly kernel: MemoryKernel;
  readonly client: ReturnType<MemoryKernel["openClient"]>;
  /** Whether another process holds the table's lock, and how often the daemon took and released it. */
  readonly lock = { isHeld: false, taken: 0, released: 0 };
  readonly #controller = new AbortController();
  readonly signal: AbortSignal = this.#controller.signal;
  readonly daemon: Daemon;

  constructor(
    { kernel = memoryKernel({}), ...options }: Partial<DaemonOptions> & { readonly kernel?: MemoryKernel } = {},
  ) {
    this.kernel = kernel;
    this.client = kernel.openClient();
    this.daemon = new Daemon(this.client, { ...this.#usual, ...options });
  }

  readonly #usual: DaemonOptions = {
    onEvent: (event) => this.events.push(event),
    signal: this.signal,
    clock: this.clock,
    timeOfDay: () => this.clock.now(),
    random: () => 0,
    lockTable: () => {
      if (this.lock.isHeld) return undefined;
      this.lock.taken++;
      return { [Symbol.dispose]: () => void this.lock.released++ };
    },
    probe: (target) => Promise.resolve(this.down.has(formatServerId(target)) ? DOWN : UP),
  };

  async load(desired: DesiredState): Promise<void> {
    this.daemon.load(desired);
    await this.clock.advance(1);
  }

  /** The servers that the kernel has for the service, with their weights. */
  table(): Record<string, number> {
    const servers: readonly RealServer[] = this.client.servers(virtualService(WEB).id);
    return Object.fromEntries(servers.map((server) => [formatServerId(server), server.weight]));
  }

  kinds(kind: DaemonEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.daemon.finished;
    assert.equal(this.clock.pending, 0);
    this.client.close();
  }
}
