/**
 * SIGHUP, SIGINT and SIGTERM at random moments of commands that change a large table.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { Director } from "../director.ts";

/** The number of signals and the seed of their moments; `tests/lab/guest --env LVSCTL_LAB_SIGNALS=500` sets others. */
const SIGNALS = Number(Deno.env.get("LVSCTL_LAB_SIGNALS") ?? "16");
const SEED = Number(Deno.env.get("LVSCTL_LAB_SEED") ?? "20261128");

/** The size of the first table that is tried, and how much larger the next one is. */
const SERVICES = 4000;
const GROWTH = 1.5;

/** The time that changing and verifying a table has to take at least, so that a signal comes between; milliseconds. */
const CHANGES_MS = 500;

/** The journal, which a command writes just before its first change. */
const JOURNAL = "/run/lvsctl/state/journal.jsonl";

/** Firewall marks, each with two servers of a weight, as a file and as ipvsadm saves them. */
function table(services: number, weight: number): { readonly file: string; readonly rules: readonly string[] } {
  const marks = Array.from({ length: services }, (_, index) => index + 1);
  const addresses = [1, weight + 1].map((last) => `10.0.0.${last}`);
  const servers = addresses.map((address) => `{ address: ${address}, weight: ${weight} }`).join(", ");
  return {
    file: `version: 1\nservices:\n${
      marks.map((mark) => `  - { listen: "fwmark:${mark}", servers: [${servers}] }\n`).join("")
    }`,
    rules: marks.flatMap((mark) => [
      `-A -f ${mark} -s wlc`,
      ...addresses.map((address) => `-a -f ${mark} -r ${address}:0 -m -w ${weight}`),
    ]).sort(),
  };
}

/** Numbers from 0 to 1 that are the same in each run. */
function* randoms(): Generator<number, never, void> {
  for (let state = SEED;;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** Waits until a command has recorded its plan, or ends. */
async function untilJournalGrows(running: BackgroundProcess): Promise<void> {
  const size = journalSize();
  let isEnded = false;
  running.finished().then(() => isEnded = true);
  while (!isEnded && journalSize() === size) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The size of the journal; 0 after it was full and before the next entry. */
function journalSize(): number {
  try {
    return Deno.statSync(JOURNAL).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** The signals, and the exit status that each one leads to. */
const SIGNALS_WITH_STATUS = [["SIGINT", 130], ["SIGHUP", 129], ["SIGTERM", 143]] as const;

/** How an interrupted command ended: `killed` in silence, before its first change or after its last one. */
type Outcome = "killed" | "undone" | "done";

/** Numbers of outcomes. */
type Outcomes = Record<Outcome, number>;

/** Both tables, and the one that the kernel has. */
interface Tables {
  readonly texts: Readonly<Record<1 | 2, ReturnType<typeof table>>>;
  present: 1 | 2;
  /** The longest time that a command takes to its first change; milliseconds. */
  readonly longestMs: number;
  /** The time from the first change to the end; milliseconds. */
  readonly changesMs: number;
}

/** A signal in the course of a command. */
interface Interruption {
  /** The command line, which makes the other table. */
  readonly command: string;
  /** Number of the round, on which signal and moment depend. */
  readonly round: number;
  /** A number from 0 to 1 for the moment. */
  readonly random: number;
}

/** Interrupts a command, and asserts that the table is as before or as the command makes it, and that it says so. */
async function interrupt(
  director: Director,
  tables: Tables,
  { command, round, random }: Interruption,
): Promise<Outcome> {
  const other: 1 | 2 = tables.present === 1 ? 2 : 1;
  const [signal, status] = SIGNALS_WITH_STATUS[round % SIGNALS_WITH_STATUS.length] ?? ["SIGINT", 130];
  const running = director.start(command);
  // Most of the time is start and reading: three of four signals come after the changes have begun.
  const isEarly = round % 4 === 3;
  if (!isEarly) await untilJournalGrows(running);
  const moment = round % 4 === 0 ? 0 : Math.round(random * (isEarly ? tables.longestMs : 1.5 * tables.changesMs));
  await new Promise((resolve) => setTimeout(resolve, moment));
  running.signal(signal);
  if (round % 5 === 0) {
    // A second one, which comes in the middle of the undoing.
    await new Promise((resolve) => setTimeout(resolve, 20));
    running.signal(signal);
  }
  const code = await running.finished();
  const what: string = `${command} with ${signal} after ${moment} ms: ${code}, ${running.stderr}`;
  const rules = await director.rules();
  let outcome: Outcome = "done";
  if (code === 0) tables.present = other;
  else {
    assert.equal(code, status, what);
    outcome = running.stderr === "" ? "killed" : "undone";
    if (outcome === "undone") {
      assert.match(
        running.stderr,
        /^lvsctl: Cannot change the table: a signal interrupted it; the table is as it was before\n$/,
      );
    } else if (rules.join() === tables.texts[other].rules.join()) tables.present = other;
  }
  assert.ok(rules.join() === tables.texts[tables.present].rules.join(), `half a table after ${what}`);
  return outcome;
}

/** Reports the outcomes, and asserts that signals came between changes and that no journal entry is open. */
async function checkOutcomes(director: Director, { changesMs }: Tables, outcomes: Outcomes): Promise<void> {
  Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify({ seed: SEED, changesMs, ...outcomes })}\n`));
  assert.ok(outcomes.undone > 0, "no signal came between two batches");
  const entries = await director.items("history -n 1000", { key: "entries" });
  assert.deepEqual([...new Set(entries.map(({ outcome }) => outcome))].sort(), ["done", "undone"]);
}

/** Makes two tables that are large enough here, and puts the first one into the kernel. */
async function begin<Text extends ReturnType<typeof table>>(
  director: Director,
  make: (services: number, weight: number) => Text,
): Promise<Tables & { readonly texts: Readonly<Record<1 | 2, Text>> }> {
  for (let services = SERVICES;; services = Math.round(services * GROWTH)) {
    const texts = { 1: make(services, 1), 2: make(services, 2) };
    for (const number of [2, 1] as const) {
      await Deno.writeTextFile(`/tmp/${number}.yaml`, texts[number].file);
      await director.must(`restore /tmp/${number}.yaml --yes`);
      // A file that lvsctl saved is read in a quarter of the time.
      await director.must(`save /tmp/${number}.yaml --yes`);
    }
    const started = performance.now();
    await director.must("restore /tmp/2.yaml --yes");
    const longestMs = performance.now() - started;
    const running = director.start("restore /tmp/1.yaml --yes");
    await untilJournalGrows(running);
    const changing = performance.now();
    assert.equal(await running.finished(), 0, running.stderr);
    const changesMs = performance.now() - changing;
    if (changesMs >= CHANGES_MS) return { texts, present: 1, longestMs, changesMs };
  }
}

Deno.test("apply and restore that get a signal at any moment leave the table as before, or as the file describes", async () => {
  await using director = await Director.create();
  const tables = await begin(director, table);
  const random = randoms();
  const outcomes: Outcomes = { killed: 0, undone: 0, done: 0 };
  for (let round = 0; round < SIGNALS; round++) {
    const other = tables.present === 1 ? 2 : 1;
    const [name, options] = round % 2 === 0 ? ["apply", "--yes --prune --drain 0s"] : ["restore", "--yes"];
    const command = `${name} /tmp/${other}.yaml ${options}`;
    outcomes[await interrupt(director, tables, { command, round, random: random.next().value })]++;
  }
  await checkOutcomes(director, tables, outcomes);
});

/** A table and the lines of `batch` that make it of any other one: only weights differ. */
function weights(services: number, weight: number): ReturnType<typeof table> & { readonly batch: string } {
  const { file, rules } = table(services, weight);
  const same = (text: string): string => text.replaceAll(`10.0.0.${weight + 1}`, "10.0.0.9");
  const marks = Array.from({ length: services }, (_, index) => index + 1);
  return {
    file: same(file),
    rules: rules.map(same).sort(),
    batch: marks.flatMap((mark) =>
      ["10.0.0.1", "10.0.0.9"].map((server) => `server edit fwmark:${mark} ${server} --weight ${weight}\n`)
    ).join(""),
  };
}

Deno.test("batch and undo that get a signal at any moment leave the table as before, or as they describe", async () => {
  await using director = await Director.create();
  const tables = await begin(director, weights);
  for (const number of [1, 2] as const) await Deno.writeTextFile(`/tmp/${number}.batch`, tables.texts[number].batch);
  const random = randoms();
  const outcomes: Outcomes = { killed: 0, undone: 0, done: 0 };
  for (let round = 0; round < Math.ceil(SIGNALS / 3); round++) {
    const other = tables.present === 1 ? 2 : 1;
    const isUndo = round % 2 === 0;
    if (isUndo) {
      await director.must(`batch /tmp/${other}.batch --yes`);
      tables.present = other;
    }
    const command = isUndo ? "undo --yes --drain 0s" : `batch /tmp/${other}.batch --yes`;
    outcomes[await interrupt(director, tables, { command, round, random: random.next().value })]++;
  }
  await checkOutcomes(director, tables, outcomes);
});
