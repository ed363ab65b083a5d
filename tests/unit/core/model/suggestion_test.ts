import assert from "node:assert/strict";
import { didYouMean, editDistance, nearest } from "../../../../core/model/mod.ts";

Deno.test("editDistance counts insertions, deletions, replacements and swaps", () => {
  assert.equal(editDistance("", ""), 0);
  assert.equal(editDistance("weight", "weight"), 0);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("abc", ""), 3);
  assert.equal(editDistance("wieght", "weight"), 1);
  assert.equal(editDistance("shceduler", "scheduler"), 1);
  assert.equal(editDistance("treshold", "threshold"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
});

Deno.test("nearest returns the most similar candidate, or none", () => {
  assert.equal(nearest("nta", ["nat", "dr", "tun"]), "nat");
  assert.equal(nearest("NAT", ["nat", "dr", "tun"]), "nat");
  assert.equal(nearest("upper-threshold", ["lower_threshold", "upper_threshold"]), "upper_threshold");
  assert.equal(nearest("dx", ["nat", "dr", "tun"]), undefined);
  assert.equal(nearest("colour", ["scheduler", "listen"]), undefined);
  assert.equal(nearest("a".repeat(100), ["a".repeat(99)]), undefined);
});

Deno.test("didYouMean ends a message, or is empty", () => {
  assert.equal(didYouMean("htpp", ["tcp", "http"]), '; did you mean "http"?');
  assert.equal(didYouMean("x", ["tcp", "http"]), "");
});
