import assert from "node:assert/strict";
import type { Change, RealServer } from "../../core/model/mod.ts";
import { assertTable, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceId, virtualService } from "../support/samples.ts";

const SERVICE = virtualService("tcp://192.0.2.10:80");
const { id } = SERVICE;

/** So many servers, each with an address of its own. */
function servers(count: number): RealServer[] {
  return Array.from(
    { length: count },
    (_, index) => realServer(`10.1.${index >> 8}.${index & 255}:80`, { weight: index }),
  );
}

function additions(list: readonly RealServer[]): Change[] {
  return list.map((server) => ({ operation: "addServer", id, server }));
}

contractTest("IpvsClient.execute() without changes does nothing", (kernel) => {
  assert.equal(kernel.client.execute([]).size, 0);
  assertTable(kernel, []);
});

contractTest("IpvsClient.execute() runs changes in order", (kernel) => {
  const server = realServer("10.0.0.11:80");
  const errors = kernel.client.execute([
    { operation: "addService", service: SERVICE },
    { operation: "addServer", id, server },
    { operation: "deleteServer", id, server },
    { operation: "addServer", id, server: { ...server, weight: 2 } },
    { operation: "editServer", id, server: { ...server, weight: 3 } },
    { operation: "editService", service: { ...SERVICE, scheduler: "wlc" } },
    { operation: "deleteService", id },
    { operation: "addService", service: { ...SERVICE, scheduler: "sh" } },
    { operation: "addServer", id, server: { ...server, weight: 4 } },
  ]);
  assert.equal(errors.size, 0);
  assertTable(kernel, [{ service: { ...SERVICE, scheduler: "sh" }, servers: [{ ...server, weight: 4 }] }]);
});

contractTest("IpvsClient.execute() returns errors by index, and runs the other changes", (kernel) => {
  const [first, second, third] = servers(3);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const errors = kernel.client.execute([
    { operation: "addServer", id, server: first },
    { operation: "addService", service: SERVICE },
    { operation: "addService", service: SERVICE },
    { operation: "addServer", id, server: first },
    { operation: "addServer", id, server: { ...second, weight: -1 } },
    { operation: "addServer", id, server: third },
    { operation: "deleteServer", id, server: second },
  ]);
  assert.deepEqual([...errors].map(([index, { errno }]) => [index, errno]), [
    [0, "ESRCH"],
    [2, "EEXIST"],
    [4, "ERANGE"],
    [6, "ENOENT"],
  ]);
  assertTable(kernel, [{ service: SERVICE, servers: [first, third] }]);
});

for (const count of [1, 255, 256, 257, 512, 1000]) {
  contractTest(`IpvsClient.execute() runs ${count} changes`, (kernel) => {
    const list = servers(count);
    kernel.client.addService(SERVICE);
    assert.equal(kernel.client.execute(additions(list)).size, 0);
    assertTable(kernel, [{ service: SERVICE, servers: list }]);
  });

  contractTest(`IpvsClient.execute() returns the errors of ${count} changes that all fail`, (kernel) => {
    const errors = kernel.client.execute(additions(servers(count)));
    assert.deepEqual([...errors.keys()], Array.from({ length: count }, (_, index) => index));
    assert.deepEqual([...new Set([...errors.values()].map(({ errno }) => errno))], ["ESRCH"]);
    assertTable(kernel, []);
  });
}

contractTest("IpvsClient.execute() returns the errors of a thousand changes, every third of them failing", (kernel) => {
  kernel.client.addService(SERVICE);
  const changes = additions(servers(1000).map((server, index) => index % 3 === 0 ? { ...server, weight: -1 } : server));
  const errors = kernel.client.execute(changes);
  assert.deepEqual([...errors.keys()], changes.flatMap((_, index) => index % 3 === 0 ? [index] : []));
  assert.equal(kernel.client.servers(id).length, 1000 - errors.size);
});

contractTest("IpvsClient.execute() with stopOnError sends nothing after a send with a failed change", (kernel) => {
  kernel.client.addService(SERVICE);
  const list = servers(600);
  const changes = additions(list.map((server, index) => index === 300 ? { ...server, weight: -1 } : server));
  const errors = kernel.client.execute(changes, { stopOnError: true });
  // The first send held 256 changes, the second up to the 512th.
  assert.deepEqual([...errors.keys()], [300, ...Array.from({ length: 88 }, (_, index) => 512 + index)]);
  assert.equal(errors.get(300)?.errno, "ERANGE");
  assert.equal(
    errors.get(512)?.message,
    "Cannot add real server 10.1.2.0:80 of tcp://192.0.2.10:80: not tried, because an earlier change failed " +
      "(ECANCELED)",
  );
  assertTable(kernel, [{ service: SERVICE, servers: list.filter((_, index) => index < 512 && index !== 300) }]);
});

contractTest("IpvsClient.execute() with stopOnError runs everything if nothing fails", (kernel) => {
  kernel.client.addService(SERVICE);
  const list = servers(600);
  assert.equal(kernel.client.execute(additions(list), { stopOnError: true }).size, 0);
  assertTable(kernel, [{ service: SERVICE, servers: list }]);
});

contractTest("IpvsClient.execute() runs every operation in one send", (kernel) => {
  const server = realServer("10.0.0.11:80");
  const other = serviceId("fwmark6:3");
  const errors = kernel.client.execute([
    { operation: "setTimeouts", timeouts: { tcpSeconds: 100, tcpFinSeconds: 0, udpSeconds: 50 } },
    { operation: "addService", service: SERVICE },
    { operation: "addServer", id, server },
    { operation: "startSyncDaemon", daemon: { role: "backup", interface: "lo", syncId: 1 } },
    { operation: "zero", id },
    { operation: "zero" },
    { operation: "stopSyncDaemon", role: "backup" },
    { operation: "flush" },
    { operation: "addService", service: { ...SERVICE, id: other } },
  ]);
  assert.equal(errors.size, 0);
  assertTable(kernel, [{ service: { ...SERVICE, id: other }, servers: [] }]);
  assert.deepEqual(kernel.client.getTimeouts(), { tcpSeconds: 100, tcpFinSeconds: 120, udpSeconds: 50 });
  assert.deepEqual(kernel.client.syncDaemons(), []);
});
