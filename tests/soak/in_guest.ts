/**
 * In the guest: `deno task soak`. Its arguments are the number of minutes, the seed and the number of servers.
 *
 * @module
 */
import { soak } from "./soak.ts";

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const [minutes, seed, servers] = Deno.args.map(Number);
try {
  await soak({
    servers: servers ?? 1000,
    intervalMs: 10_000,
    durationMs: (minutes ?? 1) * 60_000,
    steadyPart: 2 / 3,
    rssFactor: 1.15,
    seed: seed ?? 1,
    onReport: print,
  });
  print("ok");
} catch (error) {
  print(error instanceof Error ? `${error.stack}` : `${error}`);
  Deno.exit(1);
}
