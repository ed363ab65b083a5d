import assert from "node:assert/strict";
import { forTerminalWithColors, systemIo } from "../../../../cli/context/io.ts";

/** A stream that keeps what it gets. */
class Stream {
  readonly #bytes: number[] = [];

  writeSync(bytes: Uint8Array): number {
    this.#bytes.push(...bytes);
    return bytes.length;
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }
}

Deno.test("systemIo() writes text without control characters, and control sequences as they are", () => {
  const [stdout, stderr] = [new Stream(), new Stream()];
  const io = systemIo({ stdout, stderr });
  io.out("a\tb\x1b[2J\x9b\n");
  io.err("c\r\x07\n");
  io.control("\x1b[H", "out");
  io.control("\r\x1b[K", "err");
  assert.equal(stdout.text, "a\tb\\u001b[2J\\u009b\n\x1b[H");
  assert.equal(stderr.text, "c\\r\\u0007\n\r\x1b[K");
});

Deno.test("forTerminalWithColors() lets colours pass, and no other control sequence", () => {
  const text = "\x1b[32m+ add\x1b[0m \x1b[2J\x1b]0;title\x07\x1b[31;1m\r\n";
  assert.equal(forTerminalWithColors(text), "\x1b[32m+ add\x1b[0m \\u001b[2J\\u001b]0;title\\u0007\\u001b[31;1m\\r\n");
});
