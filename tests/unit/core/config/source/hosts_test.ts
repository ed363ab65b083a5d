import assert from "node:assert/strict";
import { type ConfigFile, readConfig } from "../../../../../core/config/mod.ts";
import { parseLabels } from "../../../../../core/model/mod.ts";

const TEXT = `version: 1
hosts:
  - { name: lb1, variables: [WEIGHT=5] }
  - { name: lb2, variables: [WEIGHT=6, OTHER=1] }
services:
  - { listen: fwmark:1, servers: [{ address: "10.0.0.11:80", weight: "\${WEIGHT}" }] }
`;

async function weightOn(host: string, variables: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const options = { file: "f.yaml", variables: (name: string) => variables[name], host: () => host };
  return (await readConfig(TEXT, options)).desired.services[0]?.servers[0]?.weight;
}

Deno.test("hosts: a file has the variables of the host that reads it, before those of the environment", async () => {
  assert.equal(await weightOn("lb1", { WEIGHT: "1" }), 5);
  assert.equal(await weightOn("lb2"), 6);
  assert.equal(await weightOn("lb3", { WEIGHT: "1" }), 1);
  await assert.rejects(weightOn("lb3"), /the environment variable WEIGHT is not set/);
});

Deno.test("hosts: the caller learns the names, and only of a file that has some", async () => {
  let named: readonly string[] | undefined;
  const host = (names: readonly string[]): string => (named = names)[0] ?? "";
  await readConfig(TEXT, { file: "f.yaml", host });
  assert.deepEqual(named, ["lb1", "lb2"]);
  named = undefined;
  await readConfig("version: 1\nservices: [] # no names\n", { file: "f.yaml", host });
  assert.equal(named, undefined);
});

const LABELLED = `version: 1
hosts:
  - { name: lb1, labels: [role=edge] }
  - { only_on: role=edge, variables: [WEIGHT=5] }
  - { only_on: [role=edge, site=fra], variables: [WEIGHT=6] }
services:
  - { only_on: role=core, listen: fwmark:2 }
  - { listen: fwmark:1, servers: [{ address: "10.0.0.11:80", weight: "\${WEIGHT:-1}" }] }
`;

async function read(host: string, ...labels: readonly string[]): Promise<ConfigFile> {
  return await readConfig(LABELLED, { file: "f.yaml", host: () => host, labels: () => parseLabels(labels) });
}

function weightIn({ desired: { services } }: ConfigFile): number | undefined {
  return services.at(-1)?.servers[0]?.weight;
}

Deno.test("hosts: variables of hosts with a label are for all of them, and later entries take precedence", async () => {
  assert.equal(weightIn(await read("lb1")), 5);
  assert.equal(weightIn(await read("lb1", "site=fra")), 6);
  assert.equal(weightIn(await read("lb2", "role=edge", "site=fra")), 6);
  assert.equal(weightIn(await read("lb2", "site=fra")), 1);
});

Deno.test("hosts: labels of the file take precedence over those outside it", async () => {
  assert.equal((await read("lb1", "role=core")).desired.services.length, 1);
  assert.equal((await read("lb2", "role=core")).desired.services.length, 2);
});

Deno.test("only_on: an item that is for other directors is left out, and named with its place", async () => {
  assert.deepEqual((await read("lb2")).omitted, [{ line: 7, column: 5, labels: ["role=core"] }]);
  assert.deepEqual((await read("lb2", "role=core")).omitted, []);
});
