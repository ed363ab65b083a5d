/**
 * A small program in a real executable (launcher and Deno), and ways to start it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { COMMAND_ENGINE } from "../../packaging/runtime_flags.ts";
import { type BundleRow, BUNDLES } from "../../packaging/bundles.ts";
import { buildWithLauncher } from "../../packaging/executable.ts";

/** Tells how it was started; `exit N` ends with that status; `wait` takes signals until standard input ends. */
const PROGRAM = `
const [command, value] = Deno.args;
const print = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\\n"));
if (command === "exit") Deno.exit(Number(value));
else if (command === "wait") {
  Deno.addSignalListener("SIGTERM", () => { print("caught"); Deno.exit(7); });
  print(String(Deno.pid));
  for await (const _ of Deno.stdin.readable);
} else {
  const status = Deno.readTextFileSync("/proc/self/status");
  print(JSON.stringify({
    args: Deno.args,
    runtime: Deno.execPath(),
    module: decodeURIComponent(new URL(Deno.mainModule).pathname),
    name: Deno.readTextFileSync("/proc/self/comm").trim(),
    commandLine: Deno.readTextFileSync("/proc/self/cmdline").split("\\0").slice(0, -1),
    environment: Deno.env.toObject(),
    mask: /^Umask:\\s*(\\d+)/m.exec(status)[1],
    signals: Object.fromEntries([...status.matchAll(/^Sig(Blk|Ign):\\s*([\\da-f]+)/gm)].map(([, set, bits]) => [set, bits])),
    bundle: Deno.readTextFileSync(Deno.env.get("LVSCTL_BUNDLE") ?? new URL(Deno.mainModule)).split("// ").at(-1),
    globals: ["intruder"].filter((name) => name in globalThis),
  }));
}
`;

/** What the program tells about its start. */
export interface Report {
  /** Its arguments. */
  args: string[];
  /** Where the runtime lies: in a cache directory, or in memory. */
  runtime: string;
  /** The module that Deno was given: the bundle, or boot.js, which starts it. */
  module: string;
  /** The name of the process. */
  name: string;
  /** Its whole command line, from the name of the program on. */
  commandLine: string[];
  /** Its environment. */
  environment: Record<string, string>;
  /** Its file mode mask, in octal. */
  mask: string;
  /** The blocked and the ignored signals, in hexadecimal: bit 0 is signal 1. */
  signals: { Blk: string; Ign: string };
  /** The name of the bundle that runs. */
  bundle: string;
  /** Globals that a hostile file would have set. */
  globals: string[];
}

/** How a start ended. */
export interface Outcome {
  /** Its exit status. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  /** What it printed. */
  stdout: string;
  /** What it complained about. */
  stderr: string;
}

/** Settings of {@linkcode run}. */
export interface RunOptions {
  /**
   * The whole environment, apart from PATH.
   *
   * @default {{}}
   */
  env?: Record<string, string>;
  /**
   * The working directory.
   *
   * @default {undefined}
   */
  cwd?: string;
}

/** Runs a program to its end. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = "", ...args] = command;
  const { code, signal, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  }).output();
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a program that ends in the test program and returns what that tells; it must not complain about anything. */
export async function report(command: readonly string[], options: RunOptions = {}): Promise<Report> {
  const { report, complaint } = await reportWithComplaint(command, options);
  assert.equal(complaint, "");
  return report;
}

/** As {@linkcode report}, and what was complained about. */
export async function reportWithComplaint(
  command: readonly string[],
  options: RunOptions = {},
): Promise<{ report: Report; complaint: string }> {
  const outcome = await run(command, options);
  assert.equal(outcome.code, 0, outcome.stderr);
  return { report: JSON.parse(outcome.stdout) as Report, complaint: outcome.stderr };
}

/** A bundle that is only in the tests' executable: what the table of bundles allows and no row of it uses. */
const EXTRA_BUNDLE: BundleRow = {
  name: "extra",
  programNames: ["extra-program"],
  firstArguments: ["extra-command"],
  onlyArguments: ["--extra"],
  leaveOut: [],
  apart: [],
  atMost: 1,
  engine: COMMAND_ENGINE,
  keepsCode: false,
  endsAtOnce: false,
  allocator: {},
  flags: ["--no-such-flag"],
};

/** The bundles of the tests' executable. */
export const TEST_BUNDLES: readonly BundleRow[] = [...BUNDLES, EXTRA_BUNDLE];

/** How many files those are: a bundle in pieces has one more. */
export const TEST_FILES = TEST_BUNDLES.length + TEST_BUNDLES.filter(({ apart }) => apart.length > 0).length;

/** A directory with the executable, and room for what a test makes. */
export class Workshop implements AsyncDisposable {
  /** The directory; everybody may look into it. */
  readonly directory: string;
  /** The executable. */
  readonly executable: string;
  #made = 0;

  private constructor(directory: string) {
    this.directory = directory;
    this.executable = `${directory}/lvsctl`;
  }

  /** Builds the executable. */
  static async open(): Promise<Workshop> {
    const directory = await Deno.makeTempDir({ prefix: "lvsctl-test-" });
    await Deno.chmod(directory, 0o755);
    const workshop = new Workshop(directory);
    // Of different lengths, so that one taken for another one shows.
    const bundles = TEST_BUNDLES.map((row) => ({
      row,
      source: `${PROGRAM}// ${row.name}`,
      pieces: row.apart.length > 0 ? [{ name: `${row.name}-piece`, source: `// ${row.name}` }] : [],
    }));
    await buildWithLauncher(bundles, workshop.executable);
    return workshop;
  }

  /** Makes an empty directory. */
  async makeDirectory(mode = 0o755): Promise<string> {
    const path = this.newPath();
    await Deno.mkdir(path);
    await Deno.chmod(path, mode);
    return path;
  }

  /** Returns a path at which there is nothing yet. */
  newPath(): string {
    return `${this.directory}/${++this.#made}`;
  }

  /** Makes a cache directory as a first start does, and returns it. */
  async makeCache(): Promise<string> {
    const base = this.newPath();
    await report([this.executable], { env: { LVSCTL_CACHE_DIR: base } });
    return base;
  }

  /** Removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Returns the only entry of a directory, with its path. */
export async function onlyEntry(directory: string): Promise<string> {
  const names = await entries(directory);
  assert.equal(names.length, 1, `${directory}: ${names.join(" ")}`);
  return `${directory}/${names[0]}`;
}

/** Returns the sorted names in a directory. */
export async function entries(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
}

/** Returns type and mode of a file, as `stat` prints them: "40755" for a directory. */
export async function modeOf(path: string): Promise<string> {
  return ((await Deno.lstat(path)).mode ?? 0).toString(8);
}
