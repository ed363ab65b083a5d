import assert from "node:assert/strict";
import { ServiceManager } from "../../../../cli/daemon/service_manager.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** A manager with these variables of the environment, and what it sends. */
function bench(variables: Readonly<Record<string, string>>, send?: () => void): {
  readonly manager: ServiceManager;
  readonly sent: string[];
  readonly problems: unknown[];
} {
  const sent: string[] = [];
  const problems: unknown[] = [];
  const manager = new ServiceManager({
    variable: (name) => variables[name],
    send: (path, bytes) => {
      send?.();
      sent.push(`${path} ${new TextDecoder().decode(bytes)}`);
    },
    onUnreachable: (error) => problems.push(error),
    pid: 42,
  });
  return { manager, sent, problems };
}

Deno.test("ServiceManager sends nothing without a socket, or with one of an unknown form", () => {
  for (const variables of [{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: "vsock:2:1" }, { NOTIFY_SOCKET: "/" }]) {
    const { manager, sent } = bench({ ...variables, WATCHDOG_USEC: "1000000" });
    manager.ready("watching");
    manager.stopping();
    assert.deepEqual([sent, manager.watchdogMs], [[], undefined]);
  }
});

Deno.test("ServiceManager sends each state by its variables, with the status in one line", () => {
  const { manager, sent } = bench({ NOTIFY_SOCKET: "@abstract" });
  manager.ready("one\ntwo");
  manager.reloading();
  manager.stopping();
  assert.deepEqual(sent, [
    "@abstract READY=1\nSTATUS=one two\n",
    "@abstract RELOADING=1\nSTATUS=reading the file again\n",
    "@abstract STOPPING=1\nSTATUS=stopping\n",
  ]);
});

Deno.test("ServiceManager.watchdogMs is a valid time for this process", () => {
  const socket = { NOTIFY_SOCKET: "/run/notify" };
  const watchdog = (more: Readonly<Record<string, string>>): number | undefined =>
    bench({ ...socket, ...more }).manager.watchdogMs;
  assert.equal(watchdog({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" }), 30_000);
  assert.equal(watchdog({ WATCHDOG_USEC: "30000000" }), 30_000);
  assert.equal(watchdog({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "41" }), undefined);
  for (const wrong of ["0", "-1", "soon", "", "1e99"]) {
    assert.equal(watchdog({ WATCHDOG_USEC: wrong }), undefined, wrong);
  }
});

Deno.test("ServiceManager.keepAlive() sends a sign of life twice in the watchdog's time while the daemon is alive", async () => {
  const clock = new FakeClock();
  const { manager, sent } = bench({ NOTIFY_SOCKET: "/n", WATCHDOG_USEC: "2000000" });
  let alive = true;
  {
    using _signs = manager.keepAlive(() => alive, { clock });
    assert.deepEqual(sent, ["/n WATCHDOG=1\n"]);
    await clock.advance(2000);
    assert.equal(sent.length, 3);
    alive = false;
    await clock.advance(5000);
    assert.equal(sent.length, 3);
    alive = true;
    await clock.advance(1000);
    assert.equal(sent.length, 4);
  }
  assert.equal(clock.pending, 0);
});

Deno.test("ServiceManager reports once that it cannot send, and throws nothing", () => {
  const { manager, problems } = bench({ NOTIFY_SOCKET: "/gone" }, () => {
    throw new Error("ENOENT");
  });
  manager.ready("a");
  manager.stopping();
  assert.equal(problems.length, 1);
});
