import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { formatDuration, parseDuration } from "../../../../core/model/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";

Deno.test("parseDuration() reads what formatDuration() writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
    PROPERTY,
  );
});

const FORMATTED: Readonly<Record<string, number>> = {
  "0s": 0,
  "1ms": 1,
  "1500ms": 1500,
  "1s": 1000,
  "90s": 90_000,
  "5m": 300_000,
  "1h": 3_600_000,
  "25h": 90_000_000,
  "31d": 2_678_400_000,
};

for (const [text, milliseconds] of Object.entries(FORMATTED)) {
  Deno.test(`formatDuration() writes ${milliseconds} ms as ${text}`, () => {
    assert.equal(formatDuration(milliseconds), text);
    assert.equal(parseDuration(text), milliseconds);
  });
}

const PARSED: Readonly<Record<string, number>> = {
  "1m30s": 90_000,
  "1h1m1s1ms": 3_661_001,
  "0ms": 0,
  "007s": 7000,
  "30s1m": 90_000,
};

for (const [text, milliseconds] of Object.entries(PARSED)) {
  Deno.test(`parseDuration() reads ${text}`, () => assert.equal(parseDuration(text), milliseconds));
}

for (
  const text of ["", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "5.5s", "1e3s", "5S", "5sec", "5m30", "1000000000s", "5w"]
) {
  Deno.test(`parseDuration() refuses "${text}"`, () => {
    assert.throws(() => parseDuration(text), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.equal(error.message, `"${text}" is not a duration; write 500ms, 2s, 5m, 1h or 1m30s`);
      assert.equal(error.exitCode, EXIT.usage);
      return true;
    });
  });
}

Deno.test("parseDuration() suggests a unit for a number without one", () => {
  assert.throws(() => parseDuration("30"), { message: '"30" is not a duration; add a unit, as in 30s' });
});

Deno.test("formatDuration() writes the whole milliseconds of a difference between clock readings", () => {
  assert.equal(formatDuration(999.9999999999999), "1s");
  assert.equal(formatDuration(0.3), "0s");
});
