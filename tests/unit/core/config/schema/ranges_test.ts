import assert from "node:assert/strict";
import { expandRanges } from "../../../../../core/config/schema/ranges.ts";
import { LvsctlError } from "../../../../../core/errors/mod.ts";

const EXPANSIONS: readonly (readonly [string, readonly string[]])[] = [
  ["10.0.0.11:80", ["10.0.0.11:80"]],
  ["[2001:db8::1]:80", ["[2001:db8::1]:80"]],
  ["10.0.0.[9-11]:80", ["10.0.0.9:80", "10.0.0.10:80", "10.0.0.11:80"]],
  ["10.0.0.[5]", ["10.0.0.5"]],
  ["a:[80, 443 ,8000-8001]", ["a:80", "a:443", "a:8000", "a:8001"]],
  ["10.[0-1].0.[1,3]", ["10.0.0.1", "10.0.0.3", "10.1.0.1", "10.1.0.3"]],
  ["[2001:db8::[9-b]]:80", ["[2001:db8::9]:80", "[2001:db8::a]:80", "[2001:db8::b]:80"]],
  ["[2001:[a,F]::[ff-100]]:[1-2]", [
    "[2001:a::ff]:1",
    "[2001:a::ff]:2",
    "[2001:a::100]:1",
    "[2001:a::100]:2",
    "[2001:f::ff]:1",
    "[2001:f::ff]:2",
    "[2001:f::100]:1",
    "[2001:f::100]:2",
  ]],
  ["web[08-10].example", ["web08.example", "web09.example", "web10.example"]],
  ["[10.0.0.1]:80", ["[10.0.0.1]:80"]],
  ["tcp://[]:80", ["tcp://[]:80"]],
];

for (const [text, values] of EXPANSIONS) {
  Deno.test(`expandRanges makes ${values.length} of ${text}`, () => assert.deepEqual(expandRanges(text), values));
}

Deno.test("expandRanges accepts 65536 values and rejects more", () => {
  const all = expandRanges("tcp://192.0.2.10:[0-65535]");
  assert.deepEqual([all.length, all[0], all.at(-1)], [65536, "tcp://192.0.2.10:0", "tcp://192.0.2.10:65535"]);
  assert.throws(() => expandRanges("[0-65536]"), LvsctlError);
  assert.throws(() => expandRanges("[0-999999999]"), /has more than 65536 values/);
  assert.throws(() => expandRanges("[0-256].[0-255]"), /has more than 65536 values/);
});

for (
  const text of ["[1-]", "[-1]", "[1-2-3]", "[1,,2]", "[1..2]", "[a-c]", "[ ]", "[2001:db8::[1-g]]", "[1-2", "[1e3]"]
) {
  Deno.test(`expandRanges takes nothing else for a range: ${text}`, () => {
    try {
      assert.deepEqual(expandRanges(text), [text]);
      assert.equal(text, "[1-2", "only what has no closing bracket is left to the reader of addresses");
    } catch (error) {
      assert.ok(error instanceof LvsctlError);
      assert.match(error.message, /^"\[.*\]" is not a range; /);
    }
  });
}
