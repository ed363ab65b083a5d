import assert from "node:assert/strict";
import { Frame, type FrameContent } from "../../../../cli/terminal/frame.ts";
import { keysIn } from "../../../../cli/terminal/keys.ts";
import { plainText } from "../../../../cli/terminal/line.ts";
import { textWidth } from "../../../../cli/terminal/text_width.ts";

const SIZE = { columns: 60, rows: 10 };
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const PAGE_DOWN = "\x1b[6~";
const END = "\x1b[F";
const HOME = "\x1b[H";

/** Items of two lines each; `laid` is the largest number of them that was laid out at once. */
function content(count: number): FrameContent<number> & { laid: number } {
  return {
    laid: 0,
    title: "title ".repeat(30),
    items: Array.from({ length: count }, (_, index) => index),
    sizeOf: () => 2,
    textOf: (item) => `Item-${item}`,
    layOut(items): { head: readonly string[]; body: readonly string[] } {
      this.laid = Math.max(this.laid, items.length);
      return { head: ["HEAD"], body: items.flatMap((item) => [`item-${item}`, "  below"]) };
    },
  };
}

/** A frame, and its lines after keys. */
function framed(count: number): { readonly press: (keys: string) => readonly string[]; readonly frame: Frame<number> } {
  const frame = new Frame<number>({ sorts: ["rate", "name"], sort: "name", hasKeys: true });
  const shown = content(count);
  frame.lines(shown, SIZE);
  const press = (keys: string): readonly string[] => {
    for (const key of keysIn(keys)) frame.press(key);
    return frame.lines(shown, SIZE).map(plainText);
  };
  return { frame, press };
}

/** The lines between the titles and the last one. */
function body(lines: readonly string[]): readonly string[] {
  return lines.slice(2, -1);
}

Deno.test("Frame fills the terminal exactly: title, titles of columns, a page, keys", () => {
  for (const count of [0, 1, 3, 3000]) {
    const lines = framed(count).press("");
    assert.equal(lines.length, SIZE.rows);
    assert.ok(lines.every((line) => textWidth(line) <= SIZE.columns), lines.join("\n"));
    assert.match(lines[0] ?? "", /^title .*\.\.$/);
    assert.equal(lines[1], "HEAD");
    assert.match(lines.at(-1) ?? "", /q quit {2}\? help/);
  }
});

Deno.test("Frame scrolls by lines and pages, and stops at both ends", () => {
  const { press } = framed(20);
  assert.equal(body(press(""))[0], "item-0");
  assert.equal(body(press(UP))[0], "item-0");
  assert.equal(body(press(DOWN))[0], "  below");
  assert.equal(body(press(DOWN))[0], "item-1");
  assert.deepEqual(body(press(PAGE_DOWN)).slice(0, 2), ["item-4", "  below"]);
  assert.match(press("").at(-1) ?? "", /^9-15 of 40 /);
  assert.deepEqual(body(press(END)).slice(-2), ["item-19", "  below"]);
  assert.deepEqual(body(press(`${DOWN}${PAGE_DOWN}`)).slice(-2), ["item-19", "  below"]);
  assert.equal(body(press(HOME))[0], "item-0");
});

Deno.test("Frame stays on the last page when the items become fewer", () => {
  const { frame, press } = framed(20);
  press(END);
  assert.deepEqual(body(frame.lines(content(4), SIZE).map(plainText)).at(-1), "  below");
  assert.deepEqual(body(frame.lines(content(1), SIZE).map(plainText)).slice(0, 3), ["item-0", "  below", ""]);
});

Deno.test("Frame filters by text that is typed, in either case, until Esc", () => {
  const { press } = framed(20);
  assert.match(press("/em-1").at(-1) ?? "", /^\/em-1_ /);
  const lines = press("9\x7f9\r");
  assert.deepEqual(body(lines).filter((line) => line !== ""), ["item-19", "  below"]);
  assert.match(lines.at(-1) ?? "", /^all 2 .*\/ filter: em-19/);
  assert.match(press("/nothing\r").at(-1) ?? "", /^no match /);
  assert.equal(body(press("\x1b"))[0], "item-0");
  assert.match(press("/q\x1b").at(-1) ?? "", /^1-7 of 40 /);
});

Deno.test("Frame changes the order, begins at the top then, shows help, and ends with q", () => {
  const { frame, press } = framed(20);
  assert.equal(frame.sort, "name");
  assert.equal(body(press(`${END}s`))[0], "item-0");
  assert.equal(frame.sort, "rate");
  press("S");
  assert.equal(frame.sort, "name");
  assert.match(press("?").join("\n"), /PgUp, PgDn.*\n.*Home, End/);
  assert.equal(body(press("q"))[0], "item-0");
  assert.deepEqual(keysIn("jq").map((key) => frame.press(key)), [true, false]);
});

Deno.test("Frame lays out no more items than are visible", () => {
  const frame = new Frame<number>({ sorts: [], hasKeys: true });
  const shown = content(3000);
  for (const key of ["", END, UP]) {
    for (const each of keysIn(key)) frame.press(each);
    frame.lines(shown, SIZE);
  }
  assert.ok(shown.laid <= SIZE.rows, String(shown.laid));
});

Deno.test("Frame fits the smallest terminal", () => {
  const frame = new Frame<number>({ sorts: [], hasKeys: false });
  for (const [columns, rows] of [[1, 1], [5, 2], [20, 3]] as const) {
    const lines = frame.lines({ ...content(3), layOut: () => ({ head: ["H"], body: ["x"] }) }, { columns, rows });
    assert.equal(lines.length, rows);
    assert.ok(lines.map(plainText).every((line) => textWidth(line) <= columns));
  }
});
