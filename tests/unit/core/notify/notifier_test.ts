import assert from "node:assert/strict";
import {
  formatServerId,
  type Notification,
  type ServiceEvent,
  VRRP_EVENTS,
  type VrrpNotification,
} from "../../../../core/model/mod.ts";
import { parseConfig } from "../../../../core/config/mod.ts";
import { isStateEvent, type Message } from "../../../../core/notify/message.ts";
import { type NotificationTrouble, Notifier, type NotifierOptions } from "../../../../core/notify/mod.ts";
import { QUEUE_LIMIT } from "../../../../core/notify/outbox.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import {
  event,
  exec,
  mail,
  NOON,
  notifying,
  realSurroundings,
  stateEvent,
  syslog,
  webhook,
} from "../../../support/notifications.ts";
import type { Delivery, Dispatch } from "../../../../core/notify/delivery.ts";

const A = "tcp://192.0.2.10:80";
const B = "tcp://192.0.2.11:80";
const SERVERS = ["10.0.0.1:80", "10.0.0.2:80"];
const MINUTE = 60_000;

/** What became of a dispatch: `undefined` is success, a text a failure that may be tried again. */
type Answer = (dispatch: Dispatch) => string | Delivery | undefined | Promise<Delivery>;

/** A notifier on a clock of its own; what it sends is written down. */
class Rig {
  readonly clock = new FakeClock();
  readonly sent: string[] = [];
  readonly troubles: string[] = [];
  answer: Answer = () => undefined;
  readonly #options: Pick<NotifierOptions, "lasts" | "onChange">;
  #notifier: Notifier;

  constructor(stored?: unknown, options: Pick<NotifierOptions, "lasts" | "onChange"> = {}) {
    this.#options = options;
    this.#notifier = this.#make(stored);
  }

  get notifier(): Notifier {
    return this.#notifier;
  }

  /** Starts again with what was stored, and clock and records going on. */
  restart(): void {
    this.#notifier = this.#make(JSON.parse(JSON.stringify(this.#notifier)));
  }

  load(notify: readonly Notification[], services: readonly string[] = [A, B]): void {
    this.notifier.load({ services: services.map((id) => notifying(id, { servers: SERVERS, notify })) });
  }

  down(service = A, server = "10.0.0.1:80"): ServiceEvent {
    return event("server_down", { service, server, at: NOON + this.clock.now() });
  }

  #make(stored: unknown): Notifier {
    return new Notifier({
      // Nothing of the real system is used, and so nothing is opened.
      context: realSurroundings({ clock: this.clock, timeOfDay: () => NOON + this.clock.now() }),
      onTrouble: ({ destination, reason, events, retryMs }: NotificationTrouble) =>
        this.troubles.push(`${destination}: ${reason} (${events}${retryMs === undefined ? "" : `, ${retryMs}ms`})`),
      stored,
      ...this.#options,
      send: async (dispatch, _surroundings, { signal }) => {
        signal.throwIfAborted();
        const { notification, messages, dropped } = dispatch;
        this.sent.push(
          `${notification.type}${dropped > 0 ? ` [${dropped} lost]` : ""}: ${messages.map(short).join(", ")}`,
        );
        const answer = await this.answer(dispatch);
        if (answer === undefined) return { ok: true };
        return typeof answer === "string" ? { ok: false, left: messages, reason: answer } : answer;
      },
    });
  }
}

function short({ event, services, isRepeated }: Message): string {
  if (isStateEvent(event)) return `${event.kind} ${event.subject} ${event.name}`;
  const { kind, server } = event;
  const subject = server === undefined ? "" : ` ${formatServerId(server)}`;
  return `${isRepeated ? "still " : ""}${kind}${subject}${services.length > 1 ? ` x${services.length}` : ""}`;
}

Deno.test("Notifier tells what comes within a short time at once: a mail for 200 servers", async () => {
  const rig = new Rig();
  const servers = Array.from({ length: 200 }, (_, index) => `10.0.1.${index}:80`);
  rig.notifier.load({ services: [notifying(A, { servers, notify: [mail(), webhook("http://a/"), exec(["/a"])] })] });
  const counts: Record<string, number[]> = {};
  rig.answer = ({ notification: { type }, messages }) => {
    (counts[type] ??= []).push(messages.length);
    return undefined;
  };
  for (const server of servers) {
    rig.notifier.notify(rig.down(A, server));
    await rig.clock.advance(10);
  }
  await rig.clock.advance(5000);
  assert.deepEqual(counts["mail"], [200]);
  assert.deepEqual(counts["webhook"]?.reduce((sum, count) => sum + count), 200);
  assert.ok((counts["webhook"]?.length ?? 9) <= 2);
  assert.equal(counts["exec"]?.reduce((sum, count) => sum + count), 200);
  assert.equal(rig.clock.pending, 0);
});

Deno.test("Notifier lets commands wait for no more than 50 ms", async () => {
  const rig = new Rig();
  rig.load([exec(["/a"]), syslog()]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(50);
  assert.deepEqual(rig.sent, ["exec: server_down 10.0.0.1:80", "syslog: server_down 10.0.0.1:80"]);
});

Deno.test("Notifier tells the same of several services in one message", async () => {
  const rig = new Rig();
  rig.load([syslog()]);
  rig.notifier.notify(rig.down(A));
  rig.notifier.notify(rig.down(B));
  await rig.clock.advance(50);
  assert.deepEqual(rig.sent, ["syslog: server_down 10.0.0.1:80 x2"]);
});

Deno.test("Notifier sends servers' events by the server's notifications, and services' by the service's", async () => {
  const rig = new Rig();
  const service = notifying(A, { servers: SERVERS, notify: [syslog()] });
  const own = { onFailure: "remove", notify: [exec(["/a"])] } as const;
  rig.notifier.load({ services: [{ ...service, care: new Map([["10.0.0.1:80", own]]) }] });
  for (const server of SERVERS) rig.notifier.notify(rig.down(A, server));
  rig.notifier.notify(event("quorum_down", { service: A }));
  rig.notifier.notify(event("fallback_on", { service: A, server: "10.0.0.1:80" }));
  rig.notifier.notify(event("quorum_down", { service: "tcp://203.0.113.9:1" }));
  await rig.clock.advance(50);
  assert.deepEqual(rig.sent, [
    "exec: server_down 10.0.0.1:80",
    "syslog: server_down 10.0.0.2:80, quorum_down, fallback_on 10.0.0.1:80",
  ]);
});

Deno.test("Notifier repeats while a bad state lasts, and not after it", async () => {
  const rig = new Rig();
  rig.load([syslog({ repeatMs: 10 * MINUTE })]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(25 * MINUTE);
  rig.notifier.notify(event("server_up", { service: A, server: "10.0.0.1:80", reason: "status 200" }));
  await rig.clock.advance(60 * MINUTE);
  assert.deepEqual(rig.sent, [
    "syslog: server_down 10.0.0.1:80",
    "syslog: still server_down 10.0.0.1:80",
    "syslog: still server_down 10.0.0.1:80",
    "syslog: server_up 10.0.0.1:80",
  ]);
  assert.equal(rig.clock.pending, 0);
});

Deno.test("Notifier keeps sent events over a restart, and continues to repeat them", async () => {
  const rig = new Rig();
  rig.load([syslog({ repeatMs: 10 * MINUTE })]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(4 * MINUTE);
  await rig.notifier.close({ graceMs: 1000 });
  rig.restart();
  rig.load([syslog({ repeatMs: 10 * MINUTE })]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(5 * MINUTE);
  assert.deepEqual(rig.sent, ["syslog: server_down 10.0.0.1:80"]);
  await rig.clock.advance(2 * MINUTE);
  rig.notifier.notify(event("server_up", { service: A, server: "10.0.0.1:80" }));
  await rig.clock.advance(50);
  assert.deepEqual(rig.sent.slice(1), [
    "syslog: still server_down 10.0.0.1:80",
    "syslog: server_up 10.0.0.1:80",
  ]);
});

Deno.test("Notifier tries again with growing distances, and tells what came meanwhile along with it, in order", async () => {
  const rig = new Rig();
  rig.load([mail()]);
  const times: number[] = [];
  rig.answer = () => {
    times.push(rig.clock.now());
    return times.length < 4 ? "connection refused" : undefined;
  };
  rig.notifier.notify(rig.down());
  await rig.clock.advance(5000);
  rig.notifier.notify(rig.down(A, "10.0.0.2:80"));
  await rig.clock.advance(10 * MINUTE);
  assert.deepEqual(times, [5000, 10_000, 20_000, 40_000]);
  assert.equal(rig.sent.at(-1), "mail: server_down 10.0.0.1:80, server_down 10.0.0.2:80");
  assert.deepEqual(rig.troubles, [
    "mail to ops@example.org by mail.example:25: connection refused (1, 5000ms)",
    "mail to ops@example.org by mail.example:25: connection refused (2, 10000ms)",
    "mail to ops@example.org by mail.example:25: connection refused (2, 20000ms)",
  ]);
  assert.deepEqual([rig.clock.pending, rig.notifier.toJSON().pending], [0, {}]);
});

Deno.test("Notifier drops unsent events after an hour, or at once if a retry cannot help", async () => {
  const rig = new Rig();
  rig.load([mail()]);
  rig.answer = () => "connection refused";
  rig.notifier.notify(rig.down());
  await rig.clock.advance(90 * MINUTE);
  assert.match(rig.troubles.at(-1) ?? "", /: connection refused \(1\)$/);
  assert.equal(rig.clock.pending, 0);
  const count = rig.sent.length;
  rig.answer = () => ({ ok: false, left: [], reason: "550 no such user" });
  rig.notifier.notify(rig.down(A, "10.0.0.2:80"));
  await rig.clock.advance(90 * MINUTE);
  assert.equal(rig.sent.length, count + 1);
  rig.answer = ({ messages }) => ({ ok: false, left: messages.slice(1), reason: "full" });
  rig.sent.length = 0;
  for (const server of SERVERS) rig.notifier.notify(event("server_up", { service: A, server, reason: "" }));
  await rig.clock.advance(90 * MINUTE);
  assert.deepEqual(rig.sent, ["mail: server_up 10.0.0.1:80, server_up 10.0.0.2:80", "mail: server_up 10.0.0.2:80"]);
});

Deno.test("Notifier tells when there is less to remember", async () => {
  let pending: readonly string[] = [];
  const rig = new Rig(undefined, {
    onChange: () => pending = [...pending, JSON.stringify(rig.notifier.toJSON().pending)],
  });
  rig.load([syslog()]);
  rig.notifier.notify(rig.down());
  assert.notEqual(JSON.stringify(rig.notifier.toJSON().pending), "{}");
  await rig.clock.advance(50);
  assert.deepEqual(pending, ["{}"]);
});

Deno.test("Notifier reports a bug of a sender, and continues", async () => {
  const rig = new Rig();
  rig.load([syslog()]);
  rig.answer = () => {
    throw new TypeError("x is not a function");
  };
  rig.notifier.notify(rig.down());
  await rig.clock.advance(50);
  assert.deepEqual(rig.troubles, ["syslog daemon: internal error: x is not a function (1)"]);
  rig.answer = () => undefined;
  rig.notifier.notify(rig.down(B));
  await rig.clock.advance(50);
  assert.equal(rig.sent.length, 2);
});

Deno.test("Notifier keeps a limited number of events, and says how many it gave up", async () => {
  const rig = new Rig();
  const servers = Array.from({ length: QUEUE_LIMIT + 100 }, (_, index) => `10.0.${index >> 8}.${index & 255}:80`);
  rig.notifier.load({ services: [notifying(A, { servers, notify: [mail()] })] });
  for (const server of servers) rig.notifier.notify(rig.down(A, server));
  assert.equal(rig.troubles.length, 1);
  let counts: readonly number[] = [];
  rig.answer = ({ messages, dropped }) => {
    counts = [messages.length, dropped];
    return undefined;
  };
  await rig.clock.advance(5000);
  assert.deepEqual(counts, [QUEUE_LIMIT, 100]);
});

Deno.test("Notifier sends one dispatch to a destination at a time, and one that hangs keeps no other waiting", async () => {
  const rig = new Rig();
  rig.load([mail(), syslog()]);
  const hanging = Promise.withResolvers<Delivery>();
  rig.answer = ({ notification: { type } }) => type === "mail" ? hanging.promise : undefined;
  rig.notifier.notify(rig.down());
  await rig.clock.advance(MINUTE);
  rig.notifier.notify(rig.down(A, "10.0.0.2:80"));
  await rig.clock.advance(MINUTE);
  assert.deepEqual(rig.sent, [
    "syslog: server_down 10.0.0.1:80",
    "mail: server_down 10.0.0.1:80",
    "syslog: server_down 10.0.0.2:80",
  ]);
  hanging.resolve({ ok: true });
  await rig.clock.advance(5000);
  assert.equal(rig.sent.at(-1), "mail: server_down 10.0.0.2:80");
});

Deno.test("Notifier.close() tells what waits without waiting for more, and takes nothing after it", async () => {
  const rig = new Rig();
  rig.load([mail({ repeatMs: MINUTE })]);
  rig.notifier.notify(rig.down());
  await rig.notifier.close({ graceMs: 1000 });
  rig.notifier.notify(rig.down(B));
  assert.deepEqual(rig.sent, ["mail: server_down 10.0.0.1:80"]);
  assert.deepEqual([rig.notifier.toJSON().pending, rig.clock.pending], [{}, 0]);
});

Deno.test("Notifier.close() ends in time, and unsent events are sent after a restart", async () => {
  const rig = new Rig();
  rig.load([mail(), syslog()]);
  rig.answer = ({ notification: { type }, messages }) =>
    type === "syslog" ? undefined : new Promise((resolve) => {
      rig.clock.setTimer(() => resolve({ ok: false, left: messages, reason: "interrupted" }), 1000);
    });
  rig.notifier.notify(rig.down());
  const closed = rig.notifier.close({ graceMs: 1000 });
  await rig.clock.advance(1000);
  await closed;
  assert.deepEqual(rig.troubles, ["mail to ops@example.org by mail.example:25: interrupted (1)"]);
  rig.restart();
  rig.answer = () => undefined;
  rig.sent.length = 0;
  rig.load([mail(), syslog()]);
  await rig.clock.advance(5000);
  assert.deepEqual(rig.sent, ["mail: server_down 10.0.0.1:80"]);
  assert.deepEqual(rig.notifier.toJSON().pending, {});
});

Deno.test("Notifier sends the end of a state that ended during a restart once it is known, and does not repeat it", async () => {
  const killed = new Rig();
  const notify = [syslog({ repeatMs: MINUTE })];
  killed.load(notify);
  for (const server of SERVERS) killed.notifier.notify(killed.down(A, server));
  killed.notifier.notify(event("quorum_down", { service: A }));
  await killed.clock.advance(50);
  const known = new Map<string, boolean>();
  const rig = new Rig(JSON.parse(JSON.stringify(killed.notifier)), {
    lasts: ({ kind, server }) => known.get(server === undefined ? kind : formatServerId(server)),
  });
  rig.load(notify);
  await rig.clock.advance(30_000);
  assert.deepEqual(rig.sent, []);
  known.set("10.0.0.1:80", false).set("10.0.0.2:80", true).set("quorum_down", false);
  await rig.clock.advance(2 * MINUTE);
  assert.deepEqual(rig.sent, [
    "syslog: server_up 10.0.0.1:80, quorum_up",
    "syslog: still server_down 10.0.0.2:80",
    "syslog: still server_down 10.0.0.2:80",
  ]);
  // Later events come from the daemon.
  known.set("10.0.0.2:80", false);
  await rig.clock.advance(30_000);
  assert.equal(rig.sent.length, 3);
  await rig.notifier.close({ graceMs: 0 });
  assert.equal(rig.clock.pending, 0);
});

Deno.test("Notifier deletes queued events of destinations that the file no longer names", async () => {
  const killed = new Rig();
  killed.load([mail()]);
  killed.notifier.notify(killed.down());
  const rig = new Rig(JSON.parse(JSON.stringify(killed.notifier)));
  assert.equal(Object.keys(rig.notifier.toJSON().pending).length, 1);
  rig.load([syslog()]);
  await rig.clock.advance(MINUTE);
  assert.deepEqual([rig.sent, rig.notifier.toJSON().pending], [[], {}]);
});

Deno.test("Notifier tells after a restart what a killed process had no time for", async () => {
  const killed = new Rig();
  killed.load([mail()]);
  killed.notifier.notify(killed.down());
  const rig = new Rig(JSON.parse(JSON.stringify(killed.notifier)));
  rig.load([mail()]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(5000);
  assert.deepEqual(rig.sent, ["mail: server_down 10.0.0.1:80"]);
});

Deno.test("Notifier.load() forgets servers and services that are gone", async () => {
  const rig = new Rig();
  rig.load([syslog()]);
  rig.notifier.notify(rig.down(A));
  rig.notifier.notify(rig.down(B));
  rig.notifier.load({ services: [notifying(A, { servers: ["10.0.0.2:80"], notify: [syslog()] })] });
  rig.load([syslog()]);
  rig.notifier.notify(rig.down(A));
  await rig.clock.advance(50);
  assert.equal(rig.notifier.toJSON().facts.length, 1);
});

Deno.test("Notifier stores nothing that is secret", () => {
  const rig = new Rig();
  rig.load([webhook("https://joe:secret@hooks.example/secret", { headers: [["Authorization", "secret"]] })]);
  rig.notifier.notify(rig.down());
  rig.answer = () => "secret only if we say so";
  assert.ok(!JSON.stringify(rig.notifier).includes("secret"));
});

for (
  const [name, stored] of [
    ["nothing", undefined],
    ["another version", { version: 2, facts: [], pending: {} }],
    ["no lists", { version: 1, facts: 7, pending: [] }],
    ["broken events", {
      version: 1,
      facts: [null, {}, { event: { kind: "server_down", service: "?", reason: "", at: 1 }, told: {} }, {
        event: { kind: "toString", service: A, reason: "", at: 1 },
        told: 5,
      }, { event: { kind: "server_down", service: A, server: "x", reason: "r", at: 1e99 }, told: { a: "b" } }],
      pending: {
        "mail 1": [{ event: { kind: "quorum_down" } }, { event: { ...stateEvent("active"), kind: "up" } }],
        "mail 2": [{ event: { ...stateEvent("active"), subject: 7 } }, { event: { ...stateEvent("stop"), at: "x" } }],
        "mail 3": [{ event: { ...stateEvent("active"), vrid: "x" } }, { event: { ...stateEvent("stop"), name: 5 } }],
        constructor: 5,
      },
    }],
  ] as const
) {
  Deno.test(`Notifier takes ${name} for nothing stored`, () => {
    assert.deepEqual(new Rig(stored).notifier.toJSON(), { version: 1, facts: [], pending: {} });
  });
}

/** The virtual router "edge" and the group "site", with these notifications. */
async function routers(notify: readonly VrrpNotification[]): Promise<Parameters<Notifier["load"]>[0]> {
  const state = await parseConfig(
    "version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.10 }]\n" +
      "vrrp_groups: [{ name: site, members: [edge] }]\nservices: []\n",
    { file: "web.yaml" },
  );
  const { services, vrrp = [], vrrpGroups = [] } = state;
  const withThem = <T>(each: T): T => ({ ...each, notify });
  return { services, vrrp: vrrp.map(withThem), vrrpGroups: vrrpGroups.map(withThem) };
}

const OF_ROUTERS = { on: VRRP_EVENTS, timeoutMs: 10_000 } as const;

Deno.test("Notifier sends the states of a virtual router that a notification subscribes to, and runs commands at once", async () => {
  const rig = new Rig();
  rig.notifier.load(
    await routers([
      { ...syslog(), ...OF_ROUTERS, on: ["active"] },
      { ...syslog(), ...OF_ROUTERS, on: ["active", "fault"] },
      { ...exec(["/a"]), ...OF_ROUTERS },
    ]),
  );
  rig.notifier.notifyState(stateEvent("active"));
  rig.notifier.notifyState(stateEvent("backup"));
  rig.notifier.notifyState(stateEvent("fault", { subject: "group", name: "site" }));
  rig.notifier.notifyState(stateEvent("fault", { name: "unknown" }));
  await rig.clock.advance(0);
  const commands = ["exec: active instance edge", "exec: fault group site", "exec: backup instance edge"];
  assert.deepEqual([...rig.sent].sort(), [...commands].sort());
  assert.ok(rig.sent.indexOf(commands[0] ?? "") < rig.sent.indexOf(commands[2] ?? ""));
  await rig.clock.advance(50);
  assert.equal(rig.sent.at(-1), "syslog: active instance edge, fault group site");
  assert.deepEqual(rig.notifier.counts().map(({ destination, sent }) => `${destination} ${sent}`), ["syslog 1 2"]);
  await rig.notifier.close({ graceMs: 0 });
});

Deno.test("Notifier sends the end of a virtual router when it closes, and after a restart what could not be sent", async () => {
  const rig = new Rig();
  const state = await routers([{ ...webhook("http://a/"), ...OF_ROUTERS }]);
  rig.notifier.load(state);
  rig.answer = () => "no answer";
  rig.notifier.notifyState(stateEvent("stop"));
  await rig.notifier.close({ graceMs: 3000 });
  assert.deepEqual(rig.sent, ["webhook: stop instance edge"]);
  rig.restart();
  rig.answer = () => undefined;
  rig.notifier.load(state);
  rig.notifier.notifyState(stateEvent("active"));
  await rig.clock.advance(1000);
  assert.equal(rig.sent.at(-1), "webhook: stop instance edge, active instance edge");
  await rig.notifier.close({ graceMs: 0 });
});

for (
  const [what, grace, sent, troubles] of [
    ["longer than for others", { graceMs: 3000, commandsMs: 20_000 }, ["exec: backup", "exec: active"], []],
    ["as long as for others by default", { graceMs: 3000 }, ["exec: backup"], [
      "exec /a: instance edge: the daemon ends (1)",
    ]],
  ] as const
) {
  Deno.test(`Notifier waits at its end for the commands of virtual routers, ${what}`, async () => {
    const rig = new Rig();
    rig.notifier.load(await routers([{ type: "exec", command: ["/a"], ...OF_ROUTERS }]));
    rig.answer = () => new Promise<Delivery>((resolve) => rig.clock.setTimer(() => resolve({ ok: true }), 5000));
    for (const kind of ["backup", "active"] as const) rig.notifier.notifyState(stateEvent(kind));
    const closed = rig.notifier.close(grace);
    await rig.clock.advance(10_000);
    await closed;
    assert.deepEqual(rig.sent, sent.map((each) => `${each} instance edge`));
    assert.deepEqual(rig.troubles, troubles);
    assert.equal(rig.clock.pending, 0);
  });
}

Deno.test("Notifier waits for the commands of virtual routers before it closes, and still takes states", async () => {
  const rig = new Rig();
  rig.notifier.load(await routers([{ type: "exec", command: ["/a"], ...OF_ROUTERS }]));
  rig.answer = () => new Promise<Delivery>((resolve) => rig.clock.setTimer(() => resolve({ ok: true }), 5000));
  rig.notifier.notifyState(stateEvent("active"));
  let hasEnded = false;
  const ended = rig.notifier.commandsEnd({ withinMs: 20_000 }).then(() => hasEnded = true);
  await rig.clock.advance(4000);
  rig.notifier.notifyState(stateEvent("stop"));
  await rig.clock.advance(5000);
  assert.deepEqual([rig.sent, hasEnded], [["exec: active instance edge", "exec: stop instance edge"], false]);
  await rig.clock.advance(1000);
  await ended;
  rig.notifier.notifyState(stateEvent("active"));
  const late = rig.notifier.commandsEnd({ withinMs: 1000 });
  await rig.clock.advance(1000);
  await late;
  const closed = rig.notifier.close({ graceMs: 0 });
  await rig.clock.advance(5000);
  await closed;
  assert.equal(rig.clock.pending, 0);
});

Deno.test("Notifier reports the reason of a receiver on one line", async () => {
  const rig = new Rig();
  rig.answer = () => "500 \x1b]0;x\x07\nlvsctl: all is well";
  rig.load([syslog()]);
  rig.notifier.notify(rig.down());
  await rig.clock.advance(50);
  assert.match(rig.troubles[0] ?? "", /: 500 \\u001b\]0;x\\u0007\\nlvsctl: all is well \(/);
});

Deno.test("Notifier.counts() has the file's destinations by type and number, with what was sent, failed and dropped", async () => {
  const rig = new Rig();
  const of = (destination: string, counts: Partial<Record<"queued" | "sent" | "dropped" | "failures", number>>) => ({
    destination,
    ...{ queued: 0, sent: 0, dropped: 0, failures: 0 },
    ...counts,
  });
  rig.load([webhook("http://secret.example/a"), webhook("http://secret.example/b"), exec(["/a"])]);
  assert.deepEqual(rig.notifier.counts(), [of("webhook 1", {}), of("webhook 2", {}), of("exec 1", {})]);
  rig.answer = ({ notification }) =>
    notification.type === "webhook" && notification.url.endsWith("/b") ? "no answer" : undefined;
  rig.notifier.notify(rig.down());
  assert.deepEqual(rig.notifier.counts().map(({ queued }) => queued), [1, 1, 1]);
  await rig.clock.advance(2000);
  assert.deepEqual(rig.notifier.counts(), [
    of("webhook 1", { sent: 1 }),
    of("webhook 2", { queued: 1, failures: 1 }),
    of("exec 1", { sent: 1 }),
  ]);
  await rig.clock.advance(120 * MINUTE);
  const [, failing] = rig.notifier.counts();
  assert.deepEqual([failing?.queued, failing?.dropped, failing?.sent], [0, 1, 0]);
  rig.load([exec(["/a"])]);
  assert.deepEqual(rig.notifier.counts(), [of("exec 1", { sent: 1 })]);
  await rig.notifier.close({ graceMs: 0 });
});
