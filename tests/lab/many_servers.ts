/**
 * Very many real servers at once: one nginx answers at every address of 10.9.0.0/16, and writes down when.
 *
 * @module
 */
import { until } from "./director.ts";
import { inNamespace, ip, Namespaces } from "./namespace.ts";

/** Where the servers are. */
export const SERVERS_NAMESPACE = "servers";

/** The port that they answer HTTP on, at any path. */
export const SERVERS_PORT = 80;

const HOME = "/tmp/many-servers";
const LOG = `${HOME}/access.log`;

/** How long nginx keeps lines before it writes them out; milliseconds. */
const FLUSH_MS = 1000;

/** What is there while this is, and who reaches it: namespaces by the names of whoever checks. */
export class ManyServers implements AsyncDisposable {
  /** All of the namespaces: to start programs in. */
  readonly namespaces: Namespaces;

  private constructor(namespaces: Namespaces) {
    this.namespaces = namespaces;
  }

  /**
   * Starts them.
   *
   * @param checkers the namespaces that are made and joined to that of the servers, each by a link of its own
   */
  static async create(checkers: readonly string[]): Promise<ManyServers> {
    const links = checkers.map((name, index) =>
      `link add dev eth0 netns ${name} type veth peer name d${index} netns ${SERVERS_NAMESPACE}`
    );
    const servers = new ManyServers(await Namespaces.create([SERVERS_NAMESPACE, ...checkers], links));
    try {
      await ip(["route add local 10.9.0.0/16 dev lo"], SERVERS_NAMESPACE);
      for (const [index, name] of checkers.entries()) {
        await ip([`addr add 10.8.${index}.1/24 dev d${index}`, `link set d${index} up`], SERVERS_NAMESPACE);
        await ip(
          [`addr add 10.8.${index}.2/24 dev eth0`, "link set eth0 up", `route add 10.9.0.0/16 via 10.8.${index}.1`],
          name,
        );
      }
      await servers.#startNginx();
    } catch (error) {
      await servers[Symbol.asyncDispose]();
      throw error;
    }
    return servers;
  }

  /** How many connections they have accepted. */
  async accepted(): Promise<number> {
    const { stdout } = await inNamespace(SERVERS_NAMESPACE, ["cat", "/proc/net/snmp"]);
    const [names, values] = stdout.split("\n").filter((line) => line.startsWith("Tcp:")).map((line) => line.split(" "));
    return Number(values?.[names?.indexOf("PassiveOpens") ?? -1]);
  }

  /** Forgets the requests up to now. */
  forget(): void {
    Deno.truncateSync(LOG);
  }

  /** When each server was asked since then, by its address: milliseconds, in their order. */
  async requests(): Promise<ReadonlyMap<string, readonly number[]>> {
    await wait(FLUSH_MS + 500);
    const times = new Map<string, number[]>();
    for (const line of Deno.readTextFileSync(LOG).split("\n")) {
      const [time = "", server] = line.split(" ");
      if (server === undefined) continue;
      const known = times.get(server);
      if (known === undefined) times.set(server, [Number(time) * 1000]);
      else known.push(Number(time) * 1000);
    }
    return times;
  }

  /** Kills them and deletes the namespaces. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.namespaces[Symbol.asyncDispose]();
  }

  async #startNginx(): Promise<void> {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    await Deno.mkdir(HOME, { recursive: true });
    await Deno.writeTextFile(
      `${HOME}/nginx.conf`,
      `user root;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  log_format times "$msec $server_addr";
  access_log ${LOG} times buffer=64k flush=${FLUSH_MS}ms;
  ${temporary.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
  server {
    listen ${SERVERS_PORT} backlog=4096;
    location / { return 200 "ok\\n"; }
  }
}
`,
    );
    const argv = ["nginx", "-p", HOME, "-c", "nginx.conf", "-e", "stderr"];
    const nginx = this.namespaces.start(SERVERS_NAMESPACE, argv);
    await until(async () => (await inNamespace(SERVERS_NAMESPACE, ["curl", "-s", "10.9.0.1"])).code === 0, {
      withinMs: 10_000,
      what: "nginx answers",
      state: () => nginx.stderr,
    });
  }
}

/** Waits. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * How late each of the events was, sorted: from where it would have been if all of its server's had come at the interval,
 * none of them too soon; milliseconds.
 */
export function latenessOf(events: Iterable<readonly number[]>, intervalMs: number): number[] {
  return [...events].flatMap((moments) => {
    const offsets = moments.map((moment, index) => moment - index * intervalMs);
    const earliest = Math.min(...offsets);
    return offsets.map((offset) => offset - earliest);
  }).sort((a, b) => a - b);
}

/** The value that a part of the sorted values, 0 to 1, do not exceed. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}
