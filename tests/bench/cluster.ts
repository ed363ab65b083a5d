/**
 * On this machine, not in a guest: what many directors cost one etcd. Their code is the daemon's, without a table.
 *
 *     deno run -A tests/bench/cluster.ts [DIRECTORS] [SECONDS]
 *
 * @module
 */

import { ClusterDirector, ClusterStore, type DirectorHooks, firstVersion } from "../../core/cluster/mod.ts";
import { EtcdClient, openHttp, parseStoreUrl } from "../../core/etcd/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";

const PORT = 24379;

const [DIRECTORS = 1000, SECONDS = 60] = Deno.args.map(Number);

/** Bytes of the configuration: about 200 services with 10 servers each. */
const CONFIG_BYTES = 64 * 1024;

/** Requests by their path, and bytes of bodies in both directions; the headers of HTTP are about 200 bytes more each. */
class Traffic {
  readonly requests = new Map<string, number>();
  sent = 0;
  received = 0;

  reset(): void {
    this.requests.clear();
    this.sent = 0;
    this.received = 0;
  }

  counting(fetch: ReturnType<typeof openHttp>["fetch"]): typeof fetch {
    return async (url, init) => {
      const path = url.replace(/^.*\/v3\//, "");
      this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
      this.sent += init.body.length;
      const response = await fetch(url, init);
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller): void => {
          this.received += chunk.length;
          controller.enqueue(chunk);
        },
      });
      return new Response(response.body?.pipeThrough(count), response);
    };
  }

  lines(seconds: number): string {
    const rates = [...this.requests].map(([path, count]) => `${path} ${(count / seconds).toFixed(1)}/s`).sort();
    const rate = (bytes: number): string => `${Math.round(bytes / seconds / 1000)} kB/s`;
    return `${rates.join(", ")}; bodies to etcd ${rate(this.sent)}, from etcd ${rate(this.received)}`;
  }
}

function hooks(): DirectorHooks {
  return {
    apply: () => Promise.resolve(),
    difference: () => undefined,
    trouble: () => undefined,
    belowQuorum: () => [],
    health: () => "2000/2000 servers healthy",
    save: () => {},
    log: () => {},
    bug: (error) => print(`bug: ${error}`),
  };
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Values of etcd's own metrics. */
async function etcdMetrics(names: readonly string[]): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
  return names.map((name) => `${name} ${new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]}`).join(
    ", ",
  );
}

const sleepMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function untilUp(store: ClusterStore): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await store.rollout().then(() => true, () => false)) return;
    await sleepMs(100);
  }
  throw new Error("Etcd does not start");
}

if (import.meta.main) {
  const directory = await Deno.makeTempDir();
  const etcd = new Deno.Command("etcd", {
    args: [
      ...["--data-dir", directory, "--log-level", "error"],
      ...["--listen-client-urls", `http://127.0.0.1:${PORT}`, "--advertise-client-urls", `http://127.0.0.1:${PORT}`],
      ...["--listen-peer-urls", `http://127.0.0.1:${PORT + 1}`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = new AbortController();
  using http = openHttp();
  const runs: Promise<void>[] = [];
  try {
    const traffic = new Traffic();
    const url = parseStoreUrl(`etcd://127.0.0.1:${PORT}/lvs`);
    const storeOf = (): ClusterStore =>
      new ClusterStore(new EtcdClient(url, { fetch: traffic.counting(http.fetch), clock: SYSTEM_CLOCK }), url);
    const store = storeOf();
    await untilUp(store);
    const push = async (soakMs: number): Promise<void> => {
      const text = `# ${Date.now()}\n`.padEnd(CONFIG_BYTES, "#");
      await store.push({ text, author: "bench", at: Date.now(), soakMs }, await store.rollout());
    };
    await push(0);
    const directors: ClusterDirector[] = [];
    for (let number = 0; number < DIRECTORS; number++) {
      const own = storeOf();
      const { version } = await firstVersion(own, undefined).catch(() => firstVersion(own, undefined));
      const director = new ClusterDirector({
        store: own,
        clock: SYSTEM_CLOCK,
        timeOfDay: Date.now,
        random: Math.random,
        name: `director-${String(number).padStart(5, "0")}`,
        instance: String(number),
        labels: [],
        program: "bench",
        active: version,
        hooks: hooks(),
      });
      directors.push(director);
      runs.push(director.run(stop.signal));
      // Directors do not start in the same millisecond.
      if (number % 10 === 0) await sleepMs(100);
    }
    await sleepMs(5000);
    const members = (await store.members()).length;
    print(`${members} of ${DIRECTORS} directors, ${CONFIG_BYTES / 1024} KiB of configuration`);
    print(await etcdMetrics(["etcd_debugging_mvcc_watcher_total", "etcd_debugging_lease_granted_total"]));
    const before = await etcdMetrics(["process_cpu_seconds_total", "process_resident_memory_bytes"]);
    traffic.reset();
    await sleepMs(SECONDS * 1000);
    print(`at rest, ${SECONDS} s: ${traffic.lines(SECONDS)}`);
    print(
      `etcd before: ${before}; after: ${await etcdMetrics([
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
      ])}`,
    );
    traffic.reset();
    await push(0);
    const rolloutSeconds = Math.min(SECONDS, 30);
    await sleepMs(rolloutSeconds * 1000);
    const done = directors.filter(({ status }) => status.active.number === 2).length;
    print(`roll-out without soak, ${rolloutSeconds} s: ${done} directors; ${traffic.lines(rolloutSeconds)}`);
    print(`stale: ${directors.filter(({ status }) => status.problem !== undefined).length}`);
  } finally {
    stop.abort();
    await Promise.all(runs);
    etcd.kill("SIGKILL");
    await etcd.status;
    await Deno.remove(directory, { recursive: true });
  }
  Deno.exit(0);
}
