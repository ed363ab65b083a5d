/**
 * In the guest: planning and applying a file of which one service in a hundred has changed, for 1,000 and for 10,000
 * services with 5 servers each. Whole processes; what starting costs is taken off, so that what is left shows how time
 * grows: for ten times the table it is to be about ten times as long. Prints {@linkcode Contest}s as JSON, with the
 * memory that each took at the most in their names.
 *
 * @module
 */

import { type Contest, timeCommand } from "./measure.ts";

const SIZES = { small: 1000, large: 10_000 } as const;
const SERVERS = 5;

/** Times that each is measured. */
const RUNS = 4;

/**
 * Ten times the table may take twice ten times as long: the kernel has 256 chains for all services, and so takes longer
 * to find one among many.
 */
const LINEAR = 1 / 2;

/** What one command took. */
interface Cost {
  readonly ms: number;
  readonly megabytes: number;
}

/** Rules in ipvsadm's format; every server has an address of its own. */
function rules(services: number): string {
  const lines: string[] = [];
  for (let service = 0; service < services; service++) {
    const address = `10.1.${service >> 8}.${service & 255}:80`;
    lines.push(`-A -t ${address} -s rr`);
    for (let server = 0; server < SERVERS; server++) {
      const number = service * SERVERS + server + 1;
      lines.push(`-a -t ${address} -r 10.${2 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}:80 -m -w 1`);
    }
  }
  return lines.join("\n") + "\n";
}

/** The same file with another weight in one service of a hundred, and without another server of it. */
function changed(file: string): string {
  const [head = "", ...services] = file.split(/^(?= {2}- listen:)/m);
  const edited = services.map((service, index) => {
    if (index % 100 !== 0) return service;
    const lines = service.trimEnd().split("\n").slice(0, -1);
    return `${lines.map((line) => line.replace(":80 }", ":80, weight: 9 }")).join("\n")}\n`;
  });
  return head + edited.join("");
}

function costOf(command: string): Cost {
  const began = performance.now();
  const { code, stderr } = new Deno.Command("busybox", {
    args: ["time", "-v", "sh", "-c", `exec ${command}`],
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  const ms = performance.now() - began;
  const text = new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`"${command}" ended with ${code}: ${text.slice(0, 300)}`);
  return { ms, megabytes: Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(text)?.[1]) / 1024 };
}

/** The quickest, for a machine that has other things to do makes some slower at random; and the most memory. */
function summary(costs: readonly Cost[]): Cost {
  return {
    ms: Math.min(...costs.map(({ ms }) => ms)),
    megabytes: Math.max(...costs.map(({ megabytes }) => megabytes)),
  };
}

/** The costs of planning and applying, with a table of that many services. */
function measure(services: number): { readonly plan: Cost; readonly apply: Cost } {
  Deno.writeTextFileSync("/tmp/rules", rules(services));
  timeCommand("lvsctl restore /tmp/rules");
  timeCommand("lvsctl save /tmp/before.yaml");
  const before = Deno.readTextFileSync("/tmp/before.yaml");
  Deno.writeTextFileSync("/tmp/after.yaml", changed(before));
  const plan: Cost[] = [];
  const apply: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const file = run % 2 === 0 ? "/tmp/after.yaml" : "/tmp/before.yaml";
    plan.push(costOf(`lvsctl plan ${file}`));
    apply.push(costOf(`lvsctl apply ${file}`));
  }
  timeCommand("lvsctl flush --yes");
  return { plan: summary(plan), apply: summary(apply) };
}

if (import.meta.main) {
  const start = summary(Array.from({ length: 5 }, () => costOf("lvsctl version"))).ms;
  const small = measure(SIZES.small);
  const large = measure(SIZES.large);
  const factor = SIZES.large / SIZES.small;
  const megabytes = (cost: Cost): string => `${cost.megabytes.toFixed(0)} MB`;
  const contests = (["plan", "apply"] as const).map((name): Contest => ({
    name:
      `${name}, ${SIZES.large} services x ${SERVERS} (${
        megabytes(large[name])
      }), 1 % changed, against ${factor} times ` +
      `${SIZES.small} x ${SERVERS} (${megabytes(small[name])})`,
    otherMs: factor * (small[name].ms - start),
    lvsctlMs: large[name].ms - start,
    atLeast: LINEAR,
  }));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
