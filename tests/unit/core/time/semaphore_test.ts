import assert from "node:assert/strict";
import { Semaphore } from "../../../../core/time/mod.ts";
import { settle } from "../../../support/fake_clock.ts";

Deno.test("Semaphore gives its permits in the order of the requests", async () => {
  const semaphore = new Semaphore(2);
  const entered: number[] = [];
  const permits = new Map<number, Disposable>();
  for (let index = 0; index < 5; index++) {
    void semaphore.acquire().then((permit) => {
      entered.push(index);
      permits.set(index, permit);
    });
  }
  await settle();
  assert.deepEqual(entered, [0, 1]);
  permits.get(1)?.[Symbol.dispose]();
  await settle();
  assert.deepEqual(entered, [0, 1, 2]);
  // Giving a permit back twice frees it once.
  permits.get(1)?.[Symbol.dispose]();
  await settle();
  assert.deepEqual(entered, [0, 1, 2]);
  permits.get(0)?.[Symbol.dispose]();
  permits.get(2)?.[Symbol.dispose]();
  await settle();
  assert.deepEqual(entered, [0, 1, 2, 3, 4]);
});

Deno.test("Semaphore removes an aborted request from the queue", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const controller = new AbortController();
  const leaving = semaphore.acquire({ signal: controller.signal });
  const staying = semaphore.acquire();
  controller.abort(new Error("Stopped"));
  await assert.rejects(leaving, /Stopped/);
  permit[Symbol.dispose]();
  (await staying)[Symbol.dispose]();
  await assert.rejects(semaphore.acquire({ signal: controller.signal }), /Stopped/);
  (await semaphore.acquire())[Symbol.dispose]();
});

Deno.test("Semaphore loses no permit to an abort that comes with it", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const controller = new AbortController();
  const waiting = semaphore.acquire({ signal: controller.signal });
  permit[Symbol.dispose]();
  controller.abort(new Error("Stopped"));
  (await waiting)[Symbol.dispose]();
  (await semaphore.acquire())[Symbol.dispose]();
});

for (const permits of [0, -1, NaN]) {
  Deno.test(`Semaphore refuses ${permits} permits`, () => {
    assert.throws(() => new Semaphore(permits), RangeError);
  });
}
