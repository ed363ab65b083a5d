import assert from "node:assert/strict";
import type { RealServer } from "../../core/model/mod.ts";
import { assertTable, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceId, virtualService } from "../support/samples.ts";

/** Every form that a server of an IPv4 service can have: each is read back as it was written. */
const FORMS: Readonly<Record<string, RealServer>> = {
  "NAT": realServer("10.0.0.11:8080"),
  "direct routing": realServer("10.0.0.11:80", { forward: "dr" }),
  "an ipip tunnel": realServer("10.0.0.11:80", { forward: "tun" }),
  "weight 0": realServer("10.0.0.11:8080", { weight: 0 }),
  "the largest weight": realServer("10.0.0.11:8080", { weight: 2147483647 }),
  "thresholds": realServer("10.0.0.11:8080", { upperThreshold: 1000, lowerThreshold: 500 }),
  "equal thresholds": realServer("10.0.0.11:8080", { upperThreshold: 1, lowerThreshold: 1 }),
  "the largest thresholds": realServer("10.0.0.11:8080", { upperThreshold: 2147483647, lowerThreshold: 2147483647 }),
  "an upper threshold alone": realServer("10.0.0.11:8080", { upperThreshold: 7 }),
  "port 0": realServer("10.0.0.11:0"),
  "the last port": realServer("10.0.0.11:65535"),
  "a gue tunnel": tunnelled({ type: "gue", port: 5555, checksum: "none" }),
  "a gue tunnel with checksums": tunnelled({ type: "gue", port: 65535, checksum: "csum" }),
  "a gue tunnel with remote checksums": tunnelled({ type: "gue", port: 1, checksum: "remcsum" }),
  "a gre tunnel": tunnelled({ type: "gre", port: 0, checksum: "none" }),
  "a gre tunnel with checksums": tunnelled({ type: "gre", port: 0, checksum: "csum" }),
  "an address of the other family": realServer("[2001:db8::11]:80", { forward: "tun" }),
};

function tunnelled(tunnel: RealServer["tunnel"]): RealServer {
  return realServer("10.0.0.11:80", { forward: "tun", tunnel });
}

for (const [form, server] of Object.entries(FORMS)) {
  contractTest(`IpvsClient.addServer() adds a server with ${form}`, (kernel) => {
    const service = virtualService("tcp://192.0.2.10:80");
    kernel.client.addService(service);
    kernel.client.addServer(service.id, server);
    assertTable(kernel, [{ service, servers: [server] }]);
    assert.deepEqual(kernel.client.servers(service.id), [server]);
  });

  contractTest(`IpvsClient.editServer() changes a server to one with ${form}, and back`, (kernel) => {
    const service = virtualService("tcp://192.0.2.10:80");
    // The family is a part of the identity, and one of the other family needs a tunnel.
    const forward = server.address.includes(":") ? "tun" : "dr";
    const before: RealServer = {
      ...realServer("10.0.0.11:80", { forward, weight: 5, upperThreshold: 9, lowerThreshold: 3 }),
      address: server.address,
      port: server.port,
    };
    kernel.client.addService(service);
    kernel.client.addServer(service.id, before);
    for (const after of [server, before]) {
      kernel.client.editServer(service.id, after);
      assertTable(kernel, [{ service, servers: [after] }]);
    }
  });
}

contractTest("IpvsClient.addServer() adds servers of IPv6 services and of firewall marks", (kernel) => {
  const entries = [
    {
      service: virtualService("tcp://[2001:db8::10]:80"),
      servers: [
        realServer("[2001:db8::11]:8080"),
        realServer("[2001:db8::12]:80", { forward: "dr" }),
        realServer("[2001:db8::13]:80", { forward: "tun", tunnel: { type: "gue", port: 5555, checksum: "csum" } }),
        realServer("10.0.0.14:80", { forward: "tun" }),
      ],
    },
    { service: virtualService("fwmark:7"), servers: [realServer("10.0.0.11:0"), realServer("10.0.0.12:80")] },
    { service: virtualService("fwmark6:7"), servers: [realServer("[2001:db8::11]:0", { forward: "dr" })] },
  ];
  for (const { service, servers } of entries) {
    kernel.client.addService(service);
    for (const server of servers) kernel.client.addServer(service.id, server);
  }
  assertTable(kernel, entries);
});

contractTest("IpvsClient.addServer() distinguishes servers by address and port", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  const servers = ["10.0.0.11:80", "10.0.0.11:81", "10.0.0.12:80", "10.0.1.11:80"].map((name) => realServer(name));
  kernel.client.addService(service);
  for (const server of servers) kernel.client.addServer(service.id, server);
  assertTable(kernel, [{ service, servers }]);
});

contractTest("IpvsClient.addServer() keeps the requested forwarding method of a local address", (kernel) => {
  // Kernels before 2.6.37 reported `local` here, and so says much that was written about LVS.
  const [service, service6] = [virtualService("tcp://192.0.2.10:80"), virtualService("tcp://[2001:db8::10]:80")];
  const servers = [realServer("127.0.0.1:8080"), realServer("127.3.4.5:80", { forward: "dr" })];
  const servers6 = [realServer("[::1]:8080"), realServer("[::1]:80", { forward: "tun" })];
  for (const { id } of [service, service6]) {
    kernel.client.addService({ ...service, id });
    for (const server of id === service.id ? servers : servers6) kernel.client.addServer(id, server);
  }
  assertTable(kernel, [{ service, servers }, { service: service6, servers: servers6 }]);
});

contractTest("IpvsClient.addServer() can add a server with the kernel's own method bypass", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  const server = realServer("10.0.0.11:80", { forward: "bypass" });
  kernel.client.addService(service);
  kernel.client.addServer(service.id, server);
  assertTable(kernel, [{ service, servers: [server] }]);
});

contractTest("IpvsClient sends the kernel's own method local as dr", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  const local = realServer("10.0.0.11:80", { forward: "local" });
  kernel.client.addService(service);
  kernel.client.addServer(service.id, local);
  assertTable(kernel, [{ service, servers: [{ ...local, forward: "dr" }] }]);
  kernel.client.editServer(service.id, { ...local, forward: "nat" });
  kernel.client.editServer(service.id, { ...local, weight: 5 });
  assertTable(kernel, [{ service, servers: [{ ...local, forward: "dr", weight: 5 }] }]);
});

contractTest("IpvsClient.deleteServer() deletes one server by address and port", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  const stays = [realServer("10.0.0.11:81"), realServer("10.0.0.12:80")];
  const gone = [realServer("10.0.0.11:80", { weight: 7 }), realServer("[2001:db8::11]:80", { forward: "tun" })];
  kernel.client.addService(service);
  for (const server of [...gone, ...stays]) kernel.client.addServer(service.id, server);
  for (const { address, port } of gone) {
    kernel.client.deleteServer(service.id, { ...realServer("10.0.0.1:1"), address, port });
  }
  assertTable(kernel, [{ service, servers: stays }]);
});

contractTest("IpvsClient.addServer() adds a deleted server again, with its new settings", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  kernel.client.addService(service);
  kernel.client.addServer(service.id, realServer("10.0.0.11:80", { weight: 7, upperThreshold: 9 }));
  kernel.client.deleteServer(service.id, realServer("10.0.0.11:80"));
  const again = realServer("10.0.0.11:80", { forward: "tun", tunnel: { type: "gre", port: 0, checksum: "csum" } });
  kernel.client.addServer(service.id, again);
  assertTable(kernel, [{ service, servers: [again] }]);
});

contractTest("IpvsClient.servers() is empty for a service that does not exist", (kernel) => {
  assert.deepEqual(kernel.client.servers(serviceId("tcp://192.0.2.10:80")), []);
});
