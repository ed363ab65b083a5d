/**
 * Files of other programs with the expected results of an import: `tests/fixtures/import/PROGRAM/NAME/`.
 *
 * @module
 */
import type { ImportWorld } from "../../../../core/importers/imported.ts";
import type { Imported } from "../../../../core/importers/mod.ts";
import { surroundingsOf, type World } from "../../../support/surroundings.ts";

const FIXTURES = new URL("../../../fixtures/import/", import.meta.url);

const PORTS: Readonly<Record<string, number>> = { domain: 53, http: 80, https: 443 };

/** The environment of all fixtures, with further files and variables. */
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

/** The environment without further files. */
export const WORLD: ImportWorld = importWorld();

/** A fixture. */
export interface ImportFixture {
  /** Name of its folder. */
  readonly name: string;
  /** Its folder. */
  readonly folder: URL;
  /** The imported text. */
  readonly text: string;
  /** The expected file: `expected.yaml`. */
  readonly expected: string;
  /** The expected report: `expected.report`, a line for each directive. */
  readonly report: string;
}

/** Reads all fixtures of a program. */
export function fixtures(program: string, file: string): readonly ImportFixture[] {
  const all = new URL(`${program}/`, FIXTURES);
  return [...Deno.readDirSync(all)].map(({ name }) => name).sort().map((name) => {
    const folder = new URL(`${name}/`, all);
    const read = (path: string): string => Deno.readTextFileSync(new URL(path, folder));
    return { name, folder, text: read(file), expected: read("expected.yaml"), report: read("expected.report") };
  });
}

/** Formats a report for a fixture. */
export function formatReport({ unmapped }: Imported): string {
  return unmapped.map(({ file, line, column, directive, reason }) =>
    `${file}:${line}:${column}: ${directive}: ${reason}\n`
  )
    .join("");
}
