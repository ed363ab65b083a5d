import assert from "node:assert/strict";
import { stopLeftSyncDaemons, SyncFollower, type SyncPlace } from "../../../../cli/daemon/sync_follower.ts";
import { parseConfig } from "../../../../core/config/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { type Change, describeChange, type SyncDaemon } from "../../../../core/model/mod.ts";
import type { RouterState } from "../../../../core/vrrp/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { routerStatuses } from "../../../support/router_status.ts";

/** A follower over a kernel in memory. */
class Bench {
  running: SyncDaemon[] = [];
  readonly done: string[] = [];
  readonly messages: string[] = [];
  readonly clock = new FakeClock();
  failure: LvsctlError | undefined;
  recorded: SyncPlace | undefined;
  readonly kernel = {
    syncDaemons: () => this.running,
    execute: (changes: readonly Change[]) => this.#execute(changes),
  };
  readonly record = {
    read: () => this.recorded,
    write: (place: SyncPlace | undefined) => void (this.recorded = place),
  };
  follower = this.next();

  next(): SyncFollower {
    return this.follower = new SyncFollower({
      kernel: this.kernel,
      record: this.record,
      onChange: (message) => this.messages.push(message),
      onProblem: (message) => this.messages.push(message),
      clock: this.clock,
    });
  }

  async load(sync: string): Promise<void> {
    const text = `version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.10${sync} }]\nservices: []\n`;
    const { vrrp = [] } = await parseConfig(text, { file: "web.yaml" });
    this.follower.load(vrrp);
  }

  enter(state: RouterState, name = "edge"): void {
    const [router] = routerStatuses();
    assert.ok(router !== undefined);
    this.follower.follow({ subject: "instance", name, state, router });
  }

  take(): readonly string[] {
    return this.done.splice(0);
  }

  #execute(changes: readonly Change[]): ReadonlyMap<number, LvsctlError> {
    if (this.failure !== undefined) return new Map([[0, this.failure]]);
    for (const change of changes) {
      const { verb, object } = describeChange(change);
      this.done.push(`${verb} ${object}`);
      if (change.operation === "startSyncDaemon") this.running.push(change.daemon);
      if (change.operation === "stopSyncDaemon") this.running = this.running.filter(({ role }) => role !== change.role);
    }
    return new Map();
  }
}

const SYNC = ", sync: { device: eth1 }";

Deno.test("SyncFollower runs the master while the instance is active, and otherwise the backup", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  assert.deepEqual(bench.take(), []);
  bench.enter("backup");
  assert.deepEqual(bench.running, [{ interface: "eth1", syncId: 51, role: "backup" }]);
  bench.enter("active");
  assert.deepEqual(bench.running, [{ interface: "eth1", syncId: 51, role: "master" }]);
  for (const state of ["fault", "released", "backup"] as const) bench.enter(state);
  assert.deepEqual(bench.running, [{ interface: "eth1", syncId: 51, role: "backup" }]);
  bench.enter("active", "inside");
  assert.equal(bench.take().length, 5);
  assert.equal(bench.messages[0], "the sync daemon backup runs on eth1");
});

Deno.test("SyncFollower follows at once, so that what comes after it can rely on the sync daemons", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  bench.enter("backup");
  bench.take();
  bench.enter("active");
  assert.deepEqual(bench.running.map(({ role }) => role), ["master"]);
  bench.enter("backup");
  assert.deepEqual(bench.running.map(({ role }) => role), ["backup"]);
});

Deno.test("SyncFollower keeps a daemon that runs already, and replaces one with other settings", async () => {
  const bench = new Bench();
  bench.running = [{ interface: "eth1", syncId: 51, role: "backup", maxLength: 1460 }];
  await bench.load(SYNC);
  bench.enter("backup");
  assert.deepEqual(bench.take(), []);
  await bench.load(", sync: { device: eth1, id: 7 }");
  assert.deepEqual(bench.running, [{ interface: "eth1", syncId: 7, role: "backup" }]);
});

Deno.test("SyncFollower follows the present state of an instance that has sync in another file only", async () => {
  const bench = new Bench();
  await bench.load("");
  bench.enter("backup");
  bench.enter("active");
  assert.deepEqual(bench.take(), []);
  await bench.load(SYNC);
  assert.deepEqual(bench.running, [{ interface: "eth1", syncId: 51, role: "master" }]);
});

Deno.test("SyncFollower stops the daemons at the end, and when the file has no sync any more", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  bench.enter("active");
  bench.follower[Symbol.dispose]();
  assert.deepEqual(bench.running, []);
  const other = new Bench();
  await other.load(SYNC);
  other.enter("active");
  await other.load("");
  assert.deepEqual(other.running, []);
});

Deno.test("SyncFollower leaves the backup at the end where the file says so, also if it ends twice", async () => {
  const bench = new Bench();
  await bench.load(", sync: { device: eth1, keep: true }");
  bench.enter("active");
  bench.follower[Symbol.dispose]();
  bench.follower[Symbol.dispose]();
  assert.deepEqual(bench.running.map(({ role }) => role), ["backup"]);
});

Deno.test("SyncFollower leaves its sync daemons to the next daemon, and stops none when it is disposed of then", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  bench.enter("active");
  bench.follower.leave();
  bench.follower[Symbol.dispose]();
  assert.deepEqual(bench.running.map(({ role }) => role), ["master"]);
});

Deno.test("SyncFollower changes nothing for a file without sync", async () => {
  const bench = new Bench();
  bench.running = [{ interface: "eth1", syncId: 1, role: "master" }];
  await bench.load("");
  bench.enter("active");
  bench.follower[Symbol.dispose]();
  assert.deepEqual(bench.take(), []);
});

Deno.test("SyncFollower reports a failure, and tries again", async () => {
  const bench = new Bench();
  bench.failure = new LvsctlError('there is no interface "eth1"', { operation: "start sync daemon", object: "backup" });
  await bench.load(SYNC);
  bench.enter("backup");
  assert.deepEqual(bench.messages, ['Cannot start sync daemon backup: there is no interface "eth1"']);
  bench.failure = undefined;
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.running.map(({ role }) => role), ["backup"]);
  bench.follower[Symbol.dispose]();
});

Deno.test("SyncFollower stops what an earlier daemon has left if the file has no sync any more, and nothing else", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  bench.enter("active");
  bench.follower.leave();
  const foreign: SyncDaemon = { interface: "eth7", syncId: 1, role: "backup" };
  bench.running.push(foreign);
  bench.next();
  await bench.load("");
  assert.deepEqual(bench.running, [foreign]);
  assert.equal(bench.recorded, undefined);
});

Deno.test("SyncFollower stops at its end what an earlier daemon has left, also before it knows the state", async () => {
  for (const [keep, roles] of [["", []], [", keep: true", ["backup"]]] as const) {
    const bench = new Bench();
    await bench.load(`, sync: { device: eth1${keep} }`);
    bench.enter("active");
    bench.follower.leave();
    bench.next();
    await bench.load(`, sync: { device: eth1${keep} }`);
    bench.follower[Symbol.dispose]();
    assert.deepEqual(bench.running.map(({ role }) => role), roles);
    assert.equal(bench.recorded, undefined);
  }
});

Deno.test("SyncFollower records its sync daemons until they are stopped", async () => {
  const bench = new Bench();
  await bench.load(SYNC);
  assert.equal(bench.recorded, undefined);
  bench.enter("backup");
  assert.deepEqual(bench.recorded, { interface: "eth1", syncId: 51 });
  bench.failure = new LvsctlError("no", { operation: "stop sync daemon", object: "backup" });
  bench.follower[Symbol.dispose]();
  assert.deepEqual(bench.recorded, { interface: "eth1", syncId: 51 });
});

Deno.test("stopLeftSyncDaemons() stops what a killed daemon has left, and nothing else", async () => {
  const bench = new Bench();
  const stopped: string[] = [];
  const options = { kernel: bench.kernel, onStop: (role: string) => void stopped.push(role) };
  const foreign: SyncDaemon = { interface: "eth7", syncId: 1, role: "backup" };
  bench.running = [foreign];
  stopLeftSyncDaemons(bench.record, options);
  await bench.load(SYNC);
  bench.enter("active");
  bench.running.push(foreign);
  bench.failure = new LvsctlError("no", { operation: "stop sync daemon", object: "master" });
  assert.throws(() => stopLeftSyncDaemons(bench.record, options), /Cannot stop sync daemon master/);
  bench.failure = undefined;
  stopLeftSyncDaemons(bench.record, options);
  assert.deepEqual([stopped, bench.running, bench.recorded], [["master"], [foreign], undefined]);
});
