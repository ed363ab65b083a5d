/**
 * A clean Debian in a directory, from this machine's own sources of packages.
 *
 * @module
 */
import assert from "node:assert/strict";

const SOURCES = "/etc/apt/sources.list.d";

/** A clean Debian, which is removed at the end. */
export class CleanDebian implements AsyncDisposable {
  /** Its directory. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes one.
   *
   * @param packages what it has besides the essential ones and apt
   * @returns what removes it
   */
  static async create(packages: readonly string[]): Promise<CleanDebian> {
    const root = await Deno.makeTempDir({ prefix: "lvsctl-debian-" });
    await Deno.chmod(root, 0o755);
    const debian = new CleanDebian(root);
    try {
      await execute([
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        // apt needs them for what our packages depend on.
        "--skip=cleanup/apt/lists",
        `--include=${packages.join(",")}`,
        ...(await transportOptions()).map((option) => `--aptopt=${option}`),
        await codename(),
        root,
        ...await sourceFiles(),
      ]);
      // With an ID, systemd does not take the next boot for the first one, at which Debian enables all units.
      await Deno.writeTextFile(`${root}/etc/machine-id`, `${"1".repeat(32)}\n`);
      return debian;
    } catch (error) {
      await debian[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Copies a file of this machine into it.
   *
   * @param path of the file
   * @param target its directory there, which is made if it is missing
   * @returns its path there
   */
  async copyIn(path: string, target: string): Promise<string> {
    const name = path.replace(/^.*\//, "");
    await Deno.mkdir(this.root + target, { recursive: true });
    await Deno.copyFile(path, `${this.root}${target}/${name}`);
    return `${target}/${name}`;
  }

  /**
   * Installs packages by apt, with what they depend on and recommend.
   *
   * @param packages names, or paths there
   */
  async install(...packages: readonly string[]): Promise<void> {
    await this.run(`DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes ${packages.join(" ")}`);
  }

  /**
   * Runs a command of the shell; it must succeed.
   *
   * @param command of the shell
   * @returns what it prints on standard output
   */
  async run(command: string): Promise<string> {
    const script = `mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/env -i \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root sh -euc "$1"`;
    return await execute(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, this.root, command]);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/**
 * Runs a program of this machine; it must succeed.
 *
 * @param argv the program and its arguments
 * @returns what it prints on standard output
 */
export async function execute([program = "", ...args]: readonly string[]): Promise<string> {
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
