import assert from "node:assert/strict";
import { lookUpAll } from "../../../../core/time/mod.ts";

Deno.test("lookUpAll looks each name up once, at most 16 at a time, and fails with the first failure", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `h${index % 50}`);
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const found = await lookUpAll(names, async (name) => {
    asked.push(name);
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return name.length;
  });
  assert.deepEqual([asked.length, new Set(asked).size, found.size], [50, 50, 50]);
  assert.ok(most > 1 && most <= 16, `${most} at a time`);
  asked.length = 0;
  const failing = (name: string): Promise<never> => {
    asked.push(name);
    return Promise.reject(new Error(name));
  };
  await assert.rejects(lookUpAll(names, failing), /^Error: h0$/);
  assert.equal(asked.length, 16);
});
