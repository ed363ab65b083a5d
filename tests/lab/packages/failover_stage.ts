/**
 * A director of the manual's network with a standby beside it, and what looks at both from outside.
 *
 * ```text
 * peer 192.0.2.2 ---+
 *                   br0 client 192.0.2.100 --- 192.0.2.1 eth0 director eth1 10.0.0.1 --- web1 10.0.0.11
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { cProgram } from "../c_program.ts";
import { lvsctlPath, until } from "../director.ts";
import type { LongConnectionOptions, Report } from "../long_connections.ts";
import { ManualNetwork } from "../manual_network.ts";
import { ip, mustRun, Namespaces } from "../namespace.ts";
import { StallMeter } from "../stall_meter.ts";
import { denoProgram } from "../traffic.ts";
import { VipClient } from "../vip_client.ts";
import { hasAddress, OwnerWatch } from "../vip_owners.ts";
import { LATE_MS, printLine, STALLS } from "../vrrp_lan.ts";
import type { ListenerOptions } from "../vrrp_listener.ts";

const VIP = "192.0.2.10";
/** The addresses of both. */
export const DIRECTOR = "192.0.2.1";
const PEER = "192.0.2.2";

/** The port of vip_echo.c, and that of the long connection. */
const ECHO_PORT = 9999;
const LONG_PORT = 7000;

/** Time between advertisements; milliseconds. */
export const INTERVAL_MS = 400;
const PRIORITIES = { director: 150, peer: 100 } as const;
/** How long the standby waits after the director has stopped; milliseconds. */
export const SKEW_MS = (256 - PRIORITIES.peer) * INTERVAL_MS / 256;

/** How long an answer or a change may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** Time between two requests, and between two bytes of the connection; milliseconds. */
const EVERY_MS = 50;
const BYTE_MS = 200;

/** How many more bytes must return before the connection counts as alive. */
const ALIVE_BYTES = 5;

function fileOf(priority: number, services: readonly string[]): string {
  const router = `name: edge, vrid: 51, device: eth0, priority: ${priority}, interval: ${INTERVAL_MS}ms`;
  return `version: 1
vrrp:
  - { ${router}, vips: [${VIP}/24] }
services:${services.length === 0 ? " []" : ""}
${services.map((line) => `  - ${line}\n`).join("")}`;
}

const CHECK = `check: { type: tcp, port: ${LONG_PORT}, interval: 1s, timeout: 10s, fall: 3 }`;

const SERVICES = [
  `{ name: echo, listen: udp://${VIP}:${ECHO_PORT}, ${CHECK}, servers: ["10.0.0.11:${ECHO_PORT}"] }`,
  `{ name: long, listen: tcp://${VIP}:${LONG_PORT}, ${CHECK}, servers: ["10.0.0.11:${LONG_PORT}"] }`,
];

/** Puts a bridge between the director and the client, and the peer on it. */
async function joinPeer(): Promise<Namespaces> {
  const namespaces = await Namespaces.create(["peer"], [
    "link add dev eth0 netns peer type veth peer name peer netns client",
  ]);
  await ip([
    "link add br0 type bridge mcast_snooping 0",
    "address flush dev eth0",
    "link set eth0 master br0",
    "link set peer master br0 up",
    "address add 192.0.2.100/24 dev br0",
    "link set br0 up",
  ], "client");
  await ip([`address add ${PEER}/24 dev eth0`, "link set eth0 up"], "peer");
  // Linux ignores for a second that the hardware address of a neighbour changes again.
  await mustRun(["ip", "netns", "exec", "client", "sysctl", "-qw", "net.ipv4.neigh.br0.locktime=0"]);
  return namespaces;
}

/** The director, the standby, and what looks at them. */
export class FailoverStage implements AsyncDisposable {
  /** The director's network. */
  readonly network: ManualNetwork;
  /** The daemon of the standby. */
  readonly peer: BackgroundProcess;
  /** The client of the VIP. */
  readonly client: VipClient;
  /** The guest's standstills. */
  readonly stalls: StallMeter;
  readonly #owners: OwnerWatch;
  readonly #pids: Readonly<Record<"director" | "peer", number>>;
  readonly #listener: BackgroundProcess;
  readonly #connection: BackgroundProcess;
  readonly #namespaces: Namespaces;
  /** Number of advertisements before {@linkcode begin}. */
  #from = 0;

  private constructor(
    parts: Pick<FailoverStage, "network" | "peer" | "client" | "stalls"> & {
      readonly namespaces: Namespaces;
      readonly hosts: Readonly<Record<"director" | "peer", BackgroundProcess>>;
      readonly listener: BackgroundProcess;
      readonly connection: BackgroundProcess;
    },
  ) {
    this.network = parts.network;
    this.peer = parts.peer;
    this.client = parts.client;
    this.stalls = parts.stalls;
    this.#namespaces = parts.namespaces;
    this.#pids = { director: parts.hosts.director.pid, peer: parts.hosts.peer.pid };
    this.#listener = parts.listener;
    this.#connection = parts.connection;
    this.#owners = new OwnerWatch(Object.values(this.#pids), VIP);
  }

  /** Starts the director's daemon, which becomes active, then the standby, the client, and its connection. */
  static async start(network: ManualNetwork, version: string | undefined): Promise<FailoverStage> {
    await network.write("director", { path: "/etc/lvsctl/lvsctl.yaml", text: fileOf(PRIORITIES.director, SERVICES) });
    const namespaces = await joinPeer();
    const start = async (where: string, file: string, options: unknown): Promise<BackgroundProcess> => {
      const process = namespaces.start(where, denoProgram(file, options));
      await process.untilOutput(/^ready\n/m, { timeLimitSeconds: 30 });
      return process;
    };
    await start("web1", "long_connections.ts", { kind: "server", port: LONG_PORT } satisfies LongConnectionOptions);
    const echo = async (where: string, ...words: readonly string[]): Promise<BackgroundProcess> => {
      const process = namespaces.start(where, [await cProgram("vip_echo"), ...words]);
      await process.untilOutput(/^ready\n/m);
      return process;
    };
    await echo("web1", "host", "web1");
    const standby = await echo("peer", "host", "peer");
    await must(network, "sysctl -qw net.ipv4.ip_forward=1; systemctl enable --quiet --now lvsctl");
    await untilActive(network, version);
    const listener = await start("client", "vrrp_listener.ts", { device: "br0" } satisfies ListenerOptions);
    const path = "/tmp/peer.yaml";
    await Deno.writeTextFile(path, fileOf(PRIORITIES.peer, []));
    const peer = namespaces.start("peer", [lvsctlPath(), "run", path]);
    await peer.untilOutput(/edge is backup/, { timeLimitSeconds: 60 });
    // It must not be late itself.
    await mustRun(["chrt", "--all-tasks", "--fifo", "--pid", "50", String(listener.pid)]);
    const asked = { addresses: [VIP], everyMs: EVERY_MS };
    const client = new VipClient(await echo("client", "client", String(EVERY_MS), VIP), asked);
    const long: LongConnectionOptions = {
      kind: "client",
      address: VIP,
      ports: [LONG_PORT],
      each: 1,
      everyMs: BYTE_MS,
    };
    const connection = await start("client", "long_connections.ts", long);
    const hosts = { director: namespaces.start("director", ["sleep", "3600"]), peer: standby };
    const stalls = await StallMeter.start(STALLS);
    const stage = new FailoverStage({ network, namespaces, hosts, listener, peer, client, connection, stalls });
    await stage.untilAnswer("web1");
    return stage;
  }

  /** Begins to measure. */
  begin(): void {
    this.client.begin();
    this.#owners.begin();
    this.#from = this.advertisements.length;
  }

  /** Runs a command of the director's shell, which has to succeed. */
  async run(command: string): Promise<void> {
    await must(this.network, command);
  }

  /** The advertisements so far. */
  get advertisements(): readonly Advertisement[] {
    return this.#listener.stdout.split("\n").slice(1, -1).map((line) => {
      const [at, source = "", , priority] = line.split(" ");
      return { at: Number(at), source, priority: Number(priority) };
    });
  }

  /** The advertisements since {@linkcode begin}. */
  get present(): readonly Advertisement[] {
    return this.advertisements.slice(this.#from);
  }

  /** The hosts that have the VIP. */
  get holders(): readonly string[] {
    return Object.entries(this.#pids).filter(([, pid]) => hasAddress(pid, VIP)).map(([name]) => name);
  }

  /**
   * Asserts how long the client waited at most and how long both hosts had the VIP, and prints the former.
   *
   * @param what What has happened.
   * @param gapMs The protocol's time; milliseconds.
   */
  assertTimes(what: string, gapMs: number): void {
    const { gaps, longestGapMs } = this.client.answers;
    const ownMs = Math.round(Math.max(0, ...gaps.map((gap) => gap.gapMs - this.stalls.lostMs(gap))));
    const { both } = this.#owners;
    const silenceMs = Math.round(Math.max(...silencesOf(this.present.filter(({ source }) => source === DIRECTOR))));
    printLine(
      `${what}: ${longestGapMs} ms without an answer (protocol ${
        Math.round(gapMs)
      } ms), ${ownMs} ms without the guest's ` +
        `standstills; ${silenceMs} ms without an advertisement of the director (interval ${INTERVAL_MS} ms)`,
    );
    assert.ok(ownMs <= gapMs + LATE_MS + EVERY_MS, `${what}: ${ownMs} ms without an answer`);
    assert.ok(both.ms - this.stalls.lostMs(both) <= LATE_MS, `${what}: both have the VIP for ${both.ms} ms`);
  }

  /** Waits until a host answers the client. */
  async untilAnswer(name: string): Promise<void> {
    await until(() => this.client.answers.names.at(-1) === name, {
      withinMs: PATIENCE_MS,
      what: `${name} answers the client`,
      state: () => `${this.client.answers.names.join()}\n${this.peer.stderr}`,
    });
  }

  /** Asserts that the connection goes on. */
  async assertConnection(): Promise<void> {
    const bytes = (): Report[number] => {
      const report: Report = JSON.parse(this.#connection.stdout.trimEnd().split("\n").at(-1) ?? "[]");
      return report[0] ?? 0;
    };
    const before = bytes();
    assert.notEqual(before, "closed");
    await until(() => Number(bytes()) >= Number(before) + ALIVE_BYTES, {
      withinMs: PATIENCE_MS,
      what: "bytes return on the established connection",
      state: () => `${before}, ${bytes()}`,
    });
  }

  /** Ends all but the director. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#owners[Symbol.dispose]();
    await this.stalls[Symbol.asyncDispose]();
    await this.#namespaces[Symbol.asyncDispose]();
  }
}

interface Advertisement {
  readonly at: number;
  readonly source: string;
  readonly priority: number;
}

/** The times between two advertisements; milliseconds. */
function silencesOf(advertisements: readonly Advertisement[]): readonly number[] {
  return advertisements.slice(1).map(({ at }, index) => at - (advertisements[index]?.at ?? at));
}

/** Runs a command of the director's shell, which has to succeed, and returns its standard output. */
export async function must(network: ManualNetwork, command: string): Promise<string> {
  const { code, stdout, stderr } = await network.shell("director", command);
  assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
  return stdout;
}

/** Waits until a version of the daemon has an active router, and returns how long and how often that was active. */
export async function untilActive(network: ManualNetwork, version: string | undefined): Promise<readonly unknown[]> {
  let printed = "";
  let activation: readonly unknown[] = [];
  await until(async () => {
    const { code, stdout, stderr } = await network.shell(
      "director",
      "lvsctl status --json && lvsctl vrrp status --json",
    );
    printed = stdout + stderr;
    if (code !== 0 && code !== 4) return false;
    const [status, vrrp] = stdout.split(/(?<=^\})\n(?=\{)/m).map((text): unknown => JSON.parse(text));
    const { state, since, activations } = fieldsOf(itemsOf(fieldsOf(vrrp)["routers"])[0]);
    activation = [since, activations];
    return fieldsOf(fieldsOf(status)["daemon"])["version"] === version && state === "active";
  }, { withinMs: PATIENCE_MS, what: `lvsctl ${version} is active`, state: () => printed });
  return activation;
}
