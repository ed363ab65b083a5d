/**
 * The program for arm64, compiled on another machine: Deno's runtime comes from npm, the C compiler from Debian.
 *
 * @module
 */

/** The npm package of Deno's runtime for arm64. */
const RUNTIME = "@deno/linux-arm64-glibc";

const COMPILER = "aarch64-linux-gnu-gcc";

/**
 * Compiles the program for arm64. A runtime of this version that an earlier call has fetched is used again.
 *
 * @param options.directory For runtime and program.
 * @returns The path of the program.
 * @throws {Error} If npm cannot fetch the runtime, or the compiler is missing.
 */
export async function crossCompile({ directory }: { readonly directory: string }): Promise<string> {
  const output = `${directory}/lvsctl`;
  await run([
    Deno.execPath(),
    "run",
    "--allow-all",
    "--no-check",
    decodeURIComponent(new URL("../compile.ts", import.meta.url).pathname),
    "--kind=launcher",
    `--runtime=${await runtime(directory)}`,
    `--compiler=${COMPILER}`,
    `--output=${output}`,
  ], "install the packages gcc-aarch64-linux-gnu and libc6-dev-arm64-cross");
  return output;
}

/** Fetches the runtime by npm, which verifies it by the checksum of the registry. */
async function runtime(directory: string): Promise<string> {
  const { deno } = Deno.version;
  const path = `${directory}/deno-${deno}`;
  if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  await Deno.mkdir(directory, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: directory, prefix: ".runtime-" });
  try {
    await run(
      ["npm", "pack", "--silent", `--pack-destination=${temporary}`, `${RUNTIME}@${deno}`],
      "npm fetches the runtime, and needs the network",
    );
    const archive = `${temporary}/${RUNTIME.replace("@", "").replace("/", "-")}-${deno}.tgz`;
    await run(["tar", "--extract", "--file", archive, "--directory", temporary], "the archive of npm is damaged");
    await Deno.rename(`${temporary}/package/deno`, path);
    return path;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function run([program = "", ...args]: readonly string[], advice: string): Promise<void> {
  const reason = await failure(program, args);
  if (reason !== undefined) throw new Error(`Cannot compile for arm64: ${reason}; ${advice}`);
}

/** Why a program did not succeed, in one line. */
async function failure(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
    if (success) return undefined;
    return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || `${program} failed`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${program} is not installed`;
    throw error;
  }
}
