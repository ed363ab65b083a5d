/**
 * The Debian packages: built twice, and read by lintian. tests/lab/packages installs them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { links } from "../support/manual.ts";
import { PROGRAM, ROOT } from "../suite.ts";

/** A time later than that of every version in the changelog. */
const RELEASED = "1796000000";

const ENVIRONMENT = { DEBFULLNAME: "Example", DEBEMAIL: "lvsctl@debian.org" };

/** Builds the packages in a directory. */
async function build(directory: string, words: readonly string[], options: {
  readonly mask?: string;
  readonly time?: string;
} = {}): Promise<readonly string[]> {
  const { mask = "022", time = RELEASED } = options;
  const argv = [Deno.execPath(), "run", "-A", "--no-check", "packaging/package.ts", `--output=${directory}`, ...words];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `umask ${mask}; exec "$@"`, "sh", ...argv],
    cwd: ROOT,
    env: { ...ENVIRONMENT, SOURCE_DATE_EPOCH: time },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("the packages: the same sources and the same time give the same bytes", async () => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.writeFile(`${directory}/program`, elfHeader(183));
    const words = [`--program=${directory}/program`];
    // A time before that of the files, and one after it.
    for (const time of ["1700000000", "2000000000"]) await sameBytes(directory, { words, time });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the packages: the list of examples names those in the package, and the schema is where they say", async () => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.writeFile(`${directory}/program`, elfHeader(183));
    const [path = ""] = await build(directory, [`--program=${directory}/program`]);
    const extracted = await new Deno.Command("dpkg-deb", { args: ["--extract", path, `${directory}/root`] }).output();
    assert.equal(extracted.code, 0);
    const examples = `${directory}/root/usr/share/doc/lvsctl/examples`;
    const names = links(await Deno.readTextFile(`${examples}/README.md`));
    assert.deepEqual(names.toSorted(), filesBelow(examples).filter((name) => name !== "README.md"));
    const comment = /^# yaml-language-server: \$schema=(\S+)$/m.exec(await Deno.readTextFile(`${examples}/web.yaml`));
    assert.ok((await Deno.stat(`${directory}/root${comment?.[1]}`)).isFile);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** The paths of all files below a directory. */
function filesBelow(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${directory}/${name}`).map((path) => `${name}/${path}`) : [name]
  ).toSorted();
}

/** The beginning of an ELF file for a machine. */
function elfHeader(machine: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

async function sameBytes(
  directory: string,
  { words, time }: { readonly words: readonly string[]; readonly time: string },
): Promise<void> {
  const first = await build(`${directory}/1`, words, { time });
  const second = await build(`${directory}/2`, words, { time, mask: "077" });
  const names = first.map((path) => path.replace(/^.*\//, "").replace(/_.*_/, "_"));
  assert.deepEqual(names, ["lvsctl_arm64.deb", "lvsctl-ipvsadm_all.deb"]);
  assert.deepEqual(await Promise.all(first.map(sha256)), await Promise.all(second.map(sha256)));
}

async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

Deno.test("the packages: lintian finds no error and warns of nothing", async () => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.chmod(directory, 0o755);
    const [program = "", dropIn = ""] = await build(directory, ["--compression=gzip", `--program=${PROGRAM}`]);
    const { code, stdout } = await new Deno.Command("lintian", {
      args: ["--fail-on", "error,warning", program, dropIn],
    }).output();
    assert.deepEqual({ code, text: new TextDecoder().decode(stdout) }, { code: 0, text: "" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
