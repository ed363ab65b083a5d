import assert from "node:assert/strict";
import { type HealthKernel, SingleReading } from "../../../../core/follow/mod.ts";
import type { ServiceId } from "../../../../core/model/mod.ts";
import { Bench } from "../daemon/daemon_bench.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";

Deno.test("SingleReading reads services and the servers of each one once, and changes nothing", () => {
  const reads: string[] = [];
  const id = { protocol: "tcp", address: "192.0.2.10", port: 80 } as ServiceId;
  const service = { id };
  const kernel = {
    services: () => (reads.push("services"), [service]),
    servers: ({ port }: { readonly port: number }) => (reads.push(`servers ${port}`), []),
    getTimeouts: () => ({ tcpMs: 1, tcpFinMs: 2, udpMs: 3 }),
    syncDaemons: () => [],
    execute: () => new Map(),
  } as unknown as HealthKernel;
  const reading = new SingleReading(kernel);
  for (let time = 0; time < 3; time++) {
    assert.deepEqual([reading.services(), reading.servers(id)], [[service], []]);
  }
  assert.deepEqual(reads, ["services", "servers 80"]);
  assert.equal(reading.countedServers, undefined);
  assert.throws(() => reading.execute([]), TypeError);
});

Deno.test("Daemon.status() reads the servers of a service once", async () => {
  await using bench = new Bench({ kernel: memoryKernel({}) });
  await bench.load({ services: [] });
  const { client } = bench;
  let reads = 0;
  const { services } = client;
  client.services = () => {
    reads++;
    return services.call(client);
  };
  bench.daemon.status();
  assert.equal(reads, 1);
});
