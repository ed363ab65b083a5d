import assert from "node:assert/strict";
import fc from "fast-check";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { genericAttributes, messageErrno } from "../../../../core/netlink/message.ts";
import {
  type AttributeTable,
  decodeAttributes,
  ERRNO,
  GenericConnection,
  KernelError,
  NetlinkDecodeError,
  TransportError,
} from "../../../../core/netlink/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";
import { readMessages } from "../../../support/messages.ts";

const RUNS = { ...PROPERTY, numRuns: 3000 };

const TABLE = {
  a: { type: 1, kind: "u8" },
  b: { type: 2, kind: "u16" },
  c: { type: 3, kind: "be16" },
  d: { type: 4, kind: "u32" },
  e: { type: 5, kind: "be32" },
  f: { type: 6, kind: "u64" },
  g: { type: 7, kind: "u32pair" },
  h: { type: 8, kind: "string" },
  i: { type: 9, kind: "binary", length: 16 },
  j: { type: 10, kind: "nested" },
} as const satisfies AttributeTable;

/** Bytes of which many are small, as in real messages: lengths and types are. */
const anyBytes = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 16, 20), fc.nat(255)), { maxLength: 120 })
  .map((bytes) => new Uint8Array(bytes));

/** Runs what may refuse its input, but with {@linkcode NetlinkDecodeError} and nothing else. */
function mayRefuse(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof NetlinkDecodeError)) throw error;
    assert.ok(error instanceof LvsctlError);
  }
}

Deno.test("readMessages(), messageErrno() and genericAttributes() read any bytes, or refuse them", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      mayRefuse(() => {
        for (const message of readMessages(bytes)) {
          assert.ok(message.end <= bytes.length && message.start <= message.end);
          mayRefuse(() => Number.isInteger(messageErrno(message)));
          mayRefuse(() => decodeAttributes(genericAttributes(message), TABLE));
        }
      });
    }),
    RUNS,
  );
});

Deno.test("decodeAttributes() reads any bytes, or refuses them", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      mayRefuse(() => {
        const values = decodeAttributes(bytes, TABLE);
        assert.ok(values.i === undefined || values.i.length === 16);
        assert.ok(values.j === undefined || values.j.length <= bytes.length);
      });
    }),
    RUNS,
  );
});

Deno.test("GenericConnection ends with a result or an error of its own, whatever is received", () => {
  const anyDatagrams = fc.array(
    fc.oneof(
      anyBytes,
      fc.constantFrom(ERRNO.EAGAIN, ERRNO.ENOBUFS, ERRNO.EMSGSIZE),
      // A well-formed frame around any bytes, with a sequence number that may be the right one.
      fc.tuple(fc.constantFrom(1, 2, 3, 0x1c), fc.constantFrom(0, 2, 16, 18), fc.nat(3), anyBytes)
        .map(([type, flags, sequence, body]) => {
          const bytes = new Uint8Array(16 + body.length);
          bytes.set([bytes.length, 0, 0, 0, type, 0, flags, 0, sequence, 0, 0, 0]);
          bytes.set(body, 16);
          return bytes;
        }),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(anyDatagrams, (datagrams) => {
      const runs = [
        (connection: GenericConnection) => connection.request(() => 1),
        (connection: GenericConnection) =>
          connection.dump(() => 1, (attributes) => decodeAttributes(attributes, TABLE)),
        (connection: GenericConnection) => connection.batch([1, 2], () => 1),
      ];
      for (const run of runs) {
        const transport = new ScriptedTransport((_, call) => call === 0 ? datagrams : []);
        try {
          run(new GenericConnection(transport, { family: 0x1c, version: 1 }));
        } catch (error) {
          const isOurs = [NetlinkDecodeError, KernelError, TransportError].some((type) => error instanceof type);
          if (!isOurs) throw error;
        }
      }
    }),
    RUNS,
  );
});
