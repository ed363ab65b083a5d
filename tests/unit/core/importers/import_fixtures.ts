/**
 * Files of other programs with what is to become of them: `tests/fixtures/import/PROGRAM/NAME/`.
 *
 * @module
 */
import type { ImportWorld } from "../../../../core/importers/imported.ts";
import type { Imported } from "../../../../core/importers/mod.ts";
import { surroundingsOf, type World } from "../../../support/surroundings.ts";

const FIXTURES = new URL("../../../fixtures/import/", import.meta.url);

const PORTS: Readonly<Record<string, number>> = { domain: 53, http: 80, https: 443 };

/** The world that all of them are in, with further files and variables. */
export function importWorld(world: Pick<World, "files" | "variables"> = {}): ImportWorld {
  const { files, variables, resolve } = surroundingsOf({
    hosts: {
      "www.example.com": ["2001:db8::10", "192.0.2.10"],
      "web1.example.com": ["10.0.0.31"],
      "web3.example.com": ["10.0.0.33"],
      "six.example.com": ["2001:db8::16"],
    },
    ...world,
  });
  return {
    files,
    variables,
    resolve,
    machine: "director",
    servicePort: (name) => Object.hasOwn(PORTS, name) ? PORTS[name] : undefined,
  };
}

/** The world without further files. */
export const WORLD: ImportWorld = importWorld();

/** One of them. */
export interface ImportFixture {
  /** Name of its folder. */
  readonly name: string;
  /** Where it is. */
  readonly folder: URL;
  /** What is imported. */
  readonly text: string;
  /** What is to be made of it: `expected.yaml`. */
  readonly expected: string;
  /** What is to be reported: `expected.report`, a line for each. */
  readonly report: string;
}

/** All fixtures of a program. */
export function fixtures(program: string, file: string): readonly ImportFixture[] {
  const all = new URL(`${program}/`, FIXTURES);
  return [...Deno.readDirSync(all)].map(({ name }) => name).sort().map((name) => {
    const folder = new URL(`${name}/`, all);
    const read = (path: string): string => Deno.readTextFileSync(new URL(path, folder));
    return { name, folder, text: read(file), expected: read("expected.yaml"), report: read("expected.report") };
  });
}

/** A report as fixtures have it. */
export function formatReport({ unmapped }: Imported): string {
  return unmapped.map(({ file, line, column, directive, reason }) =>
    `${file}:${line}:${column}: ${directive}: ${reason}\n`
  )
    .join("");
}
