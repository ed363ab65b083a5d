import assert from "node:assert/strict";
import {
  exactFieldsOf,
  fieldsOf,
  isCount,
  isMoment,
  isNumber,
  itemsOf,
  textOf,
  tryFieldsOf,
} from "../../../../core/json/mod.ts";

const VALUES: readonly unknown[] = [undefined, null, true, 7, "text", [1], { a: 1 }];

Deno.test("fieldsOf() gives the members of objects, and none of anything else", () => {
  assert.deepEqual(VALUES.map(fieldsOf), [{}, {}, {}, {}, {}, {}, { a: 1 }]);
  const value: unknown = JSON.parse('{"__proto__": 1}');
  assert.deepEqual(fieldsOf(value), value, "a member of this name is a member, and no prototype");
});

Deno.test("tryFieldsOf() gives the members of objects, and undefined for anything else", () => {
  assert.deepEqual(VALUES.map(tryFieldsOf), [...Array(6).fill(undefined), { a: 1 }]);
});

Deno.test("textOf() gives texts, and undefined for anything else", () => {
  assert.deepEqual(VALUES.map(textOf), VALUES.map((value) => value === "text" ? "text" : undefined));
});

Deno.test("exactFieldsOf() refuses members that are not named", () => {
  assert.deepEqual(VALUES.map((value) => exactFieldsOf(value, ["a", "b"])), [...Array(6).fill(undefined), { a: 1 }]);
  assert.equal(exactFieldsOf({ a: 1, c: 2 }, ["a", "b"]), undefined);
});

Deno.test("itemsOf() gives the items of arrays, and none of anything else", () => {
  assert.deepEqual(VALUES.map(itemsOf), [[], [], [], [], [], [1], []]);
});

Deno.test("isNumber(), isMoment() and isCount() take numbers of their range alone", () => {
  const numbers = [7, 0.5, 0, -1, 1e300, NaN, Infinity, "7", null];
  assert.deepEqual(numbers.filter(isNumber), [7, 0.5, 0, -1, 1e300]);
  assert.deepEqual(numbers.filter(isMoment), [7, 0.5, 0]);
  assert.deepEqual(numbers.filter(isCount), [7, 0]);
});
