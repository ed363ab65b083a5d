import assert from "node:assert/strict";
import { corpusTargets, readCorpus } from "../../fuzz/corpus.ts";
import { fuzz } from "../../fuzz/fuzzer.ts";
import { TARGETS } from "../../fuzz/targets.ts";

/** Mutated inputs of each target: the rest of `deno task fuzz` is not a unit test. */
const MAX_INPUTS = 30;

Deno.test("every directory of the corpus belongs to a target", () => {
  assert.deepEqual(corpusTargets().filter((name) => TARGETS[name] === undefined), []);
});

for (const [name, { make }] of Object.entries(TARGETS)) {
  Deno.test(`${name}: the corpus, the seeds and some mutations of them break no contract`, async () => {
    const target = make();
    try {
      assert.equal(target.name, name);
      const corpus = readCorpus(name);
      const options = { seed: 1, corpus, limitMs: Infinity, maxInputs: MAX_INPUTS, now: () => 0, processorMs: () => 0 };
      const { inputs, findings } = await fuzz(target, options);
      assert.equal(inputs, corpus.length + target.seeds.length + MAX_INPUTS);
      assert.deepEqual(findings.map(({ problem }) => problem), []);
    } finally {
      await target.close?.();
    }
  });
}
