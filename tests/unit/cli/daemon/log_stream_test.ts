import assert from "node:assert/strict";
import { LogStream } from "../../../../cli/daemon/log_stream.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** A log with a reader that takes a number of pieces, and what it has taken. */
function logTo(reader: { pieces: number }): {
  readonly stream: LogStream;
  readonly clock: FakeClock;
  readonly taken: string[];
  readonly waits: number[];
} {
  const waits: number[] = [];
  const clock = new FakeClock();
  const taken: string[] = [];
  const stream: LogStream = new LogStream({
    canWrite: (waitMs) => {
      waits.push(waitMs);
      return reader.pieces > 0;
    },
    write: (text) => {
      reader.pieces--;
      taken.push(text);
    },
    onLost: (lines) => stream.write(`${lines} lost\n`),
    clock,
  });
  return { stream, clock, taken, waits };
}

Deno.test("LogStream writes the lines of a task in one piece at the end of the task", async () => {
  const { stream, clock, taken } = logTo({ pieces: Infinity });
  stream.write("one\n");
  stream.write("two\nthree\n");
  assert.deepEqual(taken, []);
  await settle();
  stream.write("four\n");
  await settle();
  assert.deepEqual(taken, ["one\ntwo\nthree\n", "four\n"]);
  assert.equal(clock.pending, 0);
  stream[Symbol.dispose]();
});

Deno.test("LogStream never writes to a reader that takes nothing, and writes all of it in order later", async () => {
  const reader = { pieces: 0 };
  const { stream, clock, taken } = logTo(reader);
  const [one, two, three] = ["1", "2", "3"].map((digit) => `${digit.repeat(4000)}\n`);
  stream.write(`${one}`);
  stream.write(`${two}`);
  await clock.advance(10_000);
  assert.deepEqual(taken, []);
  reader.pieces = 1;
  await clock.advance(100);
  assert.deepEqual(taken, [one]);
  reader.pieces = Infinity;
  stream.write(`${three}`);
  await clock.advance(100);
  assert.deepEqual(taken, [one, two, three]);
  assert.equal(clock.pending, 0);
  stream[Symbol.dispose]();
});

Deno.test("LogStream cuts text into pieces of at most 4096 bytes, also of characters that are written as escapes", async () => {
  const { stream, taken } = logTo({ pieces: Infinity });
  const text = `${"\u001b".repeat(5000)}\n${"\u{1f600}".repeat(2000)}\n${"short\n".repeat(1000)}`;
  stream.write(text);
  await settle();
  assert.equal(taken.join(""), text);
  for (const piece of taken) {
    const escaped = piece.replaceAll("\u001b", "\\u001b");
    assert.ok(new TextEncoder().encode(escaped).length <= 4096, `${escaped.length}`);
    assert.ok(piece.isWellFormed(), "a piece ends in the middle of a character");
  }
  // Lines that fit are not cut, and fill a piece.
  assert.equal(taken.at(-2), "short\n".repeat(682));
  stream[Symbol.dispose]();
});

Deno.test("LogStream keeps a bounded amount of text, and reports the number of lines that were lost", async () => {
  const reader = { pieces: 0 };
  const { stream, clock, taken } = logTo(reader);
  const line = `${"x".repeat(99)}\n`;
  for (let count = 0; count < 20_000; count++) stream.write(line);
  reader.pieces = Infinity;
  await clock.advance(100);
  const text = taken.join("");
  const kept = text.split(line).length - 1;
  assert.ok(text.length <= 1024 * 1024 + 100);
  assert.ok(text.endsWith(`${20_000 - kept} lost\n`), text.slice(-30));
  stream[Symbol.dispose]();
});

Deno.test("LogStream gives up at its end what has no reader, and writes what can be written", async () => {
  const reader = { pieces: 0 };
  const { stream, clock, taken, waits } = logTo(reader);
  const line = `${"x".repeat(4000)}\n`;
  stream.write(line);
  stream.write(line);
  await settle();
  reader.pieces = 1;
  assert.deepEqual(waits, [0], "the daemon's work never waits");
  stream[Symbol.dispose]();
  assert.deepEqual(taken, [line]);
  assert.deepEqual(waits, [0, 1000, 1000]);
  assert.equal(clock.pending, 0);
});
