/**
 * In the guest: restoring a whole table into a fresh network namespace, `lvsctl restore` against `ipvsadm -R`, and
 * starting up, lvsctl against `deno run` of an empty file. Whole processes, by turns; prints {@linkcode Contest}s as
 * JSON.
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

/**
 * Times a command in a network namespace that nothing was ever deleted in: deleted servers slow the kernel down. The
 * clock runs inside: entering the namespace takes as long as many a command.
 *
 * @param after Is run there afterwards, untimed.
 */
function timeInFreshNamespace(command: string, after: string): number {
  timeCommand("ip netns add bench && ip -n bench link set lo up");
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
    other.push(timeInFreshNamespace(`ipvsadm -R <${RULES}`, run === 0 ? `lvsctl save ${FILE}` : isComplete));
    lvsctl.push(timeInFreshNamespace(`lvsctl restore ${FILE}`, isComplete));
  }
  return {
    name: `restore, ${services} services x ${servers} servers, against ipvsadm -R`,
    otherMs: median(other),
    lvsctlMs: median(lvsctl),
    atLeast,
  };
}

function startUp(command: string): Contest {
  const other: number[] = [];
  const lvsctl: number[] = [];
  Deno.writeTextFileSync("/tmp/empty.js", "");
  for (let run = 0; run < 11; run++) {
    other.push(timeCommand(`${Deno.execPath()} run /tmp/empty.js`));
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
  const contests = [startUp("version"), startUp("list"), ...SIZES.map(restore)];
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
