import assert from "node:assert/strict";
import { DaemonState, readDaemonState, readVipPlaces } from "../../../../cli/daemon/state_file.ts";
import { restoreState } from "../../../../core/daemon/mod.ts";
import { HealthRecords } from "../../../../core/health/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** A state with this time. */
function state(at: number): ReturnType<ConstructorParameters<typeof DaemonState>[1]["state"]> {
  const health = new HealthRecords().toJSON();
  return { version: 2, boot: "b", at, health, agents: { version: 1, states: {} }, standings: {}, more: {} };
}

/** The time of the state in a file; undefined if there is no state. */
function stored(path: string): unknown {
  const value = readDaemonState(path, { onProblem: (message) => assert.fail(message) });
  return typeof value === "object" && value !== null && "at" in value ? value.at : undefined;
}

Deno.test("DaemonState writes a change within a second, once, an unchanged state every 30 seconds, and the last state", async () => {
  const path = `${Deno.makeTempDirSync()}/state.json`;
  const clock = new FakeClock();
  {
    using file = new DaemonState(path, { state: () => state(clock.now()), onProblem: assert.fail, clock });
    file.changed();
    await clock.advance(500);
    file.changed();
    assert.equal(stored(path), undefined);
    await clock.advance(2000);
    assert.equal(stored(path), 1000);
    await clock.advance(60_000);
    assert.equal(stored(path), 61_000);
    file.changed();
    await clock.advance(100);
  }
  assert.deepEqual([stored(path), clock.pending], [62_600, 0]);
});

Deno.test("DaemonState reports once that it cannot write, and writes when it can again", async () => {
  const directory = `${Deno.makeTempDirSync()}/missing`;
  const path = `${directory}/state.json`;
  const clock = new FakeClock();
  const problems: string[] = [];
  using file = new DaemonState(path, { state: () => state(1), onProblem: (message) => problems.push(message), clock });
  for (let round = 0; round < 3; round++) {
    file.changed();
    await clock.advance(1000);
  }
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^Cannot write .*state\.json: .* \(ENOENT\); a restarted daemon would not know /);
  Deno.mkdirSync(directory);
  await clock.advance(30_000);
  assert.equal(stored(path), 1);
});

Deno.test("readDaemonState() takes a file that is not JSON as empty, and reports why", () => {
  const path = Deno.makeTempFileSync();
  const problems: string[] = [];
  for (const text of ["", "{", "\xff\0"]) {
    Deno.writeTextFileSync(path, text);
    const value = readDaemonState(path, { onProblem: (message) => problems.push(message) });
    assert.equal(restoreState(value, { boot: "b", now: 0 }).remembered.size, 0);
  }
  assert.equal(problems.length, 3);
});

Deno.test("readVipPlaces() reads the places that were stored, and ignores everything else", () => {
  const places = [{ address: "192.0.2.10", device: "eth0" }, { address: "2001:db8::10", device: "eth1" }];
  const strange = [7, null, {}, { address: "nowhere", device: "eth0" }, { address: "192.0.2.11" }, "192.0.2.12"];
  assert.deepEqual(readVipPlaces(JSON.parse(JSON.stringify([...strange, ...places]))), places);
  for (const value of [undefined, null, {}, "x"]) assert.deepEqual(readVipPlaces(value), []);
});

Deno.test("DaemonState leaves a file of another kind alone, such as a configuration that --state names", async () => {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, "version: 1\n");
  const clock = new FakeClock();
  const problems: string[] = [];
  const onProblem = (message: string): number => problems.push(message);
  assert.equal(readDaemonState(path, { onProblem }), undefined);
  {
    using file = new DaemonState(path, { state: () => state(1), onProblem, clock });
    file.changed();
    await clock.advance(1000);
  }
  assert.equal(Deno.readTextFileSync(path), "version: 1\n");
  assert.equal(problems.length, 2);
  for (const problem of problems) {
    assert.match(problem, /^Cannot use \S+: it has other text, and lvsctl did not write it; /);
  }
});
