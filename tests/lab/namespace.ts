/**
 * Network namespaces inside the lab's guest, and the commands that run in them.
 *
 * @module
 */
import { type BackgroundOptions, BackgroundProcess } from "./background_process.ts";

/** What a command may be given. */
export interface CommandOptions {
  /** Its standard input; by default empty. */
  readonly stdin?: string;
  /** Environment variables, added to this process's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a command ended. */
export interface CommandResult {
  /** Its exit code. */
  readonly code: number;
  /** All that it wrote to standard output. */
  readonly stdout: string;
  /** All that it wrote to standard error. */
  readonly stderr: string;
}

/** What {@linkcode Namespaces} starts. */
export type StartOptions = BackgroundOptions;

/**
 * Runs a command and waits for it.
 *
 * @param argv the program and its arguments
 * @param options its input and environment
 * @returns how it ended
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.env === undefined ? {} : { env: options.env }),
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    // A program may end without reading all of it; how it ended tells more than the broken pipe.
    options.stdin === undefined ? undefined : new Blob([options.stdin]).stream().pipeTo(child.stdin).catch(() => {}),
  ]);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Runs a command in a network namespace and waits for it.
 *
 * @param namespace where
 * @param argv the program and its arguments
 * @param options its input and environment
 * @returns how it ended
 */
export function inNamespace(
  namespace: string,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return run(["ip", "netns", "exec", namespace, ...argv], options);
}

/**
 * Runs many `ip` commands in one process.
 *
 * @param lines the commands, without `ip`
 * @param namespace where; by default the guest's first
 * @throws {Error} if one of them fails
 */
export async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-n", namespace];
  await mustRun(["ip", ...where, "-batch", "-"], { stdin: lines.join("\n") });
}

/**
 * Runs a command that is part of a set-up.
 *
 * @param argv the program and its arguments
 * @param options its input and environment
 * @returns what it wrote to standard output
 * @throws {Error} if it fails
 */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  throw new Error(`'${argv.join(" ")}' ended with ${code}: ${stderr.trim()}\n${options.stdin ?? ""}`);
}

/** Network namespaces that are there for as long as this is, and what was started in them. */
export class Namespaces implements AsyncDisposable {
  readonly #names: readonly string[];
  readonly #processes: BackgroundProcess[] = [];

  private constructor(names: readonly string[]) {
    this.#names = names;
  }

  /**
   * Makes new namespaces. In a guest only: on a developer's machine the names may be somebody's.
   *
   * @param names theirs
   * @param lines further `ip` commands for the same process, such as links between them
   * @returns what deletes them
   */
  static async create(names: readonly string[], lines: readonly string[] = []): Promise<Namespaces> {
    if (Deno.hostname() !== "guest") throw new Error("this needs a guest: deno task lab");
    const namespaces = new Namespaces(names);
    try {
      await ip([...names.map((name) => `netns add ${name}`), ...lines]);
      // A new namespace's loopback device is down.
      for (const name of names) await ip(["link set lo up"], name);
    } catch (error) {
      await namespaces[Symbol.asyncDispose]();
      throw error;
    }
    return namespaces;
  }

  /**
   * Starts a program that is killed, at the latest, when the namespaces go.
   *
   * @param namespace where
   * @param argv the program and its arguments
   * @param options its environment
   * @returns the running program
   */
  start(namespace: string, argv: readonly string[], options: StartOptions = {}): BackgroundProcess {
    // ip becomes the program: its process is the program's.
    const process = BackgroundProcess.start(["ip", "netns", "exec", namespace, ...argv], options);
    this.#processes.push(process);
    return process;
  }

  /** Kills what was started, and deletes the namespaces. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
    // -force: goes on after a failure. One that was never made cannot be deleted.
    await run(["ip", "-force", "-batch", "-"], { stdin: this.#names.map((name) => `netns delete ${name}`).join("\n") });
  }
}
