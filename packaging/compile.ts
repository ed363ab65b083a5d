/**
 * `deno task compile`: builds `dist/lvsctl`, one executable.
 *
 * Uses `deno compile` if Deno's runtime stub is available, and the project's launcher (packaging/launcher.c) if not.
 *
 * @module
 */
import { bundle, type BundleInPieces, bundleInPieces, stopBundler } from "./bundle.ts";
import { type BundleRow, BUNDLES } from "./bundles.ts";
import { buildWithDenoCompile, buildWithLauncher, type ExecutableKind } from "./executable.ts";
import { findRuntimeStub, reachRuntimeStub } from "./runtime_stub.ts";

const DOWNLOAD_SECONDS = 10;

const USAGE = `Usage: deno task compile [--kind=launcher|deno-compile] [--download=SECONDS] [--output=FILE]
                         [--runtime=FILE] [--compiler=PROGRAM] [ENTRY]

  --kind=KIND         build this kind, or fail; by default deno-compile if Deno's runtime stub is available (from
                      DENORT_BIN, Deno's cache, or the network), launcher if not
  --download=SECONDS  time limit for the network (${DOWNLOAD_SECONDS}); 0 disables the download
  --output=FILE       the executable (dist/lvsctl)
  --runtime=FILE      the deno executable of the launcher, such as one for another architecture (this one)
  --compiler=PROGRAM  the C compiler of the launcher, for the same architecture (cc)
  ENTRY               the program (cli/main.ts)
`;

/** An invalid command line. */
class UsageError extends Error {}

interface Settings {
  kind?: ExecutableKind;
  downloadSeconds: number;
  output: string;
  entry: string;
  runtime?: string;
  compiler?: string;
}

/** The kind of executable that was built, and the reason for it. */
interface BuildResult {
  kind: ExecutableKind;
  reason: string;
}

/** The options that choose parts of the launcher. Both need its kind. */
const LAUNCHER_PARTS = { "--runtime": "runtime", "--compiler": "compiler" } as const;

function parseArguments(args: readonly string[]): Settings {
  const settings: Settings = {
    downloadSeconds: DOWNLOAD_SECONDS,
    output: fromRoot("dist/lvsctl"),
    entry: fromRoot("cli/main.ts"),
  };
  let entries = 0;
  for (const arg of args) {
    const [name, value] = split(arg);
    if (name === "--kind" && (value === "launcher" || value === "deno-compile")) settings.kind = value;
    else if (name === "--download" && isSeconds(value)) settings.downloadSeconds = Number(value);
    else if (name === "--output" && value) settings.output = value;
    else if ((name === "--runtime" || name === "--compiler") && value) settings[LAUNCHER_PARTS[name]] = value;
    else if (!arg.startsWith("-") && arg !== "" && entries++ === 0) settings.entry = resolve(arg);
    else throw new UsageError(`unknown argument "${arg}"\n${USAGE}`);
  }
  if ((settings.runtime ?? settings.compiler) !== undefined && settings.kind !== "launcher") {
    throw new UsageError(`--runtime and --compiler need --kind=launcher\n${USAGE}`);
  }
  return settings;
}

function split(arg: string): [string, string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function isSeconds(value: string | undefined): boolean {
  return value !== undefined && /^(?:0|[1-9][0-9]{0,3})$/.test(value);
}

function fromRoot(path: string): string {
  return decodeURIComponent(new URL(`../${path}`, import.meta.url).pathname);
}

function resolve(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

async function build(settings: Settings): Promise<BuildResult> {
  const { kind, output, entry } = settings;
  if (kind === "launcher") return await buildLauncher(settings, "--kind selects it");
  const program = await bundle(entry);
  const location = await findRuntimeStub();
  if (location !== undefined) {
    await buildWithDenoCompile(program, output);
    return { kind: "deno-compile", reason: `Deno's runtime stub is ${location}` };
  }
  try {
    await downloadAndCompile(program, settings);
    return { kind: "deno-compile", reason: "Deno's runtime stub was downloaded" };
  } catch (error) {
    const reason = `Deno's runtime stub is not on this machine, and ${messageOf(error)}`;
    if (kind !== undefined) throw new Error(`Cannot run deno compile: ${reason}`, { cause: error });
    return await buildLauncher(settings, reason);
  }
}

/** Resolves the host, connects and downloads within the time limit of the settings. */
async function downloadAndCompile(program: string, { downloadSeconds, output }: Settings): Promise<void> {
  if (downloadSeconds === 0) throw new Error("--download=0 disables the download");
  const signal = AbortSignal.timeout(downloadSeconds * 1000);
  await reachRuntimeStub(signal);
  await buildWithDenoCompile(program, output, { signal });
}

async function buildLauncher({ entry, output, runtime, compiler }: Settings, reason: string): Promise<BuildResult> {
  const bundles = [];
  for (const row of BUNDLES) bundles.push({ row, ...await buildRow(entry, row) });
  await buildWithLauncher(bundles, output, { runtime, compiler });
  return { kind: "launcher", reason };
}

async function buildRow(entry: string, row: BundleRow): Promise<BundleInPieces> {
  const { name, leaveOut, firstArguments: commands, apart } = row;
  if (apart.length > 0) return await bundleInPieces(entry, { name, apart, leaveOut, commands });
  return { source: await bundle(entry, { leaveOut, commands }), pieces: [] };
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(Deno.stdout, USAGE);
  const settings = parseArguments(args);
  const built = await build(settings);
  const megabytes = ((await Deno.stat(settings.output)).size / 1e6).toFixed(1);
  const description = `${built.kind}, Deno ${Deno.version.deno}, ${megabytes} MB`;
  print(Deno.stdout, `${settings.output}: ${description}: ${built.reason}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(target: typeof Deno.stdout, text: string): void {
  target.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  try {
    await main(Deno.args).finally(stopBundler);
  } catch (error) {
    print(Deno.stderr, `compile: ${messageOf(error).trimEnd()}\n`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
