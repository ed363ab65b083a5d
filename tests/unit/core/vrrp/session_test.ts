import assert from "node:assert/strict";
import { jsonLine, JsonLines, type SpeakerCommand, type SpeakerMessage } from "../../../../core/vrrp/protocol.ts";
import { SpeakerSession } from "../../../../core/vrrp/session.ts";
import { type MemoryDirector, MemoryLink, routerSettings, vip } from "../../../support/memory_vrrp.ts";

interface Bench {
  /** How often routers have begun, and the addresses of those that continued. */
  begins: number;
  readonly continued: string[];
  readonly session: SpeakerSession;
  readonly host: MemoryDirector;
  readonly messages: SpeakerMessage[];
  /** Whether the daemon takes messages. */
  isReading: boolean;
  /** Whether the service has no other process; undefined: that is not known. */
  isAlone: boolean | undefined;
  pass(milliseconds: number): void;
}

function start(): Bench {
  const link = new MemoryLink();
  const host = link.add("10.0.0.1");
  const messages: SpeakerMessage[] = [];
  const bench: Bench = {
    host,
    messages,
    isReading: true,
    isAlone: undefined,
    begins: 0,
    continued: [],
    session: new SpeakerSession({
      host,
      now: () => link.now,
      timeOfDay: () => link.now,
      version: "1.2.3",
      pid: 42,
      onBegin: (continued) => {
        bench.begins++;
        bench.continued.push(...continued.flatMap(({ vips }) => vips));
      },
      isAlone: () => bench.isAlone,
      send: (message) => bench.isReading && messages.push(message) > 0,
    }),
    pass: (milliseconds) => {
      const end = link.now + milliseconds;
      while (link.now < end) {
        link.now = Math.min(end, Math.max(link.now + 1, bench.session.dueAt));
        bench.session.turn();
      }
    },
  };
  return bench;
}

function tell({ session }: Bench, command: SpeakerCommand): void {
  session.take(jsonLine(command));
  session.turn();
}

const CONFIGURE: SpeakerCommand = {
  kind: "configure",
  settings: { routers: [routerSettings({ priority: 255 })], groups: [] },
};

Deno.test("SpeakerSession runs the routers that the daemon configures, and reports their state", () => {
  const bench = start();
  tell(bench, CONFIGURE);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
  const [hello, event, status] = bench.messages;
  assert.equal(hello?.kind, "hello");
  assert.ok(event?.kind === "event" && event.event.kind === "state" && event.event.status.state === "active");
  assert.ok(status?.kind === "status" && status.routers[0]?.state === "active");
  const before = bench.messages.length;
  bench.pass(3000);
  assert.equal(bench.messages.slice(before).filter(({ kind }) => kind === "status").length, 3);
});

Deno.test("SpeakerSession releases and resumes an instance, and ends when the daemon says so", () => {
  const bench = start();
  tell(bench, CONFIGURE);
  tell(bench, { kind: "release", name: "edge", isReleased: true });
  assert.deepEqual([...bench.host.vips], []);
  tell(bench, { kind: "release", name: "edge", isReleased: false });
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
  assert.equal(bench.session.isEnded, false);
  tell(bench, { kind: "stop" });
  assert.equal(bench.session.isEnded, true);
  bench.session[Symbol.dispose]();
  assert.deepEqual([...bench.host.vips], []);
});

Deno.test("SpeakerSession gives up the addresses after 30 s without a sign of life, and takes them again", () => {
  const bench = start();
  tell(bench, CONFIGURE);
  bench.pass(29_000);
  tell(bench, { kind: "alive" });
  bench.pass(29_900);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
  bench.pass(1100);
  assert.deepEqual([...bench.host.vips], []);
  tell(bench, { kind: "alive" });
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
});

Deno.test("SpeakerSession begins with the first configuration only, so that one without a daemon changes nothing", () => {
  const bench = start();
  bench.pass(5000);
  assert.equal(bench.begins, 0);
  tell(bench, CONFIGURE);
  tell(bench, CONFIGURE);
  assert.equal(bench.begins, 1);
});

Deno.test("SpeakerSession reads the interfaces once for a burst of changes", () => {
  const bench = start();
  tell(bench, CONFIGURE);
  bench.pass(1000);
  const before = bench.host.readings;
  for (let change = 0; change < 100; change++) {
    bench.session.look();
    bench.session.turn();
  }
  assert.equal(bench.host.readings, before + 1);
  bench.pass(1000);
  assert.equal(bench.host.readings, before + 2);
});

Deno.test("SpeakerSession goes on for three intervals of each router after the end of its daemon, and ends then", () => {
  const bench = start();
  const [fast, slow] = [routerSettings({ priority: 255, intervalMs: 100 }), routerSettings({ priority: 255 })];
  const routers = [fast, { ...slow, name: "slow", vrid: 52, vips: [vip("10.0.0.101")] }];
  tell(bench, { kind: "configure", settings: { routers, groups: [] } });
  bench.session.orphan();
  bench.pass(299);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32", "10.0.0.101/32"]);
  bench.pass(1);
  assert.deepEqual([...bench.host.vips], ["10.0.0.101/32"]);
  bench.session.orphan();
  bench.pass(2699);
  assert.equal(bench.session.isEnded, false);
  bench.pass(1);
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [[], true]);
});

Deno.test("SpeakerSession goes on for as long as a daemon that is restarted has said, and then gives up its addresses", () => {
  const bench = start();
  const fast = routerSettings({ priority: 255, intervalMs: 100 });
  tell(bench, { kind: "configure", settings: { routers: [fast], groups: [] } });
  bench.pass(29_000);
  tell(bench, { kind: "hold", forMs: 30_000 });
  bench.session.orphan();
  bench.pass(29_900);
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [["10.0.0.100/32"], false]);
  const before = bench.host.sent.length;
  bench.pass(100);
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [[], true]);
  assert.equal(bench.host.sent.at(before)?.message[2], 0, "the others are informed");
});

Deno.test("SpeakerSession waits for the next daemon only as long as some process of the service runs, apart from 3 s", () => {
  const bench = start();
  const fast = routerSettings({ priority: 255, intervalMs: 100 });
  tell(bench, { kind: "configure", settings: { routers: [fast], groups: [] } });
  bench.isAlone = true;
  bench.pass(10_000);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"], "there is a daemon, whatever the service has");
  tell(bench, { kind: "hold", forMs: 30_000 });
  bench.session.orphan();
  // As between two commands of a restart that is slow.
  for (let command = 0; command < 3; command++) {
    bench.isAlone = true;
    bench.pass(2900);
    bench.isAlone = false;
    bench.pass(1000);
  }
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [["10.0.0.100/32"], false]);
  bench.isAlone = true;
  bench.pass(2900);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
  const before = bench.host.sent.length;
  bench.pass(300);
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [[], true]);
  assert.equal(bench.host.sent.slice(before).at(-1)?.message[2], 0, "the others are informed");
});

Deno.test("SpeakerSession forgets with the next daemon how long it was to go on", () => {
  const bench = start();
  const fast = routerSettings({ priority: 255, intervalMs: 100 });
  tell(bench, { kind: "configure", settings: { routers: [fast], groups: [] } });
  tell(bench, { kind: "hold", forMs: 30_000 });
  bench.session.orphan();
  bench.pass(5000);
  bench.session.greet();
  tell(bench, { kind: "alive" });
  bench.pass(5000);
  bench.session.orphan();
  bench.pass(300);
  assert.deepEqual([[...bench.host.vips], bench.session.isEnded], [[], true]);
});

Deno.test("SpeakerSession leaves its addresses to another process with one more advertisement, and that one continues at once", () => {
  const former = start();
  tell(former, CONFIGURE);
  former.pass(5000);
  const before = former.host.sent.length;
  tell(former, { kind: "leave" });
  assert.equal(former.session.isEnded, true);
  former.session[Symbol.dispose]();
  assert.deepEqual([[...former.host.vips], former.host.sent.length], [["10.0.0.100/32"], before + 1]);
  const last = former.messages.at(-1);
  assert.ok(last?.kind === "status" && last.routers[0]?.state === "active");

  const next = start();
  tell(next, { ...CONFIGURE, continued: last.routers });
  assert.deepEqual([next.host.vips, next.continued], [new Set(["10.0.0.100/32"]), ["10.0.0.100/32"]]);
  assert.equal(next.host.sent.length, 1, "it advertises at once");
  assert.deepEqual(next.messages.filter(({ kind }) => kind === "event"), []);
  const status = next.messages.at(-1);
  assert.ok(status?.kind === "status");
  const [router] = status.routers;
  const [state, since, activations] = [router?.state, router?.since, router?.activations];
  assert.deepEqual({ state, since, activations }, {
    state: "active",
    since: last.routers[0]?.since,
    activations: 1,
  });
});

Deno.test("SpeakerSession continues no router of another name or place, and none that was not active", () => {
  for (const change of [{ name: "other" }, { state: "backup" }, { vrid: 7 }, { virtualMac: true }] as const) {
    const former = start();
    const settings = { routers: [routerSettings()], groups: [] };
    tell(former, { kind: "configure", settings });
    former.pass(5000);
    const status = former.messages.at(-1);
    assert.ok(status?.kind === "status");
    const next = start();
    tell(next, { kind: "configure", settings, continued: status.routers.map((router) => ({ ...router, ...change })) });
    assert.deepEqual([[...next.host.vips], next.continued], [[], []]);
  }
});

Deno.test("SpeakerSession that continues keeps the addresses of its settings alone, and what the other one tracked", () => {
  const tracks = [{ label: "service web", weight: -60 }];
  const router = routerSettings({ priority: 200, tracks, vips: [vip("10.0.0.100"), vip("10.0.0.101")] });
  const former = start();
  tell(former, { kind: "track", states: { "service web": "bad" } });
  tell(former, { kind: "configure", settings: { routers: [router], groups: [] } });
  former.pass(5000);
  const status = former.messages.at(-1);
  assert.ok(status?.kind === "status" && status.routers[0]?.priority === 140);
  const next = start();
  tell(next, { kind: "track", states: { "service web": "unknown" } });
  const settings = { routers: [{ ...router, vips: [vip("10.0.0.101")] }], groups: [] };
  tell(next, { kind: "configure", settings, continued: status.routers });
  next.pass(1000);
  assert.deepEqual(next.continued, ["10.0.0.101/32"]);
  const continued = next.messages.at(-1);
  assert.ok(continued?.kind === "status" && continued.routers[0]?.priority === 140);
});

Deno.test("SpeakerSession without routers ends with its daemon", () => {
  const bench = start();
  bench.session.orphan();
  assert.equal(bench.session.isEnded, true);
});

Deno.test("SpeakerSession of another daemon begins with a greeting, and keeps its routers and what it knows", () => {
  const bench = start();
  const tracks = [{ label: "service web", weight: -60 }];
  const configure = { kind: "configure", settings: { routers: [routerSettings({ tracks })], groups: [] } } as const;
  tell(bench, configure);
  tell(bench, { kind: "track", states: { "service web": "bad" } });
  bench.pass(5000);
  assert.deepEqual([...bench.host.vips], ["10.0.0.100/32"]);
  bench.session.take(new TextEncoder().encode('{"kind":"ali'));
  bench.isReading = false;
  bench.session.orphan();
  bench.pass(1000);
  bench.messages.length = 0;
  bench.isReading = true;
  bench.session.greet();
  tell(bench, { kind: "track", states: { "service web": "unknown" } });
  tell(bench, configure);
  bench.pass(10_000);
  const [hello, ...others] = bench.messages;
  assert.deepEqual(hello, { kind: "hello", version: "1.2.3", pid: 42 });
  assert.ok(others.every(({ kind }) => kind === "status"), "no state has changed");
  assert.equal(bench.session.isEnded, false);
  const status = bench.messages.at(-1);
  assert.ok(status?.kind === "status" && status.routers[0]?.priority === 40);
});

Deno.test("SpeakerSession keeps events for a daemon that does not read, and only the last status", () => {
  const bench = start();
  bench.isReading = false;
  tell(bench, CONFIGURE);
  bench.pass(10_000);
  assert.deepEqual(bench.messages, []);
  bench.isReading = true;
  bench.pass(1000);
  assert.deepEqual(bench.messages.map(({ kind }) => kind), ["hello", "event", "status"]);
});

Deno.test("JsonLines puts messages together from any pieces, and refuses endless lines", () => {
  const text = '{"kind":"alive"}\n\n{"kind":"release","name":"\u00e4","isReleased":true}\n';
  const lines = new JsonLines<SpeakerCommand>();
  const found = [...new TextEncoder().encode(text)].flatMap((byte) => lines.take(Uint8Array.of(byte)));
  assert.deepEqual(found, [{ kind: "alive" }, { kind: "release", name: "\u00e4", isReleased: true }]);
  assert.deepEqual(new JsonLines().take(new Uint8Array(16 * 1024 * 1024).fill(32)), []);
  assert.throws(() => new JsonLines().take(new Uint8Array(32 * 1024 * 1024 + 1).fill(32)), RangeError);
  assert.throws(() => new JsonLines().take(new TextEncoder().encode("x\n")), SyntaxError);
});

Deno.test("SpeakerSession leaves the processor to others between readings that take long", () => {
  const link = new MemoryLink();
  const host = link.add("10.0.0.1");
  const session = new SpeakerSession({
    host,
    now: () => link.now,
    timeOfDay: () => link.now,
    version: "1",
    pid: 1,
    send: () => true,
  });
  session.take(jsonLine({ kind: "configure", settings: { routers: [routerSettings({ priority: 255 })], groups: [] } }));
  session.turn();
  let readingMs = 0;
  host.refresh = () => {
    link.now += 60;
    readingMs += 60;
  };
  const begin = link.now;
  while (link.now < begin + 3000) {
    session.look();
    link.now += 1;
    session.turn();
  }
  assert.ok(readingMs / (link.now - begin) <= 0.25);
});
