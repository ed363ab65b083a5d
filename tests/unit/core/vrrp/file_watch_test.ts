import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { FileWatch } from "../../../../core/vrrp/file_watch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const { vrrp = [] } = await parseConfig(
  "version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.10, " +
    "track: [{ file: /run/weight, interval: 500ms }] }]\nservices: []\n",
  { file: "web.yaml" },
);

Deno.test("FileWatch reads a number at its interval, and reports changes only", async () => {
  const clock = new FakeClock();
  let text = "12 \n";
  let changes = 0;
  using watch = new FileWatch({ read: () => text, onChange: () => void changes++, clock });
  watch.load(vrrp);
  assert.deepEqual(watch.states, { "file /run/weight": 12 });
  await clock.advance(2000);
  assert.equal(changes, 0);
  text = "-7";
  await clock.advance(499);
  assert.deepEqual(watch.states, { "file /run/weight": 12 });
  await clock.advance(1);
  assert.deepEqual([watch.states, changes], [{ "file /run/weight": -7 }, 1]);
  watch.load([]);
  text = "3";
  await clock.advance(5000);
  assert.deepEqual([watch.states, changes], [{}, 1]);
});

Deno.test("FileWatch takes 0 for a file without a number, and limits others", () => {
  const rows = [["", 0], ["up", 0], ["1x", 0], ["+5", 5], ["255", 254], ["-999999999", -254], ["1\n2", 1]] as const;
  for (const [text, expected] of rows) {
    using watch = new FileWatch({ read: () => text, onChange: () => {}, clock: new FakeClock() });
    watch.load(vrrp);
    assert.deepEqual(Object.values(watch.states), [expected], JSON.stringify(text));
  }
  const read = (): string => {
    throw new Deno.errors.NotFound();
  };
  using watch = new FileWatch({ read, onChange: () => {}, clock: new FakeClock() });
  watch.load(vrrp);
  assert.deepEqual(Object.values(watch.states), [0]);
});
