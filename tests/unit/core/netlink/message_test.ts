import assert from "node:assert/strict";
import { genericAttributes, MessageCursor, messageErrno } from "../../../../core/netlink/message.ts";
import { NetlinkDecodeError } from "../../../../core/netlink/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { readMessages } from "../../../support/messages.ts";

function only(digits: string): ReturnType<typeof messageErrno> {
  const [message] = readMessages(fromHex(digits));
  assert.ok(message !== undefined);
  return messageErrno(message);
}

Deno.test("MessageCursor reads type, flags, sequence number and body of every message", () => {
  const messages = readMessages(fromHex(
    "15000000 1c000200 01000000 99999999 01010000 07ffffff" +
      "10000000 03000a00 ffffffff 00000000",
  ));
  assert.deepEqual(
    messages.map(({ type, flags, sequence, memory, start, end }) => ({
      type,
      flags,
      sequence,
      body: toHex(memory.bytes.subarray(start, end)),
    })),
    [
      { type: 0x1c, flags: 2, sequence: 1, body: "01010000 07" },
      { type: 3, flags: 10, sequence: 0xffffffff, body: "" },
    ],
  );
});

Deno.test("MessageCursor has no message in an empty datagram", () => {
  assert.deepEqual(readMessages(new Uint8Array()), []);
});

Deno.test("MessageCursor reads a part of a larger buffer", () => {
  const bytes = fromHex("eeee 10000000 03000a00 07000000 00000000 eeee").subarray(2, 18);
  assert.deepEqual(readMessages(bytes).map(({ sequence }) => sequence), [7]);
});

Deno.test("MessageCursor reads one datagram after the other, of the same buffer and of others", () => {
  const buffer = fromHex("10000000 03000a00 07000000 00000000 10000000 03000a00 08000000 00000000 eeeeeeee");
  const cursor = new MessageCursor();
  const sequences: number[] = [];
  for (
    const datagram of [buffer.subarray(0, 16), buffer.subarray(16, 32), buffer.slice(0, 16), buffer.subarray(0, 32)]
  ) {
    cursor.reset(datagram);
    while (cursor.next()) sequences.push(cursor.sequence);
  }
  assert.deepEqual(sequences, [7, 8, 7, 7, 8]);
});

const CUT_OFF: Readonly<Record<string, string>> = {
  "10": "message length 0 of 1 remaining bytes",
  "10000000 03000a00 07000000 000000": "message length 0 of 15 remaining bytes",
  "0f000000 03000a00 07000000 00000000": "message length 15 of 16 remaining bytes",
  "00000000 03000a00 07000000 00000000": "message length 0 of 16 remaining bytes",
  "11000000 03000a00 07000000 00000000": "message length 17 of 16 remaining bytes",
  "ffffffff 03000a00 07000000 00000000": "message length 4294967295 of 16 remaining bytes",
};

for (const [digits, reason] of Object.entries(CUT_OFF)) {
  Deno.test(`MessageCursor refuses: ${reason}`, () => {
    assert.throws(
      () => readMessages(fromHex(digits)),
      (error) => error instanceof NetlinkDecodeError && error.reason === reason,
    );
  });
}

Deno.test("messageErrno() returns the positive errno of an error, and 0 of an acknowledgement", () => {
  assert.equal(only("24000000 02000000 01000000 00000000 fdffffff 14000000 1c000500 01000000 00000000"), 3);
  assert.equal(only("24000000 02000001 01000000 00000000 00000000 14000000 1c000500 01000000 00000000"), 0);
});

Deno.test("messageErrno() returns the status of the end of a dump, and 0 of old kernels, which have none", () => {
  assert.equal(only("14000000 03000200 01000000 00000000 00000000"), 0);
  assert.equal(only("14000000 03000200 01000000 00000000 eaffffff"), 22);
  assert.equal(only("10000000 03000200 01000000 00000000"), 0);
});

Deno.test("messageErrno() refuses an error that is cut off", () => {
  assert.throws(() => only("13000000 02000200 01000000 00000000 eaffff"), /error message of 3 bytes/);
});

Deno.test("genericAttributes() returns the attributes after the second header, and refuses a shorter message", () => {
  const [whole] = readMessages(fromHex("18000000 1c000200 01000000 00000000 01010000 04000100"));
  const [short] = readMessages(fromHex("13000000 1c000200 01000000 00000000 010100"));
  assert.ok(whole !== undefined && short !== undefined);
  const attributes = genericAttributes(whole);
  assert.ok(attributes.next());
  assert.deepEqual([attributes.type, attributes.next()], [1, false]);
  attributes.finish();
  assert.throws(() => genericAttributes(short), /generic message of 3 bytes/);
});
