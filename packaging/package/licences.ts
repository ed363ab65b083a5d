/**
 * What the program contains of others: the copyright file, in the format of DEP-5, and the bill of materials, in SPDX.
 *
 * @module
 */
import type { Crate } from "./crates.ts";

/** A part of the program that others wrote. */
export interface Component {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its licence, in SPDX's words. */
  readonly licence: string;
  /** Its page. */
  readonly homepage: string;
  /** The holder of the rights. */
  readonly copyright: string;
  /** The text of the licence. */
  readonly text: string;
  /** Its package URL. */
  readonly purl: string;
  /** The SHA-512 of its npm package, in hexadecimal. */
  readonly sha512?: string | undefined;
}

/** The npm packages of the bundle. */
const BUNDLED = ["commander", "@commander-js/extra-typings", "yaml"] as const;

/**
 * The components of the program, from the versions of deno.lock and the licences of the npm packages.
 *
 * @throws {Error} If a package is not in deno.lock or has no licence file.
 */
export async function components(): Promise<readonly Component[]> {
  const { deno, v8 } = Deno.version;
  return [
    {
      name: "deno",
      version: deno,
      licence: "MIT",
      homepage: "https://deno.com",
      copyright: "2018-2026 the Deno authors",
      text: await licenceText("MIT"),
      purl: `pkg:github/denoland/deno@v${deno}`,
    },
    {
      name: "v8",
      version: v8,
      licence: "BSD-3-Clause",
      homepage: "https://v8.dev",
      copyright: "2006-2026 the V8 project authors",
      text: await licenceText("BSD-3-Clause"),
      purl: `pkg:github/v8/v8@${v8.replace(/-.*$/, "")}`,
    },
    ...await Promise.all(BUNDLED.map(npmComponent)),
  ];
}

async function npmComponent(name: string): Promise<Component> {
  const directory = new URL(`../../node_modules/${name}/`, import.meta.url);
  const manifest: unknown = JSON.parse(await Deno.readTextFile(new URL("package.json", directory)));
  const text = (await Deno.readTextFile(new URL("LICENSE", directory))).trim();
  const version = textOf(manifest, "version");
  const holder = /^Copyright(?: \(c\))? (.*)$/im.exec(text)?.[1] ?? `the authors of ${name}`;
  return {
    name,
    version,
    licence: textOf(manifest, "license"),
    homepage: textOf(manifest, "homepage") || `https://www.npmjs.com/package/${name}`,
    copyright: holder,
    text: text.split("\n").filter((line) => !/^Copyright|^\(The MIT License\)$/.test(line)).join("\n").trim(),
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    sha512: sha512Of(await Deno.readTextFile(new URL("../../deno.lock", import.meta.url)), `${name}@${version}`),
  };
}

function textOf(manifest: unknown, key: string): string {
  if (typeof manifest !== "object" || manifest === null) return "";
  const value: unknown = Object.entries(manifest).find(([each]) => each === key)?.[1];
  return typeof value === "string" ? value : "";
}

/** The checksum of an npm package in deno.lock, which adds the peers of a package to its name. */
function sha512Of(lock: string, id: string): string {
  const start = [`"${id}": {`, `"${id}_`].map((text) => lock.indexOf(text)).find((at) => at >= 0);
  const base64 = /"integrity": "sha512-([^"]+)"/.exec(lock.slice(start ?? lock.length))?.[1];
  if (base64 === undefined) throw new Error(`Cannot describe ${id}: deno.lock does not name it`);
  return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** The licence of a part of Deno's executable, for which no npm package has a file; without its line of copyright. */
async function licenceText(licence: "MIT" | "BSD-3-Clause"): Promise<string> {
  return (await Deno.readTextFile(new URL(`licences/${licence}.txt`, import.meta.url))).trim();
}

/** The copyright file of the packages. */
export function copyrightFile(parts: readonly Component[]): string {
  const own = [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: lvsctl",
    "Comment: The program contains Deno with V8 and the npm packages below.",
    " Deno contains Rust libraries, whose names and versions are in",
    " /usr/share/doc/lvsctl/sbom.spdx.json; see their source for their licences.",
    "",
    "Files: *",
    "Copyright: 2026 the lvsctl authors",
    "License: Apache-2.0",
    " On Debian systems, the text of the license is in",
    " /usr/share/common-licenses/Apache-2.0.",
  ];
  const others = parts.flatMap(({ name, version, homepage, copyright, licence, text }) => [
    "",
    `Files: usr/sbin/lvsctl:${name}`,
    `Copyright: ${copyright}`,
    `License: ${licence}-${name.replace(/\W+/g, "-").replace(/^-/, "")}`,
    ...text.split("\n").map((line) => line.trim() === "" ? " ." : ` ${line.trim()}`),
    `Comment: Part of the executable: ${name} ${version}, ${homepage}`,
  ]);
  return `${[...own, ...others].join("\n")}\n`;
}

/** What the bill of materials says about the program itself. */
export interface SbomSubject {
  /** The version of lvsctl. */
  readonly version: string;
  /** Debian's name of the architecture. */
  readonly architecture: string;
  /** The time of the release; seconds since 1970. */
  readonly time: number;
  /** The SHA-256 of the program, in hexadecimal. */
  readonly sha256: string;
  /** The Rust libraries of the runtime, whose licences are not known here. */
  readonly crates: readonly Crate[];
}

/** SPDX's identifier of a part. */
function id(name: string): string {
  return `SPDXRef-${name.replace(/[^\w.-]+/g, "-").replace(/^-/, "").replaceAll("_", "-")}`;
}

function describedCrate({ name, version }: Crate): Readonly<Record<string, unknown>> {
  return {
    SPDXID: crateId({ name, version }),
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    homepage: `https://crates.io/crates/${name}`,
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: `pkg:cargo/${name}@${encodeURIComponent(version)}`,
    }],
  };
}

/** A crate may have the name of another part, and several versions. */
function crateId({ name, version }: Crate): string {
  return id(`crate-${name}-${version}`);
}

/** The bill of materials: SPDX 2.3, as JSON. */
export function sbom(
  { version, architecture, time, sha256, crates }: SbomSubject,
  parts: readonly Component[],
): string {
  const described = parts.map(({ name, version, licence, homepage, copyright, purl, sha512 }) => ({
    SPDXID: id(name),
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    homepage,
    filesAnalyzed: false,
    licenseConcluded: licence,
    licenseDeclared: licence,
    copyrightText: `Copyright ${copyright}`,
    ...(sha512 === undefined ? {} : { checksums: [{ algorithm: "SHA512", checksumValue: sha512 }] }),
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  }));
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `lvsctl-${version}-${architecture}`,
    documentNamespace: `https://spdx.org/spdxdocs/lvsctl-${version}-${architecture}-${sha256}`,
    creationInfo: {
      created: new Date(time * 1000).toISOString().replace(/\.\d+/, ""),
      creators: [`Tool: lvsctl-package-${version}`],
    },
    packages: [
      {
        SPDXID: "SPDXRef-lvsctl",
        name: "lvsctl",
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseConcluded: "Apache-2.0",
        licenseDeclared: "Apache-2.0",
        copyrightText: "Copyright 2026 the lvsctl authors",
        checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
      },
      ...described,
      ...crates.map(describedCrate),
    ],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-lvsctl" },
      ...parts.map(({ name }) => ({
        spdxElementId: "SPDXRef-lvsctl",
        relationshipType: "CONTAINS",
        relatedSpdxElement: id(name),
      })),
      ...crates.map((crate) => ({
        spdxElementId: id("deno"),
        relationshipType: "CONTAINS",
        relatedSpdxElement: crateId(crate),
      })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
