import assert from "node:assert/strict";
import { isColored, outWidth, printLines } from "../../../../cli/terminal/display.ts";
import { paintedLine } from "../../../../cli/terminal/paint.ts";

/** The streams of a display, and what was written to them. */
function streams(io: Partial<Parameters<typeof printLines>[0]>): {
  readonly io: Parameters<typeof printLines>[0];
  readonly written: string[];
} {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  return { io: { out: write, err: (text) => write(`err ${text}`), control: write, ...io }, written };
}

Deno.test("paintedLine() colours what has a meaning, and escapes colours that are in a text", () => {
  assert.equal(paintedLine([{ text: "a " }, { text: "down", style: "bad" }]), "a \x1b[31mdown\x1b[0m");
  assert.equal(paintedLine([{ text: "x\x1b[32m", style: "dim" }]), "\x1b[2mx\\u001b[32m\x1b[0m");
  assert.equal(paintedLine("\x1b[31m"), "\\u001b[31m");
});

Deno.test("isColored(): on a terminal that allows it, unless the user decides", () => {
  const { io: pipe } = streams({});
  const { io: terminal } = streams({ outIsTerminal: true });
  const { io: refused } = streams({ outIsTerminal: true, allowsColor: false });
  assert.deepEqual([pipe, terminal, refused].map((io) => isColored(io)), [false, true, false]);
  assert.deepEqual([pipe, terminal, refused].map((io) => isColored(io, { color: "always" })), [true, true, true]);
  assert.deepEqual([pipe, terminal, refused].map((io) => isColored(io, { color: "never" })), [false, false, false]);
  const { io: split } = streams({ outIsTerminal: false, errIsTerminal: true });
  assert.deepEqual([isColored(split), isColored(split, { stream: "err" })], [false, true]);
});

Deno.test("outWidth() is that of a terminal, 80 if it is unknown; a pipe and --wide have none", () => {
  const terminalSize = (): { columns: number; rows: number } => ({ columns: 100, rows: 30 });
  assert.equal(outWidth(streams({ outIsTerminal: true, terminalSize }).io), 100);
  assert.equal(outWidth(streams({ outIsTerminal: true }).io), 80);
  assert.equal(outWidth(streams({ outIsTerminal: true, terminalSize }).io, { wide: true }), undefined);
  assert.equal(outWidth(streams({ terminalSize }).io), undefined);
});

Deno.test("printLines() writes to the stream that is asked for", () => {
  const { io, written } = streams({});
  printLines(io, ["a", [{ text: "b", style: "bad" }]], { stream: "err" });
  printLines(io, [[{ text: "b", style: "bad" }]], { color: "always" });
  assert.deepEqual(written, ["err a\nb\n", "\x1b[31mb\x1b[0m\n"]);
});
