/**
 * How long the pages and the metrics occupy the daemon's loop at a time: each is read several times from a director with
 * 10,000 real servers in one service, and with 10,000 services of 10. The kernel's answers are those of the in-memory
 * kernel, repeated byte by byte, because that kernel takes seconds to make them.
 *
 * @module
 */
import { Readings } from "../../cli/http/readings.ts";
import { Site } from "../../cli/http/site.ts";
import { Daemon } from "../../core/daemon/mod.ts";
import { IpvsClient } from "../../core/ipvs/mod.ts";
import { daemonMetrics } from "../../core/metrics/mod.ts";
import { type DesiredService, parseIpAddress } from "../../core/model/mod.ts";
import { ERRNO, type Transport, TransportError } from "../../core/netlink/mod.ts";
import { memoryKernel } from "../support/kernel_state.ts";
import { readU32 } from "../support/kernel/wire.ts";
import { realServer, virtualService } from "../support/samples.ts";
import type { Contest } from "./measure.ts";

/** The longest time for which the loop may be occupied; milliseconds. */
const LIMIT_MS = 50;

/** How often each path is read. */
const READINGS = 3;

/** The command of a request for the servers of a service. */
const GET_DEST = 8;

/** The answers to a dump of all services, and to one of the servers of any service. */
interface Answers {
  readonly services: readonly Uint8Array[];
  readonly servers: readonly Uint8Array[];
}

/** A kernel that gives the same answers again and again. */
class RepeatedAnswers implements Transport {
  readonly #answers: Answers;
  #rest: Uint8Array[] = [];

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  send(datagram: Uint8Array): void {
    const { services, servers } = this.#answers;
    const sequence = readU32(datagram, 8);
    this.#rest = (datagram[16] === GET_DEST ? servers : services).map((bytes) => withSequence(bytes, sequence));
  }

  receive(): Uint8Array {
    const next = this.#rest.shift();
    if (next === undefined) throw new TransportError("receive", ERRNO.EAGAIN);
    return next;
  }

  close(): void {
    this.#rest = [];
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function withSequence(datagram: Uint8Array, sequence: number): Uint8Array {
  const copy = datagram.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at < copy.length; at += (readU32(copy, at) + 3) & ~3) view.setUint32(at + 8, sequence, true);
  return copy;
}

/** The services of a director. Only the first one has its servers in the recorded kernel: all have the same. */
function servicesOf(services: number, servers: number): DesiredService[] {
  const realServers = Array.from({ length: servers }, (_, index) => realServer(`10.9.${index >> 8}.${index & 255}:80`));
  return Array.from({ length: services }, (_, index) => ({
    name: `service-${index}`,
    service: virtualService(`tcp://10.7.${index >> 8}.${index & 255}:80`),
    servers: realServers,
    onFailure: "remove",
    quorum: { amount: 1, unit: "servers", hysteresis: 0 },
    panicThreshold: 0,
    check: { type: "tcp", intervalMs: 2000, timeoutMs: 1000, rise: 1, fall: 3 },
  }));
}

/** Records the answers of the in-memory kernel. */
function record(services: readonly DesiredService[]): Answers {
  const kernel = memoryKernel({});
  using client = kernel.openClient();
  client.execute(services.map(({ service }) => ({ operation: "addService", service })));
  const [first] = services;
  if (first === undefined) throw new Error("no service");
  const { service: { id }, servers } = first;
  client.execute(servers.map((server) => ({ operation: "addServer", id, server })));
  const recorded: Record<"services" | "servers", Uint8Array[]> = { services: [], servers: [] };
  for (const kind of ["services", "servers"] as const) {
    const socket = kernel.connect();
    let isFirstDump = true;
    using reader = new IpvsClient({
      send: (datagram) => {
        // A table of several datagrams is read twice.
        isFirstDump = recorded[kind].length === 0;
        socket.send(datagram);
      },
      receive: () => {
        const datagram = socket.receive();
        if (isFirstDump) recorded[kind].push(datagram.slice());
        return datagram;
      },
      close: () => socket.close(),
      [Symbol.dispose]: () => socket.close(),
    }, { family: kernel.family });
    if (kind === "services") reader.listServices();
    else reader.listServers(id);
  }
  return recorded;
}

/**
 * Measures the longest time between two turns of the loop until it is disposed of, without the time for which other
 * processes had the processor; milliseconds.
 */
class Turns implements Disposable {
  longestMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    let before = ownTimeMs();
    const turn = (): void => {
      const now = ownTimeMs();
      this.longestMs = Math.max(this.longestMs, now - before);
      before = now;
      this.#timer = setTimeout(turn, 0);
    };
    turn();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** The time without that in which this thread waited for a processor; milliseconds. */
function ownTimeMs(): number {
  const [, waitedNs] = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ");
  return performance.now() - Number(waitedNs) / 1e6;
}

/** Reads an answer to its end without keeping it. */
async function read(port: number, path: string): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
  const bytes = new Uint8Array(1 << 18);
  let head = "";
  for (let count = await connection.read(bytes); count !== null; count = await connection.read(bytes)) {
    if (head === "") head = new TextDecoder().decode(bytes.subarray(0, 12));
  }
  if (head !== "HTTP/1.1 200") throw new Error(`${path} has the answer "${head}"`);
}

/** The longest turns for each path with such a director. */
async function measure(
  size: { readonly services: number; readonly servers: number },
  paths: readonly string[],
): Promise<Contest[]> {
  const services = servicesOf(size.services, size.servers);
  const transport = (): Transport => new RepeatedAnswers(answers);
  const answers = record(services);
  using kernel = new IpvsClient(transport(), { family: FAMILY });
  using table = new IpvsClient(transport(), { family: FAMILY });
  const controller = new AbortController();
  const daemon = new Daemon(kernel, {
    onEvent: () => {},
    signal: controller.signal,
    // Time stands still for the daemon, so that it does nothing but answer.
    clock: { now: () => 0, setTimer: () => ({ [Symbol.dispose]: () => {} }) },
    lockTable: () => undefined,
    probe: () => Promise.resolve({ ok: true, latencyMs: 1, detail: "connected" }),
  });
  daemon.load({ services });
  const address = { transport: "tcp", hostname: parseIpAddress("127.0.0.1"), port: 0 } as const;
  await using site = await Site.open({ address, hosts: new Set(), logins: undefined }, {
    readings: new Readings({ table }),
    onBug: (error) => {
      throw error;
    },
  });
  site.serve({
    isAlive: () => true,
    about: () => ({ pid: 1, version: "0", file: "-", startedAt: 0, loadedAt: 0, repair: false, dryRun: false }),
    services: (view) => daemon.decisionsInSteps(view),
    routers: () => [],
    problems: () => ({ failures: [], differences: [] }),
    metrics: (statuses, level) =>
      daemonMetrics({
        services: statuses,
        tallies: daemon.tallies,
        startedAt: 0,
        loadedAt: 0,
        isLoaded: true,
        reloads: { all: 0, failed: 0 },
        residentBytes: 0,
        checksInProgress: 3,
      }, level),
  });
  const port = Number(new URL(site.place).port);
  const contests: Contest[] = [];
  for (const path of paths) {
    // The first reading compiles the code.
    await read(port, path);
    const longest: number[] = [];
    const answered: number[] = [];
    for (let reading = 0; reading < READINGS; reading++) {
      // Longer than a snapshot is used.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      using turns = new Turns();
      const began = ownTimeMs();
      await read(port, path);
      answered.push(ownTimeMs() - began);
      longest.push(turns.longestMs);
    }
    contests.push({
      name: `longest turn of the loop for ${path} with ${size.services} x ${size.servers} servers ` +
        `(each of ${READINGS}: ${longest.map((ms) => ms.toFixed(0)).join(", ")} ms; ` +
        `answers in ${answered.map((ms) => (ms / 1000).toFixed(1)).join(", ")} s)`,
      other: LIMIT_MS,
      lvsctl: Math.max(...longest),
      atLeast: 1,
    });
  }
  controller.abort();
  return contests;
}

/** The number of the family in the recorded answers. */
const FAMILY = memoryKernel({}).family;

/** What the pages and the metrics cost, against the limit. */
export async function siteContests(): Promise<readonly Contest[]> {
  return [
    ...await measure({ services: 1, servers: 10_000 }, ["/", "/service?id=service-0", "/api/v1/status", "/metrics"]),
    ...await measure({ services: 10_000, servers: 10 }, ["/", "/api/v1/list", "/metrics", "/metrics?level=server"]),
  ];
}
