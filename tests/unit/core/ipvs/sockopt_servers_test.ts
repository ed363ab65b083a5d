import assert from "node:assert/strict";
import { IpvsClient, type OptionReader } from "../../../../core/ipvs/mod.ts";
import type { Change, RealServer, ServiceId } from "../../../../core/model/mod.ts";
import type { MemorySockopt } from "../../../support/kernel/sockopt.ts";
import { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

/** A client of a kernel that has a table, and what it read without netlink. */
interface Reading extends Disposable {
  readonly kernel: MemoryKernel;
  readonly client: IpvsClient;
  /** The options that were read since the services were listed. */
  readonly options: () => number[];
}

/** Options of linux/ip_vs.h. */
const GET_SERVICES = 1154;
const GET_DESTS = 1156;

/** Fills a kernel with services that have the same servers. */
function reading(
  { services = 150, servers = [realServer("10.0.0.1:80"), realServer("10.0.0.2:80")], wrap = (reader) => reader }: {
    readonly services?: number;
    readonly servers?: readonly RealServer[];
    readonly wrap?: (reader: MemorySockopt) => OptionReader;
  } = {},
): Reading {
  const kernel = new MemoryKernel();
  const opened: MemorySockopt[] = [];
  const openOptions = (): OptionReader => {
    const reader = kernel.openOptions();
    opened.push(reader);
    return wrap(reader);
  };
  const client = new IpvsClient(kernel.connect(), { family: kernel.family, openOptions });
  const changes = Array.from({ length: services }, (_, index): Change[] => {
    const service = virtualService(`tcp://192.0.2.${index + 1}:80`);
    return [
      { operation: "addService", service },
      ...servers.map((server): Change => ({ operation: "addServer", id: service.id, server })),
    ];
  });
  assert.equal(client.execute(changes.flat()).size, 0);
  return {
    kernel,
    client,
    options: () => opened.flatMap(({ options }) => options.splice(0)),
    [Symbol.dispose]: () => {
      client.close();
      assert.equal(kernel.openSockets, 0);
    },
  };
}

/** The first service of the table. */
function firstOf(ids: readonly ServiceId[]): ServiceId {
  const [id] = ids;
  assert.ok(id !== undefined);
  return id;
}

/** The servers of the first service, which netlink has to read although the options were tried. */
function readByNetlink({ client, options }: Reading): RealServer[] {
  const id = firstOf(client.services().map(({ id }) => id));
  const servers = client.servers(id);
  assert.deepEqual(options().slice(1), [GET_DESTS]);
  return servers;
}

Deno.test("SockoptServers reads a large IPv4 table with one option for each service", () => {
  using table = reading();
  const ids = table.client.services().map(({ id }) => id);
  assert.deepEqual(table.options(), [GET_SERVICES]);
  table.kernel.faults.failSend(0, 1);
  for (const id of ids) {
    assert.deepEqual(table.client.servers(id), [realServer("10.0.0.2:80"), realServer("10.0.0.1:80")]);
  }
  assert.deepEqual(table.options(), ids.map(() => GET_DESTS));
});

Deno.test("SockoptServers reads the connections of servers", () => {
  using table = reading({ servers: [realServer("10.0.0.1:80")] });
  table.kernel.setTraffic(Array<bigint>(10).fill(0n), [70_000, 2, 3]);
  const id = firstOf(table.client.services().map(({ id }) => id));
  assert.deepEqual(table.client.countedServers(id), [{
    ...realServer("10.0.0.1:80"),
    activeConnections: 70_000,
    inactiveConnections: 2,
    persistentConnections: 3,
  }]);
  assert.deepEqual(table.options(), [GET_SERVICES, GET_DESTS]);
});

Deno.test("SockoptServers opens no socket for a small table", () => {
  using table = reading({ services: 99 });
  const id = firstOf(table.client.services().map(({ id }) => id));
  assert.equal(table.client.servers(id).length, 2);
  assert.deepEqual(table.options(), []);
  assert.equal(table.kernel.openSockets, 1);
});

Deno.test("SockoptServers leaves a service to netlink whose servers are not all IPv4", () => {
  const servers = [realServer("10.0.0.1:80"), realServer("[2001:db8::1]:80", { forward: "tun" })];
  using table = reading({ servers });
  const id = firstOf(table.client.services().map(({ id }) => id));
  assert.deepEqual(table.client.servers(id), servers.toReversed());
  assert.deepEqual(table.options(), [GET_SERVICES]);
});

Deno.test("SockoptServers leaves a service to netlink that has a tunnel", () => {
  const servers = [
    realServer("10.0.0.1:80", { forward: "tun", tunnel: { type: "gre", port: 0, checksum: "csum" } }),
    realServer("10.0.0.2:80", { forward: "dr" }),
  ];
  using table = reading({ servers });
  assert.deepEqual(readByNetlink(table), servers.toReversed());
});

Deno.test("SockoptServers leaves a service to netlink to which servers were added, or whose servers were deleted", () => {
  using table = reading();
  const { client, kernel } = table;
  using other = new IpvsClient(kernel.connect(), { family: kernel.family });
  const [more, fewer, none] = client.services().map(({ id }) => id);
  assert.ok(more !== undefined && fewer !== undefined && none !== undefined);
  other.addServer(more, realServer("10.0.0.3:80"));
  other.deleteServer(fewer, realServer("10.0.0.1:80"));
  for (const last of [1, 2]) other.deleteServer(none, realServer(`10.0.0.${last}:80`));
  assert.deepEqual([more, fewer, none].map((id) => client.servers(id).length), [3, 1, 0]);
});

Deno.test("SockoptServers never misses an IPv6 server because an IPv4 one was added meanwhile", () => {
  const [first, second] = [realServer("[2001:db8::1]:80", { forward: "tun" }), realServer("10.0.0.9:80")];
  for (const servers of [[first], [first, realServer("10.0.0.1:80")]]) {
    using table = reading({ servers });
    const { client, kernel } = table;
    using other = new IpvsClient(kernel.connect(), { family: kernel.family });
    const id = firstOf(client.services().map(({ id }) => id));
    other.addServer(id, second);
    assert.deepEqual(client.servers(id), [second, ...servers.toReversed()]);
    assert.deepEqual(client.countedServers(id).length, servers.length + 1);
  }
});

Deno.test("SockoptServers leaves all to netlink if it cannot look for IPv6 servers", () => {
  using table = reading({
    wrap: (reader) => ({
      read: (option, buffer, { length }) => reader.read(option, buffer, { length }),
      table: () => undefined,
      [Symbol.dispose]: () => reader[Symbol.dispose](),
    }),
  });
  const id = firstOf(table.client.services().map(({ id }) => id));
  assert.equal(table.client.servers(id).length, 2);
  assert.deepEqual(table.options(), [GET_SERVICES]);
});

Deno.test("SockoptServers forgets what it knows of services with each change of the table", () => {
  using table = reading();
  const { client, options } = table;
  const id = firstOf(client.services().map(({ id }) => id));
  client.addServer(id, realServer("10.0.0.3:80"));
  options();
  assert.equal(client.servers(id).length, 3);
  assert.deepEqual(options(), []);
});

Deno.test("SockoptServers leaves all to netlink where the kernel does not answer, or lists services in another order", () => {
  const refused: OptionReader = { read: () => false, table: () => "", [Symbol.dispose]: () => {} };
  using silent = reading({
    wrap: (reader) => ({ ...refused, [Symbol.dispose]: () => reader[Symbol.dispose]() }),
  });
  const swapped = (buffer: Uint8Array): void => {
    const [first, second] = [buffer.slice(8, 112), buffer.slice(112, 216)];
    buffer.set(second, 8);
    buffer.set(first, 112);
  };
  using disordered = reading({
    wrap: (reader) => ({
      read: (option, buffer, { length }) => {
        const isRead = reader.read(option, buffer, { length });
        if (option === GET_SERVICES) swapped(buffer);
        return isRead;
      },
      table: () => reader.table(),
      [Symbol.dispose]: () => reader[Symbol.dispose](),
    }),
  });
  for (const { client, options } of [silent, disordered]) {
    const id = firstOf(client.services().map(({ id }) => id));
    assert.equal(client.servers(id).length, 2);
    assert.ok(!options().includes(GET_DESTS));
  }
});
