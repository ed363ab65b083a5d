import assert from "node:assert/strict";
import fc from "fast-check";
import { DueHeap } from "../../../../core/time/due_heap.ts";

/** Takes everything out. */
function drain(heap: DueHeap<{ readonly due: number }>): number[] {
  const dues: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) dues.push(item.due);
  return dues;
}

Deno.test("DueHeap.pop() returns items in the order of their due times, after any pushes and pops", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
    const heap = new DueHeap<{ readonly due: number }>();
    const model: number[] = [];
    for (const due of steps) {
      if (due === null) assert.equal(heap.pop()?.due, model.sort((a, b) => a - b).shift());
      else {
        heap.push({ due });
        model.push(due);
      }
      assert.equal(heap.size, model.length);
      assert.equal(heap.first?.due, model.length === 0 ? undefined : Math.min(...model));
    }
    assert.deepEqual(drain(heap), model.sort((a, b) => a - b));
  }));
});

Deno.test("DueHeap.filter() keeps what is wanted, in order", () => {
  const heap = new DueHeap<{ readonly due: number }>();
  for (const due of [9, 4, 7, 1, 8, 2, 6]) heap.push({ due });
  heap.filter(({ due }) => due % 2 === 0);
  assert.deepEqual(drain(heap), [2, 4, 6, 8]);
});
