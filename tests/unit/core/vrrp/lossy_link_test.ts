/**
 * Two directors on a link that loses, delays and repeats packets, for hours of the protocol's time. The numbers come from
 * seeds, so that each run is the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { SeededRandom } from "../../../lab/random.ts";
import { type MemoryDirector, MemoryLink, routerSettings } from "../../../support/memory_vrrp.ts";

const INTERVAL_MS = 1000;

/** Missed advertisements that let a backup take over. */
const MISSED = 3;

/** Time between two looks at the directors; milliseconds. */
const LOOK_MS = 50;

const HALF_HOUR_MS = 1_800_000;

/** What happened to two directors, of which the first has the higher priority. */
interface Outcome {
  /** How often the standby became active. */
  readonly takeOvers: number;
  /** The longest time for which both were active; milliseconds. */
  readonly bothMs: number;
  /** The longest time for which none was active; milliseconds. */
  readonly noneMs: number;
  /** How many lost advertisements of the first director followed each other: one number for each series. */
  readonly series: readonly number[];
}

interface Fault {
  /** Packets of a hundred that are lost, by the number of the director that sends them. */
  readonly lost?: readonly [first: number, second: number];
  /** The longest delay; milliseconds. */
  readonly delayMs?: number;
  /** Packets of a hundred that arrive twice. */
  readonly repeated?: number;
}

/** Lets two directors run on a link with faults. */
function runWith(seed: number, { fault, durationMs }: { readonly fault: Fault; readonly durationMs: number }): Outcome {
  const { lost = [0, 0], delayMs = 0, repeated = 0 } = fault;
  const random = new SeededRandom(seed);
  const link = new MemoryLink();
  const first = link.add("10.0.0.1", routerSettings({ priority: 200, intervalMs: INTERVAL_MS }));
  link.pass(4 * INTERVAL_MS);
  const second = link.add("10.0.0.2", routerSettings({ priority: 100, intervalMs: INTERVAL_MS }));
  const series: number[] = [];
  let missed = 0;
  const closeSeries = (): void => {
    if (missed > 0) series.push(missed);
    missed = 0;
  };
  const delay = (): number => delayMs === 0 ? 0 : random.below(delayMs + 1);
  link.delaysMs = (from) => {
    const isLost = random.below(100) < lost[from === first ? 0 : 1];
    if (from === first && isLost) missed++;
    if (isLost) return [];
    if (from === first) closeSeries();
    return random.below(100) < repeated ? [delay(), delay()] : [delay()];
  };
  const times = new Times(first, second);
  const end = link.now + durationMs;
  while (link.now < end) {
    link.pass(LOOK_MS);
    times.look(link.now);
  }
  closeSeries();
  return { takeOvers: second.status[0]?.activations ?? 0, ...times.longest, series };
}

/** How long both directors were active, and how long none. */
class Times {
  readonly longest = { bothMs: 0, noneMs: 0 };
  readonly #directors: readonly MemoryDirector[];
  #active: number | undefined;
  #since = 0;

  constructor(...directors: readonly MemoryDirector[]) {
    this.#directors = directors;
  }

  look(now: number): void {
    const active = this.#directors.filter(({ state }) => state === "active").length;
    if (active !== this.#active) this.#since = now;
    this.#active = active;
    const key = active === 0 ? "noneMs" : active === 2 ? "bothMs" : undefined;
    if (key !== undefined) this.longest[key] = Math.max(this.longest[key], now - this.#since);
  }
}

const SEEDS = Array.from({ length: 4 }, (_, index) => index + 1);

for (const percent of [30, 50]) {
  Deno.test(`Speaker on a link that loses ${percent} % both ways takes over for three in a row, and two are active no longer than the loss`, () => {
    let takeOvers = 0;
    for (const seed of SEEDS) {
      const outcome = runWith(seed, { fault: { lost: [percent, percent] }, durationMs: HALF_HOUR_MS });
      const longest = Math.max(...outcome.series);
      assert.ok(outcome.takeOvers <= outcome.series.filter((count) => count >= MISSED).length, `seed ${seed}`);
      assert.ok(outcome.bothMs <= (longest - MISSED + 2) * INTERVAL_MS, `seed ${seed}: ${outcome.bothMs} ms`);
      assert.equal(outcome.noneMs, 0, `seed ${seed}`);
      takeOvers += outcome.takeOvers;
    }
    // So many places are the first of three lost ones.
    const expected = SEEDS.length * HALF_HOUR_MS / INTERVAL_MS * (percent / 100) ** MISSED;
    assert.ok(takeOvers > 0 && takeOvers <= expected, `${takeOvers} of ${expected}`);
  });
}

Deno.test("Speaker on a link that loses one of ten packets stays as it is for a minute", () => {
  for (const seed of SEEDS) {
    const { takeOvers, series } = runWith(seed, { fault: { lost: [10, 10] }, durationMs: 60 * INTERVAL_MS });
    assert.ok(series.length > 0);
    if (Math.max(...series) < MISSED) assert.equal(takeOvers, 0, `seed ${seed}`);
  }
});

Deno.test("Speaker that loses packets in one direction alone behaves as the lost ones say", () => {
  for (const seed of SEEDS) {
    const durationMs = HALF_HOUR_MS / 5;
    const deaf = runWith(seed, { fault: { lost: [30, 0] }, durationMs });
    assert.ok(deaf.takeOvers <= deaf.series.filter((count) => count >= MISSED).length, `seed ${seed}`);
    const mute = runWith(seed, { fault: { lost: [0, 30] }, durationMs });
    assert.deepEqual([mute.takeOvers, mute.bothMs, mute.noneMs], [0, 0, 0], `seed ${seed}`);
  }
});

Deno.test("Speaker stays as it is while packets change their order and arrive twice", () => {
  for (const seed of SEEDS) {
    const fault = { delayMs: 2 * INTERVAL_MS - 100, repeated: 50 };
    const { takeOvers, bothMs, noneMs } = runWith(seed, { fault, durationMs: HALF_HOUR_MS / 5 });
    assert.deepEqual([takeOvers, bothMs, noneMs], [0, 0, 0], `seed ${seed}`);
  }
});
