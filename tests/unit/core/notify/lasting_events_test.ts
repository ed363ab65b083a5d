import assert from "node:assert/strict";
import type { Notification, ServiceEvent } from "../../../../core/model/mod.ts";
import { LastingEvents } from "../../../../core/notify/lasting_events.ts";
import { event, exec, mail, NOON, syslog } from "../../../support/notifications.ts";

const MINUTE = 60_000;

function types(notifications: readonly Notification[]): string {
  return notifications.map(({ type }) => type).join(" ");
}

const SERVER = { server: "10.0.0.1:80" };

Deno.test("LastingEvents.take() tells a state once, and its end once", () => {
  const lastingEvents = new LastingEvents();
  const notify = [mail(), syslog()];
  const sent = (each: ServiceEvent): string => types(lastingEvents.record(each, notify));
  assert.equal(sent(event("server_down", SERVER)), "mail syslog");
  assert.equal(sent(event("server_down", { ...SERVER, reason: "another" })), "");
  assert.equal(sent(event("server_down", { server: "10.0.0.2:80" })), "mail syslog");
  assert.equal(sent(event("server_down", { ...SERVER, service: "tcp://192.0.2.11:80" })), "mail syslog");
  assert.equal(sent(event("server_up", SERVER)), "mail syslog");
  assert.equal(sent(event("server_up", SERVER)), "");
  assert.equal(sent(event("server_down", SERVER)), "mail syslog");
});

for (
  const [bad, good] of [
    ["server_down", "server_up"],
    ["quorum_down", "quorum_up"],
    ["fallback_on", "fallback_off"],
  ] as const
) {
  Deno.test(`LastingEvents.take() tells ${good} only if ${bad} was known`, () => {
    const lastingEvents = new LastingEvents();
    const options = good === "quorum_up" ? {} : SERVER;
    assert.equal(types(lastingEvents.record(event(good, options), [mail()])), "");
    lastingEvents.record(event(bad, options), [mail()]);
    assert.equal(types(lastingEvents.record(event(good, options), [mail()])), "mail");
  });
}

Deno.test("LastingEvents.take() asks only those who want to know, and tells an end to those who want only that", () => {
  const lastingEvents = new LastingEvents();
  const notify = [exec(["/up"], { on: ["server_up"] }), syslog({ on: ["server_down"] })];
  assert.equal(types(lastingEvents.record(event("server_down", SERVER), notify)), "syslog");
  assert.equal(types(lastingEvents.record(event("server_up", SERVER), notify)), "exec");
});

Deno.test("LastingEvents.take() tells one destination once, however often it is named", () => {
  const lastingEvents = new LastingEvents();
  assert.equal(
    types(lastingEvents.record(event("server_down", SERVER), [mail(), mail({ repeatMs: 5 }), mail()])),
    "mail",
  );
});

Deno.test("LastingEvents.take() takes a fallback server for the same fact, whichever it is", () => {
  const lastingEvents = new LastingEvents();
  lastingEvents.record(event("fallback_on", { server: "127.0.0.1:80" }), [mail()]);
  assert.equal(types(lastingEvents.record(event("fallback_off", { server: "127.0.0.2:80" }), [mail()])), "mail");
});

Deno.test("LastingEvents.take() tells a warning again after a day, or after the distance that is asked for", () => {
  const lastingEvents = new LastingEvents();
  const notify = [mail(), syslog({ repeatMs: 5 * MINUTE })];
  const warn = (minutes: number, days: number): string =>
    types(
      lastingEvents.record(
        event("warning", { reason: `certificate expires in ${days}d`, at: NOON + minutes * MINUTE }),
        notify,
      ),
    );
  assert.equal(warn(0, 14), "mail syslog");
  assert.equal(warn(4, 14), "");
  assert.equal(warn(6, 13), "syslog");
  assert.equal(warn(24 * 60 - 1, 13), "syslog");
  assert.equal(warn(24 * 60, 13), "mail");
  assert.equal(types(lastingEvents.record(event("warning", { reason: "something else" }), notify)), "mail syslog");
});

Deno.test("LastingEvents.repeat() tells what lasts again, to those who ask for it, and says when the next is due", () => {
  const lastingEvents = new LastingEvents();
  const notify = [mail({ repeatMs: 10 * MINUTE }), syslog()];
  const all = (): readonly Notification[] => notify;
  assert.deepEqual(lastingEvents.repeat(all, NOON), { due: [], nextMs: undefined });
  lastingEvents.record(event("server_down", SERVER), notify);
  lastingEvents.record(event("quorum_down", { at: NOON + MINUTE }), notify);
  assert.deepEqual(lastingEvents.repeat(all, NOON + 2 * MINUTE), { due: [], nextMs: 8 * MINUTE });
  const { due, nextMs } = lastingEvents.repeat(all, NOON + 10 * MINUTE);
  assert.deepEqual(due.map(({ event: { kind }, notification: { type } }) => `${kind} ${type}`), ["server_down mail"]);
  assert.equal(nextMs, MINUTE);
  lastingEvents.record(event("server_up", SERVER), notify);
  lastingEvents.record(event("quorum_up"), notify);
  assert.deepEqual(lastingEvents.repeat(all, NOON + 60 * MINUTE), { due: [], nextMs: undefined });
});

Deno.test("LastingEvents.repeat() does not repeat warnings, which may be over", () => {
  const lastingEvents = new LastingEvents();
  const notify = [mail({ repeatMs: MINUTE })];
  lastingEvents.record(event("warning"), notify);
  assert.deepEqual(lastingEvents.repeat(() => notify, NOON + 9 * MINUTE), { due: [], nextMs: undefined });
});

Deno.test("LastingEvents.repeat() waits one distance at most when the clock is put back", () => {
  const lastingEvents = new LastingEvents();
  const notify = [mail({ repeatMs: MINUTE })];
  lastingEvents.record(event("server_down", SERVER), notify);
  assert.equal(lastingEvents.repeat(() => notify, NOON - 1000 * MINUTE).nextMs, MINUTE);
});

Deno.test("LastingEvents.retain() deletes events, so that the same event is sent again", () => {
  const lastingEvents = new LastingEvents();
  lastingEvents.record(event("server_down", SERVER), [mail()]);
  lastingEvents.record(event("quorum_down"), [mail()]);
  lastingEvents.retain(({ kind }) => kind === "quorum_down");
  assert.equal(types(lastingEvents.record(event("server_down", SERVER), [mail()])), "mail");
  assert.equal(types(lastingEvents.record(event("quorum_down"), [mail()])), "");
});
