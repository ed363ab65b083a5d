import assert from "node:assert/strict";
import { DaemonLog } from "../../../../cli/daemon/log.ts";
import { SharedVerdicts } from "../../../../cli/daemon/shared_verdicts.ts";
import type { OwnVerdict } from "../../../../core/daemon/own_verdicts.ts";
// The dynamic import of the same module then needs no reading of files.
import "../../../../core/sharing/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryEtcd } from "../../../support/memory_etcd.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const SETTINGS = { quorum: 1, maxAgeIntervals: 3, limitMs: 60_000 };

const VERDICT: OwnVerdict = {
  service: serviceId("tcp://192.0.2.10:80"),
  server: realServer("10.0.0.11:80"),
  check: { type: "tcp", intervalMs: 2000, timeoutMs: 500, rise: 2, fall: 2 },
  health: "healthy",
  decided: "healthy",
};

/** The verdicts of a daemon in a test. */
class Place implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly etcd = new MemoryEtcd(this.clock);
  readonly lines: string[] = [];
  readonly reconsidered: string[] = [];
  readonly verdicts: SharedVerdicts;

  constructor({ hasStore = true }: { readonly hasStore?: boolean } = {}) {
    const log = new DaemonLog({
      format: "text",
      isJournal: false,
      isTerminal: false,
      write: (text) => this.lines.push(text),
      timeOfDay: () => 0,
    });
    this.verdicts = new SharedVerdicts({
      store: hasStore ? { etcd: this.etcd, prefix: "/lvs/", name: "alpha" } : undefined,
      daemon: () => ({ verdicts: () => [VERDICT], reconsider: (names) => this.reconsidered.push(...names) }),
      log,
      onBug: (error) => {
        throw error;
      },
      clock: this.clock,
    });
  }

  /** Lets the code of shared verdicts load. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
    await this.clock.advance(100);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.verdicts[Symbol.asyncDispose]();
    assert.equal(this.clock.pending, 0);
    assert.deepEqual(this.etcd.keys, []);
  }
}

Deno.test("SharedVerdicts publishes while the file has health_sharing, and takes its verdicts back afterwards", async () => {
  await using place = new Place();
  place.verdicts.load(undefined);
  await place.settle();
  assert.deepEqual([place.verdicts.status, place.etcd.requests], [undefined, []]);
  place.verdicts.load(SETTINGS);
  await place.settle();
  assert.deepEqual(place.etcd.keys, ["/lvs/health/servers/alpha", "/lvs/health/states/alpha"]);
  assert.equal(place.verdicts.status?.quorum, 1);
  place.verdicts.load({ ...SETTINGS, quorum: 2 });
  await place.settle();
  assert.equal(place.verdicts.status?.quorum, 2);
  assert.equal(place.etcd.keys.length, 2);
  // Its verdicts and those of others stay known.
  assert.ok(!place.etcd.requests.includes("revokeLease"));
  place.verdicts.load(undefined);
  await place.settle();
  assert.deepEqual([place.verdicts.status, place.etcd.keys], [undefined, []]);
});

Deno.test("SharedVerdicts goes on when a file with the same settings is loaded", async () => {
  await using place = new Place();
  place.verdicts.load(SETTINGS);
  await place.settle();
  const leases = (): number => place.etcd.requests.filter((name) => name === "grantLease").length;
  place.verdicts.load({ ...SETTINGS });
  await place.settle();
  assert.equal(leases(), 1);
});

Deno.test("SharedVerdicts knows nothing of others from the load to the first reading, and decides again after it", async () => {
  await using place = new Place();
  assert.equal(place.verdicts.vouchOf(VERDICT), undefined);
  place.verdicts.load(SETTINGS);
  assert.deepEqual(place.verdicts.vouchOf(VERDICT), { directors: 0, limitMs: 60_000 });
  await place.settle();
  assert.equal(place.verdicts.vouchOf(VERDICT), undefined);
  assert.deepEqual(place.reconsidered, ["tcp://192.0.2.10:80"]);
});

Deno.test("SharedVerdicts leaves its verdicts in the store for 30 seconds of a restart", async () => {
  await using place = new Place();
  place.verdicts.load(SETTINGS);
  await place.settle();
  await place.verdicts.end({ isRestart: true });
  await place.clock.advance(29_000);
  assert.equal(place.etcd.keys.length, 2);
  await place.clock.advance(1000);
  assert.equal(place.etcd.keys.length, 0);
});

Deno.test("SharedVerdicts warns once of health_sharing in a file without a store, and shares nothing", async () => {
  await using place = new Place({ hasStore: false });
  place.verdicts.load(SETTINGS);
  place.verdicts.load(SETTINGS);
  await place.settle();
  assert.equal(place.lines.length, 1);
  assert.match(place.lines[0] ?? "", /health_sharing has no effect with a file/);
  assert.equal(place.verdicts.vouchOf(VERDICT), undefined);
});
