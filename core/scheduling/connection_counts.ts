import type { CountedServer } from "../model/mod.ts";
import { availabilityOf, candidatesAmong } from "./availability.ts";
import type { Choice } from "./choice.ts";

/** Chooses among servers that are available, in the order of the kernel. */
export type CountingRule = (servers: readonly CountedServer[]) => CountedServer | undefined;

/** Active connections count as 256 inactive ones. */
function overhead({ activeConnections, inactiveConnections }: CountedServer): bigint {
  return (BigInt(activeConnections) << 8n) + BigInt(inactiveConnections);
}

/** Active connections, with the new one. */
function expectedConnections({ activeConnections }: CountedServer): bigint {
  return BigInt(activeConnections) + 1n;
}

/** The first server with the least load for its weight. */
function leastLoaded(
  servers: readonly CountedServer[],
  loadOf: (server: CountedServer) => bigint,
  weightOf: (server: CountedServer) => number = ({ weight }) => weight,
): CountedServer | undefined {
  const isLess = (a: CountedServer, b: CountedServer): boolean =>
    loadOf(a) * BigInt(weightOf(b)) < loadOf(b) * BigInt(weightOf(a));
  return firstBest(servers, isLess);
}

function firstBest(
  servers: readonly CountedServer[],
  isBetter: (a: CountedServer, b: CountedServer) => boolean,
): CountedServer | undefined {
  let best = servers[0];
  for (const server of servers) if (best !== undefined && isBetter(server, best)) best = server;
  return best;
}

function heaviest(servers: readonly CountedServer[]): CountedServer | undefined {
  return firstBest(servers, (a, b) => a.weight > b.weight);
}

/** The rules of the schedulers that choose by the numbers of connections, or by the weights alone. */
export const COUNTING_RULES: ReadonlyMap<string, CountingRule> = new Map<string, CountingRule>([
  ["lc", (servers) => leastLoaded(servers, overhead, () => 1)],
  ["wlc", (servers) => leastLoaded(servers, overhead)],
  ["sed", (servers) => leastLoaded(servers, expectedConnections)],
  [
    "nq",
    (servers) =>
      servers.find(({ activeConnections }) => activeConnections === 0) ?? leastLoaded(servers, expectedConnections),
  ],
  ["fo", heaviest],
  ["ovf", (servers) => heaviest(servers.filter(({ weight, activeConnections }) => activeConnections <= weight))],
]);

/** The choice of a scheduler that counts connections, with the present numbers. */
export function chooseByCounts(
  servers: readonly CountedServer[],
  { scheduler, rule }: { readonly scheduler: string; readonly rule: CountingRule },
): Choice {
  const candidates = candidatesAmong(servers);
  const certain = candidates.filter((server) => availabilityOf(server) === "available");
  const server = rule(candidates);
  if (server === undefined) return { kind: "none", reason: `${scheduler} finds no server that accepts connections` };
  if (rule(certain) !== server) {
    return { kind: "undetermined", candidates, reason: `${scheduler} may find a server still full` };
  }
  const basis = scheduler === "fo" ? "rule" : "counts";
  return { kind: "server", server, basis, reason: reasonOf(scheduler) };
}

function reasonOf(scheduler: string): string {
  if (scheduler === "fo") return "fo chooses the server with the highest weight";
  return `${scheduler} chooses it with the present numbers of connections`;
}
