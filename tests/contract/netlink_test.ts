import assert from "node:assert/strict";
import type { RequestEncoder } from "../../core/netlink/connection.ts";
import { ERRNO, GenericConnection, KernelError, TransportError } from "../../core/netlink/mod.ts";
import { assertTable, type ContractKernel, contractTest } from "../support/contract_kernel.ts";
import { attribute, big, little, message, text } from "../support/kernel/wire.ts";
import { realServer, virtualService } from "../support/samples.ts";

// Requests that lvsctl's client never makes, in bytes: what the kernel says to them is a part of what it is.

const [NEW_SERVICE, SET_SERVICE, DEL_SERVICE, GET_SERVICE, NEW_DEST, , DEL_DEST, GET_DEST] = [1, 2, 3, 4, 5, 6, 7, 8];
const [NEW_DAEMON, DEL_DAEMON, SET_CONFIG, SET_INFO, ZERO] = [9, 10, 12, 14, 16];
const [EINVAL, EOPNOTSUPP, EAFNOSUPPORT, ESRCH, EBUSY, ENOENT] = [22, 95, 97, 3, 16, 2];

const FAMILY = attribute(1, little(2, 2));
const PROTOCOL = attribute(2, little(6, 2));
const ADDRESS = attribute(3, [192, 0, 2, 10, ...Array<number>(12).fill(0)]);
const PORT = attribute(4, big(80, 2));
const KEY = [...FAMILY, ...PROTOCOL, ...ADDRESS, ...PORT];
const SCHEDULER = attribute(6, text("rr"));
const FLAGS = attribute(7, [...little(0, 4), ...little(0xffffffff, 4)]);
const TIMEOUT = attribute(8, little(0, 4));
const NETMASK = attribute(9, [255, 255, 255, 255]);
const REST = [...SCHEDULER, ...FLAGS, ...TIMEOUT, ...NETMASK];

const DEST_KEY = [...attribute(1, [10, 0, 0, 11, ...Array<number>(12).fill(0)]), ...attribute(2, big(80, 2))];
const NUMBERS = [3, 4, 5, 6].flatMap((type) => attribute(type, little(0, 4)));

const service = (...parts: readonly number[][]): number[] => attribute(1, parts.flat());
const dest = (...parts: readonly number[][]): number[] => attribute(2, parts.flat());
const daemon = (...parts: readonly number[][]): number[] => attribute(3, parts.flat());

const STATE = attribute(1, little(2, 4));
const INTERFACE = attribute(2, text("lo"));
const SYNC_ID = attribute(3, little(0, 4));

/** Requests and the errno that they are answered with; 0 if they are carried out. */
const REQUESTS: readonly (readonly [string, number, readonly number[], number])[] = [
  ["a service command without a service", DEL_SERVICE, [], EINVAL],
  ["a service without anything", NEW_SERVICE, service(), EINVAL],
  ["a service without an address family", NEW_SERVICE, service(PROTOCOL, ADDRESS, PORT, REST), EINVAL],
  ["a service without a protocol", NEW_SERVICE, service(FAMILY, ADDRESS, PORT, REST), EINVAL],
  ["a service without an address", NEW_SERVICE, service(FAMILY, PROTOCOL, PORT, REST), EINVAL],
  ["a service without a port", NEW_SERVICE, service(FAMILY, PROTOCOL, ADDRESS, REST), EINVAL],
  [
    "an address family that is none",
    DEL_SERVICE,
    service(attribute(1, little(3, 2)), PROTOCOL, ADDRESS, PORT),
    EAFNOSUPPORT,
  ],
  ["a family of one byte", NEW_SERVICE, service(attribute(1, [2]), PROTOCOL, ADDRESS, PORT, REST), EINVAL],
  [
    "an address that is too long",
    NEW_SERVICE,
    service(FAMILY, PROTOCOL, attribute(3, Array<number>(17).fill(1)), PORT, REST),
    EINVAL,
  ],
  ["a new service without a scheduler", NEW_SERVICE, service(KEY, FLAGS, TIMEOUT, NETMASK), EINVAL],
  ["a new service without flags", NEW_SERVICE, service(KEY, SCHEDULER, TIMEOUT, NETMASK), EINVAL],
  ["a new service without a timeout", NEW_SERVICE, service(KEY, SCHEDULER, FLAGS, NETMASK), EINVAL],
  ["a new service without a netmask", NEW_SERVICE, service(KEY, SCHEDULER, FLAGS, TIMEOUT), EINVAL],
  [
    "a scheduler without its NUL",
    NEW_SERVICE,
    service(KEY, attribute(6, [0x72, 0x72]), FLAGS, TIMEOUT, NETMASK),
    EINVAL,
  ],
  ["an edit of what there is not, without its attributes", SET_SERVICE, service(KEY), EINVAL],
  ["an edit of what there is not", SET_SERVICE, service(KEY, REST), ESRCH],
  ["the deletion of what there is not", DEL_SERVICE, service(KEY), ESRCH],
  ["the counters of what there is not", ZERO, service(KEY), ESRCH],
  ["the counters of a service without a family", ZERO, service(PROTOCOL), EINVAL],
  ["a read of a service that is not named", GET_SERVICE, [], EINVAL],
  ["a read of what there is not", GET_SERVICE, service(KEY), ESRCH],
  ["a server of what there is not", NEW_DEST, [...service(KEY), ...dest()], ESRCH],
  ["a read of servers that is no dump", GET_DEST, service(KEY), EOPNOTSUPP],
  ["a command that goes the other way only", SET_INFO, [], EOPNOTSUPP],
  ["a command that is none", 18, [], EOPNOTSUPP],
  ["command 0", 0, [], EOPNOTSUPP],
  ["a sync daemon command without a daemon", NEW_DAEMON, [], EINVAL],
  ["a sync daemon without a state", NEW_DAEMON, daemon(INTERFACE, SYNC_ID), EINVAL],
  ["a sync daemon without an interface", NEW_DAEMON, daemon(STATE, SYNC_ID), EINVAL],
  ["a sync daemon without an identity", NEW_DAEMON, daemon(STATE, INTERFACE), EINVAL],
  ["a sync daemon of a state that is none", NEW_DAEMON, daemon(attribute(1, little(3, 4)), INTERFACE, SYNC_ID), EINVAL],
  ["the stop of a daemon without a state", DEL_DAEMON, daemon(), EINVAL],
  ["the stop of a daemon of a state that is none", DEL_DAEMON, daemon(attribute(1, little(9, 4))), EINVAL],
  ["timeouts of which none is given", SET_CONFIG, [], 0],
  ["timeouts that are all 0", SET_CONFIG, [4, 5, 6].flatMap((type) => attribute(type, little(0, 4))), 0],
  ["a service with attributes that nobody knows", NEW_SERVICE, service(KEY, REST, attribute(99, [1, 2, 3])), 0],
  ["an address of four bytes", NEW_SERVICE, service(FAMILY, PROTOCOL, attribute(3, [192, 0, 2, 10]), PORT, REST), 0],
];

/** As {@linkcode REQUESTS}, where the service is there. */
const SERVER_REQUESTS: typeof REQUESTS = [
  ["a server command without a server", NEW_DEST, service(KEY), EINVAL],
  ["a server without an address", NEW_DEST, [...service(KEY), ...dest(attribute(2, big(80, 2)), NUMBERS)], EINVAL],
  ["a server without numbers", NEW_DEST, [...service(KEY), ...dest(DEST_KEY)], EINVAL],
  ["a server without a lower threshold", NEW_DEST, [...service(KEY), ...dest(DEST_KEY, NUMBERS.slice(0, 24))], EINVAL],
  ["a server of a family that is none", NEW_DEST, [
    ...service(KEY),
    ...dest(DEST_KEY, NUMBERS, attribute(11, little(7, 2))),
  ], EAFNOSUPPORT],
  ["a server that does not say its family", NEW_DEST, [...service(KEY), ...dest(DEST_KEY, NUMBERS)], 0],
  ["a server with family 0", NEW_DEST, [...service(KEY), ...dest(DEST_KEY, NUMBERS, attribute(11, little(0, 2)))], 0],
  ["the deletion of a server that is not there", DEL_DEST, [...service(KEY), ...dest(DEST_KEY)], ENOENT],
  ["a service that is there, without its attributes", NEW_SERVICE, service(KEY), EINVAL],
];

for (const [what, command, bytes, expected] of REQUESTS) {
  contractTest(`the kernel answers ${what} with ${expected}`, (kernel) => {
    assert.equal(errnoOf(kernel, encoder(command, bytes)), expected);
  });
}

for (const [what, command, bytes, expected] of SERVER_REQUESTS) {
  contractTest(`the kernel answers ${what} with ${expected}`, (kernel) => {
    kernel.client.addService(virtualService("tcp://192.0.2.10:80"));
    assert.equal(errnoOf(kernel, encoder(command, bytes)), expected);
  });
}

contractTest("the kernel changes only the flags that the mask of a request names", (kernel) => {
  const before = virtualService("tcp://192.0.2.10:80", { scheduler: "rr", schedulerFlags: 5, onePacket: true });
  kernel.client.addService(before);
  const flags = attribute(7, [...little(0x10, 4), ...little(0x18, 4)]);
  assert.equal(errnoOf(kernel, encoder(SET_SERVICE, service(KEY, SCHEDULER, flags, TIMEOUT, NETMASK))), 0);
  assert.deepEqual(kernel.client.getService(before.id), { ...before, schedulerFlags: 6 });
});

contractTest("the kernel reads a firewall mark of 0 as the TCP service without an address", (kernel) => {
  const nobody = service(FAMILY, attribute(5, little(0, 4)), SCHEDULER, FLAGS, TIMEOUT, NETMASK);
  assert.equal(errnoOf(kernel, encoder(NEW_SERVICE, nobody)), 0);
  assertTable(kernel, [{ service: virtualService("tcp://0.0.0.0:0"), servers: [] }]);
});

contractTest("the kernel answers each message of a send by its sequence number, and only if required", (kernel) => {
  const { transport, family } = kernel.connect();
  using socket = transport;
  const [NOOP, REQUEST, ACK, DEAD_FAMILY] = [1, 1, 4, 0x7fff];
  const flush = [17, 1, 0, 0];
  socket.send(
    new Uint8Array([
      ...message({ type: family, flags: REQUEST, sequence: 1 }, flush),
      ...message({ type: family, flags: REQUEST, sequence: 2 }, [18, 1, 0, 0]),
      ...message({ type: family, flags: REQUEST | ACK, sequence: 3 }, flush),
      ...message({ type: DEAD_FAMILY, flags: REQUEST, sequence: 4 }, flush),
      ...message({ type: family, flags: ACK, sequence: 5 }, [18, 1, 0, 0]),
      ...message({ type: family, flags: 0, sequence: 6 }, [18, 1, 0, 0]),
      ...message({ type: NOOP, flags: REQUEST, sequence: 7 }, flush),
      ...message({ type: NOOP, flags: REQUEST | ACK, sequence: 8 }, flush),
      ...message({ type: family, flags: REQUEST | ACK, sequence: 9 }, [17]),
      // Padding.
      ...[0, 0, 0],
      ...message({ type: family, flags: REQUEST | ACK, sequence: 10 }, flush),
      // The rest is not as long as it says, and is not looked at.
      ...message({ type: family, flags: REQUEST | ACK, sequence: 11 }, flush).slice(0, -1),
    ]),
  );
  const answers: number[][] = [];
  try {
    for (;;) {
      const view = new DataView(socket.receive().slice().buffer);
      answers.push([view.getUint32(8, true), -view.getInt32(16, true)]);
    }
  } catch (error) {
    assert.ok(error instanceof TransportError && error.errno === ERRNO.EAGAIN);
  }
  const expected = [[2, EOPNOTSUPP], [3, 0], [4, ENOENT], [5, 0], [8, 0], [9, EINVAL], [10, 0]];
  assert.deepEqual(answers.map(String), expected.map(String));
});

contractTest("a dump without a service is empty", (kernel) => {
  using connection = connect(kernel);
  assert.deepEqual(connection.dump(encoder(GET_DEST, []), () => 1), []);
});

contractTest("a command that cannot be dumped is refused as a dump", (kernel) => {
  using connection = connect(kernel);
  assert.throws(() => connection.dump(encoder(NEW_DEST, []), () => 1), isErrno(EOPNOTSUPP));
});

contractTest("the kernel refuses a dump while another is not read to its end", (kernel) => {
  fillForLongDumps(kernel);
  using connection = connect(kernel);
  const { transport } = connection;
  const dump = (sequence: number): Uint8Array =>
    new Uint8Array([
      ...little(20, 4),
      ...little(connection.family, 2),
      ...little(0x301, 2),
      ...little(sequence, 4),
      ...little(0, 4),
      GET_SERVICE,
      1,
      0,
      0,
    ]);
  transport.send(dump(1));
  transport.send(dump(2));
  const refusals: number[] = [];
  for (let isDone = false; !isDone;) {
    const view = new DataView(transport.receive().slice().buffer);
    if (view.getUint16(4, true) === 2) refusals.push(view.getUint32(8, true), -view.getInt32(16, true));
    isDone = view.getUint16(4, true) === 3;
  }
  assert.deepEqual(refusals, [2, EBUSY]);
});

contractTest("GenericConnection.dump() can be followed by another after it was abandoned", (kernel) => {
  fillForLongDumps(kernel);
  using connection = connect(kernel);
  const isUp = new Error("enough");
  assert.throws(() =>
    connection.dump(encoder(GET_SERVICE, []), () => {
      throw isUp;
    }), isUp);
  assert.equal(connection.dump(encoder(GET_SERVICE, []), () => 1).length, 400);
});

contractTest("the kernel answers an empty message after one that it does not answer", (kernel) => {
  // What GenericConnection.batch() relies on: the stop of a daemon that has not run yet is never answered.
  using connection = connect(kernel);
  assert.deepEqual([
    ...connection.batch(
      [encoder(NEW_DAEMON, daemon(STATE, INTERFACE, SYNC_ID)), encoder(DEL_DAEMON, daemon(STATE))],
      (writer, encode) => encode(writer),
    ),
  ], [0, 0]);
  assert.deepEqual(kernel.client.syncDaemons(), []);
});

function fillForLongDumps({ client }: ContractKernel): void {
  // More than the kernel puts into two datagrams, so that a dump is not over when it has begun.
  const changes = Array.from({ length: 400 }, (_, index) => virtualService(`fwmark:${index + 1}`))
    .map((added) => ({ operation: "addService", service: added } as const));
  assert.equal(client.execute(changes).size, 0);
  client.addServer(virtualService("fwmark:1").id, realServer("10.0.0.11:80"));
}

type RawConnection = GenericConnection & {
  readonly transport: ReturnType<ContractKernel["connect"]>["transport"];
  readonly family: number;
};

function connect(kernel: ContractKernel): RawConnection {
  const { transport, family } = kernel.connect();
  return Object.assign(new GenericConnection(transport, { family, version: 1 }), { transport, family });
}

function encoder(command: number, bytes: readonly number[]): RequestEncoder {
  return (writer) => {
    writer.append(new Uint8Array(bytes));
    return command;
  };
}

function errnoOf(kernel: ContractKernel, encode: RequestEncoder): number {
  using connection = connect(kernel);
  try {
    connection.request(encode);
    return 0;
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
}

function isErrno(errno: number): (error: unknown) => boolean {
  return (error) => error instanceof KernelError && error.errno === errno;
}
