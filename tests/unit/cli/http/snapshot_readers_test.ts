import assert from "node:assert/strict";
import { SnapshotLimitError, SnapshotReaders } from "../../../../cli/http/snapshot_readers.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("SnapshotReaders keep three snapshots at most, however many readers each has", () => {
  const readers = new SnapshotReaders(new FakeClock());
  const snapshots = [{}, {}, {}];
  const all = snapshots.flatMap((snapshot) => [readers.add(snapshot), readers.add(snapshot)]);
  assert.throws(() => readers.requireRoom(), SnapshotLimitError);
  all[0]?.[Symbol.dispose]();
  assert.throws(() => readers.requireRoom(), /slow readers hold all snapshots/);
  all[1]?.[Symbol.dispose]();
  readers.requireRoom();
});

Deno.test("SnapshotReaders end readers that had ten seconds, once others wait", async () => {
  const clock = new FakeClock();
  const readers = new SnapshotReaders(clock);
  const [old] = [{}, {}].map((snapshot) => readers.add(snapshot));
  await clock.advance(10_000);
  readers.requireRoom();
  old?.check();
  const young = readers.add({});
  assert.throws(() => readers.requireRoom(), { retriable: true });
  assert.throws(() => old?.check(), SnapshotLimitError);
  young.check();
  // Its snapshot is in memory until it has ended.
  assert.throws(() => readers.requireRoom(), SnapshotLimitError);
  old?.[Symbol.dispose]();
  readers.requireRoom();
});
