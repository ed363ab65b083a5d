import assert from "node:assert/strict";
import { parseConfig, readConfig } from "../../../../core/config/mod.ts";
import { loadKeepalived } from "../../../../core/importers/mod.ts";
import { WORLD } from "../importers/import_fixtures.ts";

const EXAMPLES = new URL("../../../../examples/failover/", import.meta.url);

const FILES = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort();

for (const file of FILES) {
  Deno.test(`examples/failover/${file} is valid without warnings, and its services have the addresses of its routers`, async () => {
    const text = await Deno.readTextFile(new URL(file, EXAMPLES));
    assert.match(text, /^# [A-Z]/);
    const { desired: { vrrp = [], services }, warnings } = await readConfig(text, { file, lint: {} });
    assert.deepEqual(warnings, []);
    const virtual = new Set(vrrp.flatMap(({ vips }) => vips.map(({ address }) => address)));
    assert.ok(services.length > 0);
    for (const { service: { id } } of services) assert.ok(id.kind === "endpoint" && virtual.has(id.address));
  });
}

Deno.test("examples/failover/beside_keepalived.yaml has what keepalived's file has, but the priority", async () => {
  const { importKeepalived } = await loadKeepalived();
  const conf = await Deno.readTextFile(new URL("beside_keepalived.conf", EXAMPLES));
  const { text, unmapped } = await importKeepalived({ file: "beside_keepalived.conf", text: conf }, WORLD);
  assert.deepEqual(unmapped, []);
  const [theirs] = (await parseConfig(text, { file: "-" })).vrrp ?? [];
  const own = await Deno.readTextFile(new URL("beside_keepalived.yaml", EXAMPLES));
  const [ours] = (await parseConfig(own, { file: "-" })).vrrp ?? [];
  assert.deepEqual({ ...theirs, priority: 0 }, { ...ours, priority: 0 });
  assert.notEqual(theirs?.priority, ours?.priority);
});
