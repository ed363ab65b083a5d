import assert from "node:assert/strict";
import { IpvsClient, IpvsError } from "../../../../core/ipvs/mod.ts";
import { ERRNO } from "../../../../core/netlink/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, serviceEntry, serviceId, virtualService } from "../../../support/samples.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";

const WEB = serviceId("tcp://192.0.2.10:80");
const ENTRIES = [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1")];

function errorOf(run: () => unknown): IpvsError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof IpvsError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("IpvsClient closes its socket, and closing twice is harmless", () => {
  const kernel = new MemoryKernel();
  {
    using client = kernel.openClient();
    client.close();
    assert.equal(kernel.openSockets, 0);
  }
  assert.equal(kernel.openSockets, 0);
});

Deno.test("IpvsClient uses the family of its options", () => {
  const kernel = new MemoryKernel({ family: 0x1234 });
  using client = kernel.openClient();
  client.addService(virtualService("fwmark:1"));
  assert.equal(client.services().length, 1);
  using wrong = new IpvsClient(kernel.connect(), { family: 0x1235 });
  assert.equal(
    errorOf(() => wrong.services()).message,
    "Cannot list the virtual services: the kernel refused (ENOENT)",
  );
});

Deno.test("IpvsClient reads dumps of any datagram size", () => {
  for (const dumpBytes of [1, 100, 500, 1000, 5000, 100_000]) {
    using client = memoryKernel({ services: ENTRIES }, { dumpBytes }).openClient();
    assert.equal(client.services().length, 2, String(dumpBytes));
    assert.equal(client.servers(WEB).length, 2, String(dumpBytes));
  }
});

Deno.test("IpvsClient lists services and servers in steps as at once, and reports the same failures", () => {
  const kernel = memoryKernel({ services: ENTRIES }, { dumpBytes: 100 });
  using client = kernel.openClient();
  const allOf = <T>(steps: Generator<undefined, T, undefined>): { readonly pauses: number; readonly result: T } => {
    for (let pauses = 0;; pauses++) {
      const { done, value } = steps.next();
      if (done === true) return { pauses, result: value };
    }
  };
  const services = allOf(client.listServicesInSteps());
  const servers = allOf(client.listServersInSteps(WEB));
  assert.deepEqual([services.result, servers.result], [client.listServices(), client.listServers(WEB)]);
  assert.ok(services.pauses > 1 && servers.pauses > 1);
  kernel.faults.isPermitted = false;
  const [atOnce, inSteps] = [
    () => client.listServers(WEB),
    () => allOf(client.listServersInSteps(WEB)),
  ].map((run) => errorOf(run).message);
  assert.equal(inSteps, atOnce);
});

Deno.test("IpvsClient reads again after a change of the table, up to five times", () => {
  const kernel = memoryKernel({ services: ENTRIES });
  using client = kernel.openClient();
  kernel.faults.disturbedDumps = 4;
  assert.equal(client.services().length, 2);
  kernel.faults.disturbedDumps = 5;
  const error = errorOf(() => client.servers(WEB));
  assert.equal(
    error.message,
    "Cannot list the servers of tcp://192.0.2.10:80: the table changed during every attempt (EINTR); " +
      "stop the program that changes it, or try again",
  );
  assert.equal(error.retriable, true);
  assert.equal(client.servers(WEB).length, 2);
});

Deno.test("IpvsClient reports lost answers, and continues with the next request", () => {
  const kernel = memoryKernel({ services: ENTRIES });
  using client = kernel.openClient();
  const calls: readonly (readonly [string, () => unknown])[] = [
    ["change the table", () => client.execute([{ operation: "zero" }, { operation: "zero" }])],
    ["list the virtual services", () => client.services()],
    ["list the servers of tcp://192.0.2.10:80", () => client.servers(WEB)],
    ["read virtual service tcp://192.0.2.10:80", () => client.getService(WEB)],
    ["list the sync daemons", () => client.syncDaemons()],
    ["read the timeouts", () => client.getTimeouts()],
    ["read the version", () => client.getInfo()],
  ];
  for (const [what, call] of calls) {
    for (const fail of ["failReceive", "failSend"] as const) {
      kernel.faults[fail](0, ERRNO.ENOBUFS);
      const error = errorOf(call);
      assert.equal(
        error.message,
        `Cannot ${what}: the netlink socket failed, and answers of the kernel may be lost (ENOBUFS); ` +
          'look at the table before you continue: "lvsctl list"',
      );
      assert.equal(error.retriable, true);
      call();
    }
  }
  assert.equal(client.services().length, 2);
});

Deno.test("IpvsClient.execute() reports errors that a small receive buffer loses", () => {
  const kernel = new MemoryKernel({ receiveBufferBytes: 10_000 });
  using client = kernel.openClient();
  const changes = Array.from({ length: 200 }, () => ({ operation: "deleteService", id: WEB } as const));
  assert.equal(errorOf(() => client.execute(changes)).errno, "ENOBUFS");
  assert.deepEqual(client.services(), []);
  assert.equal(client.execute(changes.slice(0, 5)).size, 5);
});

Deno.test("IpvsClient.execute() fits the errors of a whole batch into the buffer that the kernel grants", () => {
  const kernel = new MemoryKernel();
  using client = kernel.openClient();
  const changes = Array.from({ length: 2000 }, () => ({ operation: "deleteService", id: WEB } as const));
  assert.equal(client.execute(changes).size, 2000);
});

Deno.test("IpvsClient keeps the services of a batch apart, however they alternate", () => {
  using client = memoryKernel({ services: [serviceEntry("fwmark:1"), serviceEntry("fwmark:2")] }).openClient();
  const ids = [serviceId("fwmark:1"), serviceId("fwmark:2")];
  const changes = Array.from({ length: 20 }, (_, index) => ({
    operation: "addServer",
    id: ids[index % 2] ?? WEB,
    server: realServer(`10.0.0.${index}:80`),
  } as const));
  assert.equal(client.execute(changes).size, 0);
  for (const [parity, id] of ids.entries()) {
    const lasts = client.servers(id).map(({ address }) => Number(address.split(".")[3]));
    assert.deepEqual([...new Set(lasts.map((last) => last % 2))], [parity]);
    assert.equal(lasts.length, 10);
  }
});

Deno.test("IpvsClient.list() reads traffic and connections; IpvsClient.zero() zeroes the traffic", () => {
  const kernel = memoryKernel({ services: ENTRIES });
  using client = kernel.openClient();
  kernel.setTraffic([1n, 2n, 3n, 2n ** 40n, 5n, 6n, 7n, 8n, 9n, 10n], [11, 12, 13]);
  const counters = { connections: 1n, inPackets: 2n, outPackets: 3n, inBytes: 2n ** 40n, outBytes: 5n };
  const rates = { connections: 6n, inPackets: 7n, outPackets: 8n, inBytes: 9n, outBytes: 10n };
  const [first] = client.list(WEB);
  assert.deepEqual(first?.statistics, { counters, rates });
  assert.deepEqual(
    first?.servers.map((
      server,
    ) => [server.activeConnections, server.inactiveConnections, server.persistentConnections]),
    [[11, 12, 13], [11, 12, 13]],
  );
  assert.deepEqual(first?.servers[0]?.statistics, { counters, rates });
  client.zero(WEB);
  const connections = (): bigint[] => client.list().map(({ statistics }) => statistics.counters.connections).sort();
  assert.deepEqual(connections(), [0n, 1n]);
  assert.equal(client.list(WEB)[0]?.servers[0]?.statistics.counters.inBytes, 0n);
  client.zero();
  assert.deepEqual(connections(), [0n, 0n]);
});

Deno.test("IpvsClient refuses an empty answer, and names the missing attribute", () => {
  const family = 0x1c;
  const empty = new ScriptedTransport((request) => [
    new Uint8Array([20, 0, 0, 0, family, 0, 0, 0, ...request.subarray(8, 12), 0, 0, 0, 0, 1, 1, 0, 0]),
    new Uint8Array([20, 0, 0, 0, 2, 0, 0, 0, ...request.subarray(8, 12), 0, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  const client = new IpvsClient(empty, { family });
  assert.throws(() => client.getService(WEB), {
    name: "NetlinkDecodeError",
    message:
      "Cannot read the kernel's answer: attribute family is missing; please report this with the kernel's version",
  });
  assert.throws(() => client.servers(WEB), /attribute address is missing|attribute forward is missing/);
  assert.throws(() => client.syncDaemons(), /attribute state is missing/);
});

Deno.test("IpvsClient reports a kernel without IPv6", () => {
  using client = new MemoryKernel({ hasIpv6: false }).openClient();
  assert.equal(
    errorOf(() => client.addService(virtualService("fwmark6:1"))).message,
    "Cannot add virtual service fwmark6:1: the kernel's IPVS has no IPv6 (EAFNOSUPPORT); load the module ipv6, or use a " +
      "kernel built with CONFIG_IP_VS_IPV6",
  );
  client.addService(virtualService("fwmark:1"));
  assert.equal(
    errorOf(() => client.addServer(serviceId("fwmark:1"), realServer("[2001:db8::1]:80", { forward: "tun" }))).errno,
    "EAFNOSUPPORT",
  );
  assert.deepEqual(client.servers(serviceId("fwmark6:1")), []);
  assert.equal(
    errorOf(() => client.getService(serviceId("fwmark6:1"))).message,
    "Cannot read virtual service fwmark6:1: the kernel refused (EAFNOSUPPORT)",
  );
});
