import assert from "node:assert/strict";
import type { CountedServer } from "../../../../core/model/mod.ts";
import { waitForConnections } from "../../../../core/reconcile/mod.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const WEB = serviceId("tcp://192.0.2.10:80");

/** When a wait of at most 10 s ends; milliseconds. The connections of each server, active and inactive, by the time. */
async function endOf(...servers: readonly ((nowMs: number) => readonly [number, number])[]): Promise<number> {
  let nowMs = 500;
  const counted = (at: number): CountedServer[] =>
    servers.map((connections, index) => {
      const [activeConnections, inactiveConnections] = connections(at);
      const server = realServer(`10.0.0.${index + 1}:80`, { weight: 0 });
      return { ...server, activeConnections, inactiveConnections, persistentConnections: 9 };
    });
  await waitForConnections(
    { countedServers: () => counted(nowMs - 500) },
    servers.map((_, index) => ({ id: WEB, server: realServer(`10.0.0.${index + 1}:80`) })),
    {
      timeoutMs: 10_000,
      now: () => nowMs,
      sleep: (delayMs) => {
        nowMs += delayMs;
        return Promise.resolve();
      },
    },
  );
  return nowMs - 500;
}

Deno.test("waitForConnections() does not wait for servers without connections", async () => {
  assert.equal(await endOf(() => [0, 0], () => [0, 0]), 0);
});

Deno.test("waitForConnections() waits for active connections, and for the last of several servers", async () => {
  assert.equal(await endOf((now) => [now < 3000 ? 2 : 0, 0]), 3000);
  assert.equal(await endOf((now) => [now < 2000 ? 1 : 0, 0], (now) => [now < 4000 ? 1 : 0, 7]), 4000);
});

Deno.test("waitForConnections() gives connections that are inactive a second, for they may be being set up", async () => {
  assert.equal(await endOf(() => [0, 5]), 1000);
  assert.equal(await endOf((now) => [0, now < 300 ? 5 : 0]), 300);
  // One that was being set up is active by then.
  assert.equal(await endOf((now) => now < 800 ? [0, 1] : now < 5000 ? [1, 0] : [0, 1]), 5000);
});

Deno.test("waitForConnections() ends when time is up", async () => {
  assert.equal(await endOf(() => [1, 0]), 10_000);
});

Deno.test("waitForConnections() does not wait for a server that somebody else has deleted", async () => {
  let nowMs = 0;
  await waitForConnections({ countedServers: () => [] }, [{ id: WEB, server: realServer("10.0.0.1:80") }], {
    timeoutMs: 10_000,
    now: () => nowMs,
    sleep: (delayMs) => {
      nowMs += delayMs;
      return Promise.resolve();
    },
  });
  assert.equal(nowMs, 0);
});
