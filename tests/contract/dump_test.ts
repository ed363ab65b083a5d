import assert from "node:assert/strict";
import { IpvsClient } from "../../core/ipvs/mod.ts";
import { type Change, formatServiceId, type ServiceEntry, sortEntries } from "../../core/model/mod.ts";
import { assertTable, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceEntry, virtualService } from "../support/samples.ts";

/** The changes that make these entries. */
function additions(entries: readonly ServiceEntry[]): Change[] {
  return entries.flatMap(({ service, servers }): Change[] => [
    { operation: "addService", service },
    ...servers.map((server): Change => ({ operation: "addServer", id: service.id, server })),
  ]);
}

contractTest("IpvsClient.readState() reads an empty kernel", (kernel) => {
  assert.deepEqual(kernel.client.readState(), {
    timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
    syncDaemons: [],
    services: [],
  });
});

contractTest("IpvsClient.services() reads 300 services, whatever their order in the kernel", (kernel) => {
  const entries = Array.from({ length: 300 }, (_, index) => {
    const hex = (index + 1).toString(16);
    const name = [`tcp://10.2.${index >> 8}.${index & 255}:80`, `udp://[2001:db8::${hex}]:53`, `fwmark:${index + 1}`];
    return serviceEntry(name[index % 3] ?? "", ...index % 3 === 1 ? [] : ["10.0.0.11:80"]);
  });
  assert.equal(kernel.client.execute(additions(entries)).size, 0);
  assertTable(kernel, entries);
});

contractTest("IpvsClient.servers() reads 500 servers of one service, each once", (kernel) => {
  const servers = Array.from(
    { length: 500 },
    (_, index) =>
      realServer(`10.3.${index >> 8}.${index & 255}:${1000 + index}`, { weight: index, upperThreshold: index }),
  );
  const entries = [{ service: virtualService("tcp://192.0.2.10:80"), servers }];
  assert.equal(kernel.client.execute(additions(entries)).size, 0);
  assertTable(kernel, entries);
});

contractTest("IpvsClient.list() reads services and servers with their counts, all of them or one", (kernel) => {
  const entries = [
    serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80", "10.0.0.12:80"),
    serviceEntry("fwmark:9", "10.0.0.13:80"),
  ];
  kernel.client.execute(additions(entries));
  const nothing = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
  const statistics = { counters: nothing, rates: nothing };
  const listed = sortEntries(entries).map(({ service, servers }) => ({
    service,
    servers: servers.map((server) => ({
      ...server,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      statistics,
    })),
    statistics,
  }));
  assert.deepEqual(sortEntries(kernel.client.list()), listed);
  assert.deepEqual(sortEntries(kernel.client.list(virtualService("fwmark:9").id)), listed.slice(1));
  assert.deepEqual(kernel.client.list(virtualService("fwmark:8").id), []);
});

contractTest("the reads of IpvsClient may follow each other in any order", (kernel) => {
  const entries = [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80"), serviceEntry("fwmark:9", "10.0.0.13:80")];
  kernel.client.execute(additions(entries));
  for (const { service, servers } of [...entries, ...entries.toReversed()]) {
    assert.deepEqual(kernel.client.getService(service.id), service);
    assert.deepEqual(kernel.client.servers(service.id), servers);
    assert.equal(kernel.client.services().length, 2);
    assert.deepEqual(kernel.client.syncDaemons(), []);
    assert.equal(kernel.client.getInfo().version.length, 3);
  }
});

/** A large table whose services show each way to be read: their number, and what their servers are. */
function largeTable(): ServiceEntry[] {
  const servers = [
    () => [],
    (net: string) => [realServer(`${net}.1:80`), realServer(`${net}.2:0`, { weight: 0, forward: "dr" })],
    (net: string) => [realServer(`${net}.1:65535`, { weight: 0x7fffffff, upperThreshold: 70_000, lowerThreshold: 9 })],
    (net: string) => [
      realServer(`${net}.1:80`, { forward: "tun", tunnel: { type: "gue", port: 6080, checksum: "csum" } }),
      realServer(`${net}.2:80`),
    ],
    (net: string) => [realServer(`${net}.1:80`), realServer("[2001:db8::11]:80", { forward: "tun" })],
    () => [realServer("[2001:db8::11]:80", { forward: "tun" })],
    (net: string) => Array.from({ length: 40 }, (_, index) => realServer(`${net}.${index + 1}:${index + 1}`)),
  ];
  return Array.from({ length: 300 }, (_, index) => {
    const [network, port] = [`10.2.${index & 255}`, 1000 + index];
    const names = [`tcp://${network}.1:${port}`, `udp://${network}.1:53`, `fwmark:${2 ** 32 - 1 - index}`];
    const six = index % 9 === 0 ? `tcp://[2001:db8::${index}]:${port}` : undefined;
    const made = six === undefined ? servers[index % servers.length]?.(`10.3.${index & 255}`) ?? [] : [];
    return { service: virtualService(six ?? names[index % 3] ?? ""), servers: made };
  });
}

contractTest("IpvsClient reads a large table as netlink alone does", (kernel) => {
  const entries = largeTable();
  assert.equal(kernel.client.execute(additions(entries)).size, 0);
  assertTable(kernel, entries);
  const { transport, family } = kernel.connect();
  using netlink = new IpvsClient(transport, { family });
  const { client } = kernel;
  assert.deepEqual(client.readState(), netlink.readState());
  const counted = (reader: IpvsClient): unknown => reader.services().map(({ id }) => reader.countedServers(id));
  assert.deepEqual(counted(client), counted(netlink));
});

contractTest("IpvsClient sees what others changed between the services and the servers of a large table", (kernel) => {
  const { client } = kernel;
  client.execute(
    additions(Array.from({ length: 200 }, (_, index) => serviceEntry(`fwmark:${index + 1}`, "10.0.0.1:80"))),
  );
  const { transport, family } = kernel.connect();
  using other = new IpvsClient(transport, { family });
  const ids = client.services().map(({ id }) => id);
  const [more, fewer, gone, moved] = ids;
  assert.ok(more !== undefined && fewer !== undefined && gone !== undefined && moved !== undefined);
  const six = realServer("[2001:db8::11]:80", { forward: "tun" });
  const first = realServer("10.0.0.1:80");
  const second = realServer("10.0.0.2:80");
  other.addServer(more, second);
  other.deleteServer(fewer, first);
  other.deleteService(gone);
  other.deleteServer(moved, first);
  other.addServer(moved, second);
  assert.deepEqual(client.servers(more), [second, first]);
  assert.deepEqual(client.servers(fewer), []);
  assert.deepEqual(client.servers(gone), []);
  assert.deepEqual(client.servers(moved), [second]);
  other.addServer(moved, six);
  const again = client.services().find(({ id }) => formatServiceId(id) === formatServiceId(moved))?.id;
  assert.ok(again !== undefined);
  // Without a look at the families, this one would make up for the IPv6 server, which sockets for IPv4 do not list.
  other.addServer(again, first);
  assert.deepEqual(client.servers(again), [first, six, second]);
});
