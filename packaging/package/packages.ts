/**
 * The contents of the packages lvsctl and lvsctl-ipvsadm.
 *
 * @module
 */
import { completionScript, type Shell } from "../../cli/commands/completions/scripts.ts";
import { VERSION } from "../../cli/context/version.ts";
import { jsonSchema } from "../../core/config/schema/json_schema.ts";
import { SCHEMA_PATH } from "../../core/config/schema/limits.ts";
import { dropInPages, manualPages } from "../man/pages.ts";
import type { ManualPage } from "../man/roff.ts";
import { dayOf } from "../source_date.ts";
import { debianChangelog, packageVersion } from "./changelog.ts";
import { cratesOf } from "./crates.ts";
import { compressedFile, type DebianPackage, type PackageFile, textFile } from "./deb.ts";
import { type Component, components, copyrightFile, sbom } from "./licences.ts";
import { DROP_IN_PROGRAMS, DROP_IN_SCRIPTS, PRESET, SCRIPTS, UNITS } from "./scripts.ts";

/** What the packages are made of. */
export interface PackageSource {
  /** The executable. */
  readonly program: Uint8Array<ArrayBuffer>;
  /** Debian's name of its architecture. */
  readonly architecture: string;
  /** The time of the release; seconds since 1970. */
  readonly time: number;
  /** Name and address of the maintainer. */
  readonly maintainer: string;
}

const ROOT = new URL("../../", import.meta.url);
const DOC = "usr/share/doc/lvsctl";
/** The directory of units in Debian 12, which Debian 13 reads too, because /usr is merged. */
const UNIT_DIRECTORY = "lib/systemd/system";

/** Where each shell looks for completions of packages. */
const COMPLETIONS: Readonly<Record<Shell, string>> = {
  bash: "usr/share/bash-completion/completions/lvsctl",
  zsh: "usr/share/zsh/vendor-completions/_lvsctl",
  fish: "usr/share/fish/vendor_completions.d/lvsctl.fish",
};

/** Examples of units and of cron, which the package has as its own files or units. */
const INSTALLED_EXAMPLES = ["examples/systemd/", "examples/demo/"];

const OVERRIDES =
  `# One static launcher carries Deno's runtime and the program; stripping it would destroy what is appended to it.
lvsctl: statically-linked-binary [usr/sbin/lvsctl]
# Deno's runtime contains its libraries; Debian has no package of it to depend on.
lvsctl: embedded-library *
# The text is Deno's own.
lvsctl: spelling-error-in-binary *
`;

/** The package of the program. */
export async function programPackage(source: PackageSource): Promise<DebianPackage> {
  const { program, architecture, time, maintainer } = source;
  const parts = await components();
  const shells = ["bash", "zsh", "fish"] as const;
  return {
    name: "lvsctl",
    version: packageVersion(VERSION),
    architecture,
    fields: {
      Maintainer: maintainer,
      Section: "net",
      Priority: "optional",
      "Pre-Depends": "init-system-helpers (>= 1.54~)",
      Depends: "libc6 (>= 2.34), libgcc-s1, libnl-3-200, libnl-genl-3-200",
      Recommends: "kmod, libssl3t64 | libssl3",
      Suggests: "lvsctl-ipvsadm",
      Description: "manage Linux Virtual Server (IPVS) and check its real servers\n" +
        " lvsctl runs the load balancer in the Linux kernel. It changes virtual services\n" +
        " and real servers, saves and restores the whole table without ever emptying\n" +
        " it, checks the health of the real servers, and removes those that fail.",
    },
    scripts: SCRIPTS,
    directories: ["etc/lvsctl"],
    files: [
      { path: "usr/sbin/lvsctl", bytes: program, mode: 0o755 },
      ...await Promise.all(UNITS.map(unitFile)),
      textFile("lib/systemd/system-preset/60-lvsctl.preset", PRESET),
      ...shells.map((shell) => textFile(COMPLETIONS[shell], completionScript(shell))),
      textFile(SCHEMA_PATH.slice(1), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`),
      textFile("usr/share/lintian/overrides/lvsctl", OVERRIDES),
      ...await pageFiles(await manualPages(dayOf(time))),
      ...await documents(source, parts),
    ],
  };
}

/** The package of the drop-in for ipvsadm: three names of the program. */
export async function dropInPackage({ time, maintainer }: PackageSource): Promise<DebianPackage> {
  const version = packageVersion(VERSION);
  return {
    name: "lvsctl-ipvsadm",
    version,
    architecture: "all",
    fields: {
      Maintainer: maintainer,
      Section: "net",
      Priority: "optional",
      Depends: `lvsctl (>= ${version})`,
      Provides: "ipvsadm (= 1:1.31-1)",
      Conflicts: "ipvsadm",
      Replaces: "ipvsadm",
      Description: "ipvsadm's command line, by lvsctl\n" +
        " This package has the programs ipvsadm, ipvsadm-save and ipvsadm-restore.\n" +
        " They are lvsctl under another name, with the command line, the output and the\n" +
        " exit statuses of ipvsadm 1.31, for ldirectord and for existing scripts.",
    },
    scripts: DROP_IN_SCRIPTS,
    directories: [],
    files: [
      ...DROP_IN_PROGRAMS.map((name) => ({ path: `usr/sbin/${name}`, target: "lvsctl" })),
      ...await pageFiles(dropInPages(dayOf(time))),
      { path: "usr/share/doc/lvsctl-ipvsadm", target: "lvsctl" },
    ],
  };
}

/** A unit of the examples, with the program where the package has it. */
async function unitFile(name: string): Promise<PackageFile> {
  const text = await readText(`examples/systemd/${name}`);
  return textFile(`${UNIT_DIRECTORY}/${name}`, atPackagePaths(text));
}

function atPackagePaths(text: string): string {
  return text.replaceAll("/usr/local/sbin/lvsctl", "/usr/sbin/lvsctl").replaceAll(
    "/etc/systemd/system/",
    `/${UNIT_DIRECTORY}/`,
  );
}

async function pageFiles(pages: readonly ManualPage[]): Promise<readonly PackageFile[]> {
  return await Promise.all(
    pages.map(({ name, section, text }) =>
      compressedFile(`usr/share/man/man${section}/${name}.${section}`, atPackagePaths(text))
    ),
  );
}

/** What lies in the package's directory of documentation. */
async function documents(source: PackageSource, parts: readonly Component[]): Promise<readonly PackageFile[]> {
  const { program, architecture, time, maintainer } = source;
  const changelog = await readText("CHANGELOG.md");
  const sha256 = Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", program)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const guides = (await filesBelow("docs")).filter((path) => !/^docs\/(development|decisions)\//.test(path));
  const examples = (await filesBelow("examples")).filter((path) =>
    !INSTALLED_EXAMPLES.some((directory) => path.startsWith(directory))
  );
  return [
    textFile(`${DOC}/copyright`, copyrightFile(parts)),
    await compressedFile(`${DOC}/changelog.Debian`, debianChangelog(changelog, { version: VERSION, time, maintainer })),
    await compressedFile(`${DOC}/changelog`, changelog),
    textFile(
      `${DOC}/sbom.spdx.json`,
      sbom({ version: VERSION, architecture, time, sha256, crates: cratesOf(program) }, parts),
    ),
    ...await Promise.all(guides.map(async (path) => textFile(`${DOC}/${path}`, await readText(path)))),
    ...await Promise.all(
      examples.map(async (path) =>
        textFile(`${DOC}/${path}`, withoutOthers(path, atPackagePaths(await readText(path))), {
          isProgram: path.endsWith(".sh"),
        })
      ),
    ),
  ];
}

/** The list of examples without those that are not among the package's examples. */
function withoutOthers(path: string, text: string): string {
  if (path !== "examples/README.md") return text;
  const isOther = (line: string): boolean =>
    INSTALLED_EXAMPLES.some((directory) => line.startsWith(`- [${directory.slice("examples/".length)}`));
  return text.split("\n").filter((line) => !isOther(line)).join("\n");
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/** The files below a directory of the repository, in the order of their paths. */
async function filesBelow(directory: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${directory}/`, ROOT))) {
    const path = `${directory}/${name}`;
    if (isDirectory) paths.push(...await filesBelow(path));
    else paths.push(path);
  }
  return paths.toSorted();
}
