import assert from "node:assert/strict";
import { readConfig } from "../../../../../core/config/mod.ts";

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
