/**
 * In the guest: planning and applying a file of which one service in a hundred has changed, for 1,000 and for 10,000
 * services with 5 servers each. Whole processes; what starting costs is taken off, so that what is left shows how time
 * grows: for ten times the table it is to be about ten times as long. Prints {@linkcode Contest}s as JSON.
 *
 * @module
 */

import { type Contest, type Cost, costOf, timeCommand } from "./measure.ts";

const SIZES = { small: 1000, large: 10_000 } as const;
const SERVERS = 5;

/** Times that each is measured. */
const RUNS = 4;

/**
 * Ten times the table may take twice ten times as long: the kernel has 256 chains for all services, and so takes longer
 * to find one among many.
 */
const LINEAR = 1 / 2;

/** The most memory that planning and applying may take. */
const MEGABYTES = 200;

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

/** The quickest, for a machine that has other things to do makes some slower at random; and the most memory. */
function summary(costs: readonly Cost[]): Pick<Cost, "ms" | "megabytes"> {
  return {
    ms: Math.min(...costs.map(({ ms }) => ms)),
    megabytes: Math.max(...costs.map(({ megabytes }) => megabytes)),
  };
}

/** The costs of planning and applying, with a table of that many services. */
function measure(services: number): Readonly<Record<"plan" | "apply", Pick<Cost, "ms" | "megabytes">>> {
  Deno.writeTextFileSync("/tmp/rules", rules(services));
  timeCommand("lvsctl restore /tmp/rules");
  timeCommand("lvsctl save /tmp/before.yaml");
  const before = Deno.readTextFileSync("/tmp/before.yaml");
  Deno.writeTextFileSync("/tmp/after.yaml", changed(before));
  const plan: Cost[] = [];
  const apply: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const file = run % 2 === 0 ? "/tmp/after.yaml" : "/tmp/before.yaml";
    plan.push(costOf(["lvsctl", "plan", file]));
    apply.push(costOf(["lvsctl", "apply", file, "--yes"]));
  }
  timeCommand("lvsctl flush --yes");
  return { plan: summary(plan), apply: summary(apply) };
}

if (import.meta.main) {
  const start = summary(Array.from({ length: 5 }, () => costOf(["lvsctl", "version"]))).ms;
  const small = measure(SIZES.small);
  const large = measure(SIZES.large);
  const factor = SIZES.large / SIZES.small;
  const contests = (["plan", "apply"] as const).flatMap((name): Contest[] => [
    {
      name: `${name}, ${SIZES.large} services x ${SERVERS}, 1 % changed, against ${factor} times ` +
        `${SIZES.small} x ${SERVERS}`,
      other: factor * (small[name].ms - start),
      lvsctl: large[name].ms - start,
      atLeast: LINEAR,
    },
    {
      name: `${name}, ${SIZES.large} services x ${SERVERS}, memory under the limit ` +
        `(${SIZES.small} x ${SERVERS}: ${small[name].megabytes.toFixed(0)} MB)`,
      other: MEGABYTES,
      lvsctl: large[name].megabytes,
      unit: "MB",
      atLeast: 1,
    },
  ]);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests)));
}
