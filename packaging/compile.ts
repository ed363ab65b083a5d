/**
 * `deno task compile`: builds `dist/lvsctl`, one executable.
 *
 * Uses `deno compile` where Deno's runtime stub is at hand, and the project's launcher (packaging/launcher.c) where it
 * is not. The network is not touched unless `--download` says so.
 *
 * @module
 */
import { bundle, stopBundler } from "./bundle.ts";
import { BUNDLES } from "./bundles.ts";
import { buildWithDenoCompile, buildWithLauncher, type ExecutableKind, findRuntimeStub } from "./executable.ts";

const USAGE = `Usage: deno task compile [--kind=launcher|deno-compile] [--download[=SECONDS]] [--output=FILE] [ENTRY]

  --kind=KIND           make this kind, or fail; by default deno-compile if Deno's runtime stub is there
                        (DENORT_BIN, or the cache in DENO_DIR), launcher if not
  --download[=SECONDS]  let deno compile fetch the stub, for at most so many seconds (10); then the launcher
  --output=FILE         the executable (dist/lvsctl)
  ENTRY                 the program (cli/main.ts)
`;

const DOWNLOAD_SECONDS = 10;

/** A command line that cannot be understood. */
class UsageError extends Error {}

interface Settings {
  kind?: ExecutableKind;
  downloadSeconds?: number;
  output: string;
  entry: string;
}

/** What was made, and why it is not the other kind. */
interface Made {
  kind: ExecutableKind;
  reason?: string;
}

function parseArguments(args: readonly string[]): Settings {
  const settings: Settings = { output: fromRoot("dist/lvsctl"), entry: fromRoot("cli/main.ts") };
  let entries = 0;
  for (const arg of args) {
    const [name, value] = split(arg);
    if (name === "--kind" && (value === "launcher" || value === "deno-compile")) settings.kind = value;
    else if (name === "--download" && isSeconds(value)) settings.downloadSeconds = Number(value ?? DOWNLOAD_SECONDS);
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
  return value === undefined || /^[1-9][0-9]{0,3}$/.test(value);
}

function fromRoot(path: string): string {
  return decodeURIComponent(new URL(`../${path}`, import.meta.url).pathname);
}

function resolve(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

async function build(settings: Settings): Promise<Made> {
  const { kind, downloadSeconds, output, entry } = settings;
  const options = downloadSeconds === undefined ? {} : { downloadSeconds };
  let reason: string | undefined;
  if (kind !== "launcher") {
    if (kind === undefined && downloadSeconds === undefined && await findRuntimeStub() === undefined) {
      reason = "Deno's runtime stub is not on this machine";
    } else {
      try {
        await buildWithDenoCompile(await bundle(entry), output, options);
        return { kind: "deno-compile" };
      } catch (error) {
        // Asked for, or everything was there: then it is an error. A download that fails is not.
        if (kind !== undefined || downloadSeconds === undefined) throw error;
        reason = messageOf(error);
      }
    }
  }
  const bundles = [];
  for (const row of BUNDLES) {
    bundles.push({ row, source: await bundle(entry, { leaveOut: row.leaveOut, commands: row.firstArguments }) });
  }
  await buildWithLauncher(bundles, output);
  return { kind: "launcher", ...(reason !== undefined && { reason }) };
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(Deno.stdout, USAGE);
  const settings = parseArguments(args);
  const made = await build(settings);
  const megabytes = ((await Deno.stat(settings.output)).size / 1e6).toFixed(1);
  const why = made.reason === undefined ? "" : `: ${made.reason}`;
  print(Deno.stdout, `${settings.output}: ${made.kind}, Deno ${Deno.version.deno}, ${megabytes} MB${why}\n`);
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
