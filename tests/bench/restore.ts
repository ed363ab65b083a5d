/**
 * In the guest: restoring a whole table into a fresh network namespace, `lvsctl restore` against `ipvsadm -R`, adding
 * servers by `lvsctl batch` against the same, and starting up, lvsctl against `deno run` of an empty file. Whole
 * processes, by turns; prints {@linkcode Contest}s as JSON.
 *
 * @module
 */

import { type Contest, costOf, emptyProgram, median, timeCommand } from "./measure.ts";

/** A table, how often it is restored, and how many times as fast lvsctl has to be. */
interface Size {
  readonly services: number;
  readonly servers: number;
  readonly runs: number;
  /** The limit for the whole process. */
  readonly whole?: number;
  /** The limit without what starting the runtime takes, which in the lab is a third of a short command. */
  readonly started?: number;
}

const SIZES: readonly Size[] = [
  { services: 1000, servers: 10, runs: 5, started: 5 },
  { services: 1000, servers: 100, runs: 2, whole: 6 },
];

/** Servers that a batch adds, runs, and how many times as fast as ipvsadm it has to be without the runtime's start. */
const BATCH = { servers: 1000, runs: 7, started: 1 } as const;

/** lvsctl may take 1.5 times as long as an empty file to start. */
const START_UP = 1 / 1.5;

const RULES = "/tmp/rules";
const LINES = "/tmp/lines";
const FILE = "/tmp/saved.yaml";

const NAMESPACE = "bench";

/** Rules in ipvsadm's format; every server has an address of its own. */
function rules({ services, servers }: Size): string {
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

/** A measured command. */
interface Command {
  readonly argv: readonly string[];
  /** Its standard input. */
  readonly input?: string;
  /** A shell command that runs in the namespace before it, untimed. */
  readonly before?: string;
  /** One that runs after it. */
  readonly after?: string | undefined;
}

/**
 * Times a command in a network namespace that nothing was ever deleted in: deleted servers slow the kernel down.
 *
 * @returns Milliseconds.
 */
function timeInFreshNamespace({ argv, input, before = "true", after = "true" }: Command): number {
  timeCommand(
    `ip netns add ${NAMESPACE} && ip -n ${NAMESPACE} link set lo up && ip -n ${NAMESPACE} route add default dev lo`,
  );
  try {
    timeCommand(`ip netns exec ${NAMESPACE} ${before}`);
    const { ms } = costOf(argv, { input, namespace: NAMESPACE });
    timeCommand(`ip netns exec ${NAMESPACE} ${after}`);
    return ms;
  } finally {
    timeCommand(`ip netns delete ${NAMESPACE}`);
  }
}

/** Commands by turns: ipvsadm's, the runtime with an empty file, lvsctl's. */
function contestsOf(
  name: string,
  { ipvsadm, lvsctl, runs, whole, started }: Pick<Size, "runs" | "whole" | "started"> & {
    readonly ipvsadm: (run: number) => Command;
    readonly lvsctl: Command;
  },
): Contest[] {
  const empty = emptyProgram("/tmp");
  const times = { ipvsadm: [] as number[], start: [] as number[], lvsctl: [] as number[] };
  for (let run = 0; run < runs; run++) {
    times.ipvsadm.push(timeInFreshNamespace(ipvsadm(run)));
    times.start.push(timeInFreshNamespace({ argv: [Deno.execPath(), "run", empty] }));
    times.lvsctl.push(timeInFreshNamespace(lvsctl));
  }
  const other = median(times.ipvsadm);
  const total = median(times.lvsctl);
  return [
    { name: `${name}, against ipvsadm -R`, other, lvsctl: total, atLeast: whole },
    {
      name: `${name}, without the runtime's start, against ipvsadm -R`,
      other,
      lvsctl: total - median(times.start),
      atLeast: started,
    },
  ];
}

function restore(size: Size): Contest[] {
  const { services, servers } = size;
  Deno.writeTextFileSync(RULES, rules(size));
  const after = `sh -c 'test "$(ipvsadm -Sn | wc -l)" = ${services * (servers + 1)}'`;
  return contestsOf(`restore, ${services} services x ${servers} servers`, {
    ...size,
    ipvsadm: (run) => ({ argv: ["ipvsadm", "-R"], input: RULES, after: run === 0 ? `lvsctl save ${FILE}` : after }),
    lvsctl: { argv: ["lvsctl", "restore", FILE], after },
  });
}

function batch(): Contest[] {
  const { servers } = BATCH;
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
  return contestsOf(`batch, ${servers} lines of server add`, {
    ...BATCH,
    ipvsadm: () => ({ argv: ["ipvsadm", "-R"], input: RULES, ...beside }),
    lvsctl: { argv: ["lvsctl", "batch", LINES], ...beside },
  });
}

function startUp(command: string): Contest {
  const empty = emptyProgram("/tmp");
  const other: number[] = [];
  const lvsctl: number[] = [];
  for (let run = 0; run < 11; run++) {
    other.push(costOf([Deno.execPath(), "run", empty]).ms);
    lvsctl.push(costOf(["lvsctl", command]).ms);
  }
  return {
    name: `lvsctl ${command}, against deno run of an empty file`,
    other: median(other),
    lvsctl: median(lvsctl),
    atLeast: START_UP,
  };
}

if (import.meta.main) {
  const contests = [startUp("version"), startUp("list"), ...batch(), ...SIZES.flatMap(restore)];
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
