import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Connection,
  connectionService,
  formatConnectionEnd,
  readConnections,
} from "../../../../core/connections/mod.ts";
import { parseConnection } from "../../../../core/connections/parse.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { CAPTURED, CAPTURED_LIST } from "./captured.ts";

/** A connection in one line. */
function told(connection: Connection): string {
  const { protocol, client, server, state, expiresSeconds, isTemplate, engine } = connection;
  const ends = [formatConnectionEnd(client), connectionService(connection), formatConnectionEnd(server)].join(" > ");
  const words = [protocol, ends, state, expiresSeconds, ...(isTemplate ? ["template"] : [])];
  return [...words, ...(engine === undefined ? [] : [engine.name, engine.data])].join(" ");
}

const EXPECTED: Readonly<Record<Exclude<keyof typeof CAPTURED, "titles">, string>> = {
  tcp: "tcp 10.0.0.100:38090 > tcp://10.0.0.100:81 > 10.1.0.11:8080 ESTABLISHED 900",
  udp: "udp 10.0.0.100:38419 > udp://10.0.0.100:53 > 10.1.0.11:53 UDP 300",
  ipv6: "tcp [fd00::100]:41254 > tcp://[fd00::100]:80 > [fd00:1::11]:8080 ESTABLISHED 900",
  sctp: "sctp [fd00::100]:46253 > sctp://[fd00::100]:99 > [fd00:1::11]:99 REJECTED 4",
  mixed: "tcp 10.0.0.100:37842 > tcp://10.0.0.100:82 > [fd00:1::11]:82 CLOSE 10",
  template: "tcp 10.0.0.100:0 > tcp://10.0.0.100:80 > 10.1.0.11:8080 ASSURED 299 template",
  template6: "tcp [fd00::100]:0 > tcp://[fd00::100]:80 > [fd00:1::11]:8080 ASSURED 300 template",
  everyPort: "tcp 10.0.0.100:0 > tcp://10.0.0.100:0 > 10.1.0.11:0 NONE 300 template",
  mark: "ip 10.0.0.100:0 > fwmark:7 > 10.1.0.11:0 NONE 300 template",
  mark6: "ip [fd00::100]:0 > fwmark6:7 > [fd00:1::11]:0 NONE 299 template",
  engine:
    "udp 10.0.0.100:0 > udp://10.0.0.100:5060 > 10.1.0.11:5060 NONE 300 template sip a84b4c76e66710@pc33.example.com",
};

for (const [name, expected] of Object.entries(EXPECTED)) {
  Deno.test(`parseConnection() reads the kernel's line: ${name}`, () => {
    const line = Object.entries(CAPTURED).find(([key]) => key === name)?.[1] ?? "";
    assert.equal(told(parseConnection(line, { number: 2 })), expected);
  });
}

Deno.test("parseConnection() recognises a template by its port and its state", () => {
  const announced = CAPTURED.template.replace("ASSURED", "LISTEN ");
  assert.equal(parseConnection(announced, { number: 2 }).isTemplate, false);
});

Deno.test("parseConnection() keeps an engine's data with its blanks, and empty data", () => {
  assert.equal(
    parseConnection(`${CAPTURED.engine} b  c`, { number: 2 }).engine?.data,
    "a84b4c76e66710@pc33.example.com b  c",
  );
  assert.deepEqual(parseConnection(`${CAPTURED.tcp} sip `, { number: 2 }).engine, { name: "sip", data: "" });
});

const BAD_LINES = [
  "",
  "TCP",
  CAPTURED.titles,
  CAPTURED.tcp.slice(0, -8),
  CAPTURED.tcp.replace("0A000064", "0A00006"),
  CAPTURED.tcp.replace("0A000064", "0A00006G"),
  CAPTURED.tcp.replace("94CA", "94C"),
  CAPTURED.tcp.replace("900", "-1"),
  CAPTURED.tcp.replace("900", "12345678901"),
  CAPTURED.ipv6.replace("fd00:0000", "fd00"),
  CAPTURED.ipv6.replace("fd00", "gd00"),
];

Deno.test("parseConnection() names the number and the text of a line that is not a connection", () => {
  for (const line of BAD_LINES) {
    assert.throws(
      () => parseConnection(line, { number: 17 }),
      (error) =>
        error instanceof LvsctlError && error.exitCode === 1 &&
        error.message.startsWith("Cannot read /proc/net/ip_vs_conn: line 17 is not a connection: ") &&
        error.message.includes(JSON.stringify(line)),
      line,
    );
  }
});

Deno.test("parseConnection() reads any text, or refuses it in one short printable line", () => {
  const lines = Object.values(CAPTURED);
  const mutated = fc.tuple(
    fc.constantFrom(...lines),
    fc.nat(120),
    fc.nat(4),
    fc.string({ unit: "binary", maxLength: 4 }),
  )
    .map(([line, at, cut, put]) => line.slice(0, at) + put + line.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), mutated), (line) => {
      try {
        const { client, virtual, server } = parseConnection(line, { number: 2 });
        for (const { port } of [client, virtual, server]) assert.ok(port >= 0 && port <= 65535);
      } catch (error) {
        assert.ok(error instanceof LvsctlError, String(error));
        assert.ok(error.message.length < 1500);
        assert.doesNotMatch(error.message, /\p{Cc}/u);
      }
    }),
    PROPERTY,
  );
});

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
const anyPort = fc.nat(65535);
const anyEnd = fc.oneof(
  fc.tuple(fc.nat(0xffffffff), anyPort).map(([address, port]) => ({
    line: `${hex(address, 8)} ${hex(port, 4)}`,
    text: `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".")}:${port}`,
  })),
  fc.tuple(fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 }), anyPort)
    .map(([words, port]) => ({
      line: `${words.map((word) => hex(word, 4).toLowerCase()).join(":")} ${hex(port, 4)}`,
      text: `[${words.map((word) => word.toString(16)).join(":")}]:${port}`,
    })),
);

Deno.test("parseConnection() reads every line of the kernel's form", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("TCP", "UDP", "SCTP", "IP_47"),
      anyEnd,
      anyEnd,
      anyEnd,
      fc.constantFrom("ESTABLISHED", "FIN_WAIT", "SHUTDOWN_ACK_SENT"),
      fc.nat(2 ** 31),
      (protocol, client, virtual, server, state, seconds) => {
        const line = `${protocol.padEnd(3)} ${client.line} ${virtual.line} ${server.line} ${state.padEnd(11)} ${
          String(seconds).padStart(7)
        }`;
        const read = parseConnection(line, { number: 2 });
        assert.deepEqual([read.client, read.virtual, read.server].map(formatConnectionEnd), [
          client.text,
          virtual.text,
          server.text,
        ]);
        assert.deepEqual([read.protocol, read.state, read.expiresSeconds], [protocol.toLowerCase(), state, seconds]);
      },
    ),
    PROPERTY,
  );
});

function inPieces(text: string, size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, index) => bytes.slice(index * size, (index + 1) * size),
  );
}

Deno.test("readConnections() reads the same connections from pieces of any size", () => {
  const expected = Object.values(EXPECTED);
  for (const size of [1, 7, 64, 4096]) {
    assert.deepEqual([...readConnections(inPieces(CAPTURED_LIST, size))].map(told), expected);
  }
});

Deno.test("readConnections() reads nothing from a list of titles, and refuses any other text", () => {
  assert.deepEqual([...readConnections(inPieces(`${CAPTURED.titles}\n`, 50))], []);
  assert.throws(() => [...readConnections([])], /Cannot read \/proc\/net\/ip_vs_conn: it is empty/);
  assert.throws(() => [...readConnections(inPieces(`${CAPTURED.tcp}\n`, 50))], /line 1 is not a connection/);
  assert.throws(
    () => [...readConnections(inPieces(`${CAPTURED_LIST}oops\n`, 50))],
    /line 13 is not a connection: "oops"/,
  );
});

Deno.test("readConnections() does not collect text without line breaks", () => {
  let asked = 0;
  function* endless(): Generator<Uint8Array, void, undefined> {
    yield new TextEncoder().encode(`${CAPTURED.titles}\n`);
    for (;; asked++) yield new Uint8Array(1024).fill(65);
  }
  assert.throws(() => [...readConnections(endless())], /line 2 is not a connection/);
  assert.ok(asked < 10);
});

Deno.test("readConnections() reads a piece only after the former one is consumed", () => {
  const asked: number[] = [];
  function* pieces(): Generator<Uint8Array, void, undefined> {
    for (const [index, piece] of inPieces(`${CAPTURED.titles}\n${`${CAPTURED.tcp}\n`.repeat(1000)}`, 660).entries()) {
      asked.push(index);
      yield piece;
    }
  }
  const connections = readConnections(pieces());
  for (let count = 0; count < 15; count++) connections.next();
  assert.ok(asked.length <= 3, `${asked.length} pieces for 15 lines`);
});
