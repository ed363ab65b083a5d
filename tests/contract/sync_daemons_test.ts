import assert from "node:assert/strict";
import { parseIpAddress, type SyncDaemon } from "../../core/model/mod.ts";
import { contractTest, messageOf } from "../support/contract_kernel.ts";
import { realServer, virtualService } from "../support/samples.ts";

const [group, group6] = [parseIpAddress("224.1.2.3"), parseIpAddress("ff02::51")];
const DEFAULTS = { group: parseIpAddress("224.0.0.81"), port: 8848, ttl: 1 };

/** What is asked for, and what then runs: the kernel fills in and limits. */
const DAEMONS: readonly (readonly [string, SyncDaemon, SyncDaemon])[] = [
  ["a master with the kernel's settings", daemon("master", 3), {
    ...daemon("master", 3),
    maxLength: 1472,
    ...DEFAULTS,
  }],
  ["a backup with the kernel's settings", daemon("backup", 0), {
    ...daemon("backup", 0),
    maxLength: 65507,
    ...DEFAULTS,
  }],
  ...(["master", "backup"] as const).map((role) => {
    const wanted = { ...daemon(role, 255), maxLength: 2000, group, port: 9000, ttl: 7 };
    return [`a ${role} with settings of its own`, wanted, wanted] as const;
  }),
  ["a master with the shortest messages", { ...daemon("master", 1), maxLength: 1 }, {
    ...daemon("master", 1),
    maxLength: 1,
    ...DEFAULTS,
  }],
  ["a backup with messages that are too short, made longer", { ...daemon("backup", 1), maxLength: 1 }, {
    ...daemon("backup", 1),
    maxLength: 1024,
    ...DEFAULTS,
  }],
  ["a master with messages that are too long, made shorter", { ...daemon("master", 1), maxLength: 65535 }, {
    ...daemon("master", 1),
    maxLength: 65507,
    ...DEFAULTS,
  }],
  ["a backup in an IPv6 group", { ...daemon("backup", 1), group: group6 }, {
    ...daemon("backup", 1),
    maxLength: 65487,
    ...DEFAULTS,
    group: group6,
  }],
];

function daemon(role: SyncDaemon["role"], syncId: number): SyncDaemon {
  return { role, interface: "lo", syncId };
}

for (const [what, wanted, running] of DAEMONS) {
  contractTest(`IpvsClient.startSyncDaemon() starts ${what}, and stopSyncDaemon() stops it`, ({ client }) => {
    client.startSyncDaemon(wanted);
    assert.deepEqual(client.syncDaemons(), [running]);
    client.stopSyncDaemon(wanted.role);
    assert.deepEqual(client.syncDaemons(), []);
  });
}

contractTest("IpvsClient.startSyncDaemon() runs a master and a backup together", ({ client }) => {
  client.startSyncDaemon(daemon("backup", 2));
  client.startSyncDaemon(daemon("master", 1));
  assert.deepEqual(client.syncDaemons().map(({ role, syncId }) => [role, syncId]), [["master", 1], ["backup", 2]]);
  client.stopSyncDaemon("master");
  assert.deepEqual(client.syncDaemons().map(({ role }) => role), ["backup"]);
});

for (const role of ["master", "backup"] as const) {
  contractTest(`IpvsClient.startSyncDaemon() refuses a second ${role}, and keeps the first`, ({ client }) => {
    client.startSyncDaemon(daemon(role, 1));
    assert.equal(
      messageOf(() => client.startSyncDaemon(daemon(role, 2))),
      `Cannot start sync daemon ${role} on lo: it runs already (EEXIST); stop it first to change its settings`,
    );
    assert.deepEqual(client.syncDaemons().map(({ syncId }) => syncId), [1]);
  });

  contractTest(
    `IpvsClient.startSyncDaemon() refuses a group that is not a multicast address [${role}]`,
    ({ client }) => {
      for (const address of ["10.0.0.1", "2001:db8::1"]) {
        assert.equal(
          messageOf(() => client.startSyncDaemon({ ...daemon(role, 1), group: parseIpAddress(address) })),
          `Cannot start sync daemon ${role} on lo: the kernel refuses these settings (EINVAL); ` +
            "the group must be a multicast address, and no service may mix IPv4 and IPv6 servers",
        );
      }
      assert.deepEqual(client.syncDaemons(), []);
    },
  );

  contractTest(`IpvsClient.stopSyncDaemon() stops a ${role} that was started in the same send`, ({ client }) => {
    const errors = client.execute([
      { operation: "startSyncDaemon", daemon: daemon(role, 1) },
      { operation: "stopSyncDaemon", role },
      { operation: "startSyncDaemon", daemon: daemon(role, 2) },
      { operation: "stopSyncDaemon", role },
      { operation: "stopSyncDaemon", role },
    ]);
    assert.deepEqual([...errors].map(([index, { message }]) => [index, message]), [
      [4, `Cannot stop sync daemon ${role}: it does not run (ESRCH)`],
    ]);
    assert.deepEqual(client.syncDaemons(), []);
  });
}

contractTest("IpvsClient.startSyncDaemon() reports an interface that does not reach the group", ({ client }) => {
  assert.equal(
    messageOf(() => client.startSyncDaemon({ ...daemon("master", 1), group: group6 })),
    "Cannot start sync daemon master on lo: the interface has no route to the multicast group (ENETUNREACH); " +
      "give the interface an address of the group's family",
  );
  assert.deepEqual(client.syncDaemons(), []);
});

contractTest("IpvsClient.startSyncDaemon() and servers of another family exclude each other", ({ client }) => {
  const { id } = virtualService("tcp://192.0.2.10:80");
  const mixed = realServer("[2001:db8::11]:80", { forward: "tun" });
  client.addService(virtualService("tcp://192.0.2.10:80"));
  client.startSyncDaemon(daemon("backup", 1));
  assert.equal(
    messageOf(() => client.addServer(id, mixed)),
    "Cannot add real server [2001:db8::11]:80 of tcp://192.0.2.10:80: its address family differs from the virtual " +
      "service's while a sync daemon runs (EINVAL); stop the sync daemons, or use addresses of one family",
  );
  client.stopSyncDaemon("backup");
  client.addServer(id, mixed);
  assert.match(messageOf(() => client.startSyncDaemon(daemon("backup", 1))), /\(EINVAL\)/);
  client.deleteServer(id, mixed);
  client.startSyncDaemon(daemon("backup", 1));
  assert.deepEqual(client.syncDaemons().map(({ role }) => role), ["backup"]);
});
