import fc from "fast-check";

const SNIPPETS = [
  ..." \n\t#:,-{}[]\"'\\&*!|>%@~?.0123456789aeglnotruxyz\u00e9\ufeff\r\u2028",
  "  ",
  "    ",
  "\r\n",
  "---\n",
  "...\n",
  "- ",
  ": ",
  ", ",
  " #",
  "\\n",
  '""',
  "null",
  "true",
  "yes",
  "tun",
  "nat",
  "local",
  "gate",
  "gue",
  "ipip",
  "remcsum",
  "00",
  "01",
  "0x10",
  "1e3",
  "-1",
  "1.5",
  "1500ms",
  "32d",
  "60s",
  "0s",
  "1m30s",
  "256",
  "65536",
  "2147483648",
  "4294967296",
  "::",
  "::1",
  "0:0",
  "[::1]:80",
  "10.0.0.1",
  "udp",
  "sctp",
  "fwmark6:7",
  "weight: 1",
  ", weight: 2",
  ", forward: dr",
  ", port: 1",
  "    one_packet: true\n",
  "    forward: tun\n",
  "    servers:\n",
  "services:\n",
  "services: []\n",
  "$",
  "$$",
  "${A}",
  "${A:-b}",
  "[1-2]",
  "web.example",
  "defaults: { weight: 2 }\n",
  "include: a\n",
];

/** A change of a text: of characters, of a word, or of whole lines. */
export const EDIT = fc.record({
  kind: fc.constantFrom("insert", "delete", "replace", "word", "deleteLine", "copyLine", "swapLines", "cut"),
  at: fc.nat(),
  to: fc.nat(),
  length: fc.integer({ min: 1, max: 4 }),
  snippet: fc.constantFrom(...SNIPPETS),
});

/** One of {@linkcode EDIT}. */
export type Edit = typeof EDIT extends fc.Arbitrary<infer T> ? T : never;

/** Applies a change to a text. */
export function applyEdit(text: string, edit: Edit): string {
  const at = edit.at % (text.length + 1);
  const lines = text.split("\n");
  const [line, other] = [edit.at % lines.length, edit.to % lines.length];
  switch (edit.kind) {
    case "insert":
      return text.slice(0, at) + edit.snippet + text.slice(at);
    case "delete":
      return text.slice(0, at) + text.slice(at + edit.length);
    case "replace":
      return text.slice(0, at) + edit.snippet + text.slice(at + edit.length);
    case "word": {
      const words = [...text.matchAll(/[\w.:]+/g)];
      const word = words[edit.at % words.length];
      return text.slice(0, word?.index) + edit.snippet + text.slice((word?.index ?? 0) + (word?.[0].length ?? 0));
    }
    case "deleteLine":
      return lines.toSpliced(line, 1).join("\n");
    case "copyLine":
      return lines.toSpliced(other, 0, lines[line] ?? "").join("\n");
    case "swapLines":
      return lines.with(line, lines[other] ?? "").with(other, lines[line] ?? "").join("\n");
    default:
      return text.slice(0, at);
  }
}
