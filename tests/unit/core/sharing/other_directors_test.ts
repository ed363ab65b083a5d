import assert from "node:assert/strict";
import type { Health } from "../../../../core/model/mod.ts";
import { OtherDirectors } from "../../../../core/sharing/other_directors.ts";
import { formatList, formatStates, MOST_SERVERS } from "../../../../core/sharing/verdicts.ts";

/** A director as the store has it. */
interface Stored {
  readonly name: string;
  readonly ids: readonly string[];
  readonly states: readonly Health[];
  /** Whether its list is in the store. */
  readonly hasList?: boolean;
}

/** The id of a server, by its number. */
function id(number: number): string {
  return String(number).padStart(8, "0");
}

/** Reads what a store has, and returns how many lists were read. */
function read(others: OtherDirectors, stored: readonly Stored[], modRevision = 1): number {
  const lists = new Map(stored.map(({ name, ids, hasList = true }) => [name, hasList ? formatList(ids) : undefined]));
  const entries = stored.map(({ name, ids, states }) => ({
    key: `states/${name}`,
    value: formatStates({ digest: lists.get(name)?.digest ?? formatList(ids).digest, states }),
    modRevision,
  }));
  const reading = others.begin({ revision: modRevision, entries }, { prefix: "states/", own: "own" });
  let read = 0;
  for (const name of reading.lacking()) {
    read++;
    const list = lists.get(name);
    if (list !== undefined) reading.takeList(list.text);
  }
  others.take(reading);
  return read;
}

Deno.test("OtherDirectors counts directors with many different lists, and reads an equal list once", () => {
  const others = new OtherDirectors();
  const different = Array.from({ length: 40 }, (_, at): Stored => ({
    name: `director-${at + 10}`,
    ids: [id(0), id(at + 1)],
    states: ["healthy", "unhealthy"],
  }));
  const [same = assert.fail()] = different;
  const stored = [...different, { ...same, name: "same-1" }, { ...same, name: "same-2" }];
  assert.equal(read(others, stored), 40);
  assert.deepEqual([others.count(id(0)), others.count(id(1)), others.ignored], [
    { healthy: 42, unhealthy: 0 },
    { healthy: 0, unhealthy: 3 },
    0,
  ]);
  assert.equal(read(others, stored, 2), 0);
  assert.equal(others.names.length, 42);
});

Deno.test("OtherDirectors reads the list of the next director if one that names it has not stored it", () => {
  const others = new OtherDirectors();
  const states = ["healthy"] as const;
  const stored = { ids: [id(1)], states };
  read(others, [{ ...stored, name: "a", hasList: false }, { ...stored, name: "b" }]);
  assert.equal(others.count(id(1)).healthy, 2);
});

Deno.test("OtherDirectors ignores directors whose list is missing, or too long in addition to those of others", () => {
  const others = new OtherDirectors();
  const stored = Array.from({ length: 18 }, (_, at): Stored => ({
    name: `director-${at + 10}`,
    ids: Array.from({ length: MOST_SERVERS }, (_, server) => id(at * MOST_SERVERS + server)),
    states: ["healthy"],
  }));
  const missing: Stored = { name: "a", ids: [id(1)], states: ["healthy"], hasList: false };
  assert.equal(read(others, [missing, ...stored]), 18);
  assert.deepEqual([others.names.length, others.ignored], [16, 3]);
});
