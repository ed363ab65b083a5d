/**
 * The same servers, failing and recovering in the same moments, watched by ldirectord, keepalived and lvsctl side by
 * side, each on a director of its own: who notices when.
 *
 * All three are told the same: a check by HTTP every second, a second for its answer, two failures in a row are down,
 * one success is up. Where in its interval each of the three is when a server fails is chance; so the rounds divide an
 * interval evenly, and times are compared by their means over the rounds.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { Director, until } from "../director.ts";
import { ip, Namespaces } from "../namespace.ts";
import { startTraffic } from "../traffic.ts";
import { WebServer } from "../web_server.ts";

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 1000;
const FALL = 2;

/** How often each server fails and recovers. */
const ROUNDS = 4;

/**
 * What the moments leave in the difference of two means, and what a busy machine adds. The moments divide the interval
 * evenly, so that a mean differs by at most half of such a part, whatever the phase of a watcher's checks.
 */
const CHANCE_MS = 350;

/** What the lab's machine may add to a time that is promised. */
const SLACK_MS = 500;

/** How long a verdict is waited for; ldirectord takes some seconds when several servers do not answer. */
const PATIENCE_MS = 25_000;

const PORT = 8080;

/** A way to fail. */
interface Failure {
  readonly name: string;
  readonly fail: (server: WebServer, name: string) => Promise<void> | void;
  readonly recover: (server: WebServer, name: string) => Promise<void> | void;
  /** What ldirectord never notices, as long as it waits. */
  readonly unnoticedBy?: string;
}

const FAILURES: readonly Failure[] = [
  { name: "refuses", fail: (server) => server.kill(), recover: (server) => server.restart() },
  // A mistake of ldirectord's: where the answer does not come in time, nothing is concluded.
  {
    name: "hangs",
    fail: (server) => server.hang(),
    recover: (server) => server.resume(),
    unnoticedBy: "ldirectord",
  },
  {
    name: "is cut off",
    fail: (_, name) => ip([`link set dev ${name} down`], LAN),
    recover: (_, name) => ip([`link set dev ${name} up`], LAN),
  },
  {
    name: "answers 404",
    fail: ({ endpoint }) => Deno.rename(`/tmp/web-${endpoint}/healthz`, `/tmp/web-${endpoint}/gone`),
    recover: ({ endpoint }) => Deno.rename(`/tmp/web-${endpoint}/gone`, `/tmp/web-${endpoint}/healthz`),
  },
];

const LAN = "lan";

/** The servers s1, s2... of the failures, and one more that never fails. */
const SERVERS = [...FAILURES.map(({ name }) => name), "never fails"].map((_, index) => ({
  name: `s${index + 1}`,
  address: `10.0.0.${11 + index}`,
}));

/** Who watches: its director's own address ends with `host`, the VIP with ten times as much. */
interface Watcher {
  readonly name: string;
  readonly host: number;
  readonly start: (director: Director, vip: string) => Promise<BackgroundProcess>;
}

const WATCHERS: readonly Watcher[] = [
  { name: "ldirectord", host: 1, start: startLdirectord },
  { name: "keepalived", host: 2, start: startKeepalived },
  { name: "lvsctl", host: 3, start: startLvsctl },
];

async function startLdirectord(director: Director, vip: string): Promise<BackgroundProcess> {
  const file = "/tmp/ldirectord.cf";
  const reals = SERVERS.map(({ address }) => `\treal=${address}:${PORT} masq 1\n`).join("");
  await Deno.writeTextFile(
    file,
    `checktimeout=1
negotiatetimeout=1
checkinterval=1
failurecount=${FALL}
quiescent=no
supervised=yes
virtual=${vip}:80
${reals}\tservice=http
\trequest="healthz"
\treceive="s"
\tscheduler=rr
\tprotocol=tcp
\tchecktype=negotiate
`,
  );
  return director.startProgram(["ldirectord", file, "start"]);
}

async function startKeepalived(director: Director, vip: string): Promise<BackgroundProcess> {
  const file = "/tmp/keepalived.conf";
  const reals = SERVERS.map(({ address }) =>
    `  real_server ${address} ${PORT} {
    HTTP_GET {
      url { path /healthz
        status_code 200 }
      connect_timeout 1
      retry ${FALL - 1}
      delay_before_retry 1
      warmup 1
    }
  }
`
  ).join("");
  await Deno.writeTextFile(
    file,
    `global_defs {
  checker_log_all_failures
}
virtual_server ${vip} 80 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${reals}}
`,
  );
  const pids = ["pid", "checkers_pid"].map((name) => `--${name}=/run/keepalived.${name}`);
  return director.startProgram(["keepalived", "-n", "-l", "-C", "-f", file, ...pids]);
}

async function startLvsctl(director: Director, vip: string): Promise<BackgroundProcess> {
  const file = "/tmp/lvsctl.yaml";
  const servers = SERVERS.map(({ address }) => `      - ${address}:${PORT}\n`).join("");
  await Deno.writeTextFile(
    file,
    `version: 1
services:
  - listen: tcp://${vip}:80
    scheduler: rr
    check: { type: http, path: /healthz, interval: 1s, timeout: 1s, rise: 1, fall: ${FALL}, expect: { status: 200 } }
    servers:
${servers}`,
  );
  return director.start(`run ${file}`);
}

/** A director with its watcher at work. */
interface Watched {
  readonly watcher: Watcher;
  readonly director: Director;
  readonly process: BackgroundProcess;
}

/** The last numbers of the addresses of the servers in the table. */
function present(director: Director): ReadonlySet<string> {
  const rows = director.rows().filter((row) => row.includes("->"));
  return new Set(rows.map((row) => `10.0.0.${parseInt((row.split(" ")[3] ?? "").slice(6, 8), 16)}`));
}

async function startDirectors(stack: AsyncDisposableStack): Promise<readonly Watched[]> {
  const watched: Watched[] = [];
  for (const watcher of WATCHERS) {
    const director = stack.use(await Director.create(watcher.name));
    const vip = `10.0.0.${watcher.host * 10 + 100}`;
    await ip([`link add dev eth0 netns ${watcher.name} type veth peer name d${watcher.host} netns ${LAN}`]);
    await ip([`link set dev d${watcher.host} master br0 up`], LAN);
    await ip(
      ["link set dev eth0 up", `addr add 10.0.0.${watcher.host}/24 dev eth0`, `addr add ${vip}/32 dev eth0`],
      watcher.name,
    );
    watched.push({ watcher, director, process: await watcher.start(director, vip) });
  }
  return watched;
}

/** Waits until each watcher has a server as it is now; gives how long each took, and undefined for one that never did. */
async function times(
  watched: readonly Watched[],
  options: { readonly address: string; readonly isPresent: boolean; readonly unnoticedBy?: string | undefined },
): Promise<ReadonlyMap<string, number>> {
  const { address, isPresent, unnoticedBy } = options;
  const found = await Promise.all(
    watched.filter(({ watcher }) => watcher.name !== unnoticedBy).map(
      async ({ watcher, director, process }): Promise<[string, number]> => {
        const took = await until(() => present(director).has(address) === isPresent, {
          withinMs: PATIENCE_MS,
          what: `${watcher.name}: ${address} is ${isPresent ? "in" : "out"}`,
          state: () => process.stderr + process.stdout,
        });
        return [watcher.name, took];
      },
    ),
  );
  return new Map(found);
}

/**
 * Waits for an interval, and then for a moment that lies by a part of an interval after the beginning of one. The time
 * before depends on when the watchers checked last, so a wait of a given length would find them at the same moment of
 * their interval again and again.
 *
 * @param part From 0 to 1.
 * @param options.start When intervals begin; milliseconds.
 */
async function untilPart(part: number, { start }: { readonly start: number }): Promise<void> {
  const now = performance.now() - start;
  const due = (Math.ceil(now / INTERVAL_MS + 1 - part) + part) * INTERVAL_MS;
  await new Promise((resolve) => setTimeout(resolve, due - now));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** Times by who and what: "lvsctl hangs". */
class Times {
  readonly #all = new Map<string, number[]>();

  add(what: string, found: ReadonlyMap<string, number>): void {
    for (const [who, took] of found) {
      const key = `${who} ${what}`;
      this.#all.set(key, [...this.#all.get(key) ?? [], took]);
    }
  }

  of(who: string, what: string): readonly number[] {
    return this.#all.get(`${who} ${what}`) ?? [];
  }

  /** A line for each kind of failure: for people. */
  lines(): string {
    return ["fails", "recovers"].flatMap((turn) =>
      FAILURES.map(({ name }) => {
        const cells = WATCHERS.map(({ name: who }) => {
          const took = this.of(who, `${name} ${turn}`);
          const text = took.length === 0
            ? "never"
            : `${mean(took).toFixed(0)} (${Math.min(...took).toFixed(0)}-${Math.max(...took).toFixed(0)}) ms`;
          return `${who} ${text}`;
        });
        return `a server that ${name}, ${turn}: ${cells.join(", ")}\n`;
      })
    ).join("");
  }
}

Deno.test("lvsctl notices failing and recovering servers no later than ldirectord and keepalived, and no client fails then", async () => {
  await using stack = new AsyncDisposableStack();
  const namespaces = stack.use(
    await Namespaces.create(
      [LAN, ...SERVERS.map(({ name }) => name)],
      SERVERS.map(({ name }) => `link add dev eth0 netns ${name} type veth peer name ${name} netns ${LAN}`),
    ),
  );
  await ip([
    "link add br0 type bridge",
    "link set br0 up",
    ...SERVERS.map(({ name }) => `link set dev ${name} master br0 up`),
  ], LAN);
  const servers: WebServer[] = [];
  for (const { name, address } of SERVERS) {
    await ip(["link set dev eth0 up", `addr add ${address}/24 dev eth0`], name);
    const start = (argv: readonly string[]): BackgroundProcess => namespaces.start(name, argv);
    servers.push(await WebServer.start({ start, endpoint: `${address}:${PORT}`, body: name }));
  }
  const watched = await startDirectors(stack);
  for (const { address } of SERVERS) await times(watched, { address, isPresent: true });
  const lvsctl = watched.find(({ watcher }) => watcher.name === "lvsctl");
  assert.ok(lvsctl);

  const found = new Times();
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    for (const turn of ["fails", "recovers"] as const) {
      await untilPart(round / ROUNDS, { start });
      await Promise.all(FAILURES.map(async ({ name, fail, recover, unnoticedBy }, index) => {
        const server = servers[index];
        const { name: host = "", address = "" } = SERVERS[index] ?? {};
        assert.ok(server);
        await (turn === "fails" ? fail : recover)(server, host);
        found.add(`${name} ${turn}`, await times(watched, { address, isPresent: turn === "recovers", unnoticedBy }));
      }));
      const vip = { address: "10.0.0.130", port: 80 };
      await using traffic = await startTraffic("lvsctl", vip, { count: 40, perSecond: 100 });
      const { failures } = await traffic.answers();
      assert.deepEqual(failures, {}, `clients after the verdict, turn ${turn}`);
    }
  }

  await Deno.stdout.write(new TextEncoder().encode(found.lines()));
  for (const { name } of FAILURES) {
    for (const turn of ["fails", "recovers"]) {
      const own = found.of("lvsctl", `${name} ${turn}`);
      const promised = turn === "fails" ? FALL * INTERVAL_MS + TIMEOUT_MS : INTERVAL_MS + TIMEOUT_MS;
      assert.ok(Math.max(...own) <= promised + SLACK_MS, `${name} ${turn}: ${own}`);
      for (const other of ["ldirectord", "keepalived"]) {
        const took = found.of(other, `${name} ${turn}`);
        if (took.length === 0) continue;
        assert.ok(mean(own) <= mean(took) + CHANCE_MS, `${name} ${turn}: lvsctl ${own}, ${other} ${took}`);
      }
    }
  }
});
