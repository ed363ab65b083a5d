import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { SOURCE_KINDS } from "../../../../core/config/schema/discovery_schema.ts";
import { readTargetGroups } from "../../../../core/discovery/targets.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";

const EXAMPLES = new URL("../../../../examples/discovery/", import.meta.url);

Deno.test("examples/discovery has a file for each kind of source, and targets", () => {
  const names = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).sort();
  assert.deepEqual(names, [...SOURCE_KINDS.map((kind) => `${kind}.yaml`), "targets.json"].sort());
});

for (const kind of SOURCE_KINDS) {
  Deno.test(`examples/discovery/${kind}.yaml is valid, and begins by saying what it shows`, async () => {
    const text = await Deno.readTextFile(new URL(`${kind}.yaml`, EXAMPLES));
    assert.match(text, /^# [A-Z]/);
    const kinds: string[] = [];
    const { services } = await parseConfig(text, {
      file: `${kind}.yaml`,
      discover: ({ source }) => {
        kinds.push(source.kind);
        return Promise.resolve({ servers: [{ address: parseIpAddress("10.0.0.11") }] });
      },
    });
    assert.deepEqual(kinds, [kind]);
    assert.equal(services[0]?.servers.length, 1);
  });
}

Deno.test("examples/discovery/targets.json has targets with the label of the weight", async () => {
  const document = JSON.parse(await Deno.readTextFile(new URL("targets.json", EXAMPLES)));
  assert.deepEqual(readTargetGroups(document, { weightLabel: "weight" }).map(({ weight }) => weight), [
    2,
    2,
    undefined,
  ]);
});
