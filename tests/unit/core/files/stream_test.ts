import assert from "node:assert/strict";
import { isStreamPath, openStream, readStreamBytes, readStreamText } from "../../../../core/files/mod.ts";

/** A stream of pieces of bytes. */
function streamOf(pieces: Iterable<Uint8Array>): { readonly reads: number; readSync(into: Uint8Array): number | null } {
  const iterator = pieces[Symbol.iterator]();
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    readSync: (into) => {
      reads++;
      const { done, value } = iterator.next();
      if (done) return null;
      into.set(value);
      return value.length;
    },
  };
}

function* endless(piece: Uint8Array): Generator<Uint8Array> {
  for (;;) yield piece;
}

Deno.test("isStreamPath() knows the names that a shell gives to its streams, and no other", () => {
  for (const path of ["/dev/stdin", "/dev/fd/0", "/dev/fd/63", "/proc/self/fd/11"]) assert.ok(isStreamPath(path), path);
  for (const path of ["-", "/dev/zero", "/dev/fd/x", "/dev/fd/", "/dev/fd/../zero", "/proc/1/fd/3", "dev/fd/3", ""]) {
    assert.ok(!isStreamPath(path), path);
  }
});

Deno.test("readStreamText() reads UTF-8 text whose pieces end anywhere", () => {
  const bytes = new TextEncoder().encode("\ufeffn\u00e4me: \u2713\n");
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
  assert.equal(readStreamText(streamOf(pieces), { name: "<stdin>" }), "n\u00e4me: \u2713\n");
  assert.equal(readStreamText(streamOf([]), { name: "<stdin>" }), "");
});

Deno.test("readStreamText() ends an endless stream at its first bytes or at the limit", () => {
  const zero = streamOf(endless(new Uint8Array(1024)));
  assert.throws(() => readStreamText(zero, { name: "<stdin>" }), {
    message: "Cannot read <stdin>: it has null bytes, so it is not text",
    exitCode: 2,
  });
  const random = streamOf(endless(new Uint8Array(1024).fill(0xff)));
  assert.throws(() => readStreamText(random, { name: "<stdin>" }), {
    message: "Cannot read <stdin>: it is not UTF-8 text: see line 1",
    exitCode: 2,
  });
  assert.deepEqual([zero.reads, random.reads], [1, 1]);
  const yes = streamOf(endless(new Uint8Array(32 * 1024).fill(0x79)));
  assert.throws(() => readStreamText(yes, { name: "/dev/fd/63", maxBytes: 1024 * 1024 }), {
    message: "Cannot read /dev/fd/63: it is larger than 1 MiB",
    exitCode: 2,
  });
  assert.equal(yes.reads, 33);
});

Deno.test("readStreamBytes() reads a text in any encoding, up to the limit", () => {
  const options = { name: "<stdin>", maxBytes: 1024 * 1024 };
  const pieces = [Uint8Array.of(0xe4), Uint8Array.of(0x0a, 0xff)];
  assert.deepEqual(readStreamBytes(streamOf(pieces), options), Uint8Array.of(0xe4, 0x0a, 0xff));
  assert.throws(() => readStreamBytes(streamOf(endless(new Uint8Array(32 * 1024).fill(0xff))), options), {
    reason: "it is larger than 1 MiB",
  });
  assert.throws(() => readStreamBytes(streamOf(endless(new Uint8Array(1))), options), { reason: /null bytes/ });
});

Deno.test("readStreamText() refuses a text that ends within a character", () => {
  assert.throws(() => readStreamText(streamOf([Uint8Array.of(0xc3)]), { name: "<stdin>" }), {
    reason: "it is not UTF-8 text: see line 1",
  });
});

Deno.test("openStream() opens a stream of the process", () => {
  using file = Deno.openSync("/dev/null");
  assert.ok(file);
  using stream = openStream("/dev/fd/2");
  assert.ok(stream);
});

Deno.test("readStreamText() names the line that is not UTF-8, wherever the pieces end", () => {
  const bytes = Uint8Array.of(...new TextEncoder().encode("a\n\u2713\n\u2713"), 0xff, 0x0a);
  for (const size of [1, 2, 3, 4, 5, 6, 100]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
    assert.throws(() => readStreamText(streamOf(pieces), { name: "<stdin>" }), {
      message: "Cannot read <stdin>: it is not UTF-8 text: see line 3",
    }, `pieces of ${size}`);
  }
});
