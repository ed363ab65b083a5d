import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { restoreState } from "../../../../core/daemon/mod.ts";
import type { VipAddresses } from "../../../../core/follow/mod.ts";
import type { AgentResult } from "../../../../core/health/mod.ts";
import {
  type AgentAnswer,
  DEFAULT_AGENT_TIMING,
  formatServerId,
  parseIpAddress,
  parsePrefix,
  type PresentVip,
  type Vip,
} from "../../../../core/model/mod.ts";
import { realServer } from "../../../support/samples.ts";
import { A, B, Bench, web } from "./daemon_bench.ts";

const AGENT = { type: "tcp", ...DEFAULT_AGENT_TIMING, intervalMs: 500, port: 8081 } as const;

/** The kinds of the service events. */
function serviceEvents(bench: Bench): readonly string[] {
  return bench.events.flatMap((event) => event.kind === "service" ? [event.event.kind] : []);
}

Deno.test("Daemon raises the weight of a recovered server step by step", async () => {
  await using bench = new Bench();
  const slowStart = { durationMs: 20_000, fromPercent: 10 };
  await bench.load({ services: [web({ slowStart, servers: [realServer(A, { weight: 100 }), realServer(B)] })] });
  await bench.clock.advance(1500);
  assert.deepEqual(bench.table(), { [A]: 100, [B]: 1 }, "no slow start at the start");
  bench.down.add(A);
  await bench.clock.advance(2000);
  bench.down.clear();
  const weights: (number | undefined)[] = [];
  // Healthy after two results; then a step each second.
  for (let second = 0; second < 24; second++) {
    await bench.clock.advance(1000);
    weights.push(bench.table()[A]);
  }
  assert.deepEqual(weights.slice(0, 5), [undefined, 10, 14, 19, 23]);
  assert.deepEqual(weights.slice(-3), [100, 100, 100]);
  assert.ok(weights.every((weight, index) => index < 2 || (weight ?? 0) >= (weights[index - 1] ?? 0)));
});

Deno.test("Daemon follows agents: weight by percentage, drained, down and back", async () => {
  const answers = new Map<string, AgentAnswer>();
  const ask = ({ address }: { readonly address: string }): Promise<AgentResult> => {
    const answer = answers.get(address);
    if (answer === undefined) return Promise.resolve({ ok: false, latencyMs: 1, reason: "connection refused" });
    return Promise.resolve({ ok: true, latencyMs: 1, answer, detail: "said" });
  };
  await using bench = new Bench({ ask });
  const servers = [realServer(A, { weight: 10 }), realServer(B, { weight: 10 })];
  await bench.load({ services: [web({ agent: AGENT, servers, onFailure: "quiesce" })] });
  await bench.clock.advance(1500);
  assert.deepEqual(bench.table(), { [A]: 10, [B]: 10 }, "silence changes nothing");
  for (
    const [answer, weight] of [
      [{ percent: 35 }, 4],
      [{ mode: "drain" }, 0],
      [{ mode: "ready" }, 4],
      [{ percent: 100, health: "down", reason: "disk" }, 0],
      [{ health: "up" }, 10],
    ] as const
  ) {
    answers.set(A.replace(":80", ""), answer);
    await bench.clock.advance(600);
    assert.deepEqual(bench.table(), { [A]: weight, [B]: 10 }, JSON.stringify(answer));
  }
  assert.deepEqual(serviceEvents(bench), ["server_down", "server_up"]);
});

Deno.test("Daemon.override() changes the table before it returns, and the override expires by itself", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  const now = bench.clock.now();
  const address = parseIpAddress(A.replace(":80", ""));
  bench.daemon.override([{ address, weight: "maint", at: now, until: now + 90_000 }]);
  assert.deepEqual(bench.table(), { [A]: 0, [B]: 1 });
  bench.down.add(A);
  await bench.clock.advance(5000);
  assert.deepEqual(bench.table(), { [A]: 0, [B]: 1 }, "at any health");
  bench.down.clear();
  await bench.clock.advance(84_000);
  assert.deepEqual(bench.table(), { [A]: 0, [B]: 1 });
  await bench.clock.advance(1100);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
});

Deno.test("Daemon reports the events of a service and its fallback once", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ name: "web", fallback: realServer("10.0.0.99:80") })] });
  await bench.clock.advance(1500);
  assert.deepEqual(serviceEvents(bench), []);
  bench.down.add(A).add(B);
  await bench.clock.advance(5000);
  assert.deepEqual(serviceEvents(bench), ["server_down", "server_down", "quorum_down", "fallback_on"]);
  const [first] = bench.events.flatMap((event) => event.kind === "service" ? [event.event] : []);
  assert.deepEqual([first?.name, first?.server && formatServerId(first.server), first?.reason], [
    "web",
    A,
    "connection refused",
  ]);
  bench.down.clear();
  await bench.clock.advance(5000);
  assert.deepEqual(serviceEvents(bench).slice(4), ["server_up", "server_up", "quorum_up", "fallback_off"]);
});

Deno.test("Daemon.quorum() is the known state of a service's quorum, by its name", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ name: "web" })] });
  assert.equal(bench.daemon.quorum("mail"), undefined);
  await bench.clock.advance(1500);
  assert.equal(bench.daemon.quorum("web"), "met");
  bench.down.add(A).add(B);
  await bench.clock.advance(5000);
  assert.equal(bench.daemon.quorum("web"), "lost");
});

Deno.test("Daemon drains a server that the file no longer names, over a reload and a restart", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  bench.kernel.setTraffic(Array<bigint>(10).fill(0n), [3, 0, 0]);
  const without = { services: [web({ servers: [realServer(A)], drainMs: 60_000 })] };
  await bench.load(without);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  await bench.clock.advance(20_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  await bench.load({ services: [web({ drainMs: 60_000 })] });
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 }, "a server that is named again stays");
  await bench.load(without);
  const stored = JSON.parse(JSON.stringify({ ...bench.daemon.store("boot"), more: {} }));
  await bench.clock.advance(30_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  const { remembered } = restoreState(stored, { boot: "boot", now: bench.clock.now() });
  assert.equal(
    Object.keys([...remembered.values()][0]?.drainingSince ?? {}).join(),
    B,
    "the next daemon continues to drain it",
  );
  await bench.clock.advance(31_000);
  assert.deepEqual(bench.table(), { [A]: 1 }, "time is up");
});

Deno.test("Daemon removes a draining server as soon as it has no connections", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  await bench.load({ services: [web({ servers: [realServer(A)], drainMs: 60_000 })] });
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  await bench.clock.advance(1100);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon does not report changes by time alone as drift", async () => {
  await using bench = new Bench({ verifyMs: 50 });
  const slowStart = { durationMs: 10_000, fromPercent: 10 };
  const servers = [realServer(A, { weight: 100 }), realServer(B)];
  await bench.load({ services: [web({ slowStart, servers })] });
  await bench.clock.advance(1500);
  bench.down.add(A);
  await bench.clock.advance(2000);
  bench.down.clear();
  await bench.clock.advance(6000);
  bench.kernel.setTraffic(Array<bigint>(10).fill(0n), [3, 0, 0]);
  await bench.load({ services: [web({ slowStart, servers: servers.slice(0, 1), drainMs: 60_000 })] });
  await bench.clock.advance(3100);
  bench.kernel.setTraffic(Array<bigint>(10).fill(0n), [0, 0, 0]);
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.table(), { [A]: 100 });
  assert.deepEqual(bench.events.filter(({ kind }) => kind === "drift"), []);
});

/** The addresses of an interface, with what was announced. */
class Interfaces implements VipAddresses {
  present: PresentVip[] = [];
  readonly announced: string[] = [];
  vips(): PresentVip[] {
    return this.present;
  }
  assertFree(): void {}
  execute(changes: Parameters<VipAddresses["execute"]>[0]): ReturnType<VipAddresses["execute"]> {
    for (const { operation, vip } of changes) {
      this.present = this.present.filter(({ address }) => address !== vip.address);
      if (operation === "addVip") this.present.push({ ...vip, owned: true, state: "up" });
    }
    return new Map();
  }
  announce(vips: readonly Vip[]): Promise<void> {
    this.announced.push(...vips.map(({ address }) => address));
    return Promise.resolve();
  }
}

Deno.test("Daemon withdraws a VIP with its quorum, restores and announces it, and leaves other addresses alone", async () => {
  const interfaces = new Interfaces();
  const vip = (prefix: string): Vip => {
    return { ...parsePrefix(prefix), device: "eth0", scope: "global", dad: false, prefixRoute: true };
  };
  const vips = [vip("192.0.2.10"), vip("192.0.2.11")];
  interfaces.present = vips.map((each) => ({ ...each, owned: true, state: "up" }));
  const addresses = (): readonly string[] => interfaces.present.map(({ address }) => address).sort();
  await using bench = new Bench({ vips: () => interfaces });
  bench.down.add(A).add(B);
  await bench.load({ services: [web({ withdrawVips: true })], vips });
  assert.deepEqual(addresses(), ["192.0.2.10", "192.0.2.11"], "while nothing is known, nothing is withdrawn");
  await bench.clock.advance(3000);
  assert.deepEqual(addresses(), ["192.0.2.11"]);
  bench.down.clear();
  await bench.clock.advance(3000);
  assert.deepEqual([addresses(), interfaces.announced], [["192.0.2.10", "192.0.2.11"], ["192.0.2.10"]]);
});

Deno.test("Daemon adds and announces the VIPs of its file, keeps them, and removes those that only an earlier file had", async () => {
  const interfaces = new Interfaces();
  const vip = (prefix: string): Vip => {
    return { ...parsePrefix(prefix), device: "eth0", scope: "global", dad: false, prefixRoute: true };
  };
  const [one, two, three, hand] = ["192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"].map(vip);
  assert.ok(one && two && three && hand);
  interfaces.present = [three, hand].map((each) => ({ ...each, owned: true, state: "up" }));
  const addresses = (): readonly number[] =>
    interfaces.present.map(({ address }) => Number(address.split(".")[3])).sort();
  await using bench = new Bench({ vips: () => interfaces, formerVips: [one, three], verifyMs: 1000 });
  await bench.load({ services: [web()], vips: [one, two] });
  assert.deepEqual([addresses(), interfaces.announced], [[10, 11, 13], ["192.0.2.10", "192.0.2.11"]]);
  interfaces.present = interfaces.present.filter(({ address }) => address !== one.address);
  await bench.clock.advance(2000);
  assert.deepEqual(addresses(), [10, 11, 13], "another program removed one");
  await bench.load({ services: [web()], vips: [two] });
  assert.deepEqual([addresses(), bench.daemon.vips], [[11, 13], [{ address: two.address, device: "eth0" }]]);
  await bench.load({ services: [web()] });
  assert.deepEqual(addresses(), [13]);
});

Deno.test("Daemon looks after its services while a VIP cannot be added, and tries again", async () => {
  const interfaces = new Interfaces();
  let isTaken = true;
  interfaces.assertFree = (): void => {
    if (isTaken) throw new LvsctlError("another host answers for 192.0.2.10");
  };
  const vip: Vip = { ...parsePrefix("192.0.2.10"), device: "eth0", scope: "global", dad: false, prefixRoute: true };
  await using bench = new Bench({ vips: () => interfaces });
  await bench.load({ services: [web()], vips: [vip] });
  await bench.clock.advance(3000);
  assert.deepEqual([bench.table(), interfaces.present.length], [{ [A]: 1, [B]: 1 }, 0]);
  assert.deepEqual(bench.daemon.status().failures, ["another host answers for 192.0.2.10"]);
  isTaken = false;
  await bench.clock.advance(60_000);
  assert.deepEqual([interfaces.present.length, bench.daemon.status().failures], [1, []]);
});
