/**
 * Directors of a test with a store in memory, a fake clock and daemons whose table is the text of their version.
 *
 * @module
 */
import {
  ClusterDirector,
  ClusterStore,
  type DirectorHooks,
  firstVersion,
  type Version,
} from "../../../../core/cluster/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseStoreUrl } from "../../../../core/etcd/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { MemoryEtcd } from "../../../support/memory_etcd.ts";

const URL = parseStoreUrl("etcd://10.0.0.1/lvs");

/** Time in which every director has taken its turn without a soak time; milliseconds. */
export const TURNS_MS = 60_000;

/** A daemon of a test: its table is the text of its version. */
export class Daemon implements DirectorHooks {
  readonly lines: string[] = [];
  readonly applied: string[] = [];
  copy: Version | undefined;
  /** The texts that are not valid here. */
  readonly invalid = new Set<string>();
  /** The texts whose table the kernel refuses. */
  readonly refused = new Set<string>();
  /** The texts whose changes do not reach the table. */
  readonly differing = new Set<string>();
  /** The texts that lose the quorum of a service. */
  readonly losing = new Set<string>();

  apply({ text }: Version): Promise<void> {
    if (this.invalid.has(text)) return Promise.reject(new LvsctlError(`${text} is not valid`));
    this.applied.push(text);
    return Promise.resolve();
  }

  get text(): string {
    return this.applied.at(-1) ?? "";
  }

  trouble(): string | undefined {
    return this.refused.has(this.text) ? "the kernel refused a server" : undefined;
  }

  difference(): string | undefined {
    return this.differing.has(this.text) ? "the table lacks a server" : undefined;
  }

  belowQuorum(): readonly string[] {
    return this.losing.has(this.text) ? ["web"] : [];
  }

  health(): string {
    return `${this.text}: 1/1`;
  }

  save(version: Version): void {
    this.copy = version;
  }

  log(level: string, message: string): void {
    this.lines.push(`${level}: ${message}`);
  }

  bug(error: unknown): void {
    throw error;
  }
}

/** A store with directors. */
export class Cluster implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly etcd = new MemoryEtcd(this.clock);
  readonly store = new ClusterStore(this.etcd, URL);
  readonly #runs: { readonly stop: AbortController; readonly run: Promise<void> }[] = [];

  async push(text: string, { soakMs = 0 } = {}): Promise<void> {
    const version = { text, author: "admin@host", at: 1000, soakMs };
    await this.store.push(version, await this.store.rollout());
  }

  async start(
    name: string,
    daemon = new Daemon(),
  ): Promise<{ daemon: Daemon; director: ClusterDirector; stop: () => Promise<void> }> {
    const { version, problem } = await firstVersion(this.store, daemon.copy);
    await daemon.apply(version);
    daemon.save(version);
    const director = new ClusterDirector({
      store: this.store,
      clock: this.clock,
      timeOfDay: () => this.clock.now(),
      random: () => 0.5,
      name,
      instance: `${name}-${this.#runs.length}`,
      labels: ["role=edge"],
      program: "1",
      active: version,
      problem,
      hooks: daemon,
    });
    const stop = new AbortController();
    const run = director.run(stop.signal);
    this.#runs.push({ stop, run });
    await settle();
    return {
      daemon,
      director,
      stop: async () => {
        stop.abort();
        await run;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop, run } of this.#runs) {
      stop.abort();
      await run;
    }
  }
}

/** The roll-out of a cluster in a few words. */
export async function state(cluster: Cluster): Promise<string> {
  const { rollout } = await cluster.store.rollout();
  return `${rollout?.number} ${rollout?.state}${rollout?.reason === undefined ? "" : `: ${rollout.reason}`}`;
}
