import assert from "node:assert/strict";
import { IpvsError } from "../../core/ipvs/mod.ts";
import type { Change } from "../../core/model/mod.ts";
import { assertTable, type ContractKernel, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceId, virtualService } from "../support/samples.ts";

const ID = serviceId("tcp://192.0.2.10:80");
const ID6 = serviceId("tcp://[2001:db8::10]:80");
const ABSENT = serviceId("udp://192.0.2.99:53");
const SERVER = realServer("10.0.0.11:8080");
const ENTRIES = [
  { service: virtualService("tcp://192.0.2.10:80"), servers: [SERVER] },
  { service: virtualService("tcp://[2001:db8::10]:80"), servers: [] },
];
const WEB = "tcp://192.0.2.10:80";

/** Changes that the kernel refuses while {@linkcode ENTRIES} are in the table, and what the error says. */
const REFUSALS: readonly (readonly [Change, string])[] = [
  [
    { operation: "addService", service: virtualService(WEB, { scheduler: "wlc" }) },
    "Cannot add virtual service tcp://192.0.2.10:80: it exists already (EEXIST); " +
    'change it with "lvsctl service edit tcp://192.0.2.10:80"',
  ],
  [
    { operation: "addService", service: virtualService(WEB, { scheduler: "nosuch" }) },
    "Cannot add virtual service tcp://192.0.2.10:80: it exists already (EEXIST); " +
    'change it with "lvsctl service edit tcp://192.0.2.10:80"',
  ],
  [
    { operation: "addService", service: virtualService("fwmark6:9", { scheduler: "nosuch" }) },
    'Cannot add virtual service fwmark6:9: the kernel has no scheduler "nosuch" (ENOENT); ' +
    "check its name (rr, wrr, lc, wlc, sh, mh ...) or load its module: modprobe ip_vs_nosuch",
  ],
  [
    { operation: "editService", service: virtualService(WEB, { scheduler: "nosuch" }) },
    'Cannot edit virtual service tcp://192.0.2.10:80: the kernel has no scheduler "nosuch" (ENOENT); ' +
    "check its name (rr, wrr, lc, wlc, sh, mh ...) or load its module: modprobe ip_vs_nosuch",
  ],
  [
    {
      operation: "addService",
      service: virtualService("udp://192.0.2.10:5060", {
        persistence: { timeoutSeconds: 9, netmask: 0xffffffff, engine: "nosuch" },
      }),
    },
    'Cannot add virtual service udp://192.0.2.10:5060: the kernel has no scheduler "rr" or no persistence engine ' +
    '"nosuch" (ENOENT); check their names or load their modules: modprobe ip_vs_rr, modprobe ip_vs_pe_nosuch',
  ],
  [
    { operation: "addService", service: virtualService("fwmark:9", { scheduler: "sixteen-letters-" }) },
    'Cannot add virtual service fwmark:9: "sixteen-letters-" is too long for the name of a scheduler (EINVAL); ' +
    "the kernel takes up to 15 characters",
  ],
  [
    {
      operation: "addService",
      service: virtualService("tcp://[2001:db8::1]:80", { persistence: { timeoutSeconds: 9, netmask: 0 } }),
    },
    "Cannot add virtual service tcp://[2001:db8::1]:80: the persistence prefix length 0 is out of range (EINVAL); " +
    "for IPv6 it is a number from 1 to 128",
  ],
  [
    {
      operation: "editService",
      service: virtualService("tcp://[2001:db8::10]:80", { persistence: { timeoutSeconds: 9, netmask: 129 } }),
    },
    "Cannot edit virtual service tcp://[2001:db8::10]:80: the persistence prefix length 129 is out of range (EINVAL); " +
    "for IPv6 it is a number from 1 to 128",
  ],
  [
    { operation: "editService", service: { ...virtualService(WEB), id: ABSENT } },
    "Cannot edit virtual service udp://192.0.2.99:53: there is no such virtual service (ESRCH); " +
    '"lvsctl list" shows the existing ones',
  ],
  [
    { operation: "deleteService", id: ABSENT },
    "Cannot delete virtual service udp://192.0.2.99:53: there is no such virtual service (ESRCH); " +
    '"lvsctl list" shows the existing ones',
  ],
  [
    { operation: "zero", id: ABSENT },
    "Cannot zero the counters of udp://192.0.2.99:53: there is no such virtual service (ESRCH); " +
    '"lvsctl list" shows the existing ones',
  ],
  [
    { operation: "addServer", id: ABSENT, server: SERVER },
    "Cannot add real server 10.0.0.11:8080 of udp://192.0.2.99:53: its virtual service does not exist (ESRCH); " +
    'add it with "lvsctl service add udp://192.0.2.99:53"',
  ],
  [
    { operation: "editServer", id: ABSENT, server: SERVER },
    "Cannot edit real server 10.0.0.11:8080 of udp://192.0.2.99:53: its virtual service does not exist (ESRCH); " +
    'add it with "lvsctl service add udp://192.0.2.99:53"',
  ],
  [
    { operation: "deleteServer", id: ABSENT, server: SERVER },
    "Cannot delete real server 10.0.0.11:8080 of udp://192.0.2.99:53: its virtual service does not exist (ESRCH); " +
    'add it with "lvsctl service add udp://192.0.2.99:53"',
  ],
  [
    { operation: "addServer", id: ID, server: realServer("10.0.0.11:8080", { weight: 9 }) },
    "Cannot add real server 10.0.0.11:8080 of tcp://192.0.2.10:80: the virtual service has it already (EEXIST); " +
    'change it with "lvsctl server edit tcp://192.0.2.10:80 10.0.0.11:8080"',
  ],
  [
    { operation: "editServer", id: ID, server: realServer("10.0.0.11:8081") },
    "Cannot edit real server 10.0.0.11:8081 of tcp://192.0.2.10:80: the virtual service has no such real server " +
    '(ENOENT); "lvsctl server list tcp://192.0.2.10:80" shows its servers',
  ],
  [
    { operation: "deleteServer", id: ID, server: realServer("10.0.0.12:8080") },
    "Cannot delete real server 10.0.0.12:8080 of tcp://192.0.2.10:80: the virtual service has no such real server " +
    '(ENOENT); "lvsctl server list tcp://192.0.2.10:80" shows its servers',
  ],
  [
    { operation: "addServer", id: ID, server: realServer("10.0.0.12:80", { weight: 2147483648 }) },
    "Cannot add real server 10.0.0.12:80 of tcp://192.0.2.10:80: the weight 2147483648 is out of range (ERANGE); " +
    "a weight is a number from 0 to 2147483647",
  ],
  [
    { operation: "editServer", id: ID, server: { ...SERVER, weight: -1 } },
    "Cannot edit real server 10.0.0.11:8080 of tcp://192.0.2.10:80: the weight -1 is out of range (ERANGE); " +
    "a weight is a number from 0 to 2147483647",
  ],
  [
    { operation: "addServer", id: ID, server: realServer("10.0.0.12:80", { lowerThreshold: 1 }) },
    "Cannot add real server 10.0.0.12:80 of tcp://192.0.2.10:80: its lower threshold 1 is above its upper threshold 0 " +
    "(ERANGE); give an upper threshold that is at least as large",
  ],
  [
    { operation: "editServer", id: ID, server: { ...SERVER, upperThreshold: 5, lowerThreshold: 6 } },
    "Cannot edit real server 10.0.0.11:8080 of tcp://192.0.2.10:80: its lower threshold 6 is above its upper " +
    "threshold 5 (ERANGE); give an upper threshold that is at least as large",
  ],
  [
    {
      operation: "addServer",
      id: ID,
      server: realServer("10.0.0.12:80", { forward: "tun", tunnel: { type: "gue", port: 0, checksum: "none" } }),
    },
    "Cannot add real server 10.0.0.12:80 of tcp://192.0.2.10:80: a gue tunnel needs a port (EINVAL); " +
    "give its UDP port with --tunnel-port",
  ],
  [
    {
      operation: "editServer",
      id: ID,
      server: { ...SERVER, forward: "tun", tunnel: { type: "gue", port: 0, checksum: "none" } },
    },
    "Cannot edit real server 10.0.0.11:8080 of tcp://192.0.2.10:80: a gue tunnel needs a port (EINVAL); " +
    "give its UDP port with --tunnel-port",
  ],
  [
    { operation: "addServer", id: ID, server: realServer("[2001:db8::11]:80") },
    "Cannot add real server [2001:db8::11]:80 of tcp://192.0.2.10:80: its address family differs from the virtual " +
    "service's (EINVAL); only the forwarding method tun can mix IPv4 and IPv6",
  ],
  [
    { operation: "addServer", id: ID6, server: realServer("10.0.0.11:80", { forward: "dr" }) },
    "Cannot add real server 10.0.0.11:80 of tcp://[2001:db8::10]:80: its address family differs from the virtual " +
    "service's (EINVAL); only the forwarding method tun can mix IPv4 and IPv6",
  ],
  [
    { operation: "setTimeouts", timeouts: { tcpSeconds: 2147483647, tcpFinSeconds: 60, udpSeconds: 0 } },
    "Cannot set the timeouts: a timeout is longer than this kernel can hold (EINVAL); " +
    "every kernel accepts up to 24 days (2073600 s)",
  ],
  [
    { operation: "stopSyncDaemon", role: "backup" },
    "Cannot stop sync daemon backup: it does not run (ESRCH)",
  ],
  [
    { operation: "startSyncDaemon", daemon: { role: "master", interface: "nosuch0", syncId: 1 } },
    'Cannot start sync daemon master on nosuch0: there is no interface "nosuch0" (ENODEV); ' +
    '"ip link" shows the existing ones',
  ],
  ...["255.255.255.255", "224.0.0.1", "0.0.0.0", "127.255.255.255"].map((address) => unreachable(ID, address)),
  ...["ff02::1", "fe80::1", "::", "::ffff:192.0.2.1"].map((address) => unreachable(ID6, `[${address}]`)),
];

function unreachable(id: typeof ID, host: string): readonly [Change, string] {
  const service = id === ID ? WEB : "tcp://[2001:db8::10]:80";
  return [
    { operation: "addServer", id, server: realServer(`${host}:80`) },
    `Cannot add real server ${host}:80 of ${service}: ${host.replaceAll(/[[\]]/g, "")} is not a unicast ` +
    "address that the kernel can reach (EINVAL); give the address of a host: not broadcast, multicast or another's link-local " +
    "address",
  ];
}

function fill({ client }: ContractKernel): void {
  for (const { service, servers } of ENTRIES) {
    client.addService(service);
    for (const server of servers) client.addServer(service.id, server);
  }
}

REFUSALS.forEach(([change, message], index) => {
  const [what = ""] = message.split(" (");
  contractTest(`IpvsClient.execute() says that it ${what.replace("Cannot", "cannot")} [${index}]`, (kernel) => {
    fill(kernel);
    const errors = kernel.client.execute([change]);
    assert.deepEqual([...errors].map(([at, error]) => [at, error.message]), [[0, message]]);
    assert.ok(errors.get(0) instanceof IpvsError);
    assertTable(kernel, ENTRIES);
    assert.deepEqual(kernel.client.getTimeouts(), { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
  });
});

contractTest("IpvsClient.addServer() accepts unusual addresses that are unicast to the kernel", (kernel) => {
  fill(kernel);
  const servers = ["0.1.2.3:80", "10.255.255.255:80", "240.0.0.1:80"].map((name) => realServer(name));
  const servers6 = ["[::102:304]:80", "[fec0::1]:80", "[fc00::1]:80", "[64:ff9b::1]:80"].map((name) =>
    realServer(name)
  );
  for (const server of servers) kernel.client.addServer(ID, server);
  for (const server of servers6) kernel.client.addServer(ID6, server);
  const [entry, entry6] = ENTRIES;
  assert.ok(entry !== undefined && entry6 !== undefined);
  const read = (id: typeof ID): number => kernel.client.servers(id).length;
  assert.deepEqual([read(ID), read(ID6)], [servers.length + entry.servers.length, servers6.length]);
});

contractTest("every method of IpvsClient reports a missing permission", async (kernel) => {
  fill(kernel);
  const messages = await kernel.refusalsWithoutPermission();
  assert.equal(messages.length, 18);
  for (const message of messages) {
    assert.match(message, /^Cannot .*: permission denied \(EPERM\); run lvsctl as root \(it needs CAP_NET_ADMIN\)$/);
  }
  assertTable(kernel, ENTRIES);
});
