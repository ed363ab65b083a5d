import assert from "node:assert/strict";
import type { FlappingServer } from "../../soak/flapping_servers.ts";
import { forgottenServers, growthOf, readTable, unexplained, wrongServers } from "../../soak/verdict.ts";

const PROC = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
FWM  00000001 rr
  -> 7F010101:1F90      Masq    1      0          0
  -> 7F010102:1F90      Local   0      0          0
FWM  0000000A wrr
`;

/** A server of which enough probes are known since a moment. */
function server(address: string, properties: Partial<FlappingServer> = {}): FlappingServer {
  return { address, mode: "up", probes: 1, decidedAt: 1000, probedAt: 1000, history: [], ...properties };
}

Deno.test("readTable() reads services and their servers in use", () => {
  const table = readTable(PROC);
  assert.deepEqual([...table].map(([mark, servers]) => `${mark}: ${[...servers].join(" ")}`), ["1: 127.1.1.1", "10: "]);
});

Deno.test("wrongServers() finds missing and superfluous servers once the grace has passed", () => {
  const table = readTable(PROC);
  const wrong = (servers: readonly FlappingServer[], now: number): readonly string[] =>
    wrongServers(table, { services: new Map([[1, servers]]), graceMs: 5000, now });
  const missing = [server("127.1.1.1"), server("127.1.1.2")];
  assert.deepEqual(wrong(missing, 6000), []);
  assert.deepEqual(wrong(missing, 6001), ["127.1.1.2 is healthy and missing since 5.0 s"]);
  const superfluous = [server("127.1.1.1", { mode: "silent" }), server("127.1.1.2", { mode: "closed" })];
  assert.deepEqual(wrong(superfluous, 6001), ["127.1.1.1 is silent and in use since 5.0 s"]);
  assert.deepEqual(wrong([server("127.1.1.2", { decidedAt: undefined })], 1e9), [], "its probes do not decide yet");
});

Deno.test("wrongServers() finds a missing and an empty service at once", () => {
  const services = new Map([[2, []], [10, []]]);
  assert.deepEqual(wrongServers(readTable(PROC), { services, graceMs: 5000, now: 0 }), [
    "the service of mark 2 is missing",
    "the service of mark 10 has no server",
  ]);
});

Deno.test("forgottenServers() finds servers without a probe", () => {
  const servers = [server("127.1.1.1"), server("127.1.1.2", { probedAt: 9000 })];
  assert.deepEqual(forgottenServers(servers, { limitMs: 9000, now: 10_500 }), ["127.1.1.1 was last probed 9.5 s ago"]);
});

/** Samples of a run whose last quarter takes so much more than the others. */
function samples(more: { readonly rssBytes: number; readonly descriptors: number }): ReturnType<typeof growthOf> {
  return growthOf(Array.from({ length: 400 }, (_, index) => {
    const isLast = index >= 300;
    // The first quarter, and single samples, are no measure.
    const noise = index < 100 || index % 50 === 0 ? 10 ** 9 : 0;
    return {
      rssBytes: 100 * 2 ** 20 + (isLast ? more.rssBytes : 0) + noise,
      descriptors: 20 + (isLast ? more.descriptors : 0) + index % 7,
    };
  }));
}

Deno.test("unexplained() compares the last quarter of a run with the second one", () => {
  const options = { rssFactor: 1.1 };
  assert.deepEqual(unexplained(samples({ rssBytes: 0, descriptors: 0 }), options), []);
  assert.deepEqual(unexplained(samples({ rssBytes: 9 * 2 ** 20, descriptors: 2 }), options), []);
  assert.deepEqual(unexplained(samples({ rssBytes: 11 * 2 ** 20, descriptors: 3 }), options), [
    "memory grows from 100 to 111 MiB",
    "descriptors grow from 23 to 26",
  ]);
});
