import assert from "node:assert/strict";
import { EntryPrints } from "../../../../core/netlink/entry_prints.ts";
import { NLMSG_DONE } from "../../../../core/netlink/message.ts";
import { NetlinkDecodeError } from "../../../../core/netlink/mod.ts";
import { little, message } from "../../../support/kernel/wire.ts";

/** What identifies an entry: two numbers. */
const FORM = { sequence: 3, keyBytes: 8 } as const;

type Entry = readonly [number, number, number?];

function datagramOf(entries: readonly Entry[], sequence: number): Uint8Array {
  return Uint8Array.from(
    entries.flatMap(([first, second, counter = 0]) =>
      message({ type: 28, flags: 0, sequence }, [first, second, counter].flatMap((each) => little(each, 4)))
    ),
  );
}

/** The prints of entries with a counter behind their key: the first entry has a datagram of its own. */
function printsOf(entries: readonly Entry[], prints = new EntryPrints()): EntryPrints {
  prints.restart(FORM);
  prints.add(datagramOf(entries.slice(0, 1), FORM.sequence));
  prints.add(datagramOf([[7, 7]], FORM.sequence - 1));
  prints.add(datagramOf(entries.slice(1), FORM.sequence));
  prints.add(Uint8Array.from(message({ type: NLMSG_DONE, flags: 0, sequence: FORM.sequence }, little(0, 4))));
  return prints;
}

const ENTRIES = Array.from({ length: 3000 }, (_, index): [number, number] => [0x0100000a + (index << 16), 0x5000]);

for (
  const [what, one, other, expected] of [
    ["with the same entries", ENTRIES, ENTRIES, true],
    ["with another counter", [[1, 2, 3]], [[1, 2, 4]], true],
    ["with another first entry", [[1, 2], [3, 4]], [[1, 1], [3, 4]], false],
    ["with another entry", [[1, 2], [3, 4]], [[1, 2], [3, 5]], false],
    ["in another order", [[1, 2], [3, 4]], [[3, 4], [1, 2]], false],
    ["with an entry more", ENTRIES, [...ENTRIES, [1, 2]], false],
    ["without entries", [], [], true],
  ] as const
) {
  Deno.test(`EntryPrints.equals() is ${expected} for a reading ${what}`, () => {
    assert.equal(printsOf(one).equals(printsOf(other)), expected);
  });
}

Deno.test("EntryPrints.areDistinct() finds an entry that a reading has twice", () => {
  assert.equal(printsOf(ENTRIES).areDistinct(), true);
  assert.equal(printsOf([...ENTRIES, ENTRIES[17] ?? [0, 0]]).areDistinct(), false);
});

Deno.test("EntryPrints.restart() forgets the entries of the reading before", () => {
  const prints = printsOf(ENTRIES);
  assert.ok(printsOf([[1, 2], [3, 4]], prints).equals(printsOf([[1, 2], [3, 4]])));
});

Deno.test("EntryPrints.add() refuses a message that is cut off", () => {
  const prints = new EntryPrints();
  prints.restart(FORM);
  assert.throws(() => prints.add(datagramOf([[1, 2]], FORM.sequence).subarray(0, 20)), NetlinkDecodeError);
});
