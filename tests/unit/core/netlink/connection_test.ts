import assert from "node:assert/strict";
import type { RequestEncoder } from "../../../../core/netlink/connection.ts";
import { NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR } from "../../../../core/netlink/message.ts";
import {
  type AttributeReader,
  ERRNO,
  GenericConnection,
  KernelError,
  NetlinkDecodeError,
  TransportError,
} from "../../../../core/netlink/mod.ts";
import { toHex } from "../../../support/hex.ts";
import { attribute, little, message, readU16, readU32 } from "../../../support/kernel/wire.ts";
import { type Script, ScriptedTransport } from "../../../support/scripted_transport.ts";

const FAMILY = 0x1c;

const PING: RequestEncoder = (writer) => {
  writer.u32(1, 7);
  return 15;
};

/** An error or acknowledgement of the request with that sequence number. */
function answer(sequence: number, errno = 0): Uint8Array {
  return new Uint8Array(message({ type: NLMSG_ERROR, flags: 0, sequence }, little(-errno, 4)));
}

/** A message of the family that holds one number. */
function entry(sequence: number, value: number, flags = NLM_F_MULTI): number[] {
  return message({ type: FAMILY, flags, sequence }, [1, 1, 0, 0, ...attribute(1, little(value, 4))]);
}

/** A message of the family that holds several numbers. */
function entryOf(sequence: number, values: readonly number[]): number[] {
  const attributes = values.flatMap((value, index) => attribute(index + 1, little(value, 4)));
  return message({ type: FAMILY, flags: NLM_F_MULTI, sequence }, [1, 1, 0, 0, ...attributes]);
}

function done(sequence: number, flags = NLM_F_MULTI): number[] {
  return message({ type: NLMSG_DONE, flags, sequence }, little(0, 4));
}

function datagram(...messages: readonly number[][]): Uint8Array {
  return new Uint8Array(messages.flat());
}

function value(attributes: AttributeReader): number {
  assert.ok(attributes.next());
  const found = attributes.u32("value");
  attributes.finish();
  return found;
}

/** The sequence numbers of the messages of a datagram. */
function sequences(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += readU32(bytes, at)) found.push(readU32(bytes, at + 8));
  return found;
}

function connect(script: Script, sequence?: number): { connection: GenericConnection; transport: ScriptedTransport } {
  const transport = new ScriptedTransport(script);
  const options = { family: FAMILY, version: 1, ...(sequence === undefined ? {} : { sequence }) };
  return { transport, connection: new GenericConnection(transport, options) };
}

function isKernelError(errno: number): (error: unknown) => boolean {
  return (error) => error instanceof KernelError && error.errno === errno;
}

Deno.test("GenericConnection.request() sends a request for an acknowledgement", () => {
  const { connection, transport } = connect((bytes) => sequences(bytes).map((sequence) => answer(sequence)));
  assert.equal(connection.request(PING), undefined);
  assert.equal(connection.request(PING), undefined);
  assert.deepEqual(transport.sent.map(toHex), [
    "1c000000 1c000500 01000000 00000000 0f010000 08000100 07000000",
    "1c000000 1c000500 02000000 00000000 0f010000 08000100 07000000",
  ]);
});

Deno.test("GenericConnection.request() returns the answer before the acknowledgement", () => {
  const { connection } = connect(() => [datagram(entry(1, 42, 0)), answer(1)]);
  const attributes = connection.request(PING);
  assert.ok(attributes !== undefined);
  assert.equal(value(attributes), 42);
});

Deno.test("GenericConnection.request() returns an answer that outlasts the buffer", () => {
  const buffer = new Uint8Array(64);
  const queue = [datagram(entry(1, 42, 0)), answer(1)];
  const transport = new ScriptedTransport(() => []);
  transport.receive = () => {
    const next = queue.shift() ?? new Uint8Array();
    buffer.set(next);
    return buffer.subarray(0, next.length);
  };
  const connection = new GenericConnection(transport, { family: FAMILY, version: 1 });
  const attributes = connection.request(PING);
  buffer.fill(0xee);
  assert.ok(attributes !== undefined);
  assert.equal(value(attributes), 42);
});

Deno.test("GenericConnection.request() throws the kernel's errno", () => {
  const { connection } = connect(() => [answer(1, ERRNO.ESRCH)]);
  assert.throws(() => connection.request(PING), isKernelError(ERRNO.ESRCH));
});

Deno.test("GenericConnection.request() ignores answers to earlier requests", () => {
  const { connection } = connect((_, call) =>
    call === 0 ? [answer(1, ERRNO.EPERM)] : [
      datagram(entry(1, 1, 0)),
      answer(1),
      datagram(done(1)),
      answer(7, ERRNO.EPERM),
      datagram(entry(2, 5, 0)),
      answer(2),
    ]
  );
  assert.throws(() => connection.request(PING), isKernelError(ERRNO.EPERM));
  const attributes = connection.request(PING);
  assert.ok(attributes !== undefined);
  assert.equal(value(attributes), 5);
});

Deno.test("GenericConnection.request() throws the socket's failure", () => {
  const { connection } = connect(() => [ERRNO.ENOBUFS]);
  assert.throws(() => connection.request(PING), (error) => error instanceof TransportError && error.errno === 105);
  assert.throws(() => connect(() => []).connection.request(PING), /netlink receive failed with errno 11/);
});

Deno.test("GenericConnection.request() goes from the last sequence number to 0", () => {
  const { connection, transport } = connect(
    (bytes) => sequences(bytes).map((sequence) => answer(sequence)),
    0xfffffffe,
  );
  for (let count = 0; count < 4; count++) connection.request(PING);
  assert.deepEqual(transport.sent.flatMap(sequences), [0xfffffffe, 0xffffffff, 0, 1]);
});

Deno.test("GenericConnection.dump() requests the whole table and collects the entries of several datagrams", () => {
  const { connection, transport } = connect(() => [
    datagram(entry(1, 10), entry(1, 11)),
    datagram(entry(9, 99)),
    datagram(entry(1, 12), done(1)),
  ]);
  assert.deepEqual(connection.dump(PING, value), [10, 11, 12]);
  assert.equal(
    transport.sent.map(toHex).join(),
    "1c000000 1c000103 01000000 00000000 0f010000 08000100 07000000",
  );
});

/** Dumps keyed by the value: each of `tables` is what one dump lists, datagram by datagram. */
function dumpTables(
  tables: readonly (readonly (readonly number[])[])[],
  decode: (attributes: AttributeReader) => number = value,
): { entries: number[]; dumps: number } {
  const { connection, transport } = connect((_, call) => {
    const datagrams = tables[Math.min(call, tables.length - 1)] ?? [];
    const answers = datagrams.map((values) => datagram(...values.map((value) => entry(call + 1, value))));
    return [...answers, datagram(done(call + 1))];
  });
  const entries = connection.dumpKeyed(PING, { decode, key: String, keyBytes: 12 });
  return { entries, dumps: transport.sent.length };
}

for (
  const [what, tables, expected] of [
    ["an empty table once", [[]], { entries: [], dumps: 1 }],
    ["a table of one datagram once", [[[1, 2]]], { entries: [1, 2], dumps: 1 }],
    ["a table of several datagrams until two dumps agree", [[[1, 2], [3]]], { entries: [1, 2, 3], dumps: 2 }],
    ["again what a deletion hid", [[[1, 2], [4]], [[2, 3], [4]]], { entries: [2, 3, 4], dumps: 3 }],
    ["again what an addition repeated", [[[1, 2], [2, 3]], [[1, 2], [3]]], { entries: [1, 2, 3], dumps: 3 }],
    ["again what an addition repeated twice", [[[1, 2], [2, 3]], [[1, 2], [2, 3]], [[1, 2], [3]]], {
      entries: [1, 2, 3],
      dumps: 4,
    }],
    ["again a table whose order changed", [[[1, 2], [3]], [[2, 1], [3]]], { entries: [2, 1, 3], dumps: 3 }],
    ["a table that became small meanwhile", [[[1, 2], [3]], [[1]]], { entries: [1], dumps: 3 }],
  ] as const
) {
  Deno.test(`GenericConnection.dumpKeyed() reads ${what}`, () => {
    assert.deepEqual(dumpTables(tables), expected);
  });
}

Deno.test("GenericConnection.dumpKeyed() decodes a table that rests once", () => {
  let decoded = 0;
  const { dumps } = dumpTables([[[1, 2], [3]]], (attributes) => {
    decoded++;
    return value(attributes);
  });
  assert.deepEqual({ decoded, dumps }, { decoded: 3, dumps: 2 });
});

Deno.test("GenericConnection.dumpKeyed() ignores what differs behind the key", () => {
  const { connection, transport } = connect((_, call) => [
    datagram(entryOf(call + 1, [1, call])),
    datagram(entryOf(call + 1, [2, call]), done(call + 1)),
  ]);
  const decode = (attributes: AttributeReader): number => {
    assert.ok(attributes.next());
    return attributes.u32("value");
  };
  assert.deepEqual(connection.dumpKeyed(PING, { decode, key: String, keyBytes: 12 }), [1, 2]);
  assert.equal(transport.sent.length, 2);
});

Deno.test("GenericConnection.dumpKeyed() gives all that the last two dumps had, once, of a table that never rests", () => {
  const table = (missing: number): number[][] =>
    [[1, 2, 2, 3], [4, 5]].map((part) => part.filter((n) => n !== missing));
  const { entries, dumps } = dumpTables([1, 2, 3, 4, 5].map(table));
  assert.deepEqual([entries.toSorted(), dumps], [[1, 2, 3, 4, 5], 5]);
});

Deno.test("GenericConnection.dumpKeyedInSteps() pauses after each datagram", () => {
  const { connection } = connect((bytes) => {
    const [sequence = 0] = sequences(bytes);
    return [datagram(entry(sequence, 1)), datagram(entry(sequence, 2)), datagram(done(sequence))];
  });
  const steps = connection.dumpKeyedInSteps(PING, { decode: value, key: String, keyBytes: 12 });
  const results = Array.from({ length: 5 }, () => steps.next());
  // Two datagrams, twice.
  assert.deepEqual(results.map(({ done }) => done), [false, false, false, false, true]);
  assert.deepEqual(results.at(-1)?.value, [1, 2]);
});

Deno.test("GenericConnection.dumpKeyedInSteps() receives an abandoned dump to its end", () => {
  const { connection, transport } = connect((bytes) => {
    const [sequence = 0] = sequences(bytes);
    return [datagram(entry(sequence, 1)), datagram(entry(sequence, 2)), datagram(done(sequence))];
  });
  const steps = connection.dumpKeyedInSteps(PING, { decode: value, key: String, keyBytes: 12 });
  steps.next();
  steps.return([]);
  assert.throws(() => transport.receive(), TransportError);
});

Deno.test("GenericConnection.dump() throws the errno of an error, and of the end", () => {
  const refused = connect(() => [answer(1, ERRNO.EOPNOTSUPP)]).connection;
  assert.throws(() => refused.dump(PING, value), isKernelError(ERRNO.EOPNOTSUPP));
  const end = new Uint8Array(message({ type: NLMSG_DONE, flags: NLM_F_MULTI, sequence: 1 }, little(-ERRNO.ENOMEM, 4)));
  const broken = connect(() => [datagram(entry(1, 1)), end]).connection;
  assert.throws(() => broken.dump(PING, value), isKernelError(ERRNO.ENOMEM));
});

Deno.test("GenericConnection.dump() starts again after a change of the table, and decodes only the last attempt", () => {
  let decoded = 0;
  const { connection, transport } = connect((bytes, call) => {
    const [sequence = 0] = sequences(bytes);
    const disturbed = NLM_F_MULTI | NLM_F_DUMP_INTR;
    if (call === 0) return [datagram(entry(sequence, 1, disturbed)), datagram(done(sequence, disturbed))];
    // Here it shows at the end only.
    if (call === 1) return [datagram(entry(sequence, 2)), datagram(done(sequence, disturbed))];
    return [datagram(entry(sequence, 3)), datagram(done(sequence))];
  });
  const entries = connection.dump(PING, (attributes) => {
    decoded++;
    return value(attributes);
  });
  assert.deepEqual([entries, decoded, transport.sent.length], [[3], 2, 3]);
});

Deno.test("GenericConnection.dump() fails with EINTR if the table changes during every attempt", () => {
  const { connection, transport } = connect((bytes) => {
    const [sequence = 0] = sequences(bytes);
    return [datagram(entry(sequence, 1)), datagram(done(sequence, NLM_F_MULTI | NLM_F_DUMP_INTR))];
  });
  assert.throws(() => connection.dump(PING, value), isKernelError(ERRNO.EINTR));
  assert.equal(transport.sent.length, 5);
});

Deno.test("GenericConnection.dump() receives the rest of an unreadable answer", () => {
  const { connection } = connect((_, call) =>
    call === 0
      ? [datagram(message({ type: FAMILY, flags: 2, sequence: 1 }, [1, 1])), datagram(entry(1, 1)), datagram(done(1))]
      : [datagram(entry(2, 5)), datagram(done(2))]
  );
  assert.throws(() => connection.dump(PING, value), NetlinkDecodeError);
  assert.deepEqual(connection.dump(PING, value), [5]);
});

/** Answers every message of a batch that has an errno, and the last. */
function batchScript(errnoOf: (sequence: number) => number): Script {
  return (bytes) => {
    const all = sequences(bytes);
    const failed = all.slice(0, -1).filter((sequence) => errnoOf(sequence) !== 0);
    return [...failed.map((sequence) => answer(sequence, errnoOf(sequence))), answer(all.at(-1) ?? 0)];
  };
}

const encodeNumber = (writer: Parameters<RequestEncoder>[0], number: number): number => {
  writer.u32(1, number);
  return 5;
};

Deno.test("GenericConnection.batch() sends its messages at once, and requests an acknowledgement for the last only", () => {
  const { connection, transport } = connect(batchScript(() => 0));
  assert.deepEqual([...connection.batch([3, 4], encodeNumber)], [0, 0]);
  assert.deepEqual(transport.sent.map(toHex), [
    "1c000000 1c000100 01000000 00000000 05010000 08000100 03000000 " +
    "1c000000 1c000100 02000000 00000000 05010000 08000100 04000000 " +
    "14000000 01000500 03000000 00000000 00010000",
  ]);
});

Deno.test("GenericConnection.batch() returns an errno for each item, in order", () => {
  const { connection } = connect(batchScript((sequence) => sequence % 3 === 0 ? sequence : 0));
  assert.deepEqual([...connection.batch([1, 2, 3, 4, 5, 6, 7], encodeNumber)], [0, 0, 3, 0, 0, 6, 0]);
});

Deno.test("GenericConnection.batch() sends nothing without items", () => {
  const { connection, transport } = connect(() => []);
  assert.equal(connection.batch([], encodeNumber).length, 0);
  assert.equal(transport.sent.length, 0);
});

Deno.test("GenericConnection.batch() splits after 256 messages, and continues the sequence numbers", () => {
  // The first send has the numbers 1 to 257, its end included: item 300 is the 45th of the second.
  const { connection, transport } = connect(batchScript((sequence) => sequence === 257 + 45 ? ERRNO.EEXIST : 0));
  const errnos = connection.batch(Array.from({ length: 600 }, (_, index) => index), encodeNumber);
  assert.deepEqual(transport.sent.map((bytes) => sequences(bytes).length), [257, 257, 89]);
  assert.deepEqual([...errnos].flatMap((errno, index) => errno === 0 ? [] : [index, errno]), [300, ERRNO.EEXIST]);
});

Deno.test("GenericConnection.batch() splits before a send grows beyond the send buffer", () => {
  const { connection, transport } = connect(batchScript(() => 0));
  connection.batch(Array.from({ length: 10 }, () => 0), (writer) => {
    writer.binary(1, new Uint8Array(30_000));
    return 5;
  });
  assert.deepEqual(transport.sent.map((bytes) => sequences(bytes).length - 1), [3, 3, 3, 1]);
  for (const bytes of transport.sent) assert.ok(bytes.length < 100_000);
});

Deno.test("GenericConnection.batch() goes from the last sequence number to 0, in the middle of a send", () => {
  for (const start of [0xfffffffd, 0xfffffffe, 0xffffffff, 0]) {
    const script = batchScript((sequence) => sequence === (start + 1) >>> 0 ? ERRNO.ENOENT : 0);
    const { connection } = connect(script, start);
    assert.deepEqual([...connection.batch([1, 2, 3], encodeNumber)], [0, ERRNO.ENOENT, 0], String(start));
  }
});

Deno.test("GenericConnection.batch() ignores answers to earlier requests", () => {
  const { connection } = connect((_, call) =>
    call === 0 ? [ERRNO.ENOBUFS] : [
      answer(1, ERRNO.EPERM),
      answer(2, ERRNO.EPERM),
      answer(3),
      datagram(entry(4, 1)),
      answer(5, ERRNO.EEXIST),
      answer(6),
    ]
  );
  assert.throws(() => connection.batch([1, 2], encodeNumber), TransportError);
  assert.deepEqual([...connection.batch([3, 4], encodeNumber)], [0, ERRNO.EEXIST]);
});

Deno.test("GenericConnection.batch() with stopOnError marks the unsent items", () => {
  const { connection, transport } = connect(batchScript((sequence) => sequence === 5 ? ERRNO.EINVAL : 0));
  const errnos = connection.batch(Array.from({ length: 600 }, (_, index) => index), encodeNumber, {
    stopOnError: true,
  });
  assert.equal(transport.sent.length, 1);
  assert.deepEqual(
    [...errnos],
    Array.from({ length: 600 }, (_, index) => index === 4 ? ERRNO.EINVAL : index < 256 ? 0 : ERRNO.ECANCELED),
  );
});

Deno.test("GenericConnection closes its transport", () => {
  const { connection, transport } = connect(() => []);
  {
    using _connection = connection;
    assert.equal(transport.isClosed, false);
  }
  assert.equal(transport.isClosed, true);
});

Deno.test("a request has the number of its family and the version", () => {
  const transport = new ScriptedTransport((bytes) => sequences(bytes).map((sequence) => answer(sequence)));
  new GenericConnection(transport, { family: 0x1234, version: 9 }).request(() => 3);
  const [bytes] = transport.sent;
  assert.ok(bytes !== undefined);
  assert.deepEqual([readU16(bytes, 4), bytes[16], bytes[17]], [0x1234, 3, 9]);
});
