/**
 * Directors on one Ethernet with an etcd that has their configuration.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fieldsOf } from "../../core/json/mod.ts";
import type { BackgroundProcess } from "./background_process.ts";
import { lines, lvsctlPath, until } from "./director.ts";
import { type CommandResult, inNamespace, ip, mustRun, Namespaces } from "./namespace.ts";
import { CLUSTER_PORTS, ETCD_PORT, type EtcdMember, startEtcd, startEtcdMember } from "./servers/etcd.ts";
import { WebServer } from "./web_server.ts";

/** The names of the directors. */
export const DIRECTORS = ["alpha", "bravo", "charlie"] as const;

/** One of {@linkcode DIRECTORS}. */
export type ClusterDirectorName = (typeof DIRECTORS)[number];

/** The namespace of etcd and of the real servers. */
const STORE = "store";

/** The address of that namespace. */
export const STORE_ADDRESS = "10.0.0.9";

/** The address of the configuration. */
const ADDRESS = `etcd://${STORE_ADDRESS}:${ETCD_PORT}/lvs/lab`;

/** The address of a store on three servers. */
export const MEMBERS_ADDRESS: string = `etcd://${
  CLUSTER_PORTS.map((port) => `${STORE_ADDRESS}:${port}`).join(",")
}/lvs/lab`;

/** How long something may take on a busy machine; milliseconds. */
const PATIENCE_MS = 60_000;

/** Options of a {@linkcode ClusterLan}. */
export interface ClusterLanOptions {
  /** The address of the configuration; by default without TLS, in the namespace of the store. */
  readonly address?: string;
  /** Where etcd runs; by default in a namespace of its own. */
  readonly place?: ClusterDirectorName;
  /** Options of the connection. */
  readonly connection?: readonly string[];
}

/** Directors, and the store of their configuration. */
export class ClusterLan implements AsyncDisposable {
  readonly #namespaces: Namespaces;
  readonly #options: ClusterLanOptions;
  /** The directories of etcd, each with a log of 64 MB from the start. */
  readonly #data = new Set<string>();
  #etcd: BackgroundProcess | undefined;
  #directory = 0;

  private constructor(namespaces: Namespaces, options: ClusterLanOptions) {
    this.#namespaces = namespaces;
    this.#options = options;
  }

  /** Makes the LAN, without etcd. */
  static async create(options: ClusterLanOptions = {}): Promise<ClusterLan> {
    const hosts = [...DIRECTORS, STORE];
    const namespaces = await Namespaces.create([...hosts, "lan"], [
      ...hosts.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
    ]);
    const lan = new ClusterLan(namespaces, options);
    try {
      await ip([
        "link add br0 type bridge mcast_snooping 0",
        "link set br0 up",
        ...hosts.map((name) => `link set dev ${name} master br0 up`),
      ], "lan");
      for (const [at, name] of hosts.entries()) {
        const address = name === STORE ? STORE_ADDRESS : `10.0.0.${at + 1}`;
        await ip(["link set eth0 up", `addr add ${address}/24 dev eth0`], name);
      }
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
    return lan;
  }

  /** The address of the configuration. */
  get address(): string {
    return this.#options.address ?? ADDRESS;
  }

  /**
   * Starts etcd.
   *
   * @param options.isEmpty whether it begins with an empty directory
   * @param options.args further arguments
   */
  async startEtcd(
    { isEmpty = false, args = [] }: { readonly isEmpty?: boolean; readonly args?: readonly string[] } = {},
  ): Promise<void> {
    if (isEmpty) this.#directory++;
    const directory = `/tmp/etcd-${this.#directory}`;
    this.#data.add(directory);
    this.#etcd = await startEtcd((argv) => this.#namespaces.start(this.#options.place ?? STORE, argv), {
      directory,
      args,
    });
  }

  /** Starts one of three servers of a store together; two of them have to start at the same time. */
  startMember(port: EtcdMember): Promise<BackgroundProcess> {
    const directory = `/tmp/etcd-member-${port}`;
    this.#data.add(directory);
    return startEtcdMember((argv) => this.#namespaces.start(STORE, argv), { directory, port });
  }

  /** Kills etcd. */
  async killEtcd(): Promise<void> {
    await this.#etcd?.stop();
  }

  /** Asks etcd by its gateway, as another program would. */
  async askEtcd(path: string, body: unknown): Promise<unknown> {
    const url = `http://127.0.0.1:${ETCD_PORT}/v3/${path}`;
    const answer = await inNamespace(STORE, ["curl", "-sS", "--max-time", "20", "-d", JSON.stringify(body), url]);
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout);
  }

  /** Takes the packets between a director and the store away, without an answer to either. */
  async cut(name: ClusterDirectorName, isCut: boolean): Promise<void> {
    await this.#filter(name, isCut, ["-d", STORE_ADDRESS]);
  }

  /** Refuses the connections of a director to a port of the store's namespace. */
  async refuse(name: ClusterDirectorName, port: number): Promise<void> {
    const where = ["-d", STORE_ADDRESS, "-p", "tcp", "--dport", String(port)];
    await mustRun(["ip", "netns", "exec", name, "iptables-legacy", "-A", "OUTPUT", ...where, "-j", "REJECT"]);
  }

  async #filter(name: string, isAdded: boolean, match: readonly string[]): Promise<void> {
    const command = ["iptables-legacy", isAdded ? "-A" : "-D", "OUTPUT", ...match, "-j", "DROP"];
    await mustRun(["ip", "netns", "exec", name, ...command]);
  }

  /** Starts a web server in the store's namespace. */
  startServer(port: number): Promise<WebServer> {
    return WebServer.start({
      start: (argv) => this.#namespaces.start(STORE, argv),
      endpoint: `${STORE_ADDRESS}:${port}`,
      body: "web",
    });
  }

  /** Starts the daemon of a director, and waits until it follows the store. */
  async startDirector(name: ClusterDirectorName, args: readonly string[] = []): Promise<BackgroundProcess> {
    const daemon = this.#namespaces.start(name, [lvsctlPath(), "run", this.address, ...this.#connection, ...args], {
      env: this.#variables(name),
    });
    await this.untilValue(
      async () => (await this.lvsctl(name, ["status", "--json"])).stdout,
      (stdout) => stdout !== "",
      () => daemon.stderr,
    );
    return daemon;
  }

  /** Ends a daemon, by SIGTERM or by another signal. */
  async ends(daemon: BackgroundProcess, signal: Deno.Signal = "SIGTERM"): Promise<void> {
    let code: number | undefined;
    const ended = daemon.finished().then((status) => code = status);
    daemon.signal(signal);
    await until(() => code !== undefined, {
      withinMs: PATIENCE_MS,
      what: "the daemon ends",
      state: () => daemon.stderr,
    });
    await ended;
    assert.equal(code, 0, daemon.stderr);
  }

  /** Runs lvsctl at a director. */
  lvsctl(name: ClusterDirectorName, words: readonly string[], stdin?: string): Promise<CommandResult> {
    const env = this.#variables(name);
    return inNamespace(name, [lvsctlPath(), ...words], stdin === undefined ? { env } : { env, stdin });
  }

  /** As `lvsctl`, which has to succeed; returns what it prints. */
  async must(name: ClusterDirectorName, words: readonly string[], stdin?: string): Promise<string> {
    const { code, stdout, stderr } = await this.lvsctl(name, words, stdin);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, words.join(" "));
    return stdout;
  }

  /** Pushes a text. */
  async push(text: string, ...options: readonly string[]): Promise<void> {
    await this.must("alpha", ["cluster", "push", "-", "--yes", "--soak", "0s", ...this.#connection, ...options], text);
  }

  /** The configuration in the status of a director. */
  async stored(name: ClusterDirectorName): Promise<Readonly<Record<string, unknown>>> {
    const { stdout, stderr } = await this.lvsctl(name, ["status", "--json"]);
    assert.notEqual(stdout, "", stderr);
    return fieldsOf(fieldsOf(fieldsOf(JSON.parse(stdout))["daemon"])["store"]);
  }

  /** The roll-out, as any director reports it. */
  async rollout(): Promise<Readonly<Record<string, unknown>>> {
    return fieldsOf(
      fieldsOf(JSON.parse(await this.must("alpha", ["cluster", "status", "--json", ...this.#connection])))["rollout"],
    );
  }

  /** The rules of a director's table. */
  async rules(name: ClusterDirectorName): Promise<readonly string[]> {
    return lines(await mustRun(["ip", "netns", "exec", name, "ipvsadm", "--save", "--numeric"])).sort();
  }

  /** Waits until the servers of a director's table are these. */
  async untilServers(name: ClusterDirectorName, servers: readonly string[], state: () => string): Promise<void> {
    let last: readonly string[] = [];
    await until(async () => {
      last = serversOf(await this.rules(name));
      return last.join() === servers.join();
    }, { withinMs: PATIENCE_MS, what: `${name} has ${servers}`, state: () => `${last}\n${state()}` });
  }

  /** Waits until something holds of a value that is read again and again. */
  async untilValue<T>(
    read: () => Promise<T>,
    holds: (value: T) => boolean,
    state: () => string,
  ): Promise<T> {
    let value = await read();
    await until(async () => {
      if (holds(value)) return true;
      value = await read();
      return false;
    }, { withinMs: PATIENCE_MS, what: `${holds}`, state: () => `${JSON.stringify(value)}\n${state()}` });
    return value;
  }

  get #connection(): readonly string[] {
    return this.#options.connection ?? [];
  }

  #variables(name: string): Readonly<Record<string, string>> {
    return {
      LVSCTL_HOST: name,
      LVSCTL_STORE: this.address,
      LVSCTL_STATE_DIR: `/tmp/state-${name}`,
      LVSCTL_RUN_DIR: `/tmp/run-${name}`,
      // A variable that the second director lacks.
      ...name === DIRECTORS[1] ? {} : { LAB_WEIGHT: "3" },
    };
  }

  /** Kills what runs, and deletes the namespaces and the data of etcd, which the memory of the guest holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespaces[Symbol.asyncDispose]();
    for (const directory of this.#data) await Deno.remove(directory, { recursive: true }).catch(() => {});
  }
}

/** The servers in the rules of a table. */
export function serversOf(rules: readonly string[]): readonly string[] {
  return rules.flatMap((rule) => / -r (\S+)/.exec(rule)?.slice(1) ?? []);
}
