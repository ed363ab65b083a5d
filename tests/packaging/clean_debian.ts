/**
 * A clean Debian in a directory, from this machine's own sources of packages.
 *
 * @module
 */
import assert from "node:assert/strict";

const SOURCES = "/etc/apt/sources.list.d";

/** A clean Debian, which is removed at the end. */
export class CleanDebian implements AsyncDisposable {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Makes one with these packages besides the essential ones. */
  static async create(packages: readonly string[]): Promise<CleanDebian> {
    const root = await Deno.makeTempDir({ prefix: "lvsctl-debian-" });
    await Deno.chmod(root, 0o755);
    const debian = new CleanDebian(root);
    try {
      await execute([
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        `--include=${packages.join(",")}`,
        ...(await transportOptions()).map((option) => `--aptopt=${option}`),
        await codename(),
        root,
        ...await sourceFiles(),
      ]);
      return debian;
    } catch (error) {
      await debian[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Installs a package, also over the same version and in place of one that it replaces. */
  async install(path: string): Promise<void> {
    await Deno.copyFile(path, `${this.#root}/package.deb`);
    await this.run("dpkg --install /package.deb && rm /package.deb");
  }

  /** Puts a program in the place of another that only writes down how it is called, in /calls. */
  async standIn(name: string): Promise<void> {
    const text = `#!/bin/sh\necho "${name} $*" >>/calls\n`;
    await Deno.writeTextFile(`${this.#root}/usr/local/bin/${name}`, text, { mode: 0o755 });
  }

  /** Runs a command of the shell and returns what it prints on standard output; it must succeed. */
  async run(command: string): Promise<string> {
    const script = `mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/env -i \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -c "$1"`;
    return await execute(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, this.#root, command]);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

async function execute([program = "", ...args]: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${printed}${decoder.decode(stderr)}`);
  return printed;
}

/** The name of this machine's Debian. */
async function codename(): Promise<string> {
  const [, name] = /^VERSION_CODENAME=(\w+)$/m.exec(await Deno.readTextFile("/etc/os-release")) ?? [];
  return name ?? assert.fail("/etc/os-release has no VERSION_CODENAME");
}

/** The files that name the sources of this machine's packages. */
async function sourceFiles(): Promise<readonly string[]> {
  const names = (await Array.fromAsync(Deno.readDir(SOURCES), ({ name }) => name)).toSorted();
  const paths = names.filter((name) => /\.(?:list|sources)$/.test(name)).map((name) => `${SOURCES}/${name}`);
  const main = await Deno.stat("/etc/apt/sources.list").then(({ size }) => size > 0, () => false);
  return main ? ["/etc/apt/sources.list", ...paths] : paths;
}

/** How this machine's apt reaches its sources, such as a proxy. */
async function transportOptions(): Promise<readonly string[]> {
  const lines = (await execute(["apt-config", "dump"])).split("\n");
  return lines.filter((line) => /^Acquire::https?(?:::\S+)? "[^"]+";$/.test(line));
}
