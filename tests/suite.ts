/**
 * The ways a suite of the test runner does its work: a program that must succeed, a run of `deno test`, or the lab.
 *
 * @module
 */
import { failureExcerpt, type Outcome, outcomeOf } from "./report.ts";

/** A part of a test run. It does not throw for a failure: that is counted, and the others go on. */
export type Suite = () => Promise<readonly Outcome[]>;

/** The repository. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** The compiled program. */
export const PROGRAM = `${ROOT}/dist/lvsctl`;

/** Where the compiled program unpacks itself. In a guest it cannot be written, so it is filled beforehand. */
export const PROGRAM_CACHE = `${ROOT}/dist/cache/bin`;

/** What every test is told about the program. */
export const PROGRAM_ENVIRONMENT: Readonly<Record<string, string>> = {
  LVSCTL_BIN: PROGRAM,
  LVSCTL_CACHE_DIR: PROGRAM_CACHE,
};

/** What a program wrote, in one piece, and how it ended. */
export interface Run {
  /** Its exit code. */
  readonly code: number;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/**
 * Runs a program of the repository and prints what it wrote when it is done, so that others may run beside it.
 *
 * @param title printed above
 * @param work what runs it
 * @returns how it ended, and how long it took
 */
export async function printed(title: string, work: () => Promise<Run>): Promise<Run & { seconds: number }> {
  const begin = performance.now();
  const run = await work().catch((error) => ({ code: 1, stdout: "", stderr: `${error}\n` }));
  print(`\n== ${title}\n${run.stdout}${run.stderr}`);
  return { ...run, seconds: (performance.now() - begin) / 1000 };
}

/**
 * Writes to standard output.
 *
 * @param text all of it, whatever the pipe takes at a time
 */
export function print(text: string): void {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

/**
 * Runs a program from the repository's root and keeps what it writes.
 *
 * @param argv the program and its arguments
 * @returns how it ended
 */
export async function run(argv: readonly string[]): Promise<Run> {
  const [program = "", ...args] = argv;
  const env = { ...PROGRAM_ENVIRONMENT, ...(Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" }) };
  const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd: ROOT, env, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * A step that counts as one: it passes if all of its commands succeed.
 *
 * @param name of the suite
 * @param commands run in turn, up to the first that fails
 * @returns the suite
 */
export function step(name: string, ...commands: readonly (readonly string[])[]): Suite {
  return async () => {
    const { code, stdout, stderr, seconds } = await printed(name, async () => {
      const all = { code: 0, stdout: "", stderr: "" };
      for (const argv of commands) {
        const { code, stdout, stderr } = await run(argv);
        all.code = code;
        all.stdout += stdout;
        all.stderr += stderr;
        if (code !== 0) break;
      }
      return all;
    });
    if (code === 0) return [{ name, passed: 1, failed: 0, seconds }];
    return [{ name, passed: 0, failed: 1, seconds, failure: failureExcerpt(stdout + stderr) }];
  };
}

/**
 * A run of `deno test` on this machine.
 *
 * @param name of the suite
 * @param path of the directory of the test files
 * @param options `parallel`: the files run side by side, one on each CPU, in one process
 * @returns the suite
 */
export function tests(name: string, path: string, options: { readonly parallel?: boolean } = {}): Suite {
  const flags = options.parallel === true ? ["--parallel"] : [];
  return counted(name, denoTest(...flags, path));
}

/**
 * A program whose output ends with counts, as that of `deno test` does.
 *
 * @param name of the suite
 * @param argv the program and its arguments
 * @returns the suite
 */
export function counted(name: string, argv: readonly string[]): Suite {
  return async () => {
    return [outcomeOf(name, await printed(name, () => run(argv)))];
  };
}

/**
 * The command line for tests. Types are the check step's.
 *
 * @param rest more options, and paths of test files or their directories
 * @returns the program and its arguments
 */
export function denoTest(...rest: readonly string[]): readonly string[] {
  return [Deno.execPath(), "test", "--allow-all", "--no-check", ...rest];
}
