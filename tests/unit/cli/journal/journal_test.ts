import assert from "node:assert/strict";
import { formatEntry, type JournalEntry, parseEntry } from "../../../../cli/journal/entry.ts";
import { Journal } from "../../../../cli/journal/journal.ts";
import { makeFifo, makeSpecialFiles } from "../../../support/special_files.ts";

const ENTRY: JournalEntry = {
  id: "abc-12",
  at: "2026-01-02T03:04:05.678Z",
  namespace: "4026531840",
  author: { uid: 0, sudoUser: "alice", pid: 12, parentPid: 11, parentCommand: "bash" },
  command: ["apply", "web.yaml"],
  operation: "apply",
  outcome: "begun",
  stepCount: 1,
  steps: ["add virtual service fwmark:1"],
  undoable: true,
};

async function withJournal(run: (journal: Journal, directory: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    run(new Journal(`${directory}/state`), `${directory}/state`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("parseEntry() is the inverse of formatEntry(), which writes one line", () => {
  for (const entry of [ENTRY, { ...ENTRY, message: "it\nfailed", undoes: "abc-11", outcome: "partly" as const }]) {
    const line = formatEntry(entry);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(parseEntry(line), entry);
  }
});

Deno.test("formatEntry() keeps a line short even for long texts", () => {
  const long = { ...ENTRY, command: Array(500).fill("x".repeat(9999)), steps: Array(500).fill("y".repeat(9999)) };
  assert.ok(formatEntry({ ...long, message: "z".repeat(99_999) }).length < 64 * 1024);
});

Deno.test("parseEntry() returns undefined for other texts", () => {
  for (const line of ["", "null", "7", "{}", '{"id":"../../etc"}', formatEntry(ENTRY).slice(0, 90)]) {
    assert.equal(parseEntry(line), undefined, line);
  }
  assert.equal(parseEntry(formatEntry({ ...ENTRY, id: "../x-1" })), undefined);
});

Deno.test("Journal returns each entry once, from its last line, and none without a file", () =>
  withJournal((journal) => {
    assert.deepEqual(journal.entries(), []);
    journal.append(ENTRY);
    journal.append({ ...ENTRY, id: "abc-13" });
    journal.append({ ...ENTRY, outcome: "done" });
    assert.deepEqual(journal.entries().map(({ id, outcome }) => [id, outcome]), [["abc-12", "done"], [
      "abc-13",
      "begun",
    ]]);
  }));

Deno.test("Journal.lastEntry() finds the last entry of a table at the end of a long journal", () =>
  withJournal((journal, directory) => {
    assert.equal(journal.lastEntry(ENTRY.namespace), undefined);
    const steps = Array(50).fill("x".repeat(290));
    for (let number = 0; number < 40; number++) journal.append({ ...ENTRY, id: `abc-${number}`, steps });
    journal.append({ ...ENTRY, id: "abc-50", outcome: "done" });
    journal.append({ ...ENTRY, id: "abc-51", namespace: "7" });
    Deno.writeTextFileSync(`${directory}/journal.jsonl`, '{"id":"abc-1', { append: true });
    assert.deepEqual(journal.lastEntry(ENTRY.namespace), { ...ENTRY, id: "abc-50", outcome: "done" });
    assert.equal(journal.lastEntry("7")?.id, "abc-51");
    assert.equal(journal.lastEntry("8"), undefined);
  }));

Deno.test("Journal skips a line that was cut off", () =>
  withJournal((journal, directory) => {
    journal.append(ENTRY);
    Deno.writeTextFileSync(`${directory}/journal.jsonl`, '{"id":"abc-1', { append: true });
    assert.deepEqual(journal.entries(), [ENTRY]);
  }));

Deno.test("Journal stays within bounds and keeps the newest entries", () =>
  withJournal((journal, directory) => {
    const steps = Array(50).fill("x".repeat(290));
    for (let number = 0; number < 400; number++) journal.append({ ...ENTRY, id: `abc-${number}`, steps });
    const entries = journal.entries();
    assert.equal(entries.at(-1)?.id, "abc-399");
    assert.ok(entries.length >= 60 && entries.length < 200, `${entries.length} entries`);
    const bytes = [...Deno.readDirSync(directory)].map(({ name }) => Deno.statSync(`${directory}/${name}`).size);
    assert.ok(bytes.reduce((sum, size) => sum + size, 0) < 2.2 * 1024 * 1024, String(bytes));
  }));

Deno.test("Journal keeps the newest twenty snapshots, which the owner alone can read", () =>
  withJournal((journal, directory) => {
    for (let number = 100; number < 130; number++) journal.keepSnapshot(`${number}-1`, `text ${number}`);
    assert.equal(journal.snapshot("109-1"), undefined);
    assert.equal(journal.snapshot("110-1"), "text 110");
    assert.equal(journal.snapshot("129-1"), "text 129");
    journal.dropSnapshot("129-1");
    journal.dropSnapshot("129-1");
    assert.equal(journal.snapshot("129-1"), undefined);
    assert.equal((Deno.statSync(`${directory}/undo/110-1`).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("Journal deletes large snapshots before there are twenty, but never the newest", () =>
  withJournal((journal) => {
    const text = "x".repeat(30 * 1024 * 1024);
    for (const id of ["101-1", "102-1", "103-1"]) journal.keepSnapshot(id, text);
    assert.equal(journal.snapshot("101-1"), undefined);
    assert.equal(journal.snapshot("102-1")?.length, text.length);
    journal.keepSnapshot("104-1", "y".repeat(65 * 1024 * 1024));
    assert.equal(journal.snapshot("103-1"), undefined);
    assert.equal(journal.snapshot("104-1")?.length, 65 * 1024 * 1024);
  }));

Deno.test("Journal neither reads nor writes through links and pipes", async () => {
  await using files = await makeSpecialFiles();
  const journal = new Journal(files.directory);
  const path = `${files.directory}/journal.jsonl`;
  for (const place of [() => Deno.symlinkSync(files.regular, path), () => makeFifo(path)]) {
    place();
    const refused = { message: /journal\.jsonl: it is a (symbolic link|named pipe), not a file that lvsctl wrote; / };
    assert.throws(() => journal.append(ENTRY), refused);
    assert.throws(() => journal.entries(), refused);
    assert.throws(() => journal.lastEntry(ENTRY.namespace), refused);
    Deno.removeSync(path);
  }
  Deno.mkdirSync(`${files.directory}/undo`);
  Deno.symlinkSync(files.regular, `${files.directory}/undo/${ENTRY.id}`);
  assert.throws(() => journal.snapshot(ENTRY.id), { message: /it is a symbolic link, not a file that lvsctl wrote; / });
  assert.equal(Deno.readTextFileSync(files.regular), "content\n");
});

Deno.test("Journal deletes no file that is not a snapshot, and none through a link", async () => {
  await using files = await makeSpecialFiles();
  const journal = new Journal(`${files.directory}/state`);
  journal.keepSnapshot("100-1", "text");
  const foreign = Array.from({ length: 30 }, (_, index) => `0foreign${index}.txt`);
  for (const name of foreign) Deno.writeTextFileSync(`${files.directory}/state/undo/${name}`, "");
  journal.keepSnapshot("101-1", "text");
  assert.equal([...Deno.readDirSync(`${files.directory}/state/undo`)].length, foreign.length + 2);

  const other = `${files.directory}/other`;
  Deno.mkdirSync(other);
  for (let number = 200; number < 230; number++) Deno.writeTextFileSync(`${other}/${number}-1`, "");
  Deno.removeSync(`${files.directory}/state/undo`, { recursive: true });
  Deno.symlinkSync(other, `${files.directory}/state/undo`);
  assert.throws(() => journal.keepSnapshot("300-1", "text"), {
    message: /undo: it is a symbolic link, not a directory /,
  });
  assert.equal([...Deno.readDirSync(other)].length, 30);
});
