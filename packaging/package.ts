/**
 * `deno task package`: builds the Debian packages from `dist/lvsctl`.
 *
 * @module
 */
import { type DebOptions, writeDeb } from "./package/deb.ts";
import { dropInPackage, programPackage } from "./package/packages.ts";
import { sourceDate } from "./source_date.ts";

const USAGE = `Usage: deno task package [--compression=xz|gzip|zstd|none] [--program=FILE] [--output=DIRECTORY]

  --compression=KIND  xz for a release (default); gzip with little effort, zstd or none for a test
  --program=FILE      the executable (dist/lvsctl)
  --output=DIRECTORY  where the packages go (dist)

DEBFULLNAME and DEBEMAIL name the maintainer, SOURCE_DATE_EPOCH the time in place of the last commit's.
`;

/** The arguments of dpkg-deb for each kind of compression. */
const COMPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  xz: ["-Zxz"],
  gzip: ["-Zgzip", "-z1"],
  zstd: ["-Zzstd", "-z3"],
  none: ["-Znone"],
};

/** Debian's names of the machines in the header of an ELF file. */
const ARCHITECTURES: ReadonlyMap<number, string> = new Map([[62, "amd64"], [183, "arm64"]]);

/** Where that header has the machine, in bytes. */
const MACHINE_OFFSET = 18;

interface Settings extends Pick<DebOptions, "output" | "compression"> {
  readonly program: string;
}

/** An invalid command line. */
class UsageError extends Error {}

function parseArguments(args: readonly string[]): Settings {
  const settings = { program: fromRoot("dist/lvsctl"), output: fromRoot("dist"), compression: "xz" };
  for (const arg of args) {
    const [, name, value = ""] = /^--(program|output|compression)=(.+)$/.exec(arg) ?? [];
    if (name !== "program" && name !== "output" && name !== "compression") {
      throw new UsageError(`unknown argument "${arg}"\n${USAGE}`);
    }
    settings[name] = value;
  }
  const compression = COMPRESSIONS[settings.compression];
  if (compression === undefined) throw new UsageError(`unknown compression "${settings.compression}"\n${USAGE}`);
  return { ...settings, compression };
}

function fromRoot(path: string): string {
  return decodeURIComponent(new URL(`../${path}`, import.meta.url).pathname);
}

/** The maintainer that Debian's variables name, or an address that belongs to this machine alone. */
function maintainer(): string {
  const name = Deno.env.get("DEBFULLNAME") ?? "lvsctl maintainers";
  return `${name} <${Deno.env.get("DEBEMAIL") ?? "root@localhost"}>`;
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(Deno.stdout, USAGE);
  const { program, output, compression } = parseArguments(args);
  const time = await sourceDate();
  const bytes = await Deno.readFile(program);
  const source = {
    program: bytes,
    architecture: architectureOf(bytes, program),
    time,
    maintainer: maintainer(),
  };
  for (const deb of [await programPackage(source), await dropInPackage(source)]) {
    print(Deno.stdout, `${await writeDeb(deb, { output, time, compression })}\n`);
  }
}

function architectureOf(program: Uint8Array<ArrayBuffer>, path: string): string {
  const isElf = new TextDecoder("latin1").decode(program.subarray(0, 4)) === "\x7fELF" && program.length >= 20;
  const machine = isElf ? new DataView(program.buffer).getUint16(MACHINE_OFFSET, true) : undefined;
  const architecture = machine === undefined ? undefined : ARCHITECTURES.get(machine);
  if (architecture === undefined) throw new Error(`Cannot package ${path}: it is not an executable for amd64 or arm64`);
  return architecture;
}

function print(target: typeof Deno.stdout, text: string): void {
  target.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    print(Deno.stderr, `package: ${error instanceof Error ? error.message.trimEnd() : String(error)}\n`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
