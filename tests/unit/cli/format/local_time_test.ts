import assert from "node:assert/strict";
import { formatEntries } from "../../../../cli/format/history.ts";
import { formatEntryDetails } from "../../../../cli/format/history_entry.ts";
import { formatLocalTime, systemOffset } from "../../../../cli/format/local_time.ts";
import type { JournalEntry } from "../../../../cli/journal/entry.ts";
import { plainText } from "../../../../cli/terminal/line.ts";

const AT = "2026-01-31T23:30:05.123Z";
const MOMENT = new Date(AT);

const ENTRY: JournalEntry = {
  id: "miko3sb3n9-2f8",
  at: AT,
  namespace: "4026531840",
  author: { uid: 0, pid: 7, parentPid: 6, parentCommand: "bash" },
  command: ["server", "edit", "tcp://192.0.2.10:80", "10.0.0.11:80", "--weight", "3"],
  operation: "change",
  outcome: "done",
  stepCount: 1,
  steps: [],
  undoable: false,
};

/** Central Europe, and five minutes after the entry. */
const LOCAL = { offset: () => 60, now: MOMENT.getTime() + 5 * 60_000 };

Deno.test("formatLocalTime() shows the local day and clock with the distance from UTC", () => {
  const shown = (minutes: number): string => formatLocalTime(MOMENT, { offset: () => minutes });
  assert.equal(shown(60), "2026-02-01T00:30:05+01:00");
  assert.equal(shown(-210), "2026-01-31T20:00:05-03:30");
  assert.equal(shown(0), "2026-01-31T23:30:05Z");
  assert.equal(formatLocalTime(MOMENT, { offset: () => 345, precision: "minutes" }), "2026-02-01T05:15+05:45");
});

Deno.test("formatLocalTime() shows the moment that it is given, in this machine's zone too", () => {
  for (const at of [AT, "2026-07-31T12:00:00.000Z"]) {
    const shown = formatLocalTime(new Date(at), { offset: systemOffset });
    assert.equal(Date.parse(shown), Math.floor(Date.parse(at) / 1000) * 1000);
  }
});

Deno.test("the history shows UTC to programs, local times to a terminal, and ages to a narrow one", () => {
  const timeOf = (options: Parameters<typeof formatEntries>[1]): string =>
    /(?:\S+ ago|20\S+)/.exec(formatEntries([ENTRY], options).map(plainText)[1] ?? "")?.[0] ?? "";
  assert.equal(timeOf({}), "2026-01-31T23:30:05Z");
  assert.equal(timeOf({ local: LOCAL }), "2026-02-01T00:30:05+01:00");
  assert.equal(timeOf({ local: LOCAL, width: 200 }), "2026-02-01T00:30:05+01:00");
  assert.equal(timeOf({ local: LOCAL, width: 84 }), "2026-02-01T00:30+01:00");
  assert.equal(timeOf({ local: LOCAL, width: 70 }), "5m ago");
});

Deno.test("history show gives a terminal the local time, and programs UTC", () => {
  const details = { now: LOCAL.now, plan: undefined, undoneBy: undefined, refusal: undefined };
  const timeOf = (local: typeof LOCAL | undefined): string =>
    plainText(formatEntryDetails(ENTRY, { ...details, local })[1] ?? "");
  assert.equal(timeOf(LOCAL), "Time       2026-02-01T00:30:05+01:00, 5m ago");
  assert.equal(timeOf(undefined), "Time       2026-01-31T23:30:05Z, 5m ago");
});
