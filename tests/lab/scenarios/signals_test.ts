/**
 * SIGINT and SIGTERM at random moments of commands that change a large table.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { Director } from "../director.ts";

/** The number of signals and the seed of their moments; `tests/lab/guest --env LVSCTL_LAB_SIGNALS=500` sets others. */
const SIGNALS = Number(Deno.env.get("LVSCTL_LAB_SIGNALS") ?? "30");
const SEED = Number(Deno.env.get("LVSCTL_LAB_SEED") ?? "20261128");

const SERVICES = 2000;

/** About the time that changing and verifying so many services takes here; milliseconds. */
const CHANGES_MS = 300;

/** The journal, which a command writes just before its first change. */
const JOURNAL = "/run/lvsctl/state/journal.jsonl";

/** Firewall marks, each with two servers of a weight, as a file and as ipvsadm saves them. */
function table(weight: number): { readonly file: string; readonly rules: readonly string[] } {
  const marks = Array.from({ length: SERVICES }, (_, index) => index + 1);
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

Deno.test("apply and restore that get a signal at any moment leave the table as before, or as the file describes", async () => {
  await using director = await Director.create();
  const tables = { 1: table(1), 2: table(2) };
  await Deno.writeTextFile("/tmp/1.yaml", tables[1].file);
  await Deno.writeTextFile("/tmp/2.yaml", tables[2].file);
  const started = performance.now();
  await director.must("restore /tmp/1.yaml");
  const longestMs = performance.now() - started;
  const random = randoms();
  let present: 1 | 2 = 1;
  const outcomes = { killed: 0, undone: 0, done: 0 };
  for (let round = 0; round < SIGNALS; round++) {
    const wanted: 1 | 2 = present === 1 ? 2 : 1;
    const [command, options] = round % 2 === 0 ? ["apply", "--yes --prune --drain 0s"] : ["restore", "--yes"];
    const signal = round % 3 < 2 ? "SIGINT" : "SIGTERM";
    const running = director.start(`${command} /tmp/${wanted}.yaml ${options}`.trim());
    // Most of the time is start and reading: three of four signals come after the changes have begun.
    const isEarly = round % 4 === 3;
    if (!isEarly) await untilJournalGrows(running);
    const moment = round % 4 === 0 ? 0 : Math.round(random.next().value * (isEarly ? longestMs : CHANGES_MS));
    await new Promise((resolve) => setTimeout(resolve, moment));
    running.signal(signal);
    if (round % 5 === 0) {
      // A second one, which comes in the middle of the undoing.
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.signal(signal);
    }
    const code = await running.finished();
    const what: string = `${command} of ${wanted} with ${signal} after ${moment} ms: ${code}, ${running.stderr}`;
    const rules = await director.rules();
    if (code === 0) {
      present = wanted;
      outcomes.done++;
    } else {
      assert.equal(code, signal === "SIGINT" ? 130 : 143, what);
      const isSaid = running.stderr !== "";
      if (isSaid) {
        assert.match(
          running.stderr,
          /^lvsctl: Cannot change the table: a signal interrupted it; the table is as it was before\n$/,
        );
      } // It is killed in silence before it changes anything, or after the end.
      else if (rules.join() === tables[wanted].rules.join()) present = wanted;
      outcomes[isSaid ? "undone" : "killed"]++;
    }
    assert.ok(rules.join() === tables[present].rules.join(), `half a table after ${what}`);
  }
  assert.ok(outcomes.undone > 0, `no signal came between two batches: ${JSON.stringify(outcomes)}`);
  const entries = await director.items("history -n 1000", { key: "entries" });
  assert.deepEqual([...new Set(entries.map(({ outcome }) => outcome))].sort(), ["done", "undone"]);
});
