import assert from "node:assert/strict";
import type { NotifiedEvent } from "../../../../../core/notify/message.ts";
import { sendBySyslog, syslogLine } from "../../../../../core/notify/ways/syslog.ts";
import { openLocalDatagrams } from "../../../../../core/system/datagrams.ts";
import { DatagramListener } from "../../../../support/datagram_listener.ts";
import { VRRP_EVENTS } from "../../../../../core/model/mod.ts";
import { event, messages, NOON, realSurroundings, stateEvent, syslog } from "../../../../support/notifications.ts";

const SERVER = { server: "10.0.0.1:80" };

/** The time of day as this machine has it. */
function localTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

function line(...options: Parameters<typeof event>): string {
  return lineOf(event(...options));
}

function lineOf(notified: NotifiedEvent): string {
  const [message] = messages(notified);
  assert.ok(message !== undefined);
  return new TextDecoder().decode(syslogLine(message, { facility: "local3", timeOfDay: () => NOON, pid: 42 }));
}

Deno.test("syslogLine() has facility, severity, time and program", () => {
  const time = `Nov  3 ${localTime(NOON)}`;
  assert.equal(
    line("server_down", SERVER),
    `<155>${time} lvsctl[42]: server down: 10.0.0.1:80 of tcp://192.0.2.10:80: connection refused`,
  );
  const severities = (["quorum_down", "server_down", "fallback_on", "warning", "server_up"] as const)
    .map((kind) => Number(/^<(\d+)>/.exec(line(kind))?.[1]) - 19 * 8);
  assert.deepEqual(severities, [2, 3, 4, 4, 5]);
});

Deno.test("syslogLine() of a virtual router has the severity error for a fault, and notice for other states", () => {
  const text = `virtual router active: edge: 10.0.0.2 has stopped`;
  assert.equal(lineOf(stateEvent("active")), `<157>Nov  3 ${localTime(NOON)} lvsctl[42]: ${text}`);
  const severities = VRRP_EVENTS.map((kind) => Number(/^<(\d+)>/.exec(lineOf(stateEvent(kind)))?.[1]) - 19 * 8);
  assert.deepEqual(severities, VRRP_EVENTS.map((kind) => kind === "fault" ? 3 : 5));
});

Deno.test("syslogLine() is one line of 1024 bytes at most, and cuts no character", () => {
  for (const length of [1500, 1501, 1502]) {
    const text = line("quorum_down", { name: "\u20ac\n".repeat(length) });
    assert.ok(new TextEncoder().encode(text).length <= 1024);
    assert.match(text, /^[^\n\ufffd]+$/);
  }
});

Deno.test("syslog: each message is a datagram; what cannot be sent is left, and sent when somebody listens again", async () => {
  const directory = await Deno.makeTempDir();
  const logSocket = `${directory}/log`;
  using datagrams = openLocalDatagrams();
  await using context = realSurroundings({ datagrams, logSocket });
  const all = messages(event("server_down", SERVER), event("quorum_down"));
  const dispatch = { notification: syslog(), messages: all, dropped: 0 };
  assert.deepEqual(sendBySyslog(dispatch, context), {
    ok: false,
    left: all,
    reason: `cannot send to ${logSocket} (ENOENT)`,
  });
  {
    await using listener = await DatagramListener.listen(logSocket);
    assert.deepEqual(sendBySyslog(dispatch, context), { ok: true });
    assert.match(await listener.next(), /^<27>.* server down: /);
    assert.match(await listener.next(), /^<26>.* quorum lost: /);
  }
  const refused = sendBySyslog(dispatch, context);
  assert.ok(!refused.ok && refused.left.length === 2);
  await Deno.remove(logSocket);
  await using listener = await DatagramListener.listen(logSocket);
  assert.deepEqual(sendBySyslog({ ...dispatch, messages: refused.left }, context), { ok: true });
  assert.match(await listener.next(), /server down/);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("syslog: what was sent before a failure is not left", async () => {
  let count = 0;
  await using context = realSurroundings({
    datagrams: {
      send: (): void => {
        if (++count === 2) throw Object.assign(new Error("cannot send"), { code: "EAGAIN" });
      },
    },
  });
  const all = messages(event("server_down", SERVER), event("quorum_down"), event("fallback_on"));
  assert.deepEqual(sendBySyslog({ notification: syslog(), messages: all, dropped: 0 }, context), {
    ok: false,
    left: all.slice(1),
    reason: "cannot send (EAGAIN)",
  });
});
