/**
 * A Debian package, written by dpkg-deb: the same contents and the same time give the same bytes.
 *
 * @module
 */

/** A file of a package, or a symbolic link. */
export type PackageFile =
  | { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer>; readonly mode: number }
  | { readonly path: string; readonly target: string };

/** What a package consists of. */
export interface DebianPackage {
  /** Its name. */
  readonly name: string;
  /** Its version, with Debian's revision. */
  readonly version: string;
  /** Debian's name of the architecture, or `all`. */
  readonly architecture: string;
  /** The fields of its control file that follow Package, Version and Architecture, in their order. */
  readonly fields: Readonly<Record<string, string>>;
  /** Its maintainer scripts by name, such as `postinst`. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Its files; paths begin without a slash. */
  readonly files: readonly PackageFile[];
  /** Directories that it has besides those of its files. */
  readonly directories: readonly string[];
}

/** How a package is written. */
export interface DebOptions {
  /** The directory for the package. */
  readonly output: string;
  /** The time of everything in it; seconds since 1970. */
  readonly time: number;
  /** Arguments of dpkg-deb that choose the compression. */
  readonly compression: readonly string[];
}

/**
 * Writes a package.
 *
 * @returns Its path.
 * @throws {Error} If dpkg-deb fails.
 */
export async function writeDeb(deb: DebianPackage, { output, time, compression }: DebOptions): Promise<string> {
  const tree = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.chmod(tree, 0o755);
    for (const directory of deb.directories) await makeDirectory(tree, directory);
    for (const file of deb.files) await writeFile(tree, file);
    await writeControl(tree, deb);
    await setTimes(tree, time);
    await Deno.mkdir(output, { recursive: true });
    const path = `${output}/${deb.name}_${deb.version}_${deb.architecture}.deb`;
    const command = new Deno.Command("dpkg-deb", {
      args: ["--root-owner-group", ...compression, "--build", tree, path],
      env: { SOURCE_DATE_EPOCH: `${time}`, LC_ALL: "C.UTF-8" },
      stdout: "null",
      stderr: "piped",
    });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(`Cannot build ${path}: ${new TextDecoder().decode(stderr).trim()}`);
    return path;
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

/** A text file of a package; `isProgram`: it can be executed. */
export function textFile(path: string, text: string, options: { readonly isProgram?: boolean } = {}): PackageFile {
  return { path, bytes: new TextEncoder().encode(text), mode: options.isProgram === true ? 0o755 : 0o644 };
}

/**
 * A text file, compressed by gzip without name and time.
 *
 * @throws {Error} If gzip fails.
 */
export async function compressedFile(path: string, text: string): Promise<PackageFile> {
  const child = new Deno.Command("gzip", { args: ["-9n"], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  const [{ success, stdout }] = await Promise.all([child.output(), writer.close()]);
  if (!success) throw new Error(`Cannot compress ${path}: gzip failed`);
  return { path: `${path}.gz`, bytes: stdout, mode: 0o644 };
}

/** Sets the time of every file and link: dpkg-deb itself only replaces later times. */
async function setTimes(tree: string, time: number): Promise<void> {
  const touch = ["touch", "--no-dereference", `--date=@${time}`];
  const { success } = await new Deno.Command("find", { args: [tree, "-exec", ...touch, "{}", "+"] }).output();
  if (!success) throw new Error(`Cannot set the times of the files of a package: touch failed`);
}

async function writeControl(tree: string, deb: DebianPackage): Promise<void> {
  const { name, version, architecture, fields, scripts, files } = deb;
  const size = files.reduce((sum, file) => sum + ("bytes" in file ? Math.ceil(file.bytes.length / 1024) : 1), 0);
  const all = { Package: name, Version: version, Architecture: architecture, "Installed-Size": `${size}`, ...fields };
  const control = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`).join("");
  await writeFile(tree, textFile("DEBIAN/control", control));
  await writeFile(tree, textFile("DEBIAN/md5sums", await md5sums(tree, files)));
  for (const [script, text] of Object.entries(scripts)) {
    await writeFile(tree, textFile(`DEBIAN/${script}`, text, { isProgram: true }));
  }
}

async function md5sums(tree: string, files: readonly PackageFile[]): Promise<string> {
  const paths = files.filter((file) => "bytes" in file).map(({ path }) => path).toSorted();
  const { success, stdout } = await new Deno.Command("md5sum", { args: ["--", ...paths], cwd: tree }).output();
  if (!success) throw new Error("Cannot sum the files of the package: md5sum failed");
  return new TextDecoder().decode(stdout);
}

async function writeFile(tree: string, file: PackageFile): Promise<void> {
  await makeDirectory(tree, file.path.replace(/\/[^/]*$/, ""));
  const path = `${tree}/${file.path}`;
  if ("target" in file) return await Deno.symlink(file.target, path);
  await Deno.writeFile(path, file.bytes);
  await Deno.chmod(path, file.mode); // independent of the umask
}

async function makeDirectory(tree: string, path: string): Promise<void> {
  let directory = tree;
  for (const part of path.split("/")) {
    directory += `/${part}`;
    await Deno.mkdir(directory, { recursive: true });
    await Deno.chmod(directory, 0o755);
  }
}
