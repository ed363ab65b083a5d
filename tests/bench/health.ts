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
import { latenessOf, ManyServers, quantile, wait } from "../lab/many_servers.ts";
import {
  cpuMsOf,
  type Group,
  groupsOf,
  longestStall,
  lvsctlCommand,
  megabytesOf,
  type Size,
  untilComplete,
} from "./checked_servers.ts";
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
 * From the start on, which compiles the hot code, lvsctl may take three times as much CPU time as keepalived, and a tenth
 * of ldirectord's for these servers in the same time. Settled, it may take no more than keepalived, or than a settled
 * ldirectord with few servers, which does little but connect.
 */
const AT_LEAST = { keepalived: 1 / 3, ldirectord: 10, settled: 1 } as const;

/** The most memory of lvsctl with these servers. */
const MEGABYTES = 90;

/** How late 99 of 100 checks may be at most. */
const LATENESS_MS = 100;

const ALL: Size = { tcp: 1000, http: 200 };
const FEW: Size = { tcp: 25, http: 5 };

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
  { name: "lvsctl", size: ALL, settles: true, start: (groups) => lvsctlCommand(groups, { intervalMs: INTERVAL_MS }) },
];

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
    let settled: Reading = before;
    if (settles) {
      await untilComplete(name, { size, process, withinMs: PATIENCE_MS });
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
    other: other.cpuMs,
    lvsctl: own.cpuMs,
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
    cpu("settled, keepalived", { other: keepalived.settled, own: lvsctl.settled, atLeast: AT_LEAST.settled }),
    cpu("settled, ldirectord with few servers", {
      other: few.settled,
      own: lvsctl.settled,
      atLeast: AT_LEAST.settled,
    }),
    {
      name: `lateness of 99 % of lvsctl's checks under the limit (median ${late(0.5)}, worst ${late(1)} ms; ` +
        `keepalived ${quantile(keepalived.lateness, 0.99).toFixed(0)}; the guest stood still for ` +
        `${lvsctl.stallMs.toFixed(0)})`,
      other: LATENESS_MS,
      lvsctl: quantile(lvsctl.lateness, 0.99),
      atLeast: 1,
    },
    {
      name: `memory with ${ALL.tcp + ALL.http} checks under the limit (keepalived ` +
        `${keepalived.megabytes.toFixed(0)}, ldirectord ${ldirectord.megabytes.toFixed(0)} MB)`,
      other: MEGABYTES,
      lvsctl: lvsctl.megabytes,
      unit: "MB",
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
