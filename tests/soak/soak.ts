/**
 * A daemon with a thousand flapping servers, under reloads, kills, full disks and jumps of the clock: its table, memory
 * and descriptors are looked at from outside.
 *
 * The first part of a run is for one process, whose memory and descriptors must not grow; in the rest it is killed again
 * and again.
 *
 * @module
 */
import { until } from "../lab/director.ts";
import { Evidence } from "./evidence.ts";
import { Random } from "../fuzz/random.ts";
import {
  ANSWER,
  type FlappingServer,
  FlappingServers,
  PORT,
  type ServerMode,
  type Verdicts,
} from "./flapping_servers.ts";
import { FILE, jumpClock, SoakedDaemon } from "./soaked_daemon.ts";
import {
  forgottenServers,
  type Growth,
  growthOf,
  readTable,
  unexplained,
  type Usage,
  wrongServers,
} from "./verdict.ts";

/** Number of services: the servers are spread among them. */
const SERVICES = 10;

/** Largest part of a service's servers that are unhealthy at a time. */
const MOST_UNHEALTHY = 0.4;

/** How many probes decide. */
const VERDICTS: Verdicts = { rise: 1, fall: 2 };

/** The deadline of a probe, as a part of the interval: long, because a busy machine must not make servers unhealthy. */
const TIMEOUT_PART = 0.75;

/** Time between the last probe that decides and the change of the table, on a busy machine; milliseconds. */
const GRACE_MS = 10_000;

/** Longest time without a probe of a server, in addition to two intervals; milliseconds. */
const FORGOTTEN_MS = 30_000;

/** Time between two kills, in addition to the intervals that all verdicts need; milliseconds. */
const BETWEEN_KILLS_MS = 15_000;

/** Time in which all servers are in the table at first; milliseconds. */
const FIRST_MS = 180_000;

/** Time between two steps; milliseconds. */
const STEP_MS = 250;

/** Delay of a timer of this process from which on the machine is too busy for the deadlines of probes; milliseconds. */
const STALL_MS = 1000;

/** Number of steps between two events of a kind. */
const EVERY = { reload: 8, fill: 60, makeRoom: 20, jump: 100, status: 40, usage: 4, report: 240 } as const;

/** Servers that change in a step, of all. */
const CHANGING_PART = 0.008;

/** What came of a run. */
export interface SoakResult {
  /** Number of events of each kind. */
  readonly counts: Readonly<
    Record<"changes" | "probes" | "reloads" | "kills" | "fills" | "jumps" | "looks" | "stalls" | "verdicts", number>
  >;
  /** Memory and descriptors of the process of the first part. */
  readonly growth: Growth;
  /** The largest delays of the guest, of the servers and of the daemon; milliseconds. */
  readonly worst: Evidence["worst"];
}

/** Options of {@linkcode soak}. */
export interface SoakOptions {
  /** Number of servers. */
  readonly servers: number;
  /** Interval of their checks; milliseconds. */
  readonly intervalMs: number;
  /** Duration; milliseconds. */
  readonly durationMs: number;
  /** Part of the duration in which no process is killed. */
  readonly steadyPart: number;
  /** Growth of the memory in the steady part that needs no explanation, as a factor. */
  readonly rssFactor: number;
  /** Seed of the events. */
  readonly seed: number;
  /** Receives a line about each minute. */
  readonly onReport: (line: string) => void;
}

/**
 * Runs a daemon in this network namespace.
 *
 * @returns Figures.
 * @throws {Error} If the table is wrong, or memory or descriptors grow.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const names = Array.from(
    { length: SERVICES },
    (_, service) =>
      Array.from({ length: options.servers / SERVICES }, (_, server) => `127.1.${service + 1}.${server + 1}`),
  );
  await using servers = new FlappingServers(names.flat(), VERDICTS);
  writeFile(names, { intervalMs: options.intervalMs, scheduler: "rr" });
  await using daemon = await SoakedDaemon.start();
  await using evidence = await Evidence.start(daemon);
  const services = new Map(
    names.map((addresses, index) => [index + 1, addresses.flatMap((name) => servers.all.get(name) ?? [])]),
  );
  return await new Soak({ options, daemon, evidence, servers, services }).run();
}

function writeFile(
  names: readonly (readonly string[])[],
  { intervalMs, scheduler }: { readonly intervalMs: number; readonly scheduler: string },
): void {
  const timeoutMs = intervalMs * TIMEOUT_PART;
  const check = `{ type: tcp, expect: ${ANSWER.trim()}, interval: ${intervalMs}ms, timeout: ${timeoutMs}ms, ` +
    `rise: ${VERDICTS.rise}, fall: ${VERDICTS.fall} }`;
  const services = names.map((addresses, index) =>
    `  - { listen: "fwmark:${index + 1}", scheduler: ${scheduler}, check: ${check}, servers: [${
      addresses.map((address) => `"${address}:${PORT}"`).join(", ")
    }] }\n`
  );
  Deno.writeTextFileSync(FILE, `version: 1\nservices:\n${services.join("")}`);
}

interface SoakParts {
  readonly options: SoakOptions;
  readonly daemon: SoakedDaemon;
  readonly evidence: Evidence;
  readonly servers: FlappingServers;
  readonly services: ReadonlyMap<number, readonly FlappingServer[]>;
}

/** One run. */
class Soak {
  readonly #parts: SoakParts;
  readonly #random: Random;
  readonly #usage: Usage[] = [];
  readonly #counts = { changes: 0, reloads: 0, kills: 0, fills: 0, jumps: 0, looks: 0, stalls: 0, verdicts: 0 };
  #hasJumped = false;
  #asking: Promise<void> | undefined;
  readonly #statusProblems: string[] = [];
  #killedAt = -Infinity;

  constructor(parts: SoakParts) {
    this.#parts = parts;
    this.#random = new Random(parts.options.seed);
  }

  async run(): Promise<SoakResult> {
    const { options: { durationMs, steadyPart, rssFactor, onReport }, daemon, evidence, servers } = this.#parts;
    await this.#untilFull();
    const began = performance.now();
    try {
      for (let step = 1; performance.now() - began < durationMs; step++) {
        await this.#step(step, performance.now() - began < durationMs * steadyPart);
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
    } catch (error) {
      daemon.makeRoom();
      throw error;
    } finally {
      if (this.#hasJumped) await this.#jump();
    }
    const growth = growthOf(this.#usage);
    const result = { counts: { ...this.#counts, probes: servers.probes }, growth, worst: evidence.worst };
    onReport(JSON.stringify(result));
    this.#require([
      ...unexplained(growth, { rssFactor }),
      ...(this.#counts.verdicts > 0 ? [] : ["the machine was too busy: no server had enough probes in time"]),
    ]);
    return result;
  }

  async #untilFull(): Promise<void> {
    const isFull = (): boolean => {
      const table = this.#table();
      return [...this.#parts.services].every(([mark, servers]) => table.get(mark)?.size === servers.length);
    };
    const state = (): string => this.#parts.daemon.log();
    await until(isFull, { withinMs: FIRST_MS, what: "all servers are in the table", state });
  }

  async #step(step: number, isSteady: boolean): Promise<void> {
    const { options: { onReport }, daemon, evidence, servers } = this.#parts;
    this.#excuseStall();
    this.#look();
    for (let count = 0; count < servers.all.size * CHANGING_PART; count++) this.#changeServer();
    if (step % EVERY.reload === 0) this.#reload(step);
    if (step % EVERY.fill === 0) {
      daemon.fill();
      this.#counts.fills++;
    }
    if (step % EVERY.fill === EVERY.makeRoom) daemon.makeRoom();
    if (step % EVERY.jump === 0) await this.#jump();
    if (isSteady) {
      if (step % EVERY.usage === 0) this.#usage.push(daemon.usage());
      if (step % EVERY.status === 0) this.#askStatus();
    } else {
      await this.#asking;
      await this.#kill();
    }
    if (step % EVERY.report === 0) {
      const { rssBytes, descriptors } = daemon.usage();
      onReport(
        JSON.stringify({ step, rssBytes, descriptors, ...this.#counts, probes: servers.probes, ...evidence.worst }),
      );
    }
  }

  /** Kills the daemon, unless the last one was killed shortly before. */
  async #kill(): Promise<void> {
    const { options: { intervalMs }, daemon, servers } = this.#parts;
    const now = performance.now();
    if (now - this.#killedAt < (VERDICTS.fall + 1) * intervalMs + BETWEEN_KILLS_MS) return;
    this.#killedAt = now;
    this.#counts.kills++;
    await daemon.replace(this.#random.below(1000));
    servers.forget();
  }

  /** Begins to count probes again if the machine was so busy that even the servers, which do little, were late. */
  #excuseStall(): void {
    const { evidence, servers } = this.#parts;
    if (evidence.serversMs <= STALL_MS) return;
    this.#counts.stalls++;
    servers.forget();
  }

  /** Looks at the table from outside. */
  #look(): void {
    const { options: { intervalMs }, services, servers } = this.#parts;
    const now = performance.now();
    this.#counts.looks++;
    this.#counts.verdicts +=
      [...servers.all.values()].filter(({ decidedAt }) => decidedAt !== undefined && now - decidedAt > GRACE_MS).length;
    this.#require([
      ...wrongServers(this.#table(), { services, graceMs: GRACE_MS, now }),
      ...forgottenServers(servers.all.values(), { limitMs: FORGOTTEN_MS + 2 * intervalMs, now }),
      ...this.#statusProblems,
      ...(this.#parts.daemon.hasEnded ? ["the daemon has ended"] : []),
    ]);
  }

  #table(): ReturnType<typeof readTable> {
    return readTable(Deno.readTextFileSync("/proc/net/ip_vs"));
  }

  #changeServer(): void {
    const services = [...this.#parts.services.values()];
    const servers = services[this.#random.below(services.length)] ?? [];
    const server = servers[this.#random.below(servers.length)];
    if (server === undefined) return;
    const unhealthy = servers.filter(({ mode }) => mode !== "up").length;
    let mode: ServerMode = "up";
    if (server.mode === "up") {
      if (unhealthy >= servers.length * MOST_UNHEALTHY) return;
      mode = this.#random.below(4) === 0 ? "silent" : "closed";
    }
    this.#counts.changes++;
    this.#parts.servers.change(server, mode);
  }

  #reload(step: number): void {
    const names = [...this.#parts.services.values()].map((servers) => servers.map(({ address }) => address));
    const scheduler = step % (2 * EVERY.reload) === 0 ? "wrr" : "rr";
    writeFile(names, { intervalMs: this.#parts.options.intervalMs, scheduler });
    if (this.#parts.daemon.reload()) this.#counts.reloads++;
  }

  /** A day forward, and back with the next one. */
  async #jump(): Promise<void> {
    await jumpClock(this.#hasJumped ? -86_400 : 86_400);
    this.#hasJumped = !this.#hasJumped;
    this.#counts.jumps++;
  }

  /** Asks the daemon for its status while the looks go on, because starting a program takes seconds on a busy machine. */
  #askStatus(): void {
    this.#asking ??= this.#parts.daemon.status().then((code) => {
      this.#asking = undefined;
      // 1: servers are unhealthy.
      if (code !== 0 && code !== 1) this.#statusProblems.push(`lvsctl status ends with ${code}`);
    });
  }

  #require(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const { daemon, evidence, servers } = this.#parts;
    const shown = problems.slice(0, 10);
    const named = shown.flatMap((problem) => servers.all.get(problem.split(" ")[0] ?? "") ?? []);
    throw new Error(
      [`${problems.length} problems:`, ...shown, JSON.stringify(this.#counts), evidence.describe(named), daemon.log()]
        .join("\n"),
    );
  }
}
