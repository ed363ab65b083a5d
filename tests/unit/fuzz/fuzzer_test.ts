import assert from "node:assert/strict";
import { fuzz, type FuzzOptions, Inputs, SLOW_MS } from "../../fuzz/fuzzer.ts";
import { expectOnly, type FuzzTarget, inputOfText, textOfInput } from "../../fuzz/target.ts";

/** A target with a run, whose seeds are two lines of text. */
function target(run: FuzzTarget["run"]): FuzzTarget {
  return {
    name: "example",
    seeds: ["name: value 1\n", "other: [1, 2, 3]\nmore: true\n"].map(inputOfText),
    words: ["boom", "{", "}"],
    maxBytes: 500,
    run,
  };
}

/** The options of a run that does not depend on the machine's speed. */
const OPTIONS: FuzzOptions = { seed: 1, limitMs: 1, maxInputs: 3000, now: () => 0, processorMs: () => 0 };

class Refusal extends Error {}

Deno.test("fuzz() finds a planted bug, minimises its input and reports it once", async () => {
  const planted = target((input) => {
    const text = textOfInput(input);
    if (text.includes("boom") && text.includes("[")) throw new TypeError("planted");
  });
  const { inputs, findings } = await fuzz(planted, OPTIONS);
  assert.equal(inputs, 3002);
  assert.deepEqual(findings.map(({ target, input }) => `${target} ${[...textOfInput(input)].sort().join("")}`), [
    "example [bmoo",
  ]);
  assert.match(findings[0]?.problem ?? "", /TypeError: planted\n +at /);
});

Deno.test("fuzz() reports two bugs of one run by the places that throw", async () => {
  const planted = target((input) => {
    const text = textOfInput(input);
    if (text.includes("boom")) throw new TypeError(`one: ${text}`);
    if (text.includes("{")) throw new TypeError(`other: ${text}`);
  });
  const { findings } = await fuzz(planted, OPTIONS);
  assert.deepEqual(findings.map(({ input }) => textOfInput(input)).sort(), ["boom", "{"]);
});

Deno.test("fuzz() takes the documented errors of a target for no finding, and others for one", async () => {
  const contract = (error: Error): FuzzTarget =>
    target((input) =>
      void expectOnly([Refusal], () => {
        if (input.length > 10) throw error;
      })
    );
  assert.deepEqual((await fuzz(contract(new Refusal("no")), OPTIONS)).findings, []);
  assert.equal((await fuzz(contract(new Error("no")), OPTIONS)).findings.length, 1);
});

Deno.test("fuzz() finds the rejection of a promise", async () => {
  const { findings } = await fuzz(target(() => Promise.reject(new Error("later"))), OPTIONS);
  assert.equal(findings.length, 1);
});

Deno.test("fuzz() reports an input that takes more than a second of the processor's time", async () => {
  let time = 0;
  const now = (): number => time;
  const slow = (ms: number): FuzzTarget =>
    target((input) => {
      if (textOfInput(input).includes("more")) time += ms;
    });
  const options = { ...OPTIONS, limitMs: Infinity, maxInputs: 100, now, processorMs: now };
  const { findings, slowestMs } = await fuzz(slow(SLOW_MS + 1), options);
  assert.deepEqual(findings.map(({ problem }) => problem), ["it takes 1001 ms"]);
  assert.equal(slowestMs, SLOW_MS + 1);
  assert.deepEqual((await fuzz(slow(SLOW_MS), options)).findings, []);
  // The machine stood still, but the processor did not work.
  assert.deepEqual((await fuzz(slow(60_000), { ...options, processorMs: () => 0 })).findings, []);
});

Deno.test("fuzz() ends at its limit of time, after the corpus and the seeds", async () => {
  let time = 0;
  const run = target(() => {
    time += 10;
  });
  const { inputs } = await fuzz(run, { seed: 1, limitMs: 1000, corpus: [new Uint8Array(3)], now: () => time });
  assert.ok(inputs > 90 && inputs < 130, `${inputs} inputs`);
  time = 0;
  assert.equal((await fuzz(run, { seed: 1, limitMs: 0, now: () => time })).inputs, 2);
});

Deno.test("Inputs are the same for a seed, others for another seed, and begin with the corpus", () => {
  const all = (seed: number): string[] => {
    const inputs = new Inputs(target(() => {}), { seed, corpus: [inputOfText("once failed")] });
    return Array.from({ length: 200 }, (_, index) => textOfInput(inputs.at(index - 3)));
  };
  assert.deepEqual(all(1), all(1));
  assert.deepEqual(all(1).slice(0, 3), ["once failed", "name: value 1\n", "other: [1, 2, 3]\nmore: true\n"]);
  const differing = all(1).filter((text, index) => text !== all(2)[index]).length;
  assert.ok(differing > 180, `${differing} of 200 differ`);
});

Deno.test("mutated inputs are varied, stay within their limit, and contain the words of the language", () => {
  const inputs = new Inputs(target(() => {}), { seed: 1 });
  const texts = Array.from({ length: 2000 }, (_, index) => inputs.at(index));
  assert.ok(texts.every(({ length }) => length <= 500));
  const distinct = new Set(texts.map(textOfInput));
  assert.ok(distinct.size > 1500, `${distinct.size} of 2000 are distinct`);
  for (const part of ["boom", "\nname", "4294967296", "\0\0", "other"]) {
    assert.ok([...distinct].some((text) => text.includes(part)), JSON.stringify(part));
  }
  assert.ok(texts.some(({ length }) => length === 0) && texts.some(({ length }) => length > 300));
});
