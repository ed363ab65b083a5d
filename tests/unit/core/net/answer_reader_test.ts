import assert from "node:assert/strict";
import fc from "fast-check";
import { AnswerReader, type AnswerSource, READ_BUFFER_BYTES } from "../../../../core/net/answer_reader.ts";
import { readHttpHead } from "../../../../core/net/http_answer.ts";
import { readHttpBody } from "../../../../core/net/mod.ts";
import { TextSearch } from "../../../../core/health/probers/text_search.ts";

/** Gives bytes in pieces of the given lengths; whatever is left comes one byte at a time. */
function inPieces(bytes: Uint8Array, lengths: readonly number[]): AnswerSource {
  let at = 0;
  let next = 0;
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      if (at === bytes.length) return Promise.resolve(null);
      const count = Math.min(lengths[next++] ?? 1, buffer.length, bytes.length - at);
      buffer.set(bytes.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
  };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const pieceLengths = fc.array(fc.integer({ min: 1, max: 64 }), { maxLength: 40 });

Deno.test("AnswerReader gives the same lines however they are cut", async () => {
  const line = fc.stringMatching(/^[ -~]{0,30}$/);
  await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 10 }), pieceLengths, async (lines, lengths) => {
    const reader = new AnswerReader(inPieces(encode(lines.map((text) => `${text}\r\n`).join("")), lengths));
    for (const text of lines) assert.equal(await reader.line(), text);
    assert.equal(await reader.line(), undefined);
  }));
});

Deno.test("AnswerReader reads more than its buffer holds, line by line", async () => {
  const text = `${"x".repeat(READ_BUFFER_BYTES - 2)}\r\n`;
  const reader = new AnswerReader(inPieces(encode(text.repeat(3)), Array(20).fill(10_000)));
  for (let line = 0; line < 3; line++) assert.equal((await reader.line())?.length, READ_BUFFER_BYTES - 2);
  assert.equal(await reader.line(), undefined);
});

Deno.test("AnswerReader refuses a line that its buffer does not hold", async () => {
  const reader = new AnswerReader(inPieces(encode("x".repeat(READ_BUFFER_BYTES + 1)), Array(20).fill(10_000)));
  await assert.rejects(reader.line(), /longer than 16 KiB/);
});

Deno.test("a body is the same by length, by chunks and until close, however it is cut", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 6 });
  const framing = fc.constantFrom("length", "chunked", "close");
  await fc.assert(fc.asyncProperty(chunks, framing, pieceLengths, async (parts, kind, lengths) => {
    const body = parts.flatMap((part) => [...part]);
    const header = {
      length: `Content-Length: ${body.length}\r\n`,
      chunked: "Transfer-Encoding: chunked\r\n",
      close: "",
    };
    const sent = kind === "chunked"
      ? [
        ...parts.flatMap((part) => [...encode(`${part.length.toString(16)}\r\n`), ...part, 13, 10]),
        ...encode("0\r\n\r\n"),
      ]
      : body;
    const bytes = new Uint8Array([...encode(`HTTP/1.1 200 OK\r\n${header[kind]}\r\n`), ...sent]);
    const reader = new AnswerReader(inPieces(bytes, lengths));
    const head = await readHttpHead(reader, { method: "GET" });
    const read: number[] = [];
    for await (const piece of readHttpBody(reader, head.framing)) read.push(...piece);
    assert.deepEqual(read, body);
  }));
});

Deno.test("an answer of any bytes whatever ends in a head or in a reason", async () => {
  const start = fc.constantFrom(
    "",
    "HTTP/1.1 ",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  await fc.assert(
    fc.asyncProperty(start, fc.uint8Array({ maxLength: 80 }), pieceLengths, async (text, rest, lengths) => {
      const reader = new AnswerReader(inPieces(new Uint8Array([...encode(text), ...rest]), lengths));
      try {
        const { framing } = await readHttpHead(reader, { method: "GET" });
        for await (const piece of readHttpBody(reader, framing)) assert.ok(piece.length > 0);
      } catch (error) {
        assert.equal(error instanceof Error && error.name, "AnswerError");
      }
    }),
  );
});

Deno.test("TextSearch finds what a search in the whole finds, however it is cut", () => {
  // Few letters, so that texts and beginnings of texts occur.
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\u00fc"), maxLength: 30 });
  const wanted = fc.string({ unit: fc.constantFrom("a", "b", "\u00fc"), minLength: 1, maxLength: 4 });
  fc.assert(fc.property(text, wanted, fc.array(fc.integer({ min: 1, max: 5 })), (whole, part, lengths) => {
    const search = new TextSearch(part);
    const bytes = encode(whole);
    let found = false;
    const ends = [...lengths];
    for (let at = 0; at < bytes.length && !found;) {
      const end = at + (ends.shift() ?? 1);
      // As the reader does: the piece is overwritten after the call.
      const piece = bytes.slice(at, end);
      found = search.endsWithin(piece);
      piece.fill(0);
      at = end;
    }
    assert.equal(found, whole.includes(part));
  }));
});
