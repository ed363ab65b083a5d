import type { Clock } from "../time/mod.ts";
import { printable } from "../model/mod.ts";

/** How much of what a command prints is kept. */
const MAX_OUTPUT_BYTES = 1024;

/** How long what was printed is waited for after the end. */
const OUTPUT_GRACE_MS = 20;

/** Where programs are looked for by what the command starts. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What {@linkcode runCommand} takes beside the command. */
export interface CommandOptions {
  /** Its environment, beside a PATH and a language. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kills it and all that it has started. */
  readonly signal: AbortSignal;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** What became of a command. */
export type CommandEnd =
  | {
    /** It ran to its end, or was killed. */
    readonly kind: "ended";
    /** Its exit status, or the signal that killed it. */
    readonly status: Deno.CommandStatus;
    /** The first line that it printed, on stdout or else on stderr, fit for a log; "" if there is none. */
    readonly said: string;
    /** The beginning of what it printed on stdout, as it is. */
    readonly stdout: string;
  }
  | {
    /** It could not be started. */
    readonly kind: "not started";
    /** Why not, for people: "cannot run /no/such: ...". */
    readonly reason: string;
  };

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

/** Runs a command without a shell, in a process group and with an environment of its own, and waits for its end. */
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
    killGroup(child.pid);
    // What has left the group and lives on may hold the pipes open for ever.
    using _grace = clock.setTimer(() => over.abort(), OUTPUT_GRACE_MS);
    const [stdout = "", stderr = ""] = await outputs;
    const output = stdout.trim() === "" ? stderr : stdout;
    return { kind: "ended", status, said: printable(output.trim().split("\n")[0] ?? ""), stdout };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** How a command ended, for people, with the first line of what it printed. */
export function describeEnd({ status, said }: Extract<CommandEnd, { readonly kind: "ended" }>): string {
  const end = status.signal === null ? `exit status ${status.code}` : `killed by ${status.signal}`;
  return said === "" ? end : `${end}: ${said}`;
}
