/**
 * Servers that are checked in the guest, the daemon's file for them, and what the programs that check them take.
 *
 * @module
 */
import type { BackgroundProcess } from "../lab/background_process.ts";
import { until } from "../lab/director.ts";
import { inNamespace } from "../lab/namespace.ts";
import { wait } from "../lab/many_servers.ts";

/** How many servers are checked by TCP, and how many by HTTP. */
export interface Size {
  readonly tcp: number;
  readonly http: number;
}

/** Servers of one virtual service. */
export interface Group {
  readonly vip: string;
  readonly type: keyof Size;
  readonly servers: readonly string[];
}

/** Groups of servers, each of which has an address of its own. */
export function groupsOf(size: Size): Group[] {
  return (["tcp", "http"] as const).flatMap((type, kind) => {
    const perGroup = Math.min(size[type], 100);
    return Array.from({ length: size[type] / perGroup }, (_, group) => ({
      vip: `10.7.${kind}.${group + 1}`,
      type,
      servers: Array.from({ length: perGroup }, (_, server) => `10.9.${kind * 100 + group}.${server + 1}`),
    }));
  });
}

/** Writes the file of a daemon that checks the servers, and gives the command that starts it. */
export function lvsctlCommand(
  groups: readonly Group[],
  { intervalMs }: { readonly intervalMs: number },
): readonly string[] {
  const check = { tcp: "type: tcp", http: "type: http, path: /healthz, expect: { status: 200 }" };
  const services = groups.map(({ vip, type, servers }) =>
    `  - listen: tcp://${vip}:80\n    scheduler: rr\n    check: { ${check[type]}, interval: ${intervalMs}ms }\n` +
    `    servers:\n${servers.map((server) => `      - ${server}:80\n`).join("")}`
  );
  Deno.writeTextFileSync("/tmp/health.yaml", `version: 1\nservices:\n${services.join("")}`);
  return ["lvsctl", "run", "/tmp/health.yaml"];
}

/**
 * Waits until all servers are in the table.
 *
 * @param namespace Of the table.
 * @throws {Error} If it takes too long.
 */
export async function untilComplete(
  namespace: string,
  { size, process, withinMs }: {
    readonly size: Size;
    readonly process: BackgroundProcess;
    readonly withinMs: number;
  },
): Promise<void> {
  await until(async () => {
    // Looking is work for the guest's processor too.
    await wait(300);
    const { stdout } = await inNamespace(namespace, ["cat", "/proc/net/ip_vs"]);
    // The table's head has an arrow as well.
    return (stdout.match(/->/g)?.length ?? 0) > size.tcp + size.http;
  }, {
    withinMs,
    what: `${namespace} has all servers`,
    state: () => (process.stdout + process.stderr).slice(-2000),
  });
}

/** A process and all its descendants. */
function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = Deno.readTextFileSync(`/proc/${name}/stat`).replace(/^.*\) /s, "").split(" ");
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It has ended.
    }
  }
  const members = [pid];
  for (let at = 0; at < members.length; at++) {
    for (const [child, parent] of parents) if (parent === members[at]) members.push(child);
  }
  return members;
}

/** Ticks of the clock that /proc counts CPU time in; milliseconds. */
const TICK_MS = 10;

/** A file of a process, of which nothing is left when it has ended: its parent has its time then. */
function readOf(pid: number, file: "stat" | "status"): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch {
    return "";
  }
}

/** CPU time of a process and its descendants, those that have ended included; milliseconds. */
export function cpuMsOf(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const fields = readOf(member, "stat").replace(/^.*\) /s, "").split(" ");
    // utime, stime, and the same of children that were waited for.
    return sum + TICK_MS * fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0);
  }, 0);
}

/** The memory of a process and its descendants. */
export function megabytesOf(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readOf(member, "status"))?.[1] ?? 0;
    return sum + Number(kilobytes) / 1024;
  }, 0);
}

/** Waits, and gives the longest that it had to wait for the processor meanwhile; milliseconds. */
export async function longestStall(ms: number): Promise<number> {
  const tick = 20;
  const end = performance.now() + ms;
  let longest = 0;
  for (let before = performance.now(); before < end;) {
    await wait(tick);
    const now = performance.now();
    longest = Math.max(longest, now - before - tick);
    before = now;
  }
  return longest;
}
