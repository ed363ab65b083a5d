/**
 * The short form of `deno task soak`.
 *
 * @module
 */
import { soak } from "../../soak/soak.ts";

Deno.test("run keeps flapping servers right under reloads, kills, full disks and jumps of the clock", async () => {
  const onReport = (line: string): number => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  // In so short a time the memory is still growing to its usual size.
  const short = { durationMs: 75_000, steadyPart: 0.5, rssFactor: 1.5 };
  await soak({ servers: 200, intervalMs: 4000, ...short, seed: 1, onReport });
});
