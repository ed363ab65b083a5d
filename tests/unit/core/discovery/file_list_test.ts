import assert from "node:assert/strict";
import { openReader } from "../../../../core/discovery/mod.ts";
import type { Reading } from "../../../../core/discovery/reader.ts";
import { DEFAULT_DISCOVERY, type Discovery } from "../../../../core/model/mod.ts";
import { fakeTools } from "../../../support/discovery_tools.ts";
import { settle } from "../../../support/fake_clock.ts";

const FILE: Discovery = {
  name: "file /web.json",
  source: { kind: "file", path: "/web.json", refreshMs: 60_000, weightLabel: "weight" },
  ...DEFAULT_DISCOVERY,
};

const NEVER = new AbortController().signal;

/** A file that a test writes, and its reader. */
class Bench {
  readonly #files: Record<string, string> = {};
  readonly #fake = fakeTools({ files: this.#files });
  readonly clock = this.#fake.clock;
  #changed = Promise.withResolvers<void>();
  /** The number of waits that are not disposed of. */
  waits = 0;
  readonly reader = openReader(FILE, {
    ...this.#fake.tools,
    watchFile: () => {
      this.waits++;
      this.#changed = Promise.withResolvers();
      return { changed: this.#changed.promise, [Symbol.dispose]: () => void this.waits-- };
    },
  });

  write(...targets: readonly string[]): void {
    this.#files["/web.json"] = JSON.stringify([{ targets }]);
  }

  notify(): void {
    this.#changed.resolve();
  }
}

async function servers(reading: Promise<Reading>): Promise<string> {
  return (await reading).servers.map(({ address }) => address).join(" ");
}

Deno.test("a file is read at once, and then when it changes", async () => {
  const bench = new Bench();
  bench.write("10.0.0.1:80");
  assert.equal(await servers(bench.reader.read(NEVER)), "10.0.0.1");
  assert.equal(bench.waits, 0);
  const next = servers(bench.reader.read(NEVER));
  await settle();
  assert.equal(bench.waits, 1);
  bench.write("10.0.0.2:80");
  bench.notify();
  await bench.clock.advance(100);
  assert.equal(await next, "10.0.0.2");
  assert.equal(bench.waits, 0);
});

Deno.test("a change between two readings is not missed, and the refresh finds what no watch has seen", async () => {
  const bench = new Bench();
  bench.write("10.0.0.1:80");
  await bench.reader.read(NEVER);
  bench.write("10.0.0.2:80");
  assert.equal(await servers(bench.reader.read(NEVER)), "10.0.0.2");
  const next = servers(bench.reader.read(NEVER));
  await settle();
  bench.write("10.0.0.3:80");
  await bench.clock.advance(60_100);
  assert.equal(await next, "10.0.0.3");
});

Deno.test("a file that is written in pieces is read when it stays the same", async () => {
  const bench = new Bench();
  bench.write("10.0.0.1:80", "10.0.0.2:80");
  await bench.reader.read(NEVER);
  const next = servers(bench.reader.read(NEVER));
  await settle();
  bench.write("10.0.0.1:80");
  bench.notify();
  await bench.clock.advance(50);
  bench.write("10.0.0.1:80", "10.0.0.3:80");
  await bench.clock.advance(200);
  assert.equal(await next, "10.0.0.1 10.0.0.3");
});

Deno.test("a reading that waits for a change ends with its signal, and the next one reads at once", async () => {
  const bench = new Bench();
  bench.write("10.0.0.1:80");
  await bench.reader.read(NEVER);
  const stop = new AbortController();
  const waiting = bench.reader.read(stop.signal);
  await settle();
  stop.abort();
  await assert.rejects(waiting);
  assert.equal(bench.waits, 0);
  assert.equal(await servers(bench.reader.read(NEVER)), "10.0.0.1");
});
