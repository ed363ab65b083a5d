/**
 * `deno task compile`: builds `dist/lvsctl`, one executable.
 *
 * Uses `deno compile` where Deno's runtime stub can be had, and the project's launcher (packaging/launcher.c) where it
 * cannot.
 *
 * @module
 */
import { bundle, stopBundler } from "./bundle.ts";
import { BUNDLES } from "./bundles.ts";
import { buildWithDenoCompile, buildWithLauncher, type ExecutableKind } from "./executable.ts";
import { findRuntimeStub, reachRuntimeStub } from "./runtime_stub.ts";

const DOWNLOAD_SECONDS = 10;

const USAGE = `Usage: deno task compile [--kind=launcher|deno-compile] [--download=SECONDS] [--output=FILE] [ENTRY]

  --kind=KIND         make this kind, or fail; by default deno-compile if Deno's runtime stub can be had (from
                      DENORT_BIN, Deno's cache, or the network), launcher if not
  --download=SECONDS  how long to try the network at most (${DOWNLOAD_SECONDS}); 0 leaves it alone
  --output=FILE       the executable (dist/lvsctl)
  ENTRY               the program (cli/main.ts)
`;

/** A command line that cannot be understood. */
class UsageError extends Error {}

interface Settings {
  kind?: ExecutableKind;
  downloadSeconds: number;
  output: string;
  entry: string;
}

/** What was made, and why it is this kind. */
interface Made {
  kind: ExecutableKind;
  reason: string;
}

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
    else if (!arg.startsWith("-") && arg !== "" && entries++ === 0) settings.entry = resolve(arg);
    else throw new UsageError(`Cannot understand "${arg}"\n${USAGE}`);
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

async function build(settings: Settings): Promise<Made> {
  const { kind, output, entry } = settings;
  if (kind === "launcher") return await makeLauncher(settings, "--kind asks for it");
  const program = await bundle(entry);
  const place = await findRuntimeStub();
  if (place !== undefined) {
    await buildWithDenoCompile(program, output);
    return { kind: "deno-compile", reason: `Deno's runtime stub is ${place}` };
  }
  try {
    await downloadAndCompile(program, settings);
    return { kind: "deno-compile", reason: "Deno's runtime stub was downloaded" };
  } catch (error) {
    const reason = `Deno's runtime stub is not on this machine, and ${messageOf(error)}`;
    if (kind !== undefined) throw new Error(`Cannot run deno compile: ${reason}`, { cause: error });
    return await makeLauncher(settings, reason);
  }
}

/** Looks up the name, connects and downloads within the seconds of the settings. */
async function downloadAndCompile(program: string, { downloadSeconds, output }: Settings): Promise<void> {
  if (downloadSeconds === 0) throw new Error("--download=0 leaves the network alone");
  const signal = AbortSignal.timeout(downloadSeconds * 1000);
  await reachRuntimeStub(signal);
  await buildWithDenoCompile(program, output, { signal });
}

async function makeLauncher({ entry, output }: Settings, reason: string): Promise<Made> {
  const bundles = [];
  for (const row of BUNDLES) {
    bundles.push({ row, source: await bundle(entry, { leaveOut: row.leaveOut, commands: row.firstArguments }) });
  }
  await buildWithLauncher(bundles, output);
  return { kind: "launcher", reason };
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(Deno.stdout, USAGE);
  const settings = parseArguments(args);
  const made = await build(settings);
  const megabytes = ((await Deno.stat(settings.output)).size / 1e6).toFixed(1);
  const what = `${made.kind}, Deno ${Deno.version.deno}, ${megabytes} MB`;
  print(Deno.stdout, `${settings.output}: ${what}: ${made.reason}\n`);
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
