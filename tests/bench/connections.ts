/**
 * In the guest: a connection table with 100,000 entries. Listing them by lvsctl and by its drop-in against `cat` of the
 * kernel's list, and counting them from the counters of the servers. Prints {@linkcode Contest}s as JSON.
 *
 * @module
 */
import { createConnections, DIRECTOR } from "../lab/many_connections.ts";
import { mustRun } from "../lab/namespace.ts";
import { type Contest, type Cost, costOf, median } from "./measure.ts";

const CONNECTIONS = 100_000;

/** Each list is read so often; the kernel walks its table anew for each part of the list, which takes seconds. */
const RUNS = 3;

const LIMITS = { list: 1 / 1.1, megabytes: 50, countMs: 1000 } as const;

/** The entries of the table, from the counters of the servers. */
async function counted(): Promise<number> {
  return Number(await mustRun(["ip", "netns", "exec", DIRECTOR, "lvsctl", "connections", "--count"]));
}

/** Commands by turns; the median time of each, and the most memory. */
function measure<Name extends string>(
  commands: Readonly<Record<Name, readonly string[]>>,
): (name: Name) => Pick<Cost, "ms" | "megabytes"> {
  const costs = new Map<string, Cost[]>();
  for (let run = 0; run < RUNS; run++) {
    for (const [name, argv] of Object.entries<readonly string[]>(commands)) {
      costs.set(name, [...costs.get(name) ?? [], costOf(argv, { namespace: DIRECTOR })]);
    }
  }
  return (name) => {
    const all = costs.get(name) ?? [];
    return { ms: median(all.map(({ ms }) => ms)), megabytes: Math.max(...all.map(({ megabytes }) => megabytes)) };
  };
}

function contests(): Contest[] {
  const costs = measure({
    cat: ["cat", "/proc/net/ip_vs_conn"],
    list: ["lvsctl", "connections"],
    dropIn: ["lvsctl", "ipvsadm", "-Lnc"],
    count: ["lvsctl", "connections", "--count"],
    group: ["lvsctl", "connections", "--group-by", "server"],
  });
  const cat = costs("cat").ms;
  const lists = ([["lvsctl connections", "list"], ["ipvsadm -Lnc", "dropIn"]] as const).flatMap(
    ([command, name]): Contest[] => {
      const { ms, megabytes } = costs(name);
      const what = `${command}, ${CONNECTIONS} connections`;
      return [
        { name: `${what}, against cat of the kernel's list`, other: cat, lvsctl: ms, atLeast: LIMITS.list },
        { name: `${what}, memory under the limit`, other: LIMITS.megabytes, lvsctl: megabytes, unit: "MB", atLeast: 1 },
      ];
    },
  );
  const counts = ([["--count", "count"], ["--group-by server", "group"]] as const).map(([option, name]): Contest => ({
    name: `lvsctl connections ${option}, ${CONNECTIONS} connections, under the limit`,
    other: LIMITS.countMs,
    lvsctl: costs(name).ms,
    atLeast: 1,
  }));
  return [...lists, ...counts];
}

if (import.meta.main) {
  await using _namespaces = await createConnections(CONNECTIONS);
  const found = await counted();
  if (found < 0.99 * CONNECTIONS) throw new Error(`${found} of ${CONNECTIONS} connections are in the table`);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests())));
}
