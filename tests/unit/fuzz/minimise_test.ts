import assert from "node:assert/strict";
import { minimise } from "../../fuzz/minimise.ts";
import { inputOfText, textOfInput } from "../../fuzz/target.ts";

Deno.test("minimise() removes everything that the failure does not need", async () => {
  const input = inputOfText(`${"x".repeat(300)}a${"y".repeat(77)}b${"z".repeat(123)}`);
  const smallest = await minimise(input, (candidate) => Promise.resolve(/a.*b/.test(textOfInput(candidate))));
  assert.equal(textOfInput(smallest), "ab");
});

Deno.test("minimise() leaves an input that needs all of its bytes, and ends after its attempts", async () => {
  const input = inputOfText("abc");
  assert.equal(textOfInput(await minimise(input, (each) => Promise.resolve(textOfInput(each) === "abc"))), "abc");
  let attempts = 0;
  const large = new Uint8Array(1000);
  await minimise(large, () => Promise.resolve(++attempts < 0), { maxAttempts: 50 });
  assert.equal(attempts, 50);
});
