import assert from "node:assert/strict";
import { readCanonical } from "../../../../core/config/canonical/read_canonical.ts";
import { ConfigError, parseConfig, type Tree } from "../../../../core/config/mod.ts";
import { SourceReport } from "../../../../core/config/source/source_report.ts";
import { FILE } from "../../../../core/config/schema/file_schema.ts";
import type { Shape } from "../../../../core/config/schema/types.ts";
import { readYaml } from "../../../../core/config/source/yaml.ts";
import { type DesiredService, parseIpAddress } from "../../../../core/model/mod.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const FIXTURES = new URL("../../../fixtures/config/", import.meta.url);

/** The files that fixtures include, by their paths in the fixtures. */
const INCLUDED = Object.fromEntries(
  [...Deno.readDirSync(new URL("included/", FIXTURES))].map(({ name }) => [
    `included/${name}`,
    Deno.readTextFileSync(new URL(`included/${name}`, FIXTURES)),
  ]),
);

/** The surroundings of all fixtures. */
const SURROUNDINGS = surroundingsOf({
  files: INCLUDED,
  variables: {
    ADDRESS: "192.0.2.10",
    WEIGHT: "3",
    EMPTY: "",
    WORD: "many",
    DIGITS: "12345",
    CHECK_PASSWORD: "hunter2",
  },
  hosts: {
    "one.example": ["10.0.0.11"],
    "both.example": ["2001:db8::12", "10.0.0.12"],
    "many.example": ["10.0.0.15", "10.0.0.14", "10.0.0.13"],
    "six.example": ["2001:db8::16"],
    "slow.example": "Temporary failure in name resolution (EAI_AGAIN)",
  },
  sources: {
    "srv _http._tcp.web.example.com": [{ address: parseIpAddress("10.0.0.21"), port: 8080, weight: 5 }],
    "names web.example.com": [{ address: parseIpAddress("10.0.0.22") }],
    "file /etc/lvsctl/targets.json": [{ address: parseIpAddress("10.0.0.23"), port: 8080 }],
    "http https://sd.example.com/targets": [{ address: parseIpAddress("10.0.0.24"), port: 8080 }],
    "consul web, tag blue, dc1 at http://127.0.0.1:8501": [{
      address: parseIpAddress("10.0.0.25"),
      port: 81,
      weight: 0,
    }],
    "consul web at https://consul.example.com:8501": [{ address: parseIpAddress("10.0.0.27"), port: 8080 }],
    "kubernetes shop/web, port http at https://10.96.0.1": [{ address: parseIpAddress("10.0.0.26"), port: 8080 }],
  },
});

/** The cases of a folder by name, each with the text of its file, a byte order mark included. */
function cases(folder: "bad" | "good"): { readonly name: string; readonly text: string; readonly expected: URL }[] {
  const url = new URL(`${folder}/`, FIXTURES);
  const names = [...Deno.readDirSync(url)].map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort();
  return names.map((file) => {
    const name = file.replace(/\.yaml$/, "");
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Deno.readFileSync(new URL(file, url)));
    return { name, text, expected: new URL(`${name}.${folder === "bad" ? "txt" : "json"}`, url) };
  });
}

/** Every key of a shape, as a path: "services.servers.weight". */
function keysOf(shape: Shape, path: string): string[] {
  switch (shape.kind) {
    case "mapping":
      return Object.entries(shape.fields).flatMap(([key, field]) => {
        const own = path === "" ? key : `${path}.${key}`;
        return [own, ...keysOf(field.shape, own)];
      });
    case "list":
      return keysOf(shape.items, path);
    case "either":
      return shape.shapes.flatMap((each) => keysOf(each, path));
    default:
      return [];
  }
}

/** Every key that a tree uses, as paths. */
function usedKeys(tree: Tree, path: string): string[] {
  if (tree.kind === "list") return tree.items.flatMap((item) => usedKeys(item, path));
  if (tree.kind === "scalar") return [];
  return tree.entries.flatMap(({ key, value }) => {
    const name = key.kind === "scalar" ? key.text : "?";
    const own = path === "" ? name : `${path}.${name}`;
    return [own, ...usedKeys(value, own)];
  });
}

/** A service as plain JSON. */
function plain({ care, origins, ...service }: DesiredService): unknown {
  return {
    ...service,
    ...(care === undefined ? {} : { care: Object.fromEntries(care) }),
    ...(origins === undefined ? {} : { origins: Object.fromEntries(origins) }),
  };
}

const BAD = cases("bad");
const GOOD = cases("good");

for (const { name, text, expected } of BAD) {
  Deno.test(`parseConfig refuses bad/${name}.yaml with the expected messages`, async () => {
    const file = `${name}.yaml`;
    const error = await parseConfig(text, { ...SURROUNDINGS, file }).then(() => undefined, (reason: unknown) => reason);
    assert.ok(error instanceof ConfigError, `it was accepted, or failed with ${error}`);
    assert.equal(`${error.message}\n`, Deno.readTextFileSync(expected));
    assert.equal(error.exitCode, name === "host_unknown" ? EXIT.refused : EXIT.usage);
    const lines = error.problems.map((problem) => {
      return `${problem.file ?? file}:${problem.line}:${problem.column}: ${problem.message}`;
    });
    assert.deepEqual(error.message.split("\n"), lines);
  });
}

for (const { name, text, expected } of GOOD) {
  Deno.test(`parseConfig reads good/${name}.yaml as expected`, async () => {
    const state = await parseConfig(text, { ...SURROUNDINGS, file: `${name}.yaml` });
    const services = state.services.map(plain);
    assert.deepEqual({ ...state, services }, JSON.parse(Deno.readTextFileSync(expected)));
  });
}

Deno.test("fixtures: there are enough of them, each with its expectation", () => {
  assert.ok(BAD.length >= 80 && GOOD.length >= 25, `${BAD.length} bad and ${GOOD.length} good ones`);
  for (const folder of ["bad", "good"]) {
    const files = [...Deno.readDirSync(new URL(`${folder}/`, FIXTURES))].map(({ name }) => name.replace(/\..*$/, ""));
    assert.equal(files.length, 2 * new Set(files).size, `each file in ${folder} has its expectation`);
  }
});

Deno.test("fixtures: the good ones use every key of the schema", async () => {
  const used = new Set<string>();
  for (const { text } of GOOD) {
    const tree = await readYaml(text, new SourceReport(text));
    if (tree !== undefined) { for (const key of usedKeys(tree, "")) used.add(key); }
  }
  // A fallback is a server, and a tunnel, a check and so on are the same in all places: one use is enough.
  const inOnePlace = (key: string): string =>
    key.replace(/^.*\b(tunnel|check|persistence|agent|notify|tls|quorum|slow_start)\./, "$1.").replace(
      /^.*\.fallback\./,
      "services.servers.",
    );
  const usedSomewhere = new Set([...used].map(inOnePlace));
  const missing = keysOf(FILE.shape, "").filter((key) => !usedSomewhere.has(inOnePlace(key)));
  assert.deepEqual(missing, []);
});

Deno.test("fixtures: the saved one is canonical, the others are not", () => {
  for (const { name, text } of GOOD) assert.equal(readCanonical(text) !== undefined, name === "saved", name);
});
