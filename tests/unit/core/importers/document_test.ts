import assert from "node:assert/strict";
import { readAnyYaml } from "../../../../core/config/any_yaml.ts";
import {
  type Entry,
  type Item,
  ListBlock,
  MappingBlock,
  renderDocument,
  writeValue,
} from "../../../../core/importers/document.ts";

const origin = (line: number, words: string): { file: string; line: number; column: number; words: string } => {
  return { file: "web.cf", line, column: 1, words };
};

const scheduler: Entry = { key: "scheduler", value: "wlc", origins: [origin(4, "scheduler = wlc")] };
const listen: Entry = { key: "listen", value: "tcp://192.0.2.10:80", essential: true };
const server: Item = { value: "10.0.0.11:80", origins: [origin(2, "real = a"), origin(3, "real = b")] };
const service: Item = {
  value: new MappingBlock([listen, scheduler, { key: "servers", value: new ListBlock([server]) }]),
  origins: [origin(1, "virtual = 192.0.2.10:80")],
};
const document = new MappingBlock([
  { key: "version", value: 1 },
  { key: "services", value: new ListBlock([service]) },
]);

Deno.test("writeValue() leaves addresses, times and paths plain, and quotes ambiguous texts", () => {
  assert.equal(
    writeValue({ a: "10.0.0.11:80", b: "5s", c: "/x/y.html", d: "[2001:db8::1]:80", e: "yes", f: "1.5", g: undefined }),
    '{ a: 10.0.0.11:80, b: 5s, c: /x/y.html, d: "[2001:db8::1]:80", e: "yes", f: "1.5" }',
  );
  assert.equal(writeValue(["a b", 3, true, "$x", {}]), '["a b", 3, true, "$$x", {}]');
});

Deno.test("renderDocument() writes one short comment after a line, and several above it", () => {
  assert.equal(
    renderDocument(["Converted from web.cf"], document).text,
    `# Converted from web.cf
version: 1
services:
  # web.cf:1 virtual = 192.0.2.10:80
  - listen: tcp://192.0.2.10:80
    scheduler: wlc # web.cf:4 scheduler = wlc
    servers:
      # web.cf:2 real = a
      # web.cf:3 real = b
      - 10.0.0.11:80
`,
  );
});

Deno.test("renderDocument() returns the part of each line", () => {
  const { text, parts } = renderDocument(["Converted from web.cf"], document);
  const at = (line: string): Entry | Item | undefined => parts[text.split("\n").indexOf(line)]?.node;
  assert.equal(at("# Converted from web.cf"), undefined);
  assert.equal(at("  - listen: tcp://192.0.2.10:80"), listen);
  assert.equal(at("      - 10.0.0.11:80"), server);
});

Deno.test("renderDocument() splits long values into lines of the same part", async () => {
  const long = "x".repeat(50);
  const item: Item = { value: { a: [long, long, { b: long, c: long, d: long }], e: { f: 1 } }, notes: ["why"] };
  const entry: Entry = { key: "k", value: { g: long, h: [long, long] } };
  const { text, parts } = renderDocument([], new MappingBlock([{ key: "list", value: new ListBlock([item]) }, entry]));
  assert.equal(
    text,
    `list:
  # why
  - a:
      - ${long}
      - ${long}
      - b: ${long}
        c: ${long}
        d: ${long}
    e: { f: 1 }
k:
  g: ${long}
  h: [${long}, ${long}]
`,
  );
  assert.deepEqual(parts.map((part) => part?.node === item), [false, ...Array(8).fill(true), false, false, false]);
  const tree = (await readAnyYaml(text, { file: "-" })).tree;
  assert.equal(tree?.kind, "mapping");
});

Deno.test("renderDocument() removes a mapping with its essential entry, and a list with its last item", () => {
  assert.equal(renderDocument([], document, { removed: new Set([listen]) }).text, "version: 1\n");
  assert.match(renderDocument([], document, { removed: new Set([server]) }).text, /scheduler = wlc\n$/);
});

Deno.test("renderDocument() keeps comments on one line, without characters that are special to YAML or terminals", () => {
  const { text } = renderDocument([`a\nb\u0007\u202ec\ufeff${"x".repeat(500)}`], document);
  assert.match(text, /^# a b c x{100,}\.\.\.\nversion: 1\n/);
});
