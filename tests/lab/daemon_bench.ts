/**
 * The daemon in the lab: files for it, servers that it checks, and waiting for the table that it is to make.
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import { type Director, until } from "./director.ts";
import { WebServer } from "./web_server.ts";

/** How the servers are checked, where a test says nothing else. */
const TIMING = { intervalMs: 200, timeoutMs: 150, rise: 2, fall: 3 };

/** The same in the words of the file. */
export const CHECK = "interval: 200ms, timeout: 150ms, rise: 2, fall: 3";

/** A verdict comes at the latest after so many probes, the last one's deadline, and a second for a busy machine. */
export const VERDICT_MS = TIMING.intervalMs * TIMING.fall + TIMING.timeoutMs + 1000;

/** The file that the daemon is given. */
export const FILE = "/tmp/daemon.yaml";

/** A service in a file. Its servers are addresses of the director's own, so no other host asks them through nat. */
export function service(listen: string, options: string, servers: readonly string[]): string {
  return `  - { listen: "${listen}", ${options}, servers: [${servers.join(", ")}] } # lvsctl: allow server-loopback\n`;
}

/** Has the next daemon begin without what the ones before it knew. */
export async function forgetHealth(): Promise<void> {
  for await (const { name } of Deno.readDir("/run/lvsctl")) {
    if (/^daemon-.*\.json$/.test(name)) await Deno.remove(`/run/lvsctl/${name}`);
  }
}

/** Writes the file. */
export async function writeFile(...services: readonly string[]): Promise<void> {
  await Deno.writeTextFile(FILE, `version: 1\nservices:\n${services.join("")}`);
}

/** What services have in the table: their servers' last numbers with their weights, as "11=1 12=0". */
export function table(director: Director): Readonly<Record<string, string>> {
  const services: Record<string, string> = {};
  for (const row of director.rows()) {
    const [kind = "", id = "", arrow, server = "", , weight] = row.split(" ");
    const name = kind === "FWM" ? `fwmark:${Number(id)}` : "vip";
    services[name] ??= "";
    if (arrow === "->") {
      services[name] += `${services[name] === "" ? "" : " "}${parseInt(server.slice(6, 8), 16)}=${weight}`;
    }
  }
  return services;
}

/** Waits for a table; tells what it has and what the daemon said if it does not come. */
export async function untilTable(
  director: Director,
  expected: Readonly<Record<string, string>>,
  options: { readonly daemon: BackgroundProcess; readonly withinMs?: number },
): Promise<number> {
  return await until(() => JSON.stringify(table(director)) === JSON.stringify(expected), {
    withinMs: options.withinMs ?? VERDICT_MS,
    what: JSON.stringify(expected),
    state: () => `${JSON.stringify(table(director))}\n${options.daemon.stderr}`,
  });
}

/** Starts the daemon and waits until it watches. */
export async function startDaemon(director: Director, options = ""): Promise<BackgroundProcess> {
  const daemon = director.start(`run ${FILE} ${options}`);
  await daemon.untilOutput(/watching [\d,]+ virtual services? with [\d,]+ checks?/);
  return daemon;
}

/** Starts web servers on addresses of the director's own, 127.0.0.11 and so on. */
export async function startServers(director: Director, count: number): Promise<readonly WebServer[]> {
  const start = director.startProgram.bind(director);
  return await Promise.all(
    Array.from({ length: count }, (_, index) => WebServer.start({ start, endpoint: `127.0.0.${11 + index}:8080` })),
  );
}

/** The addresses of such servers. */
export const [A, B, C] = ["127.0.0.11:8080", "127.0.0.12:8080", "127.0.0.13:8080"];
