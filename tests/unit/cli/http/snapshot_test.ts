import assert from "node:assert/strict";
import { type SiteSource, Snapshots } from "../../../../cli/http/snapshot.ts";
import { SnapshotLimitError } from "../../../../cli/http/snapshot_readers.ts";
import { Slices } from "../../../../core/http/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";
import { ABOUT } from "./site_bench.ts";

const WEB = "tcp://192.0.2.10:80";

/** Snapshots of a table of two services. */
class Bench implements Disposable {
  readonly clock = new FakeClock();
  readonly #table = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:1")] })
    .openClient();
  readonly snapshots = new Snapshots({
    table: this.#table,
    slices: new Slices(this.clock),
    clock: this.clock,
    timeOfDay: () => this.clock.now(),
  });
  /** The names of the services that the decisions were made with, in each reading. */
  readonly tables: string[] = [];
  readonly source: SiteSource = {
    isAlive: () => true,
    about: () => ABOUT,
    services: (table) => {
      const servers = table.services().map(({ id }) => table.countedServers?.(id).length);
      this.tables.push(servers.join(" "));
      return [];
    },
    problems: () => ({ failures: [], differences: [] }),
    routers: () => [],
    metrics: () => [],
  };

  /** Takes a snapshot when the last one is too old. */
  async next(): Promise<object> {
    await this.clock.advance(1100);
    const taking = this.snapshots.take(this.source);
    await this.clock.advance(0);
    return await taking;
  }

  [Symbol.dispose](): void {
    this.snapshots[Symbol.dispose]();
    this.#table.close();
  }
}

Deno.test("Snapshots decide with the table that they read, in order, at most once a second", async () => {
  using bench = new Bench();
  const first = await bench.next();
  assert.equal(await bench.snapshots.take(bench.source), first);
  assert.deepEqual(bench.tables, ["1 0"]);
  assert.notEqual(await bench.next(), first);
  assert.equal(bench.tables.length, 2);
});

Deno.test("Snapshots make no fourth one while readers keep three, and the present one stays for all", async () => {
  using bench = new Bench();
  const readers = [];
  for (let count = 0; count < 3; count++) readers.push(bench.snapshots.hold(await bench.next()));
  const present = await bench.snapshots.take(bench.source);
  assert.equal(await bench.snapshots.take(bench.source), present);
  await assert.rejects(bench.next(), SnapshotLimitError);
  readers[0]?.[Symbol.dispose]();
  await bench.next();
  assert.equal(bench.tables.length, 4);
});
