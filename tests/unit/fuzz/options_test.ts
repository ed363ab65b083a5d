import assert from "node:assert/strict";
import { parseArguments } from "../../fuzz/options.ts";

const OPTIONS = { targets: ["one", "two"], randomSeed: 7 };

Deno.test("parseArguments() fuzzes all targets for a minute, by default with a random seed", () => {
  assert.deepEqual(parseArguments([], OPTIONS), {
    seed: 7,
    first: 0,
    limitMs: 60_000,
    maxInputs: undefined,
    names: ["one", "two"],
  });
});

Deno.test("parseArguments() reads seed, time, number of inputs and targets", () => {
  const args = ["--seed", "3", "--minutes", "0.5", "--inputs", "9", "--target", "two", "--first", "4"];
  assert.deepEqual(parseArguments(args, OPTIONS), { seed: 3, first: 4, limitMs: 30_000, maxInputs: 9, names: ["two"] });
  assert.deepEqual(parseArguments(["--inputs", "9"], OPTIONS), {
    seed: 7,
    first: 0,
    limitMs: Infinity,
    maxInputs: 9,
    names: ["one", "two"],
  });
});

Deno.test("parseArguments() explains what it does not know", () => {
  assert.equal(parseArguments(["--target", "three"], OPTIONS), "there is no target three: one, two");
  assert.equal(parseArguments(["--minute", "1"], OPTIONS), "there is no option --minute");
  assert.equal(parseArguments(["--minutes"], OPTIONS), "--minutes needs a value");
  assert.equal(parseArguments(["--minutes", "soon"], OPTIONS), "--minutes needs a number: soon");
});
