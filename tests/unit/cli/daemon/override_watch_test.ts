import assert from "node:assert/strict";
import type { Context } from "../../../../cli/context/context.ts";
import { overridePath, readOverrides, updateOverrides } from "../../../../cli/state/override_file.ts";
import { OverrideWatch } from "../../../../cli/daemon/override_watch.ts";
import { type Override, parseIpAddress, parseServiceId } from "../../../../core/model/mod.ts";
import { testContext } from "../../../support/context.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const MAINT: Override = {
  service: parseServiceId("tcp://192.0.2.10:80"),
  address: parseIpAddress("10.0.0.11"),
  port: 80,
  weight: "maint",
  reason: "new disk",
  at: 1,
};

/** A context with directories of its own, which disposing removes. */
function place(): Disposable & { readonly context: Context; readonly directories: { run: string; state: string } } {
  const directory = Deno.makeTempDirSync();
  const directories = { run: `${directory}/run`, state: `${directory}/state` };
  const unused = (): never => assert.fail("not for this test");
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  const context = testContext(io, { directories });
  return { context, directories, [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }) };
}

Deno.test("readOverrides() reads the overrides that were written, without expired and unreadable ones", () => {
  using here = place();
  assert.deepEqual(readOverrides(here.context.directories), [], "there is none yet");
  const ended: Override = { ...MAINT, until: 2 };
  const lasting: Override = { address: MAINT.address, weight: 7, at: 1, until: 8e15, former: { "a b": 3 } };
  updateOverrides(here.directories, () => [MAINT, ended, lasting]);
  assert.deepEqual(readOverrides(here.context.directories), [MAINT, lasting]);
  assert.deepEqual(readOverrides(here.context.directories, { now: 1 }), [MAINT, ended, lasting]);
  const path = overridePath(here.directories);
  const stored = JSON.parse(Deno.readTextFileSync(path));
  const strange = [7, null, {}, { address: "x", weight: 1, at: 1 }, { address: "10.0.0.1", weight: -1, at: 1 }];
  Deno.writeTextFileSync(path, JSON.stringify({ ...stored, overrides: [...strange, ...stored.overrides] }));
  assert.deepEqual(readOverrides(here.context.directories), [MAINT, lasting]);
  for (const text of ["", "{", "[]", '{"version":2,"overrides":[]}']) {
    Deno.writeTextFileSync(path, text);
    assert.throws(() => readOverrides(here.context.directories), /is not a file of overrides/, text);
  }
});

Deno.test("OverrideWatch reports each change of the file once, and an unreadable file once", async () => {
  using here = place();
  const clock = new FakeClock();
  const changes: number[] = [];
  const problems: string[] = [];
  {
    using watch = new OverrideWatch(here.context, {
      onChange: (overrides) => changes.push(overrides.length),
      onProblem: (message) => problems.push(message),
      clock,
    });
    await clock.advance(3000);
    assert.deepEqual(changes, [0]);
    updateOverrides(here.directories, () => [MAINT]);
    await clock.advance(1000);
    assert.deepEqual(changes, [0, 1]);
    updateOverrides(here.directories, () => []);
    watch.read();
    assert.deepEqual(changes, [0, 1, 0], "at once on request");
    const path = overridePath(here.directories);
    Deno.writeTextFileSync(path, "half of it");
    await clock.advance(3000);
    assert.deepEqual([changes.length, problems.length], [3, 1]);
    assert.match(problems[0] ?? "", /overrides\.json.*; the previous overrides stay active$/);
    Deno.removeSync(path);
    await clock.advance(1000);
    assert.deepEqual(changes, [0, 1, 0, 0]);
  }
  assert.equal(clock.pending, 0);
});
