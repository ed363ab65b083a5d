/**
 * The packages of the compiled program, and those of an earlier version of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BUNDLES } from "../../../packaging/bundles.ts";
import { encodeFooter, footerLength } from "../../../packaging/payload.ts";
import { VERSION } from "../../../cli/context/version.ts";
import { PROGRAM, ROOT } from "../../suite.ts";
import { execute } from "./clean_debian.ts";

/** The earlier version, which needs as many characters as the present one. */
export const EARLIER = VERSION.replaceAll(/\d/g, "0");

/** Paths of packages. */
export interface Packages {
  /** The package lvsctl of the earlier version. */
  readonly earlier: string;
  /** The package lvsctl of this version. */
  readonly present: string;
  /** The package lvsctl-ipvsadm of this version. */
  readonly dropIn: string;
}

/**
 * Builds the packages. The earlier one has the present maintainer scripts and units, and a program that differs in its
 * version: so it has another cache directory.
 *
 * @param directory where they go
 * @returns their paths
 */
export async function buildPackages(directory: string): Promise<Packages> {
  const built = await execute([
    Deno.execPath(),
    "run",
    "--allow-all",
    "--no-check",
    `${ROOT}/packaging/package.ts`,
    "--compression=none",
    `--program=${PROGRAM}`,
    `--output=${directory}`,
  ]);
  const [present = "", dropIn = ""] = built.trim().split("\n");
  const tree = `${directory}/earlier`;
  await execute(["dpkg-deb", "--raw-extract", present, tree]);
  await Deno.writeFile(`${tree}/usr/sbin/lvsctl`, await earlierProgram(await Deno.readFile(PROGRAM)));
  await execute(["sed", "-i", `s/^Version: .*/Version: ${EARLIER}-1/`, `${tree}/DEBIAN/control`]);
  await execute(["sed", "-i", "/ usr.sbin.lvsctl$/d", `${tree}/DEBIAN/md5sums`]);
  const earlier = `${directory}/lvsctl_${EARLIER}-1.deb`;
  await execute(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, earlier]);
  await Deno.remove(tree, { recursive: true });
  return { earlier, present, dropIn };
}

/** The program with another version in its bundles. */
async function earlierProgram(program: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const [launcher = program, runtime = program, boot = program, ...sources] = partsOf(program);
  // The names decide the name of the cache alone.
  const bundles = sources.map((source, index) => ({ name: String(index), bytes: withEarlierVersion(source) }));
  const payload = { launcher, runtime, boot, bundles };
  const files = [launcher, runtime, boot, ...bundles.map(({ bytes }) => bytes), await encodeFooter(payload)];
  return new Uint8Array(await new Blob(files.map((file) => new Uint8Array(file))).arrayBuffer());
}

/** The most files that bundles have in addition to the one that starts each. */
const MOST_PIECES = 16;

/** The launcher, the runtime, boot.js, and the files of the bundles, whose number is that of the sizes in the footer. */
function partsOf(program: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  for (let files = BUNDLES.length; files <= BUNDLES.length + MOST_PIECES; files++) {
    const view = new DataView(program.buffer, program.length - footerLength(files));
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    for (let index = 0; index < files + 3 && at <= view.byteOffset; index++) {
      const size = Number(view.getBigUint64(index * 8, true));
      parts.push(program.subarray(at, at + size));
      at += size;
    }
    if (at === view.byteOffset && parts.length === files + 3) return parts;
  }
  assert.fail("the program is not the launcher's");
}

function withEarlierVersion(source: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(new TextDecoder().decode(source).replaceAll(VERSION, EARLIER));
}
