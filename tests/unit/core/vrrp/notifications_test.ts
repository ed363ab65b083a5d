import assert from "node:assert/strict";
import { VRRP_EVENTS, type VrrpNotification } from "../../../../core/model/mod.ts";
import type { CommandEnd } from "../../../../core/process/mod.ts";
import { StateNotifications } from "../../../../core/vrrp/notifications.ts";
import type { RouterState } from "../../../../core/vrrp/status.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { routerStatuses } from "../../../support/router_status.ts";

const SUCCESS: CommandEnd = {
  kind: "ended",
  status: { success: true, code: 0, signal: null },
  firstLine: "",
  stdout: "",
};

interface Started {
  readonly words: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  end(end?: CommandEnd): void;
}

/** Notifications whose programs end when the test says so. */
class Bench {
  readonly started: Started[] = [];
  readonly troubles: string[] = [];
  readonly clock = new FakeClock();
  readonly notifications: StateNotifications;

  constructor(notify: readonly Partial<VrrpNotification>[] = [{}]) {
    this.notifications = new StateNotifications({
      run: (words, { environment, signal }) =>
        new Promise((resolve) => {
          this.started.push({ words: words.join(" "), environment, signal, end: (end = SUCCESS) => resolve(end) });
          signal.addEventListener("abort", () => resolve(SUCCESS));
        }),
      notificationsOf: () =>
        notify.map((each) => ({
          on: VRRP_EVENTS,
          command: ["/bin/x", "{name}", "{state}"],
          timeoutMs: 10_000,
          ...each,
        })),
      onTrouble: (message) => this.troubles.push(message),
      clock: this.clock,
      timeOfDay: () => 0,
    });
  }

  async change(name: string, state: RouterState, subject: "instance" | "group" = "instance"): Promise<void> {
    const [router] = routerStatuses();
    assert.ok(router !== undefined);
    this.notifications.notify({ subject, name, state, router });
    await this.clock.advance(0);
  }

  async end(index: number, end?: CommandEnd): Promise<void> {
    this.started[index]?.end(end);
    await this.clock.advance(0);
  }

  get words(): readonly string[] {
    return this.started.map(({ words }) => words);
  }
}

Deno.test("StateNotifications runs the commands of one instance in order, and never two of them at once", async () => {
  const bench = new Bench();
  await bench.change("edge", "backup");
  await bench.change("edge", "active");
  await bench.change("edge", "backup");
  await bench.change("inside", "active");
  assert.deepEqual(bench.words, ["/bin/x edge backup", "/bin/x inside active"]);
  await bench.end(0);
  assert.equal(bench.words[2], "/bin/x edge active");
  await bench.end(2);
  assert.equal(bench.words[3], "/bin/x edge backup");
  await bench.end(3);
  await bench.change("edge", "active");
  assert.equal(bench.words[4], "/bin/x edge active");
});

Deno.test("StateNotifications runs what subscribes to an event, with its values in arguments and environment", async () => {
  const bench = new Bench([{ on: ["stop"], command: ["/bin/stop", "{vrid}", "{priority}", "{device}", "{x}"] }]);
  await bench.change("edge", "active");
  assert.deepEqual(bench.words, []);
  await bench.change("edge", "init");
  assert.deepEqual(bench.words, ["/bin/stop 51 90 eth0 {x}"]);
  const { LVSCTL_STATE, LVSCTL_SUBJECT, LVSCTL_REASON, LVSCTL_TIME } = bench.started[0]?.environment ?? {};
  assert.deepEqual([LVSCTL_STATE, LVSCTL_SUBJECT, LVSCTL_REASON, LVSCTL_TIME], [
    "stop",
    "instance",
    "10.0.0.2 advertises priority 90",
    "1970-01-01T00:00:00.000Z",
  ]);
});

Deno.test("StateNotifications reports failures, and continues after them", async () => {
  const bench = new Bench([{ timeoutMs: 5000 }]);
  for (const state of ["backup", "active", "fault"] as const) await bench.change("site", state, "group");
  await bench.end(0, { kind: "not started", reason: "cannot run /bin/x: no such file" });
  await bench.clock.advance(5000);
  assert.deepEqual(bench.troubles, [
    "exec /bin/x of group site: cannot run /bin/x: no such file",
    "exec /bin/x of group site: no end within 5000 ms",
  ]);
  assert.equal(bench.started[1]?.signal.aborted, true);
  assert.equal(bench.words.length, 3);
});

Deno.test("StateNotifications drops the oldest of too many commands", async () => {
  const bench = new Bench();
  for (let change = 0; change < 102; change++) await bench.change("edge", change % 2 === 0 ? "active" : "backup");
  assert.deepEqual(bench.troubles.slice(0, 1), [
    "more than 100 commands of instance edge wait; the oldest are dropped",
  ]);
  await bench.end(0);
  assert.deepEqual(bench.words, ["/bin/x edge active", "/bin/x edge active"]);
});

Deno.test("StateNotifications waits for commands at the end, for a limited time", async () => {
  const bench = new Bench();
  await bench.change("edge", "active");
  await bench.change("edge", "init");
  const closed = bench.notifications.close({ graceMs: 3000 });
  await bench.end(0);
  assert.deepEqual(bench.words, ["/bin/x edge active", "/bin/x edge stop"]);
  await bench.clock.advance(3000);
  await closed;
  assert.deepEqual(bench.troubles, ["exec /bin/x of instance edge: the daemon ends"]);
  await bench.change("edge", "active");
  assert.equal(bench.words.length, 2);
});
