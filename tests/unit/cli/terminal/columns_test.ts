import assert from "node:assert/strict";
import {
  firstWithRoom,
  fitColumns,
  hasRoom,
  layOut,
  type Table,
  type TitledColumn,
  titledTable,
} from "../../../../cli/terminal/columns.ts";
import { plainText } from "../../../../cli/terminal/line.ts";
import { textWidth } from "../../../../cli/terminal/text_width.ts";

const COLUMNS: readonly TitledColumn[] = [
  { title: "NAME", cut: "middle", least: 8 },
  { title: "WEIGHT", align: "right" },
  { title: "REASON", cut: "end", least: 6 },
];

const TABLE = titledTable(COLUMNS, [
  ["[2001:db8::1111]:8080", "100", "connection refused by the server"],
  ["10.0.0.1:80", "7", "timeout"],
]);

Deno.test("layOut() cuts nothing without a width, and aligns", () => {
  assert.deepEqual(layOut(TABLE), [
    "NAME                   WEIGHT  REASON",
    "[2001:db8::1111]:8080     100  connection refused by the server",
    "10.0.0.1:80                 7  timeout",
  ]);
});

Deno.test("layOut() cuts the widest column first, at the place of the column, and never a number", () => {
  assert.deepEqual(layOut(TABLE, { width: 52 }), [
    "NAME                   WEIGHT  REASON",
    "[2001:db8::1111]:8080     100  connection refused ..",
    "10.0.0.1:80                 7  timeout",
  ]);
  assert.deepEqual(layOut(TABLE, { width: 30 }), [
    "NAME        WEIGHT  REASON",
    "[200..8080     100  connecti..",
    "10.0..1:80       7  timeout",
  ]);
});

Deno.test("no line of layOut() is wider than it may be, whatever the cells are", () => {
  const rows = [
    { cells: ["\u30b5\u30fc\u30d0".repeat(9), "12345678901234567890", { text: "a", more: " b".repeat(40) }] },
    { cells: ["x".repeat(300)] },
    { text: "free ".repeat(50) },
    { text: "wrapped ".repeat(50), indent: 4 },
  ] as const;
  for (let width = 20; width < 140; width += 7) {
    for (const line of layOut({ columns: COLUMNS, rows }, { width }).map(plainText)) {
      assert.ok(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
    }
  }
});

Deno.test("layOut() cuts the details of a cell before its text, and wraps a line that may continue", () => {
  const columns = [{ cut: "middle", least: 10 }] as const;
  const cells = [{ text: "tcp://192.0.2.10:80", more: "  mh (mh-port) persistent 5m" }];
  const rows = [{ cells }, { text: "one two three four", indent: 2 }, { text: "one two three four" }];
  assert.equal(layOut({ columns, rows }, { width: 30 })[0], "tcp://192.0.2.10:80  mh (mh-..");
  assert.equal(layOut({ columns, rows }, { width: 26 })[0], "tcp://192.0.2.10:80");
  assert.deepEqual(layOut({ columns, rows }, { width: 13 }), [
    "tcp://..10:80",
    "one two three",
    "  four",
    "one two thr..",
  ]);
});

Deno.test("layOut() keeps the meaning of cells and rows, and escapes control characters", () => {
  const rows = [{ cells: ["a", { text: "bad\x1b[2J", style: "bad" }], style: "dim" }] as const;
  assert.deepEqual(layOut({ columns: [], rows }), [[
    { text: "a", style: "dim" },
    { text: "  " },
    { text: "bad\\u001b[2J", style: "bad" },
  ]]);
});

Deno.test("firstWithRoom() takes the first table whose columns keep their least widths, or the last", () => {
  const made: string[] = [];
  const table = (name: string, width: number) => (): Table => {
    made.push(name);
    return { columns: [], rows: [{ cells: ["x".repeat(width)] }] };
  };
  const widthOf = ({ rows: [row] }: Table): number =>
    row !== undefined && "cells" in row ? String(row.cells[0]).length : 0;
  const tables = [table("wide", 30), table("narrow", 20), table("narrowest", 15)] as const;
  assert.equal(widthOf(firstWithRoom(tables, 25)), 20);
  assert.deepEqual(made, ["wide", "narrow"]);
  assert.equal(widthOf(firstWithRoom(tables, 5)), 15);
  assert.equal(widthOf(firstWithRoom(tables, undefined)), 30);
  assert.deepEqual([hasRoom(TABLE, 24), hasRoom(TABLE, 23)], [true, false]);
});

Deno.test("layOut() takes widths that earlier rows decided", () => {
  const widths = fitColumns(TABLE, 80);
  const [, line = ""] = layOut(titledTable(COLUMNS, [["[2001:db8:1:2:3:4:5:6]:8080", "1", "ok"]]), {
    width: 80,
    widths,
  });
  assert.equal(plainText(line), "[2001:db8:..5:6]:8080       1  ok");
});
