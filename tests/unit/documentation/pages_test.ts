import assert from "node:assert/strict";
import { anchors, blocksOf, commandsOf, hostsOf, isForUsers, isShown, links, readPages } from "../../support/manual.ts";

const ROOT = new URL("../../../", import.meta.url);
const pages = await readPages();
const forUsers = pages.filter(isForUsers);

/** The widest row of a table that fits a screen. */
const MAX_ROW = 120;

/** A first page is read in five minutes. */
const MAX_README_LINES = 150;

/** The blocks of commands that tests cannot run, by page, with their reasons. */
const NOT_RUN = [
  "README.md: needs the network and boots kernels of its own",
  "README.md: needs the network",
  "docs/getting-started.md: needs the network",
  "docs/packages.md: needs the network",
  "docs/packages.md: needs the network",
  "docs/packages.md: needs the packages",
  "docs/packages.md: needs the packages",
  "docs/packages.md: needs the packages",
  "docs/packages.md: needs the packages",
  "docs/packages.md: needs the packages",
];

Deno.test("README.md has at most 150 lines", () => {
  const readme = pages.find(({ path }) => path === "README.md");
  const count = readme?.text.trimEnd().split("\n").length ?? Infinity;
  assert.ok(count <= MAX_README_LINES, `${count} lines`);
});

Deno.test("README.md shows the two commands that continuous integration calls", () => {
  const text = pages.find(({ path }) => path === "README.md")?.text ?? "";
  for (const command of ["npx --yes deno@2.9.6 task demo", "npx --yes deno@2.9.6 task test"]) {
    assert.ok(text.split("\n").some((line) => line === command || line.startsWith(`${command} `)), command);
  }
});

Deno.test("every row of a table fits a screen", () => {
  const wide = pages.flatMap(({ path, text }) =>
    text.split("\n").filter((line) => line.startsWith("|") && line.length > MAX_ROW).map((line) => `${path}: ${line}`)
  );
  assert.deepEqual(wide, []);
});

Deno.test("every link leads to a file of the repository, and to a heading that is there", async () => {
  const wrong: string[] = [];
  for (const { path, text } of pages) {
    for (const target of links(text)) {
      if (/^https?:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const url = file === "" ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
      const exists = await Deno.stat(url).then(() => true, () => false);
      const isThere = exists && (anchor === undefined || anchors(await Deno.readTextFile(url)).has(anchor));
      if (!isThere) wrong.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("the manual's index links to every page of the manual", () => {
  const index = pages.find(({ path }) => path === "docs/README.md")?.text ?? "";
  const linked = new Set(links(index).map((target) => `docs/${target.split("#")[0]}`));
  const missing = forUsers.map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !linked.has(path));
  assert.deepEqual(missing, []);
});

Deno.test("every block of a user's page says what tests do with it", () => {
  const wrong = forUsers.flatMap(({ path, blocks }) =>
    blocks.filter(({ language, info, before }, index) => {
      if (language === "sh") {
        // A reader does not see the info string.
        if (info.startsWith("on ")) return !hostsOf(info)?.every((host) => before.includes(host));
        return !["", "soon"].includes(info) && !/^not run: \S/.test(info);
      }
      const file = /^file=(\S+)$/.exec(info)?.[1];
      if (file !== undefined) return !before.includes(`\`${file}\``);
      if (language === "yaml") return info !== "";
      if (language === "text" && info === "picture") return false;
      return !["text", "json"].includes(language) || info !== "" || blocks[index - 1]?.language !== "sh";
    }).map(({ line, language, info }) => `${path}:${line}: ${language} ${info}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the blocks of commands that tests do not run are these", () => {
  const found = forUsers.flatMap(({ path, blocks }) =>
    blocks.flatMap(({ info }) => /^not run: (.*)$/.exec(info)?.[1] ?? []).map((reason) => `${path}: ${reason}`)
  );
  assert.deepEqual(found, NOT_RUN);
});

Deno.test("every user's page but the index has commands that tests run", () => {
  const without = forUsers.filter(({ path, blocks }) =>
    path.startsWith("docs/") && path !== "docs/README.md" &&
    !blocks.some(({ language, info }) => language === "sh" && !info.startsWith("not run:") || language === "yaml")
  );
  assert.deepEqual(without.map(({ path }) => path), []);
});

Deno.test("blocksOf() cuts a page into blocks with what stands before them", () => {
  const text = "# Title\n\nWrite `a`:\n\n```yaml file=a\nb: 1\n```\n\n```sh on web1\nc\n```\n";
  assert.deepEqual(blocksOf(text), [
    { language: "yaml", info: "file=a", text: "b: 1\n", line: 5, before: "Write `a`:" },
    { language: "sh", info: "on web1", text: "c\n", line: 9, before: "" },
  ]);
  assert.throws(() => blocksOf("```sh\na\n"), /line 1: the block does not end/);
});

Deno.test("commandsOf() joins here-documents and continued lines, and reads the exit status", () => {
  assert.deepEqual(commandsOf("# a comment\na \\\n  b\n\ncat <<'END'\nx\nEND\nc   # exits with 3: partly\n"), [
    { text: "a \\\n  b", status: 0 },
    { text: "cat <<'END'\nx\nEND", status: 0 },
    { text: "c   # exits with 3: partly", status: 3 },
  ]);
  assert.throws(() => commandsOf("cat <<'END'\nx\n"), /the command does not end/);
});

Deno.test("isShown() takes ... for any text in a line, and a line of it for any lines", () => {
  assert.ok(isShown("a ... c\n", "a b c\n"));
  assert.ok(isShown("a\n...\nd\n", "a\nb\nc\nd\n"));
  assert.ok(isShown("a\n...\nd\n", "a\nd\n"));
  assert.ok(!isShown("a\n", "a\nb\n"));
  assert.ok(!isShown("a.c\n", "abc\n"));
});

Deno.test("anchors() makes of headings what GitHub makes of them", () => {
  const text = "# A `b` (c): d_e-f\n\n```sh\n# no heading\n```\n";
  assert.deepEqual([...anchors(text)], ["a-b-c-d_e-f"]);
});
