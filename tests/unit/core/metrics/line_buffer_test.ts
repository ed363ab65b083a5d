import assert from "node:assert/strict";
import { LineBuffer } from "../../../../core/metrics/line_buffer.ts";

const DECODER = new TextDecoder();
const NAME = new TextEncoder().encode("lvsctl_x{");

function takeText(lines: LineBuffer): string {
  return DECODER.decode(lines.take());
}

const VALUES: readonly (number | bigint)[] = [
  0,
  7,
  10,
  2_147_483_647,
  2_147_483_648,
  2 ** 53,
  -3,
  1.5,
  1e-7,
  1e21,
  NaN,
  0n,
  9_007_199_254_740_993n,
  2n ** 64n - 1n,
  -1n,
];

for (const value of VALUES) {
  Deno.test(`LineBuffer writes ${value}${typeof value === "bigint" ? "n" : ""} as String() does`, () => {
    const lines = new LineBuffer();
    lines.begin([]);
    lines.keepLabels({ a: "b" }, 0);
    lines.addLine(0, { name: NAME, more: "", value });
    assert.equal(takeText(lines), `lvsctl_x{a="b"} ${value}\n`);
  });
}

Deno.test("LineBuffer keeps the labels of the same rows, and forgets them with other rows", () => {
  const lines = new LineBuffer();
  const [rows, others] = [[], []];
  for (const [used, label] of [[rows, "first"], [rows, "ignored"], [others, "second"]] as const) {
    lines.begin(used);
    lines.keepLabels({ label }, 0);
    lines.addLine(0, { name: NAME, more: ',to="up"', value: 1 });
  }
  const line = (label: string): string => `lvsctl_x{label="${label}",to="up"} 1\n`;
  assert.equal(takeText(lines), line("first") + line("first") + line("second"));
  assert.equal(lines.length, 0);
});

Deno.test("LineBuffer has room for any number of rows and lines, and for text of any characters", () => {
  const lines = new LineBuffer();
  const rows = Array.from({ length: 3000 }, (_, row) => `row ${row} \u00e4\u4e2d\u{1f600}"`);
  let expected = "";
  for (const family of ["a", "b"]) {
    lines.begin(rows.map((row) => ({ labels: { row } })));
    for (const [index, row] of rows.entries()) {
      lines.keepLabels({ row }, index);
      lines.addLine(index, { name: new TextEncoder().encode(`${family}{`), more: "", value: index });
      expected += `${family}{row="${row.replace('"', '\\"')}"} ${index}\n`;
    }
    lines.addText(`# ${family} \u00e4\n`);
    expected += `# ${family} \u00e4\n`;
  }
  assert.equal(lines.length, new TextEncoder().encode(expected).length);
  assert.equal(takeText(lines), expected);
});
