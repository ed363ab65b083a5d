/**
 * Two directors with lvsctl that share a VIP, and a client that asks it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "./background_process.ts";
import { until } from "./director.ts";
import type { VipClient } from "./vip_client.ts";
import type { OwnerWatch } from "./vip_owners.ts";
import { type DirectorName, DIRECTORS, LATE_MS, SLACK_MS, VIP, type VrrpLan } from "./vrrp_lan.ts";

/** How the pair is set up. */
export interface PairOptions {
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The priorities. */
  readonly priorities?: Readonly<Record<DirectorName, number>>;
  /** The director that starts first, by default the one with the higher priority. */
  readonly first?: DirectorName;
  /** Further keys of the instance of a director, in YAML. */
  readonly keys?: Partial<Readonly<Record<DirectorName, string>>>;
  /** Services of the first director, in YAML. */
  readonly services?: readonly string[];
  /** The client, whose first address is the VIP. */
  readonly client: VipClient;
}

/** Two directors with lvsctl, until they are disposed of. */
export class DirectorPair implements AsyncDisposable {
  /** The LAN. */
  readonly lan: VrrpLan;
  /** Sees when both have the VIP. */
  readonly owners: OwnerWatch;
  /** The running daemons. */
  readonly daemons: Record<DirectorName, BackgroundProcess>;
  /** The client. */
  readonly client: VipClient;
  readonly #options: PairOptions;

  private constructor(
    lan: VrrpLan,
    options: PairOptions & { readonly daemons: Record<DirectorName, BackgroundProcess> },
  ) {
    this.lan = lan;
    this.#options = options;
    this.client = options.client;
    this.daemons = options.daemons;
    this.owners = lan.watchOwners();
  }

  /** Starts both, and waits until the first is active and answers. */
  static async start(lan: VrrpLan, options: PairOptions): Promise<DirectorPair> {
    const { priorities = PRIORITIES, client, intervalMs } = options;
    const { first = priorities.one > priorities.two ? "one" : "two" } = options;
    const second = first === "one" ? "two" : "one";
    const begun = await startDaemon(lan, first, options);
    await lan.untilHolder(first, { withinMs: 4 * intervalMs + SLACK_MS, state: () => begun.stderr });
    const other = await startDaemon(lan, second, options);
    const daemons = first === "one" ? { one: begun, two: other } : { one: other, two: begun };
    const pair = new DirectorPair(lan, { ...options, daemons });
    await lan.untilAnswer(client, first);
    pair.begin();
    return pair;
  }

  /** The skew of a director: its patience after another one has stopped; milliseconds. */
  skewMs(name: DirectorName): number {
    const { intervalMs, priorities = PRIORITIES } = this.#options;
    return (256 - priorities[name]) * intervalMs / 256;
  }

  /** The patience of a director with another one that is silent; milliseconds. */
  downMs(name: DirectorName): number {
    return 3 * this.#options.intervalMs + this.skewMs(name);
  }

  /** What both daemons have logged. */
  get log(): string {
    return DIRECTORS.map((name) => `${name}:\n${this.daemons[name].stderr}`).join("");
  }

  /** How often a director has become active, as its daemon has logged since its last start. */
  activations(name: DirectorName): number {
    return this.activationTimes(name).length;
  }

  /** When a director has become active, as its daemon has logged since its last start; milliseconds since 1970. */
  activationTimes(name: DirectorName): readonly number[] {
    return [...this.daemons[name].stderr.matchAll(/^(\S+) .*edge is active/gm)].map(([, time = ""]) =>
      Date.parse(time)
    );
  }

  /** Waits until a director has become active so often. */
  async untilActivations(name: DirectorName, count: number): Promise<void> {
    await until(() => this.activations(name) >= count, {
      withinMs: SLACK_MS,
      what: `${name} is active for time ${count}`,
      state: () => this.log,
    });
  }

  /** Changes the file of a director, and has its daemon read it again. */
  async reload(name: DirectorName, change: (text: string) => string): Promise<void> {
    const path = `/tmp/vrrp-${name}.yaml`;
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
    const daemon = this.daemons[name];
    const count = (): number => daemon.stderr.split(/watching \d+ virtual/).length;
    const before = count();
    daemon.signal("SIGHUP");
    await until(() => count() > before, { withinMs: SLACK_MS, what: "the file is read", state: () => daemon.stderr });
  }

  /** Begins to measure times. */
  begin(): void {
    this.lan.begin(this.client);
    this.owners.begin();
  }

  /** Waits until a director alone has the VIP, and answers. */
  async untilActive(name: DirectorName): Promise<void> {
    const withinMs = this.downMs(name) + SLACK_MS;
    await this.lan.untilHolder(name, { withinMs, state: () => this.log });
    await this.lan.untilAnswer(this.client, name);
  }

  /**
   * Asserts how long the client waited at most, and how long both had the VIP; then it begins to measure again.
   *
   * @param what What has happened.
   * @param limits The times of the protocol; milliseconds.
   */
  assertTimes(what: string, { gapMs, bothMs = 0 }: { readonly gapMs: number; readonly bothMs?: number }): void {
    const { both } = this.owners;
    this.lan.assertGap(this.client, { boundMs: gapMs, what });
    const lostMs = this.lan.lostMs(both);
    assert.ok(both.ms - lostMs <= bothMs + LATE_MS, `${what}: both have the VIP for ${both.ms} ms`);
    this.begin();
  }

  /** Starts the daemon of a director again, with its first file, and waits for a text of its log. */
  async restart(name: DirectorName, begun?: RegExp): Promise<void> {
    this.daemons[name] = await startDaemon(this.lan, name, {
      ...this.#options,
      ...begun === undefined ? {} : { begun },
    });
  }

  /** Kills all processes of a director's daemon. */
  killAll(name: DirectorName): Promise<void> {
    return killDaemon(this.daemons[name]);
  }

  /** The process of the virtual routers of a director. */
  async speaker(name: DirectorName): Promise<number> {
    const [first] = await childrenOf(this.daemons[name].pid);
    return first ?? assert.fail(`the daemon of ${name} has no process`);
  }

  /** Stops both. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.owners[Symbol.dispose]();
    for (const daemon of Object.values(this.daemons)) {
      daemon.signal("SIGTERM");
      await daemon.finished();
    }
  }
}

/** Kills all processes of a daemon at once, so that none sees the end of another. */
export async function killDaemon(daemon: BackgroundProcess): Promise<void> {
  daemon.signal("SIGSTOP");
  for (const pid of await childrenOf(daemon.pid)) Deno.kill(pid, "SIGKILL");
  await daemon.stop();
}

const PRIORITIES: Readonly<Record<DirectorName, number>> = { one: 200, two: 100 };

/** The instance of a director in YAML. */
function instanceOf(name: DirectorName, { intervalMs, priorities = PRIORITIES, keys = {} }: PairOptions): string {
  const common = `name: edge, vrid: 51, device: eth0, priority: ${priorities[name]}, interval: ${intervalMs}ms`;
  return `{ ${common}, vips: [${VIP.ipv4}/24]${keys[name] ?? ""} }`;
}

function startDaemon(
  lan: VrrpLan,
  name: DirectorName,
  options: PairOptions & { readonly begun?: RegExp },
): Promise<BackgroundProcess> {
  return lan.startLvsctl(name, instanceOf(name, options), {
    services: name === "one" ? options.services : undefined,
    begun: options.begun,
  });
}

/** The processes that a process has started, in the order of their numbers. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  // Each thread of a process has a list of its own.
  const tasks = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`), ({ name }) => name);
  const lists = await Promise.all(tasks.map((task) => Deno.readTextFile(`/proc/${pid}/task/${task}/children`)));
  return lists.flatMap((list) => list.split(" ").filter((text) => text !== "").map(Number)).sort((one, other) =>
    one - other
  );
}
