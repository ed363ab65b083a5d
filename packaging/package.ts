/**
 * `deno task package`: builds the Debian packages from `dist/lvsctl`, or for arm64 on a machine of amd64.
 *
 * @module
 */
import { type DebOptions, writeDeb } from "./package/deb.ts";
import { dropInPackage, programPackage } from "./package/packages.ts";
import { crossCompile } from "./package/cross_compile.ts";
import { sourceDate } from "./source_date.ts";

const USAGE = `Usage: deno task package [--compression=xz|gzip|zstd|none] [--program=FILE] [--output=DIRECTORY]
                         [--architecture=arm64]

  --compression=KIND  xz for a release (default); gzip with little effort, zstd or none for a test
  --program=FILE      the executable (dist/lvsctl)
  --output=DIRECTORY  where the packages go (dist)
  --architecture=KIND arm64: compile dist/arm64/lvsctl for it first, and package that; needs npm, the network, and the
                      package gcc-aarch64-linux-gnu

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
  /** The architecture to compile for; "" to take the program as it is. */
  readonly architecture: string;
}

/** An invalid command line. */
class UsageError extends Error {}

function parseArguments(args: readonly string[]): Settings {
  const settings = { program: fromRoot("dist/lvsctl"), output: fromRoot("dist"), compression: "xz", architecture: "" };
  for (const arg of args) {
    const [, name, value = ""] = /^--(program|output|compression|architecture)=(.+)$/.exec(arg) ?? [];
    if (name !== "program" && name !== "output" && name !== "compression" && name !== "architecture") {
      throw new UsageError(`unknown argument "${arg}"\n${USAGE}`);
    }
    settings[name] = value;
  }
  if (!["", "arm64"].includes(settings.architecture)) {
    throw new UsageError(`unknown architecture "${settings.architecture}"\n${USAGE}`);
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
  const { output, compression, ...settings } = parseArguments(args);
  const program = settings.architecture === ""
    ? settings.program
    : await crossCompile({ directory: fromRoot("dist/arm64") });
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
