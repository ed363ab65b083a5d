/**
 * In the guest: restoring a whole table into a fresh network namespace, `lvsctl restore` against `ipvsadm -R`, adding
 * servers by `lvsctl batch` against the same, and starting up, lvsctl against `deno run` of an empty file. Whole
 * processes, by turns; prints {@linkcode Contest}s as JSON.
 *
 * @module
 */

import { type Contest, median, timeCommand } from "./measure.ts";

/** Services, servers of each, runs, and how many times as fast lvsctl has to be. */
const SIZES: readonly (readonly [number, number, number, number])[] = [[1000, 10, 5, 4], [1000, 100, 2, 6]];

/** lvsctl may take 1.5 times as long as an empty file to start. */
const START_UP = 1 / 1.5;

const RULES = "/tmp/rules";
const FILE = "/tmp/saved.yaml";

/** Rules in ipvsadm's format; every server has an address of its own. */
function rules(services: number, servers: number): string {
  const lines: string[] = [];
  for (let service = 0; service < services; service++) {
    const address = `10.1.${service >> 8}.${service & 255}:80`;
    lines.push(`-A -t ${address} -s rr`);
    for (let server = 0; server < servers; server++) {
      const number = service * servers + server + 1;
      lines.push(`-a -t ${address} -r 10.${2 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}:80 -m -w 1`);
    }
  }
  return lines.join("\n") + "\n";
}

/** Servers that a batch adds, and runs. */
const BATCH = { servers: 1000, runs: 7 } as const;

const LINES = "/tmp/lines";

/** A program that does nothing. */
const EMPTY = "/tmp/empty.js";

/** Commands that are run in the namespace untimed. */
interface Beside {
  /** Runs before the timed command; by default nothing. */
  readonly before?: string;
  /** Runs after it. */
  readonly after: string;
}

/**
 * Times a command in a network namespace that nothing was ever deleted in: deleted servers slow the kernel down. The
 * clock runs inside: entering the namespace takes as long as many a command.
 *
 * @param command The command.
 */
function timeInFreshNamespace(command: string, { before = "true", after }: Beside): number {
  timeCommand("ip netns add bench && ip -n bench link set lo up && ip -n bench route add default dev lo");
  timeCommand(`ip netns exec bench ${before}`);
  try {
    const script = new URL(import.meta.url).pathname;
    const { code, stdout, stderr } = new Deno.Command("ip", {
      args: ["netns", "exec", "bench", Deno.execPath(), "run", "-A", "--no-check", "--no-lock", script, command],
    }).outputSync();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    timeCommand(`ip netns exec bench ${after}`);
    return Number(new TextDecoder().decode(stdout));
  } finally {
    timeCommand("ip netns delete bench");
  }
}

function restore([services, servers, runs, atLeast]: (typeof SIZES)[number]): Contest {
  Deno.writeTextFileSync(RULES, rules(services, servers));
  const other: number[] = [];
  const lvsctl: number[] = [];
  const isComplete = `sh -c 'test "$(ipvsadm -Sn | wc -l)" = ${services * (servers + 1)}'`;
  for (let run = 0; run < runs; run++) {
    other.push(timeInFreshNamespace(`ipvsadm -R <${RULES}`, { after: run === 0 ? `lvsctl save ${FILE}` : isComplete }));
    lvsctl.push(timeInFreshNamespace(`lvsctl restore ${FILE}`, { after: isComplete }));
  }
  return {
    name: `restore, ${services} services x ${servers} servers, against ipvsadm -R`,
    otherMs: median(other),
    lvsctlMs: median(lvsctl),
    atLeast,
  };
}

/** A batch, without what starting the runtime takes: in the lab that alone is most of what ipvsadm takes. */
function batch(): Contest {
  const { servers, runs } = BATCH;
  const addresses = Array.from({ length: servers }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  Deno.writeTextFileSync(RULES, addresses.map((address) => `-a -t 192.0.2.10:80 -r ${address}:80 -m -w 2\n`).join(""));
  Deno.writeTextFileSync(
    LINES,
    addresses.map((address) => `server add tcp://192.0.2.10:80 ${address} --weight 2\n`).join(""),
  );
  const beside = {
    before: "ipvsadm -A -t 192.0.2.10:80 -s wlc",
    after: `sh -c 'test "$(ipvsadm -Sn | wc -l)" = ${servers + 1}'`,
  };
  const other: number[] = [];
  const lvsctl: number[] = [];
  for (let run = 0; run < runs; run++) {
    other.push(timeInFreshNamespace(`ipvsadm -R <${RULES}`, beside));
    const start = timeInFreshNamespace(`${Deno.execPath()} run ${EMPTY}`, { after: "true" });
    lvsctl.push(timeInFreshNamespace(`lvsctl batch ${LINES}`, beside) - start);
  }
  return {
    name: `batch, ${servers} lines of server add, without the runtime's start, against ipvsadm -R`,
    otherMs: median(other),
    lvsctlMs: median(lvsctl),
    atLeast: 1,
  };
}

function startUp(command: string): Contest {
  const other: number[] = [];
  const lvsctl: number[] = [];
  for (let run = 0; run < 11; run++) {
    other.push(timeCommand(`${Deno.execPath()} run ${EMPTY}`));
    lvsctl.push(timeCommand(`lvsctl ${command}`));
  }
  return {
    name: `lvsctl ${command}, against deno run of an empty file`,
    otherMs: median(other),
    lvsctlMs: median(lvsctl),
    atLeast: START_UP,
  };
}

if (import.meta.main) {
  const [command] = Deno.args;
  if (command !== undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(String(timeCommand(command))));
    Deno.exit(0);
  }
  Deno.writeTextFileSync(EMPTY, "");
  const contests = [startUp("version"), startUp("list"), batch(), ...SIZES.map(restore)];
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
