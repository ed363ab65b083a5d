/**
 * Every prober over TCP against every way of a server to be ill. Time is the test's: a deadline passes when the server
 * has done its worst.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING, type ServerId } from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import {
  blackHole,
  closedPort,
  eventLoopTurns,
  type Serve,
  serveTcp,
  untilClosed,
} from "../../../../support/loopback.ts";
import { openSocketsTo } from "../../../../support/open_sockets.ts";
import { type Peer, TCP_PEERS, TLS_PEERS } from "../../../../support/protocol_peers.ts";
import { fromLatin1 } from "../../../../support/scripted_peer.ts";
import { serveTls } from "../../../../support/tls.ts";
import { openProber } from "./real_prober.ts";

/** How much later than its deadline a probe may end; real time. */
const LATE_MS = 100;

/** Bytes that the endless server sends if no client stops it. */
const ENDLESS_BYTES = 1024 * 1024 * 1024;

/** Bytes that are different each time, and the same in each run. */
function noise(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state >> 16;
  });
}

interface Ill {
  /** What is wrong with the server. */
  readonly name: string;
  /** What it does. */
  readonly serve: (peer: Peer) => (connection: Deno.Conn) => Promise<void>;
  /** What is said of it. */
  readonly reason: RegExp;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
}

/** The first thing that a healthy server says. */
function firstWords({ script }: Peer): Uint8Array {
  const answer = script.turns?.[0]?.[1];
  return fromLatin1((script.greeting ?? "") || (typeof answer === "string" ? answer : "") || "\0");
}

/** A server that is asked says nothing before it is. */
async function hear({ script }: Peer, connection: Deno.Conn): Promise<void> {
  if ((script.greeting ?? "") === "") await connection.read(new Uint8Array(65536));
}

const ANY_REASON = /^(?!no connection)./;

const ILLS: readonly Ill[] = [
  {
    name: "accepts and hangs",
    serve: () => (connection) => untilClosed(connection as Deno.TcpConn),
    reason: /^no .+ within 1s$/,
  },
  {
    name: "sends a byte and then nothing for long",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      await write(connection, firstWords(peer).subarray(0, 1));
      await untilClosed(connection as Deno.TcpConn);
    },
    reason: ANY_REASON,
  },
  {
    name: "closes at once",
    serve: () => () => Promise.resolve(),
    reason: /^(closed the connection|connection reset|connection closed by the server)/,
  },
  {
    name: "closes in the middle",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      const words = firstWords(peer);
      await write(connection, words.subarray(0, Math.max(1, words.length >> 1)));
    },
    reason: ANY_REASON,
  },
  {
    name: "resets the connection in the middle",
    serve: (peer) => async (connection) => {
      const words = firstWords(peer);
      // Closing a connection whose bytes were not all read resets it: what speaks first is not sent any.
      if ((peer.script.greeting ?? "") === "") await connection.read(new Uint8Array(1));
      await write(connection, words.subarray(0, Math.max(1, words.length >> 1)));
    },
    reason: ANY_REASON,
  },
  {
    name: "sends a byte now and then",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      for (const byte of firstWords(peer).subarray(0, -1)) {
        await write(connection, Uint8Array.of(byte));
        await eventLoopTurns(1);
      }
      await untilClosed(connection as Deno.TcpConn);
    },
    reason: ANY_REASON,
  },
  {
    name: "sends garbage",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      await write(connection, noise(4096));
    },
    reason: ANY_REASON,
  },
  {
    name: "sends lines of garbage",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      await write(connection, fromLatin1("what do you want\r\n".repeat(100)));
    },
    reason: ANY_REASON,
  },
  {
    name: "sends what controls a terminal",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      // The first words of HTTP alone go on with text that is the server's own.
      const start = firstWords(peer).subarray(0, "HTTP/1.1 ".length);
      if (new TextDecoder().decode(start) === "HTTP/1.1 ") await write(connection, start);
      await write(connection, fromLatin1("\x1b]0;owned\x07\x9b2J\x08\x7f \x1b[31m\r\n\r\n".repeat(20)));
    },
    reason: /^[ -~]+$/,
  },
  {
    name: "sends without end",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      await write(connection, firstWords(peer).subarray(0, 1));
      const block = new Uint8Array(65536).fill(0x20);
      for (let sent = 0; sent < ENDLESS_BYTES; sent += block.length) await write(connection, block);
    },
    reason: ANY_REASON,
  },
  {
    name: "sends lines without end",
    serve: (peer) => async (connection) => {
      await hear(peer, connection);
      const lines = fromLatin1("220-and more\r\n* and more\r\n+OK and more\r\n".repeat(1000));
      for (let sent = 0; sent < ENDLESS_BYTES; sent += lines.length) await write(connection, lines);
    },
    reason: ANY_REASON,
  },
];

/** Probes while the server does its worst; time passes only when it has. */
async function probeIll(target: ServerId, check: Check): Promise<string> {
  await using prober = openProber();
  const clock = new FakeClock();
  let isSettled = false;
  const pending = prober.probe(target, check, { clock }).finally(() => isSettled = true);
  // Enough for whatever a server says to be heard.
  for (let round = 0; round < 20 && !isSettled; round++) await eventLoopTurns(1);
  await clock.advance(check.timeoutMs);
  const began = performance.now();
  const result = await pending;
  assert.ok(performance.now() - began < LATE_MS, "the probe outlives its deadline");
  assert.equal(clock.pending, 0, "timers are left");
  assert.equal(result.ok, false);
  return result.reason;
}

for (const peer of [...TCP_PEERS, ...TLS_PEERS]) {
  const check = { ...peer.check, ...DEFAULT_TIMING } as Check;

  Deno.test(`${peer.name}: a closed port fails`, async () => {
    await using prober = openProber();
    const result = await prober.probe(closedPort(), check);
    assert.equal(result.ok ? "" : result.reason, "connection refused (ECONNREFUSED)");
  });

  Deno.test(`${peer.name}: a server that does not answer fails at the deadline`, async () => {
    using hole = await blackHole();
    assert.equal(await probeIll(hole.target, check), "no connection within 1s");
    assert.equal(await probeIll(hole.target, { ...check, source: hole.target.address }), "no connection within 1s");
  });

  for (const { name, serve, reason } of ILLS) {
    Deno.test(`${peer.name}: a server that ${name} fails`, async () => {
      // A peer that is to hear nothing and to say nothing is passed when it accepts, which is no illness.
      if (peer.check.type === "tls" && peer.check.expect === undefined) return;
      await using server = serveTcp(serve(peer) as Serve);
      assert.match(await probeIll(server.target, check), reason);
      // A program that a test beside this one starts has a copy of the socket until it executes; a leak never ends.
      for (let turn = 0; turn < 1000 && openSocketsTo(server.target) > 0; turn++) await eventLoopTurns(1);
      assert.equal(openSocketsTo(server.target), 0, "sockets are left open");
    });
  }
}

for (const peer of TLS_PEERS.filter(({ check }) => check.type !== "tls" || check.expect !== undefined)) {
  for (const { name, serve, reason } of ILLS) {
    Deno.test(`${peer.name}: a server that ${name} behind TLS fails`, async () => {
      await using server = serveTls(serve(peer), { protocols: ["h2", "http/1.1"] });
      assert.match(await probeIll(server.target, { ...peer.check, ...DEFAULT_TIMING } as Check), reason);
    });
  }
}
