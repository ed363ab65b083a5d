/**
 * `deno task soak [--minutes N] [--seed N] [--servers N]`: a daemon under faults in the lab's guest, for five minutes or as long as
 * wanted. Ends with 1 if its table is ever wrong, or if memory or descriptors grow.
 *
 * @module
 */
import { runInGuest } from "../lab/guest.ts";
import { PROGRAM_ENVIRONMENT, ROOT } from "../suite.ts";

const DEFAULT_MINUTES = 5;
const DEFAULT_SERVERS = 1000;

/** Time for the start of the guest, and for the end of the run; seconds. */
const MORE_SECONDS = 300;

function option(name: string, fallback: number): number {
  const at = Deno.args.indexOf(name);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
}

if (import.meta.main) {
  const [minutes, seed] = [option("--minutes", DEFAULT_MINUTES), option("--seed", 1)];
  const servers = option("--servers", DEFAULT_SERVERS);
  if (!(minutes > 0) || !Number.isInteger(seed) || !(servers > 0 && servers <= 2000 && servers % 10 === 0)) {
    const usage = "usage: deno task soak [--minutes N] [--seed N] [--servers N]\nN of --servers: tens, at most 2000\n";
    Deno.stderr.writeSync(new TextEncoder().encode(usage));
    Deno.exit(2);
  }
  const script = [`${ROOT}/tests/soak/in_guest.ts`, String(minutes), String(seed), String(servers)];
  const { code, stderr } = await runInGuest(
    [Deno.execPath(), "run", "--allow-all", "--no-check", "--no-lock", ...script],
    { cwd: ROOT, env: PROGRAM_ENVIRONMENT, timeLimitSeconds: minutes * 60 + MORE_SECONDS, stream: true },
  );
  if (code !== 0) {
    const load = `the load of this machine is ${
      Deno.loadavg()[0]?.toFixed(1)
    } on ${navigator.hardwareConcurrency} processors`;
    Deno.stderr.writeSync(new TextEncoder().encode(`${stderr}${load}; the run needs one of them\n`));
  }
  Deno.exit(code);
}
