/**
 * What explains a wrong table: how late the machine, this process and the daemon were, what TCP lost, and what the servers
 * and the daemon's log say. It is printed with a failure.
 *
 * @module
 */
import { StallMeter } from "../lab/stall_meter.ts";
import type { FlappingServer } from "./flapping_servers.ts";
import type { Activity, SoakedDaemon } from "./soaked_daemon.ts";

/** Number of samples that are kept: the last two minutes. */
const SAMPLES = 120;

/** Time between two samples; milliseconds. */
const SAMPLE_MS = 1000;

/** Time between two ticks of the clock that notices delays of this process; milliseconds. */
const TICK_MS = 100;

/** By how much the clock jumps, which looks like a delay; milliseconds. */
const JUMP_MS = 86_400_000;

/** Counters of the kernel for connections that it did not accept, and for segments that it sent again. */
const COUNTERS = ["ListenDrops", "ListenOverflows", "TCPReqQFullDrop", "TCPTimeouts", "TCPSynRetrans"] as const;

/** Most lines of the daemon's log about a server. */
const LOG_LINES = 8;

/** The delays in one second; milliseconds. */
interface Sample {
  readonly at: number;
  /** Of the whole guest: its processor is a process of the host. */
  readonly guestMs: number;
  /** Of a timer of this process, in which the servers are. */
  readonly serversMs: number;
  /** Of the daemon's answer to a request; undefined while it has not answered. */
  readonly daemonMs: number | undefined;
  /** What the daemon's first thread did. */
  readonly activity: string;
  /** The growth of the counters that have grown. */
  readonly counters: readonly string[];
}

/** Collects what explains a failure. */
export class Evidence implements AsyncDisposable {
  readonly #daemon: SoakedDaemon;
  readonly #meter: StallMeter;
  readonly #samples: Sample[] = [];
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #counters = readCounters();
  #activity: Activity | undefined;
  #tickedAt = performance.now();
  #serversMs = 0;
  #daemonMs: number | undefined;
  #isAsking = false;
  /** The largest delays of all samples. */
  readonly #worst = { guestMs: 0, serversMs: 0, daemonMs: 0 };

  private constructor(daemon: SoakedDaemon, meter: StallMeter) {
    this.#daemon = daemon;
    this.#meter = meter;
    this.#timers = [setInterval(() => this.#tick(), TICK_MS), setInterval(() => this.#sample(), SAMPLE_MS)];
  }

  /** Starts to collect. */
  static async start(daemon: SoakedDaemon): Promise<Evidence> {
    return new Evidence(daemon, await StallMeter.start());
  }

  /** The largest delays up to now; milliseconds. */
  get worst(): Readonly<Record<"guestMs" | "serversMs" | "daemonMs", number>> {
    return { ...this.#worst };
  }

  /** The largest delay of a timer of this process in the last second; milliseconds. */
  get serversMs(): number {
    return Math.max(this.#serversMs, this.#samples.at(-1)?.serversMs ?? 0);
  }

  /** Everything about some servers, as lines of text. */
  describe(servers: readonly FlappingServer[]): string {
    const now = performance.now();
    const ago = (at: number): string => `${((at - now) / 1000).toFixed(1)} s`;
    return [
      ...servers.flatMap(({ address, mode, probes, history }) => [
        `${address}: ${mode}, ${probes} probes since its last change`,
        ...history.map(({ at, what }) => `  ${ago(at)}: ${what}`),
        ...this.#daemon.logAbout(address).slice(-LOG_LINES).map((line) => `  log: ${line}`),
      ]),
      "delays of the guest, of the servers, of the daemon in ms, what its first thread did, and the kernel's counters:",
      ...this.#samples.map(({ at, guestMs, serversMs, daemonMs = "-", activity, counters }) =>
        `  ${ago(at)}: ${[guestMs, serversMs, daemonMs, activity, ...counters].join(" ")}`
      ),
    ].join("\n");
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#meter[Symbol.asyncDispose]();
  }

  #tick(): void {
    const now = performance.now();
    this.#serversMs = Math.max(this.#serversMs, Math.round(now - this.#tickedAt - TICK_MS));
    this.#tickedAt = now;
  }

  #sample(): void {
    const counters = readCounters();
    const activity = this.#daemon.activity();
    const grown = COUNTERS.map((name) => [name, (counters.get(name) ?? 0) - (this.#counters.get(name) ?? 0)] as const);
    const sample = {
      at: performance.now(),
      guestMs: Math.round(this.#meter.takeLongestMs() % JUMP_MS),
      serversMs: this.#serversMs,
      daemonMs: this.#daemonMs,
      activity: describeActivity(activity, this.#activity),
      counters: grown.filter(([, growth]) => growth > 0).map(([name, growth]) => `${name}+${growth}`),
    };
    [this.#counters, this.#activity, this.#serversMs, this.#daemonMs] = [counters, activity, 0, undefined];
    for (const key of ["guestMs", "serversMs", "daemonMs"] as const) {
      this.#worst[key] = Math.max(this.#worst[key], sample[key] ?? 0);
    }
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    if (!this.#isAsking) void this.#ask();
  }

  /** Measures how long the daemon takes to answer; a request that it does not know costs it nothing. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      this.#daemonMs = await this.#daemon.answerMs();
    } finally {
      this.#isAsking = false;
    }
  }
}

/** What a thread did between two moments; of another process, since it began. */
function describeActivity(now: Activity | undefined, before: Activity | undefined): string {
  if (now === undefined) return "(ended)";
  const since = before === undefined || now.userMs < before.userMs ? { userMs: 0, systemMs: 0, faults: 0 } : before;
  const [user, system] = [now.userMs - since.userMs, now.systemMs - since.systemMs];
  return `(user ${user}, system ${system}, ${now.faults - since.faults} faults, ${now.state})`;
}

function readCounters(): ReadonlyMap<string, number> {
  const [names = [], values = []] = Deno.readTextFileSync("/proc/net/netstat").split("\n")
    .filter((line) => line.startsWith("TcpExt:")).map((line) => line.split(" "));
  return new Map(names.map((name, index) => [name, Number(values[index])]));
}
