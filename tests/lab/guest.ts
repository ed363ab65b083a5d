/**
 * The lab's guest for TypeScript: {@linkcode runInGuest} runs a command on a real kernel with IPVS.
 *
 * @module
 */

/** What a command in a guest may be given. */
export interface GuestOptions {
  /** Directories of the host that are writable in the guest, under the same path. The rest is read-only. */
  readonly writable?: readonly string[];
  /** Directories of the host that are seen even where the guest has a directory of its own, such as below /tmp. */
  readonly visible?: readonly string[];
  /** Environment variables. A guest inherits none; `DENO_DIR` is set, to a directory of its own. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The guest's memory, which it takes from the host only as it uses it.
   *
   * @default {"1G"}
   */
  readonly memory?: string;
  /**
   * Then the guest is killed, and the code is 124.
   *
   * @default {300}
   */
  readonly timeLimitSeconds?: number;
  /** The directory to run in; by default the current one. */
  readonly cwd?: string;
  /** The command's standard input; by default empty. */
  readonly stdin?: string;
  /**
   * Whether the guest's kernel has IPVS: `loadable` when something asks for it, `missing` and not to be had.
   *
   * @default {"loaded"}
   */
  readonly ipvs?: "loaded" | "loadable" | "missing";
  /** Passes the output on as it comes, besides returning it. */
  readonly stream?: boolean;
}

/** How a command ended. */
export interface GuestResult {
  /** The command's exit code, or 124: time limit, 125: the guest died or could not be started. */
  readonly code: number;
  /** All that it wrote to standard output. */
  readonly stdout: string;
  /** All that it wrote to standard error, and after a 124 or 125 the guest runner's reason. */
  readonly stderr: string;
}

const HERE = import.meta.dirname ?? ".";

/**
 * Runs a command as root in a guest of its own. It costs about 0.6 s more than the command; a guest has one CPU.
 * The guest sees the host's files, read-only, and cannot reach its network. Nothing of it stays behind, even when
 * this process is killed.
 *
 * @param command the program and its arguments
 * @param options what it may use
 * @returns how it ended; it throws only if the runner cannot be started
 */
export async function runInGuest(command: readonly string[], options: GuestOptions = {}): Promise<GuestResult> {
  const child = new Deno.Command("setpriv", {
    args: ["--pdeathsig", "KILL", `${HERE}/guest`, ...guestArguments(options), "--", ...command],
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    collect(child.stdout, options.stream ? Deno.stdout : undefined),
    collect(child.stderr, options.stream ? Deno.stderr : undefined),
    // A runner that refuses to start does not read it; its code tells more than the broken pipe.
    options.stdin === undefined ? undefined : new Blob([options.stdin]).stream().pipeTo(child.stdin).catch(() => {}),
  ]);
  return { code, stdout, stderr };
}

function guestArguments(options: GuestOptions): readonly string[] {
  const { writable = [], memory, timeLimitSeconds, stdin, ipvs } = options;
  const env = { DENO_DIR: "/tmp/deno", DENO_NO_UPDATE_CHECK: "1", ...options.env };
  // Deno itself and this repository, wherever they are: a guest has a /tmp of its own.
  const visible = [Deno.execPath().replace(/\/[^/]*$/, ""), `${HERE}/../..`, ...options.visible ?? []];
  return [
    ...writable.flatMap((directory) => ["--writable", directory]),
    ...visible.flatMap((directory) => ["--visible", directory]),
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...(memory === undefined ? [] : ["--memory", memory]),
    ...(timeLimitSeconds === undefined ? [] : ["--time-limit", String(timeLimitSeconds)]),
    ...(ipvs === undefined ? [] : ["--ipvs", ipvs]),
    ...(stdin === undefined ? [] : ["--stdin"]),
  ];
}

async function collect(
  output: ReadableStream<Uint8Array>,
  copy?: { writeSync(bytes: Uint8Array): number },
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of output) {
    for (let rest = bytes; copy !== undefined && rest.length > 0;) rest = rest.subarray(copy.writeSync(rest));
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
