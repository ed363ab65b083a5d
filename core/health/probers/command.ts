import type { CheckedService, ExecCheck } from "../../model/mod.ts";
import { printable } from "../printable.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";
import { environmentOf, fillIn } from "./placeholders.ts";

/** What is run: an exec check, or an agent that is a command. */
export type RunnableCheck = Pick<ExecCheck, "command" | "environment"> & CheckedService;

/** How a command ended. */
export interface FinishedCommand {
  /** Its exit status, or the signal that killed it. */
  readonly status: Deno.CommandStatus;
  /** The beginning of what it printed. */
  readonly stdout: string;
  /** The beginning of what it complained. */
  readonly stderr: string;
}

/** How much of what a command prints is kept, for the reason. */
const MAX_OUTPUT_BYTES = 1024;

/** How long what was printed is waited for after the end. */
const OUTPUT_GRACE_MS = 20;

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

function start(target: ProbeTarget, check: RunnableCheck): Deno.ChildProcess {
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

/** How a command ended, for people, with the first line of what it printed. */
export function describeExit({ status, stdout, stderr }: FinishedCommand): string {
  const output = stdout.trim() === "" ? stderr : stdout;
  const said = printable(output.trim().split("\n")[0] ?? "");
  const end = status.signal === null ? `exit status ${status.code}` : `killed by ${status.signal}`;
  return said === "" ? end : `${end}: ${said}`;
}

/**
 * Runs the command of a check until it ends by itself, or is killed with all that it has started.
 *
 * @returns How it ended; or the outcome, where it could not be started or was aborted.
 */
export async function runCommand(
  target: ProbeTarget,
  check: RunnableCheck,
  { signal, clock }: ProberOptions,
): Promise<FinishedCommand | Exclude<ProbeOutcome, { readonly ok: true }>> {
  let child: Deno.ChildProcess;
  try {
    child = start(target, check);
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
    return { status, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
