/**
 * In the guest: a daemon with 10,000 services of 10 servers, whose metrics are read without a pause, and 200 servers more
 * that it checks by HTTP every 2 s. Prints a {@linkcode Contest} as JSON: how late these checks are, by the log of the
 * servers.
 *
 * @module
 */
import { until } from "../lab/director.ts";
import { latenessOf, ManyServers, quantile, wait } from "../lab/many_servers.ts";
import { inNamespace } from "../lab/namespace.ts";
import type { Contest } from "./measure.ts";

const INTERVAL_MS = 2000;

/** How long the metrics are read. */
const RUN_MS = 30_000;

/** How long all servers may take to be in the table. */
const PATIENCE_MS = 300_000;

/** How late 99 of 100 checks may be at most. */
const LATENESS_MS = 100;

const NAMESPACE = "lvsctl";
const METRICS = "http://127.0.0.1:9180/metrics";

function writeConfiguration(path: string): void {
  const unchecked = Array.from({ length: 10_000 }, (_, service) => {
    const servers = Array.from({ length: 10 }, (_, server) => `10.11.${service & 255}.${server + 1}:80`);
    return `  - { listen: "tcp://10.6.${service >> 8}.${service & 255}:80", servers: [${servers.join(", ")}] }\n`;
  });
  const checked = [0, 1].map((group) => {
    const servers = Array.from({ length: 100 }, (_, server) => `10.9.${group}.${server + 1}:80`);
    return `  - listen: tcp://10.7.${group}.1:80\n    servers: [${servers.join(", ")}]\n` +
      `    check: { type: http, path: /healthz, interval: ${INTERVAL_MS}ms }\n`;
  });
  Deno.writeTextFileSync(path, `version: 1\nservices:\n${checked.join("")}${unchecked.join("")}`);
}

/** The levels that are read: the one that a table of this size has by default, and each server. */
const LEVELS = ["service", "server"] as const;

/** Runs curl until the end of an answer. */
async function curl(...args: readonly string[]): Promise<string> {
  return (await inNamespace(NAMESPACE, ["curl", "--silent", "--fail", "--max-time", "200", ...args])).stdout;
}

/** An answer that was read: its size, how long it took in milliseconds, and whether it was cut off. */
interface Scrape {
  readonly bytes: number;
  readonly ms: number;
  readonly isCut: boolean;
}

/** Reads the metrics. */
async function scrape(level: string): Promise<Scrape> {
  const began = performance.now();
  const format = ["--output", "/dev/null", "--write-out", "%{size_download} %{exitcode}"];
  const [bytes, status] = (await curl(...format, `${METRICS}?level=${level}`)).split(" ").map(Number);
  return { bytes: bytes ?? 0, ms: performance.now() - began, isCut: status !== 0 };
}

async function measure(): Promise<readonly Contest[]> {
  await using servers = await ManyServers.create([NAMESPACE]);
  writeConfiguration("/tmp/scrape.yaml");
  const argv = ["lvsctl", "run", "/tmp/scrape.yaml", "--listen", "127.0.0.1:9180"];
  const daemon = servers.namespaces.start(NAMESPACE, argv);
  let text = "";
  const isComplete = async (): Promise<boolean> => {
    await wait(1000);
    text = await curl(`${METRICS}?level=summary`);
    return /^lvsctl_ipvs_servers 100200$/m.test(text);
  };
  await until(isComplete, {
    withinMs: PATIENCE_MS,
    what: "all servers are in the table",
    state: () => text.slice(0, 2000) + daemon.stderr.slice(-2000),
  });
  const contests: Contest[] = [];
  for (const level of LEVELS) contests.push(await scrapeWithoutPause(servers, level));
  daemon.signal("SIGTERM");
  await Promise.race([daemon.finished(), wait(10_000)]);
  await daemon.stop();
  return contests;
}

/** How late checks are while the metrics of a level are read again and again. */
async function scrapeWithoutPause(servers: ManyServers, level: string): Promise<Contest> {
  servers.forget();
  const scrapes: Scrape[] = [];
  const began = performance.now();
  do {
    scrapes.push(await scrape(level));
  } while (performance.now() < began + RUN_MS);
  const lateness = latenessOf((await servers.requests()).values(), INTERVAL_MS);
  const times = scrapes.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const cut = scrapes.filter(({ isCut }) => isCut).length;
  const seconds = (fraction: number): string => (quantile(times, fraction) / 1000).toFixed(1);
  return {
    name:
      `lateness of 99 % of ${lateness.length} checks while 10,000 x 10 servers are scraped ${scrapes.length} times at ` +
      `level ${level} (each ${((scrapes[0]?.bytes ?? 0) / 1e6).toFixed(1)} MB in ${seconds(0.5)} s, at most ` +
      `${seconds(1)} s, ${cut} cut off; lateness: median ${quantile(lateness, 0.5).toFixed(0)}, worst ${
        quantile(lateness, 1).toFixed(0)
      } ms)`,
    other: LATENESS_MS,
    lvsctl: quantile(lateness, 0.99),
    atLeast: 1,
  };
}

if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(await measure())));
}
