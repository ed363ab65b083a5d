/**
 * In the guest: the same servers, checked every 2 s by keepalived, ldirectord and lvsctl, one after the other, each on a
 * director of its own: 1,000 by TCP and 200 by HTTP. And a fortieth of them by ldirectord once more. Prints
 * {@linkcode Contest}s as JSON: CPU time for 1,000 checks, and how late lvsctl's checks are.
 *
 * CPU time is that of the program and all that it starts, the kernel's work for it included; from the start on, and
 * again from when all servers are in the table. Checks are counted, and their times taken, on the servers' side: the
 * connections that were accepted there, and nginx's log.
 *
 * ldirectord calls ipvsadm several times for each of its servers before its first check, which takes minutes for all of
 * them: in the time that the others are given it comes to few checks or none. When it has settled, what a check costs it
 * does not depend on their number: the few are there to measure that.
 *
 * @module
 */
import { until } from "../lab/director.ts";
import { latenessOf, ManyServers, quantile, wait } from "../lab/many_servers.ts";
import type { Contest } from "./measure.ts";

const INTERVAL_MS = 2000;

/** How long each runs. */
const RUN_MS = 35_000;

/** How long each is measured at least, when all servers are in its table. */
const FEW_MS = 20_000;

/** How long each goes on before it counts as settled, when all servers are in its table. */
const SETTLE_MS = 5000;

/** How long all servers may take to be in the table. */
const PATIENCE_MS = 90_000;

/**
 * lvsctl may take three times as much CPU time as keepalived, and a tenth of ldirectord's for these servers in the same
 * time. A settled ldirectord, with few servers, does little but connect: keepalived takes half of its time for that, so
 * that no tenth of it can be had. There lvsctl is only not to take more.
 */
const AT_LEAST = { keepalived: 1 / 3, ldirectord: 10, settledLdirectord: 1 } as const;

/** How late 99 of 100 checks may be at most. */
const LATENESS_MS = 100;

/** How many servers are checked by TCP, and how many by HTTP. */
interface Size {
  readonly tcp: number;
  readonly http: number;
}

const ALL: Size = { tcp: 1000, http: 200 };
const FEW: Size = { tcp: 25, http: 5 };

/** Servers of one virtual service. */
interface Group {
  readonly vip: string;
  readonly type: keyof Size;
  readonly servers: readonly string[];
}

/** A program that checks, in a namespace of the run's name. */
interface Checker {
  readonly name: string;
  readonly size: Size;
  /** Whether all of the servers are in its table within the time that it runs. */
  readonly settles: boolean;
  readonly start: (groups: readonly Group[]) => readonly string[];
}

/** What checking took for a while. */
interface Cost {
  /** Milliseconds of CPU for 1,000 checks. */
  readonly cpuMs: number;
  readonly checks: number;
  readonly seconds: number;
}

/** What became of a run. */
interface Outcome {
  readonly whole: Cost;
  /** From when all servers were in the table, or from the start where that is not waited for. */
  readonly settled: Cost;
  readonly megabytes: number;
  /** How late each HTTP check was, sorted; milliseconds. */
  readonly lateness: readonly number[];
  /** The longest that the bench itself had to wait for the guest's processor; milliseconds. */
  readonly stallMs: number;
}

/** The runs, by the names of their namespaces. */
const RUNS: readonly Checker[] = [
  { name: "keepalived", size: ALL, settles: true, start: startKeepalived },
  { name: "ldirectord", size: ALL, settles: false, start: startLdirectord },
  { name: "few", size: FEW, settles: true, start: startLdirectord },
  { name: "lvsctl", size: ALL, settles: true, start: startLvsctl },
];

/** Groups of servers, each of which has an address of its own. */
function groupsOf(size: Size): Group[] {
  return (["tcp", "http"] as const).flatMap((type, kind) => {
    const perGroup = Math.min(size[type], 100);
    return Array.from({ length: size[type] / perGroup }, (_, group) => ({
      vip: `10.7.${kind}.${group + 1}`,
      type,
      servers: Array.from({ length: perGroup }, (_, server) => `10.9.${kind * 100 + group}.${server + 1}`),
    }));
  });
}

function startKeepalived(groups: readonly Group[]): readonly string[] {
  const check = {
    tcp: "TCP_CHECK { connect_timeout 1 }",
    http: "HTTP_GET { url { path /healthz status_code 200 } connect_timeout 1 }",
  };
  const services = groups.map(({ vip, type, servers }) =>
    `virtual_server ${vip} 80 {\n delay_loop 2\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n` +
    servers.map((server) => ` real_server ${server} 80 { ${check[type]} }\n`).join("") + "}\n"
  );
  Deno.writeTextFileSync("/tmp/keepalived.conf", services.join(""));
  const pids = ["pid", "checkers_pid"].map((name) => `--${name}=/run/health-keepalived.${name}`);
  return ["keepalived", "-n", "-l", "-C", "-f", "/tmp/keepalived.conf", ...pids];
}

function startLdirectord(groups: readonly Group[]): readonly string[] {
  const check = {
    tcp: "checktype=connect",
    http: 'checktype=negotiate\n\tservice=http\n\trequest="healthz"\n\treceive="ok"',
  };
  const services = groups.map(({ vip, type, servers }) =>
    `virtual=${vip}:80\n${servers.map((server) => `\treal=${server}:80 masq 1\n`).join("")}` +
    `\tscheduler=rr\n\tprotocol=tcp\n\t${check[type]}\n`
  );
  const timing = `checktimeout=1\nnegotiatetimeout=1\ncheckinterval=${
    INTERVAL_MS / 1000
  }\nquiescent=no\nsupervised=yes\n`;
  Deno.writeTextFileSync("/tmp/ldirectord.cf", timing + services.join(""));
  return ["ldirectord", "/tmp/ldirectord.cf", "start"];
}

function startLvsctl(groups: readonly Group[]): readonly string[] {
  const check = { tcp: "type: tcp", http: "type: http, path: /healthz, expect: { status: 200 }" };
  const services = groups.map(({ vip, type, servers }) =>
    `  - listen: tcp://${vip}:80\n    scheduler: rr\n    check: { ${check[type]}, interval: ${INTERVAL_MS}ms }\n` +
    `    servers:\n${servers.map((server) => `      - ${server}:80\n`).join("")}`
  );
  Deno.writeTextFileSync("/tmp/health.yaml", `version: 1\nservices:\n${services.join("")}`);
  return ["lvsctl", "run", "/tmp/health.yaml"];
}

function readIn(namespace: string, path: string): string {
  const { stdout } = new Deno.Command("ip", { args: ["netns", "exec", namespace, "cat", path] }).outputSync();
  return new TextDecoder().decode(stdout);
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
function cpuMsOf(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const fields = readOf(member, "stat").replace(/^.*\) /s, "").split(" ");
    // utime, stime, and the same of children that were waited for.
    return sum + TICK_MS * fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0);
  }, 0);
}

function megabytesOf(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readOf(member, "status"))?.[1] ?? 0;
    return sum + Number(kilobytes) / 1024;
  }, 0);
}

/** Waits, and gives the longest that it had to wait for the processor meanwhile; milliseconds. */
async function longestStall(ms: number): Promise<number> {
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

/** What has been used up to now. */
interface Reading {
  readonly at: number;
  readonly cpuMs: number;
  readonly checks: number;
}

async function read(pid: number, servers: ManyServers): Promise<Reading> {
  return { at: performance.now(), cpuMs: cpuMsOf(pid), checks: await servers.accepted() };
}

function costBetween(before: Reading, after: Reading): Cost {
  const checks = after.checks - before.checks;
  // Where there was no check at all, it is at least this.
  const counted = Math.max(checks, 1);
  return { checks, cpuMs: 1000 * (after.cpuMs - before.cpuMs) / counted, seconds: (after.at - before.at) / 1000 };
}

async function measure(checker: Checker, servers: ManyServers): Promise<Outcome> {
  const { name, size, settles } = checker;
  const groups = groupsOf(size);
  const before = { at: performance.now(), cpuMs: 0, checks: await servers.accepted() };
  const process = servers.namespaces.start(name, checker.start(groups));
  try {
    const wanted = size.tcp + size.http;
    let settled: Reading = before;
    const isComplete = async (): Promise<boolean> => {
      // Looking is work for the guest's processor too.
      await wait(300);
      // The table's head has an arrow as well.
      return (readIn(name, "/proc/net/ip_vs").match(/->/g)?.length ?? 0) > wanted;
    };
    if (settles) {
      await until(isComplete, {
        withinMs: PATIENCE_MS,
        what: `${name} has all servers`,
        state: () => (process.stdout + process.stderr).slice(-2000),
      });
      await wait(SETTLE_MS);
      servers.forget();
      settled = await read(process.pid, servers);
    }
    const stallMs = await longestStall(Math.max(before.at + RUN_MS - performance.now(), FEW_MS));
    const after = await read(process.pid, servers);
    const megabytes = megabytesOf(process.pid);
    const requests = await servers.requests();
    return {
      whole: costBetween(before, after),
      settled: costBetween(settled, after),
      megabytes,
      lateness: latenessOf(requests.values(), INTERVAL_MS),
      stallMs,
    };
  } finally {
    process.signal("SIGTERM");
    await Promise.race([process.finished(), wait(3000)]);
    await process.stop();
  }
}

function formatCost({ checks, seconds }: Cost): string {
  return `${checks} in ${seconds.toFixed(0)} s`;
}

/** The outcomes against the limits. */
function contestsOf(outcomes: ReadonlyMap<string, Outcome>): Contest[] {
  const [keepalived, ldirectord, few, lvsctl] = RUNS.map(({ name }) => outcomes.get(name));
  if (!keepalived || !ldirectord || !few || !lvsctl) throw new Error("a run is missing");
  const cpu = (
    name: string,
    { other, own, atLeast }: { readonly other: Cost; readonly own: Cost; readonly atLeast: number },
  ): Contest => ({
    name: `CPU of 1,000 checks, ${name} (${formatCost(other)}; lvsctl ${formatCost(own)})`,
    otherMs: other.cpuMs,
    lvsctlMs: own.cpuMs,
    atLeast,
  });
  const late = (part: number): string => quantile(lvsctl.lateness, part).toFixed(0);
  return [
    cpu("from the start, keepalived", {
      other: keepalived.whole,
      own: lvsctl.whole,
      atLeast: AT_LEAST.keepalived,
    }),
    cpu("from the start, ldirectord", { other: ldirectord.whole, own: lvsctl.whole, atLeast: AT_LEAST.ldirectord }),
    cpu("settled, keepalived", { other: keepalived.settled, own: lvsctl.settled, atLeast: AT_LEAST.keepalived }),
    cpu("settled, ldirectord with few servers", {
      other: few.settled,
      own: lvsctl.settled,
      atLeast: AT_LEAST.settledLdirectord,
    }),
    {
      name: `lateness of 99 % of lvsctl's checks under the limit (median ${late(0.5)}, worst ${late(1)} ms; ` +
        `keepalived ${quantile(keepalived.lateness, 0.99).toFixed(0)}; the guest stood still for ` +
        `${lvsctl.stallMs.toFixed(0)}; RSS lvsctl ${lvsctl.megabytes.toFixed(0)}, ` +
        `keepalived ${keepalived.megabytes.toFixed(0)}, ldirectord ${ldirectord.megabytes.toFixed(0)} MB)`,
      otherMs: LATENESS_MS,
      lvsctlMs: quantile(lvsctl.lateness, 0.99),
      atLeast: 1,
    },
  ];
}

if (import.meta.main) {
  const outcomes = new Map<string, Outcome>();
  const chosen = RUNS.filter(({ name }) => Deno.args.length === 0 || Deno.args.includes(name));
  {
    await using servers = await ManyServers.create(RUNS.map(({ name }) => name));
    for (const run of chosen) outcomes.set(run.name, await measure(run, servers));
  }
  // With words that choose among the runs, for whoever works on one: what became of them, without limits.
  const shown = chosen.length === RUNS.length
    ? contestsOf(outcomes)
    : [...outcomes].map(([name, { lateness, ...rest }]) => ({
      name,
      ...rest,
      lateness: [0.5, 0.99, 1].map((part) => quantile(lateness, part)),
    }));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(shown)));
}
