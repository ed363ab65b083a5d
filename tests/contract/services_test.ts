import assert from "node:assert/strict";
import type { VirtualService } from "../../core/model/mod.ts";
import { assertTable, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceId, virtualService } from "../support/samples.ts";

const FULL = 0xffffffff;

/** Every form that a service can have: each is read back as it was written. */
const FORMS: Readonly<Record<string, VirtualService>> = {
  "TCP over IPv4": virtualService("tcp://192.0.2.10:80"),
  "UDP over IPv4": virtualService("udp://192.0.2.10:53"),
  "SCTP over IPv4": virtualService("sctp://192.0.2.10:36412"),
  "TCP over IPv6": virtualService("tcp://[2001:db8::10]:443"),
  "UDP over IPv6": virtualService("udp://[2001:db8::10]:53"),
  "SCTP over IPv6": virtualService("sctp://[2001:db8::10]:65535"),
  "an IPv6 address of all bits": virtualService("tcp://[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1"),
  "a firewall mark": virtualService("fwmark:1"),
  "the largest firewall mark": virtualService("fwmark:4294967295"),
  "a firewall mark of IPv6": virtualService("fwmark6:7"),
  "one-packet scheduling": virtualService("udp://192.0.2.10:53", { onePacket: true }),
  "one-packet scheduling over IPv6": virtualService("udp://[2001:db8::10]:53", { onePacket: true }),
  "one-packet scheduling of a mark": virtualService("fwmark:9", { onePacket: true }),
  "no scheduler": virtualService("tcp://192.0.2.10:80", { scheduler: "none" }),
  "every port": persistent("tcp://192.0.2.10:0", { timeoutSeconds: 360, netmask: FULL }),
  "persistence of a second": persistent("tcp://192.0.2.10:80", { timeoutSeconds: 1, netmask: FULL }),
  "persistence of 31 days": persistent("tcp://192.0.2.10:80", { timeoutSeconds: 2678400, netmask: FULL }),
  "persistence by network": persistent("tcp://192.0.2.10:80", { timeoutSeconds: 300, netmask: 0xffffff00 }),
  "persistence by a mask with holes": persistent("tcp://192.0.2.10:80", { timeoutSeconds: 300, netmask: 0x0f00ff01 }),
  "persistence of everyone": persistent("tcp://192.0.2.10:80", { timeoutSeconds: 300, netmask: 0 }),
  "persistence by an IPv6 prefix": persistent("tcp://[2001:db8::10]:80", { timeoutSeconds: 300, netmask: 64 }),
  "persistence by the shortest prefix": persistent("tcp://[2001:db8::10]:80", { timeoutSeconds: 300, netmask: 1 }),
  "persistence by a whole IPv6 address": persistent("tcp://[2001:db8::10]:80", { timeoutSeconds: 300, netmask: 128 }),
  "persistence of an IPv6 mark": persistent("fwmark6:7", { timeoutSeconds: 300, netmask: 48 }),
  "a persistence engine": persistent("udp://192.0.2.10:5060", { timeoutSeconds: 360, netmask: FULL, engine: "sip" }),
  "all flags of sh": virtualService("tcp://192.0.2.10:80", { scheduler: "sh", schedulerFlags: 7 }),
  "a flag of mh": virtualService("tcp://192.0.2.10:80", { scheduler: "mh", schedulerFlags: 2 }),
  "a flag that the scheduler does not know": virtualService("tcp://192.0.2.10:80", { schedulerFlags: 4 }),
  "everything at once": {
    ...persistent("udp://[2001:db8::10]:5060", { timeoutSeconds: 77, netmask: 33, engine: "sip" }),
    scheduler: "mh",
    schedulerFlags: 3,
    onePacket: true,
  },
};

function persistent(name: string, persistence: NonNullable<VirtualService["persistence"]>): VirtualService {
  return virtualService(name, { persistence });
}

for (const [form, service] of Object.entries(FORMS)) {
  contractTest(`IpvsClient.addService() adds a service with ${form}`, (kernel) => {
    kernel.client.addService(service);
    assertTable(kernel, [{ service, servers: [] }]);
    assert.deepEqual(kernel.client.getService(service.id), service);
  });
}

for (const scheduler of ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh"]) {
  contractTest(`IpvsClient.addService() accepts the scheduler ${scheduler}`, (kernel) => {
    const service = virtualService("tcp://192.0.2.10:80", { scheduler });
    kernel.client.addService(service);
    assertTable(kernel, [{ service, servers: [] }]);
  });
}

contractTest("IpvsClient.addService() distinguishes services by protocol, address, port, mark and family", (kernel) => {
  const names = [
    "tcp://192.0.2.10:80",
    "udp://192.0.2.10:80",
    "sctp://192.0.2.10:80",
    "tcp://192.0.2.10:81",
    "tcp://192.0.2.11:80",
    "tcp://[2001:db8::10]:80",
    "fwmark:80",
    "fwmark6:80",
    "fwmark:81",
  ];
  const entries = names.map((name) => ({ service: virtualService(name), servers: [] }));
  for (const { service } of entries) kernel.client.addService(service);
  assertTable(kernel, entries);
});

contractTest("IpvsClient.editService() replaces everything except the identity, and keeps the servers", (kernel) => {
  const before = virtualService("udp://192.0.2.10:53", {
    scheduler: "sh",
    schedulerFlags: 7,
    onePacket: true,
    persistence: { timeoutSeconds: 300, netmask: 0xffffff00, engine: "sip" },
  });
  const servers = [realServer("10.0.0.11:53"), realServer("10.0.0.12:53", { weight: 0 })];
  kernel.client.addService(before);
  for (const server of servers) kernel.client.addServer(before.id, server);
  for (
    const after of [
      virtualService("udp://192.0.2.10:53", { scheduler: "wlc" }),
      virtualService("udp://192.0.2.10:53", { scheduler: "mh", schedulerFlags: 2 }),
      before,
      virtualService("udp://192.0.2.10:53", { scheduler: "none" }),
    ]
  ) {
    kernel.client.editService(after);
    assertTable(kernel, [{ service: after, servers }]);
  }
});

contractTest("IpvsClient.deleteService() deletes the service and its servers, and nothing else", (kernel) => {
  const [gone, stays] = [virtualService("tcp://192.0.2.10:80"), virtualService("fwmark:80")];
  const server = realServer("10.0.0.11:8080");
  for (const service of [gone, stays]) {
    kernel.client.addService(service);
    kernel.client.addServer(service.id, server);
  }
  kernel.client.deleteService(gone.id);
  assertTable(kernel, [{ service: stays, servers: [server] }]);
  assert.deepEqual(kernel.client.servers(gone.id), []);
});

contractTest("IpvsClient.getService() finds existing services only", (kernel) => {
  kernel.client.addService(virtualService("tcp://192.0.2.10:80"));
  for (const name of ["udp://192.0.2.10:80", "tcp://192.0.2.10:81", "tcp://192.0.2.1:80", "fwmark:80", "fwmark6:80"]) {
    assert.equal(kernel.client.getService(serviceId(name)), undefined, name);
  }
});
