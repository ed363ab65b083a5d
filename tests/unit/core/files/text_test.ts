import assert from "node:assert/strict";
import { decodeText } from "../../../../core/files/mod.ts";

Deno.test("decodeText() decodes UTF-8, and names the line of the first other byte", () => {
  const encode = (text: string): number[] => [...new TextEncoder().encode(text)];
  assert.equal(decodeText(Uint8Array.of(...encode("\u2713\n")), "a.yaml"), "\u2713\n");
  for (
    const [bytes, line] of [
      [[0xff], 1],
      [[...encode("version: 1\nname: \u2713"), 0xe2, 0x28, ...encode("\n")], 2],
      [[...encode("a\nb\n"), 0xe2, 0x9c], 3],
    ] as const
  ) {
    assert.throws(() => decodeText(Uint8Array.of(...bytes), "a.yaml"), {
      message: `Cannot read a.yaml: it is not UTF-8 text: see line ${line}`,
      exitCode: 2,
    });
  }
});
