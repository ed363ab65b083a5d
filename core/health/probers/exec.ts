import type { CheckPath, ExecCheck } from "../../model/mod.ts";
import { printable } from "../printable.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";
import { environmentOf, fillIn } from "./placeholders.ts";

/** How much of what a command prints is kept, for the reason. */
const MAX_OUTPUT_BYTES = 1024;

/** How long what was printed is waited for after the end. */
const OUTPUT_GRACE_MS = 20;

/** The exit status that stands for the weight 0. */
const WEIGHT_OFFSET = 2;

/** Where programs are looked for by what the command starts. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Reads to the end, or until it is said to be over, and keeps the beginning: nobody is to write into a full pipe. */
async function readStart(output: ReadableStream<Uint8Array>, over: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  const reader = output.getReader();
  const stop = (): void => void reader.cancel().catch(() => {});
  over.addEventListener("abort", stop, { once: true });
  let text = "";
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (text.length < MAX_OUTPUT_BYTES) text += decoder.decode(piece.value.subarray(0, MAX_OUTPUT_BYTES));
    }
  } finally {
    over.removeEventListener("abort", stop);
  }
  return text.slice(0, MAX_OUTPUT_BYTES);
}

function judge(
  status: Deno.CommandStatus,
  { check, output }: { readonly check: ExecCheck; readonly output: string },
): ProbeOutcome {
  const said = printable(output.trim().split("\n")[0] ?? "");
  const suffix = said === "" ? "" : `: ${said}`;
  if (status.signal !== null) return { ok: false, reason: `killed by ${status.signal}${suffix}` };
  const { code } = status;
  if (code === 0) return { ok: true, detail: `exit status 0${suffix}` };
  if (check.exitStatus === "health" || code === 1) return { ok: false, reason: `exit status ${code}${suffix}` };
  const weight = code - WEIGHT_OFFSET;
  return { ok: true, detail: `weight ${weight}${suffix}`, weight };
}

function start(check: ExecCheck & CheckPath, target: ProbeTarget): Deno.ChildProcess {
  const [program = "", ...args] = check.command.map((word) => fillIn(word, { target, check }));
  return new Deno.Command(program, {
    args,
    clearEnv: true,
    env: {
      PATH,
      LANG: "C.UTF-8",
      ...environmentOf({ target, check }),
      ...Object.fromEntries(check.environment),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    cwd: "/",
    // A process group of its own, so that it can be killed with all that it has started.
    detached: true,
  }).spawn();
}

/** Kills a command and all of its process group. */
function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The `exec` prober: a command's exit status. */
export const probeExec = async (
  target: ProbeTarget,
  check: ExecCheck & CheckPath,
  { signal, clock }: ProberOptions,
): Promise<ProbeOutcome> => {
  let child: Deno.ChildProcess;
  try {
    child = start(check, target);
  } catch (error) {
    const text = error instanceof Error ? error.message.replace(/ \(os error \d+\).*$/s, "") : String(error);
    return { ok: false, reason: `cannot run ${check.command[0]}: ${printable(text)}`, inconclusive: true };
  }
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const over = new AbortController();
  try {
    const outputs = Promise.all([child.stdout, child.stderr].map((output) => readStart(output, over.signal)));
    const status = await child.status;
    killGroup(child.pid);
    // What has left the group and lives on may hold the pipes open for ever.
    using _grace = clock.setTimer(() => over.abort(), OUTPUT_GRACE_MS);
    const [stdout = "", stderr = ""] = await outputs;
    if (signal.aborted) return { ok: "aborted", awaited: "end of the command" };
    return judge(status, { check, output: stdout.trim() === "" ? stderr : stdout });
  } finally {
    signal.removeEventListener("abort", kill);
  }
};
