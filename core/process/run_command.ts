import type { Clock } from "../time/mod.ts";
import { printable } from "../model/mod.ts";

/** Most bytes of a command's output that are kept. */
const MAX_OUTPUT_BYTES = 1024;

/** Time to read the output after the command's end. */
const OUTPUT_GRACE_MS = 20;

/** PATH of the command. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Options of {@linkcode runCommand}. */
export interface CommandOptions {
  /** The command's environment, in addition to PATH and LANG. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kills the command and its process group. */
  readonly signal: AbortSignal;
  /** Source of time. */
  readonly clock: Clock;
}

/** The end of a command. */
export type CommandEnd =
  | {
    /** The command ran to its end, or was killed. */
    readonly kind: "ended";
    /** Exit status, or the signal that killed it. */
    readonly status: Deno.CommandStatus;
    /** First line of stdout, or else of stderr, printable; "" if there is none. */
    readonly firstLine: string;
    /** The beginning of stdout, unchanged. */
    readonly stdout: string;
  }
  | {
    /** The command could not be started. */
    readonly kind: "not started";
    /** The reason as text: "cannot run /no/such: ...". */
    readonly reason: string;
  };

/** Reads to the end or until the signal is aborted, because a full pipe would block the command; keeps the beginning. */
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

function start(
  [program = "", ...args]: readonly string[],
  environment: CommandOptions["environment"],
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH, LANG: "C.UTF-8", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    cwd: "/",
    // Its own process group, so that its children can be killed with it.
    detached: true,
  }).spawn();
}

/** Kills a command and its process group. */
function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // The group has already ended.
  }
}

/**
 * Kills the other processes of a command's group after its end. A process of the command's number is another
 * program's: the kernel gives no number to a process as long as a group has it.
 */
export function killOrphans(pid: number): void {
  if (!isProcess(pid)) killGroup(pid);
}

function isProcess(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command without a shell, with its own process group and environment, and waits for its end. */
export async function runCommand(words: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const { environment, signal, clock } = options;
  let child: Deno.ChildProcess;
  try {
    child = start(words, environment);
  } catch (error) {
    const text = error instanceof Error ? error.message.replace(/ \(os error \d+\).*$/s, "") : String(error);
    return { kind: "not started", reason: `cannot run ${words[0]}: ${printable(text)}` };
  }
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const over = new AbortController();
  try {
    const outputs = Promise.all([child.stdout, child.stderr].map((output) => readStart(output, over.signal)));
    const status = await child.status;
    signal.removeEventListener("abort", kill);
    killOrphans(child.pid);
    // A child that has left the group may keep the pipes open for ever.
    using _grace = clock.setTimer(() => over.abort(), OUTPUT_GRACE_MS);
    const [stdout = "", stderr = ""] = await outputs;
    const output = stdout.trim() === "" ? stderr : stdout;
    return { kind: "ended", status, firstLine: printable(output.trim().split("\n")[0] ?? ""), stdout };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** The end of a command as text, with the first line of its output. */
export function describeEnd({ status, firstLine }: Extract<CommandEnd, { readonly kind: "ended" }>): string {
  const end = status.signal === null ? `exit status ${status.code}` : `killed by ${status.signal}`;
  return firstLine === "" ? end : `${end}: ${firstLine}`;
}
