/**
 * The two ways to build one executable from a bundle.
 *
 * @module
 */
import type { BundleInPieces } from "./bundle.ts";
import { type BundleRow, BUNDLES } from "./bundles.ts";
import { COMPILE_FLAGS, RUN_FLAGS } from "./runtime_flags.ts";
import { encodeFooter, payloadParts } from "./payload.ts";

/** The way in which an executable was built. */
export type ExecutableKind = "launcher" | "deno-compile";

/** A bundle for an executable of the launcher. */
export interface BuiltBundle extends BundleInPieces {
  /** Its row in bundles.ts. */
  row: BundleRow;
}

/** The parts of an executable for another architecture. */
export interface LauncherOptions {
  /**
   * The deno executable.
   *
   * @default {Deno.execPath()}
   */
  runtime?: string | undefined;

  /**
   * The C compiler.
   *
   * @default {"cc"}
   */
  compiler?: string | undefined;
}

/**
 * Writes the executable `output` from the launcher, a deno executable, and `bundles`: one for each row of
 * bundles.ts, in that order. The same input gives the same bytes.
 *
 * @throws {Error} If the launcher cannot be compiled; the message names the packages to install.
 */
export async function buildWithLauncher(
  bundles: readonly BuiltBundle[],
  output: string,
  options: LauncherOptions = {},
): Promise<void> {
  const { runtime: runtimePath = Deno.execPath(), compiler } = options;
  await replaceFile(output, async (temporary) => {
    const runtime = await Deno.readFile(runtimePath);
    if (!hasElfMagic(runtime)) {
      throw new Error(`Cannot use ${runtimePath} as the runtime: it is not an executable`);
    }
    const pieces = bundles.flatMap((bundle) => bundle.pieces);
    const [launcher, boot] = await Promise.all([
      compileLauncher(bundles.map(({ row }) => row), { compiler, pieces: pieces.map(({ name }) => name) }),
      Deno.readFile(packagingFile("boot.js")),
    ]);
    const encoder = new TextEncoder();
    const files = [...bundles.map(({ row, source }) => ({ name: row.name, source })), ...pieces];
    const payload = {
      launcher,
      runtime,
      boot,
      bundles: files.map(({ name, source }) => ({ name, bytes: encoder.encode(source) })),
    };
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o755 });
    for (const part of [launcher, ...payloadParts(payload), await encodeFooter(payload)]) {
      for (let written = 0; written < part.length;) written += await file.write(part.subarray(written));
    }
  });
}

/** Settings of {@linkcode buildWithDenoCompile}. */
export interface DenoCompileOptions {
  /**
   * Ends the attempt.
   *
   * @default {undefined}
   */
  signal?: AbortSignal | undefined;
}

/**
 * Writes the executable `output` with `deno compile`, which downloads Deno's runtime stub if this machine has none.
 *
 * @throws {Error} If `deno compile` fails, or the signal ends it.
 */
export async function buildWithDenoCompile(
  bundle: string,
  output: string,
  options: DenoCompileOptions = {},
): Promise<void> {
  const { signal } = options;
  await replaceFile(output, async (temporary, directory) => {
    const source = `${directory}/lvsctl.js`;
    await Deno.writeTextFile(source, bundle);
    const result = await run(Deno.execPath(), [...COMPILE_FLAGS, "--output", temporary, source], signal);
    if (signal?.aborted) throw new Error(`"deno compile" did not end in time`);
    if (!result.success) throw new Error(`"deno compile" failed: ${lastReason(result.stderr)}`);
  });
}

/**
 * Compiles packaging/launcher.c for these bundles, and for pieces of these names. It is linked statically, so it needs no library on the target and
 * starts in a fraction of a millisecond.
 */
export async function compileLauncher(
  rows: readonly BundleRow[] = BUNDLES,
  { compiler = "cc", pieces = [] }: Pick<LauncherOptions, "compiler"> & { pieces?: readonly string[] } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-" });
  try {
    const output = `${directory}/launcher`;
    const result = await run(compiler, [
      ...["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"],
      ...["-D_FORTIFY_SOURCE=2", "-fstack-protector-strong"],
      ...["-static", "-s", "-Wl,--build-id=none"],
      `-DLVSCTL_RUNTIME_FLAGS=${literals(RUN_FLAGS)}`,
      `-DLVSCTL_BUNDLES=${rows.map(initializer).join(",")}`,
      `-DLVSCTL_PIECES=${[...pieces.map((name) => literal(`${name}.js`)), "NULL"].join(",")}`,
      ...["-o", output, packagingFile("launcher.c")],
    ]);
    if (!result.success) throw new Error(`Cannot compile packaging/launcher.c: ${compilerReason(result.stderr)}`);
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A row as an initializer of `struct bundle` in launcher.c. */
function initializer(
  { name, programNames, firstArguments, onlyArguments, engine, keepsCode, endsAtOnce, allocator, flags, apart }:
    BundleRow,
): string {
  const words = (texts: readonly string[]): string => `WORDS(${[...texts.map(literal), "NULL"].join(",")})`;
  return `{${
    [
      literal(`${name}.js`),
      ...[programNames, firstArguments, onlyArguments, flags].map(words),
      literal(engine),
      String(keepsCode),
      String(endsAtOnce),
      words(Object.entries(allocator).map((setting) => setting.join("="))),
      String(apart.length > 0),
    ].join(",")
  }}`;
}

function literals(texts: readonly string[]): string {
  return texts.map(literal).join(",");
}

function literal(text: string): string {
  return JSON.stringify(text);
}

function packagingFile(name: string): string {
  return decodeURIComponent(new URL(name, import.meta.url).pathname);
}

function compilerReason(messages: string): string {
  if (messages.includes("cannot find -lc")) return "the static libc is missing: install the package libc6-dev";
  return messages.split("\n").find((line) => line.includes("error")) ?? lastReason(messages);
}

/** The message of a failed tool in one line, without its stack. */
function lastReason(messages: string): string {
  const lines = messages.split("\n").map((line) => line.trim());
  const end = lines.indexOf("Stack backtrace:");
  return lines.slice(0, end < 0 ? undefined : end).filter((line) => line !== "").at(-1) ?? "no reason given";
}

interface Result {
  success: boolean;
  stdout: string;
  stderr: string;
}

async function run(program: string, args: readonly string[], signal?: AbortSignal): Promise<Result> {
  try {
    // Without colours, because errors contain a line of the output.
    const env = { NO_COLOR: "1" };
    const command = new Deno.Command(program, { args: [...args], env, stdin: "null", ...(signal && { signal }) });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const packages = program === "cc" ? "install the packages gcc and libc6-dev" : "it is not installed";
    throw new Error(`Cannot run ${program}: ${packages}`, { cause: error });
  }
}

/** Calls `write` to create a file in a temporary directory, and moves the complete file to `output`. */
async function replaceFile(
  output: string,
  write: (temporary: string, directory: string) => Promise<void>,
): Promise<void> {
  const parent = output.includes("/") ? output.slice(0, output.lastIndexOf("/") + 1) : "./";
  await Deno.mkdir(parent, { recursive: true });
  // Next to the output, because a file can be renamed only within its file system.
  const directory = await Deno.makeTempDir({ dir: parent, prefix: ".compile-" });
  try {
    const temporary = `${directory}/executable`;
    await write(temporary, directory);
    await Deno.chmod(temporary, 0o755); // independent of the umask
    await Deno.rename(temporary, output);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function hasElfMagic(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 4)) === "\x7fELF";
}
