import assert from "node:assert/strict";
import { loadFormatFile, parseConfig } from "../../../../core/config/mod.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

async function format(text: string): Promise<string> {
  const { formatFile } = await loadFormatFile();
  return await formatFile(text, { file: "web.yaml" });
}

Deno.test("formatFile() gives one layout, and keeps comments, brackets, quotes and variables", async () => {
  const text = `# first
version:   1     # of the format
vips:
    - {address: 192.0.2.10/32, device: "\${DEVICE}"} # on the link
services:
- name: web
  # where clients connect
  listen: [tcp://192.0.2.10:80,    "tcp://[2001:db8::10]:80"]
  servers:
       - 10.0.0.[11-20]:8080
# last
`;
  const formatted = await format(text);
  assert.equal(
    formatted,
    `# first
version: 1 # of the format
vips:
  - { address: 192.0.2.10/32, device: "\${DEVICE}" } # on the link
services:
  - name: web
    # where clients connect
    listen: [tcp://192.0.2.10:80, "tcp://[2001:db8::10]:80"]
    servers:
      - 10.0.0.[11-20]:8080

# last
`,
  );
  assert.equal(await format(formatted), formatted);
});

Deno.test("formatFile() keeps keys without a value, numbers as they are written, and an empty file", async () => {
  const text = "a:\nb: ~ # none\nc: [1, 0x10, 1.50, yes, null]\n";
  assert.equal(await format(text), text);
  assert.equal(await format(""), "");
  assert.equal(await format("# nothing yet\n"), "# nothing yet\n");
});

Deno.test("formatFile() refuses a file that is not YAML, with the place", async () => {
  await assert.rejects(format("version: 1\nservices: [\n"), /^ConfigError: web\.yaml:/);
});

const GOOD = new URL("../../../fixtures/config/good/", import.meta.url);

for (const { name } of [...Deno.readDirSync(GOOD)].filter(({ name }) => name.endsWith(".yaml"))) {
  Deno.test(`formatFile() formats good/${name}, and leaves the result as it is`, async () => {
    const formatted = await format(new TextDecoder().decode(Deno.readFileSync(new URL(name, GOOD))));
    assert.equal(await format(formatted), formatted);
  });
}

Deno.test("formatFile() leaves a file of save as it is", async () => {
  const text = Deno.readTextFileSync(new URL("saved.yaml", GOOD));
  assert.equal(await format(text), text);
});

Deno.test("formatFile() keeps what a file means", async () => {
  const text = "version: 1\nservices:\n- {listen: fwmark:1, servers: [10.0.0.1:80,10.0.0.2:80]}\n";
  const read = (each: string): Promise<unknown> => parseConfig(each, { ...surroundingsOf({}), file: "web.yaml" });
  assert.deepEqual(await read(await format(text)), await read(text));
});
