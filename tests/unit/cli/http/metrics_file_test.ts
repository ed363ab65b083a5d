import assert from "node:assert/strict";
import { MetricsFile, type MetricsFileSettings } from "../../../../cli/http/metrics_file.ts";
import { Readings } from "../../../../cli/http/readings.ts";
import type { SiteSource } from "../../../../cli/http/snapshot.ts";
import type { LvsctlError } from "../../../../core/errors/mod.ts";
import type { Clock } from "../../../../core/time/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";
import { ABOUT } from "./site_bench.ts";

const SOURCE: SiteSource = {
  isAlive: () => true,
  about: () => ABOUT,
  services: () => [],
  problems: () => ({ failures: [], differences: [] }),
  routers: () => [],
  metrics: () => [],
};

/** A file of metrics with a clock that stands still except for the pauses of slices. */
class Bench implements AsyncDisposable {
  readonly #directory = Deno.makeTempDirSync();
  readonly folder = `${this.#directory}/metrics`;
  readonly path = `${this.folder}/lvsctl.prom`;
  readonly clock = new FakeClock();
  readonly troubles: (string | undefined)[] = [];
  readonly bugs: unknown[] = [];
  readonly #table = memoryKernel({ services: [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80")] }).openClient();
  readonly #readings: Readings;
  readonly file: MetricsFile;

  constructor({ source = SOURCE, ...settings }: Partial<MetricsFileSettings> & { readonly source?: SiteSource } = {}) {
    const clock: Clock = {
      now: () => this.clock.now(),
      setTimer: (callback, ms) => {
        if (ms > 0) return this.clock.setTimer(callback, ms);
        const timer = setTimeout(callback, 0);
        return { [Symbol.dispose]: () => clearTimeout(timer) };
      },
    };
    Deno.mkdirSync(this.folder);
    this.#readings = new Readings({ table: this.#table, clock });
    this.file = new MetricsFile({ path: this.path, intervalMs: 15_000, ...settings }, {
      readings: this.#readings,
      clock,
      onTrouble: (error: LvsctlError | undefined) => this.troubles.push(error?.message),
      onBug: (error) => this.bugs.push(error),
    });
    this.file.serve(source);
  }

  /** Waits until a condition holds, by the event loop's own turns. */
  async until(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 5000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(condition());
  }

  /** Waits until the file is there. */
  async text(): Promise<string> {
    await this.until(() => this.exists());
    return await Deno.readTextFile(this.path);
  }

  exists(): boolean {
    try {
      return Deno.statSync(this.path).isFile;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#readings[Symbol.dispose]();
    await this.file[Symbol.asyncDispose]();
    this.#table.close();
    assert.equal(this.clock.pending, 0);
    await Deno.remove(this.#directory, { recursive: true });
  }
}

Deno.test("MetricsFile writes the metrics of table and daemon at once, and again after its interval", async () => {
  await using bench = new Bench();
  const text = await bench.text();
  assert.match(text, /^lvsctl_daemon_up 1$/m);
  assert.match(
    text,
    /^lvsctl_server_weight\{virtual_service="tcp:\/\/192\.0\.2\.10:80",real_server="10\.0\.0\.11:80"\} 1$/m,
  );
  await bench.until(() => bench.clock.pending === 2);
  await Deno.remove(bench.path);
  await bench.clock.advance(14_999);
  assert.equal(bench.exists(), false);
  await bench.clock.advance(1);
  assert.match(await bench.text(), /^lvsctl_ipvs_up 1$/m);
  assert.deepEqual([bench.troubles, bench.bugs], [[], []]);
});

Deno.test("MetricsFile has the level of its settings", async () => {
  await using bench = new Bench({ level: "summary" });
  assert.doesNotMatch(await bench.text(), /lvsctl_service_/);
});

Deno.test("MetricsFile removes its file at its end: old values would look like present ones", async () => {
  const bench = new Bench();
  {
    await using _ending = bench;
    await bench.text();
  }
  assert.equal(bench.exists(), false);
});

Deno.test("MetricsFile reports once that the file cannot be written, tries again, and reports that it can", async () => {
  await using bench = new Bench({ path: "/proc/lvsctl.prom" });
  await bench.until(() => bench.troubles.length === 1);
  for (let round = 0; round < 3; round++) {
    await bench.until(() => bench.clock.pending >= 1);
    await bench.clock.advance(15_000);
  }
  assert.match(bench.troubles.join("\n"), /^Cannot write \/proc\/lvsctl\.prom: .*\(ENOENT\)$/);
});

Deno.test("MetricsFile reports a file that can be written again", async () => {
  await using bench = new Bench();
  await bench.text();
  await bench.until(() => bench.clock.pending === 2);
  await Deno.remove(bench.folder, { recursive: true });
  await bench.clock.advance(15_000);
  await bench.until(() => bench.troubles.length === 1);
  await bench.until(() => bench.clock.pending === 2);
  await Deno.mkdir(bench.folder);
  await bench.clock.advance(15_000);
  await bench.text();
  await bench.until(() => bench.troubles.length === 2);
  assert.deepEqual(bench.troubles.slice(1), [undefined]);
});

Deno.test("MetricsFile reports a bug as one, and goes on", async () => {
  let calls = 0;
  const source: SiteSource = {
    ...SOURCE,
    metrics: () => {
      if (calls++ === 0) throw new TypeError("a bug");
      return [];
    },
  };
  await using bench = new Bench({ source });
  await bench.until(() => bench.bugs.length === 1);
  assert.deepEqual([String(bench.bugs), bench.troubles], ["TypeError: a bug", []]);
  await bench.until(() => bench.clock.pending === 2);
  await bench.clock.advance(15_000);
  assert.match(await bench.text(), /^lvsctl_daemon_up 1$/m);
});

Deno.test("MetricsFile neither replaces nor removes a file that has no metrics, and writes once it is gone", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/web.yaml`;
  await Deno.writeTextFile(path, "version: 1\n");
  try {
    {
      await using bench = new Bench({ path });
      await bench.until(() => bench.troubles.length === 1 && bench.clock.pending >= 1);
      assert.match(
        bench.troubles.join(),
        /^Cannot write .*web\.yaml: it exists, and has no metrics; name another file/,
      );
      await bench.clock.advance(15_000);
    }
    assert.equal(await Deno.readTextFile(path), "version: 1\n");
    await using bench = new Bench({ path });
    await bench.until(() => bench.troubles.length === 1 && bench.clock.pending >= 1);
    await Deno.remove(path);
    await bench.clock.advance(15_000);
    await bench.until(() => bench.troubles.length === 2);
    assert.deepEqual([bench.troubles[1], /^# HELP/.test(await Deno.readTextFile(path))], [undefined, true]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
