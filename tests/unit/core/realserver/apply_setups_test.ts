import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import {
  applySetups,
  completeSetup,
  type DesiredSetups,
  hasActiveChange,
  type Machine,
  type RealServerState,
  type StateStore,
  type VipSetup,
  withSetups,
} from "../../../../core/realserver/mod.ts";
import type { RealServerTunnel } from "../../../../core/realserver/setup.ts";
import { MemoryRealServer } from "../../../support/memory_real_server.ts";

const GUE: RealServerTunnel = { type: "gue", port: 6080 };

function setup(address: string, tunnel?: RealServerTunnel, device?: string): VipSetup {
  return completeSetup({ address: parseIpAddress(address), ...(tunnel === undefined ? {} : { tunnel }), device });
}

function desired(setups: readonly VipSetup[], requested: readonly VipSetup[] = setups): DesiredSetups {
  return { setups, requested: new Set(requested.map(({ address }) => address)) };
}

/** Faults of a run. */
interface Disturbance {
  /** The number of the change that the kernel refuses, from 0. */
  readonly failAt?: number;
  /** The number of the step before which the signal arrives. */
  readonly signalAt?: number;
  /** The number of the change at which the process is killed: the kernel and the file stay as they are then. */
  readonly killAt?: number;
}

/** Applies set-ups on a machine with faults; returns the error, if any, and the number of changes. */
async function applyWith(
  server: MemoryRealServer,
  desiredFrom: (current: readonly VipSetup[]) => DesiredSetups,
  { failAt, signalAt, killAt }: Disturbance = {},
): Promise<{ readonly error: LvsctlError | undefined; readonly changes: number }> {
  using access = server.access();
  using locked = access.states.lock((memory) => hasActiveChange(memory, access.machine.readState()));
  let changes = 0;
  let isKilled = false;
  const change = (make: () => void): void => {
    if (isKilled || changes === killAt) {
      isKilled = true;
      throw new LvsctlError("killed");
    }
    if (changes++ === failAt) throw new LvsctlError("refused by the test");
    make();
  };
  const { machine: real } = access;
  const machine: Machine = {
    readState: () => real.readState(),
    loadModules: (names) => real.loadModules(names),
    sysctl: (name) => real.sysctl(name),
    setSysctl: (name, value) => change(() => real.setSysctl(name, value)),
    addLink: (link) => change(() => real.addLink(link)),
    deleteLink: (name) => change(() => real.deleteLink(name)),
    setLinkState: (name, isUp) => change(() => real.setLinkState(name, isUp)),
    addFouPort: (port) => change(() => real.addFouPort(port)),
    deleteFouPort: (port) => change(() => real.deleteFouPort(port)),
    addAddress: (place) => change(() => real.addAddress(place)),
    deleteAddress: (place) => change(() => real.deleteAddress(place)),
  };
  const store: StateStore = {
    read: () => locked.read(),
    write: (state: RealServerState) => {
      if (!isKilled) locked.write(state);
    },
  };
  const controller = new AbortController();
  let steps = 0;
  const pause = (): Promise<void> => {
    if (steps++ === signalAt) controller.abort();
    return Promise.resolve();
  };
  const { signal } = controller;
  const purpose = "set up the real server";
  try {
    await applySetups(desiredFrom(store.read().setups), { machine, store, signal, pause, purpose });
    return { error: undefined, changes };
  } catch (error) {
    assert.ok(error instanceof LvsctlError);
    return { error, changes };
  }
}

function adding(...added: readonly VipSetup[]): (current: readonly VipSetup[]) => DesiredSetups {
  return (current) => desired(withSetups(current, added), added);
}

const REMOVING_ALL = (current: readonly VipSetup[]): DesiredSetups => desired([], current);

/** A machine with strict sysctls and the modules of tunnels loaded. */
function machine(): MemoryRealServer {
  const server = new MemoryRealServer();
  server.setSysctl("net.ipv4.conf.all.rp_filter", "1");
  server.setSysctl("net.ipv6.conf.lo.disable_ipv6", "1");
  for (const kind of ["ipip", "ip6tnl", "gre", "ip6gre"]) server.routes.loadKind(kind);
  return server;
}

const EVERYTHING: readonly VipSetup[] = [
  setup("192.0.2.10"),
  setup("2001:db8::10"),
  setup("192.0.2.11", undefined, "lvs0"),
  setup("192.0.2.12", { type: "ipip", port: 0 }),
  setup("2001:db8::12", { type: "gre", port: 0 }),
  setup("192.0.2.13", GUE),
  setup("2001:db8::13", GUE),
];

for (const one of EVERYTHING) {
  Deno.test(`applySetups() sets up ${one.address} by ${one.tunnel?.type ?? "dr"} on ${one.device}, and restores the original settings`, async () => {
    using server = machine();
    const before = server.state();
    assert.equal((await applyWith(server, adding(one))).error, undefined);
    assert.notEqual(server.state(), before);
    assert.ok(server.addresses().some((line) => line.startsWith(`${one.address}/`) && line.includes(one.device)));
    assert.equal((await applyWith(server, adding(one))).changes, 0, "a second call changes nothing");
    assert.equal((await applyWith(server, REMOVING_ALL)).error, undefined);
    assert.equal(server.state(), before);
    assert.equal(Deno.readTextFileSync(server.statePath), "{}\n");
  });
}

Deno.test("applySetups() undoes everything if any step fails", async () => {
  using server = machine();
  const before = server.state();
  const total = await countChanges();
  assert.ok(total > 15, `${total} changes`);
  for (let failAt = 0; failAt < total; failAt++) {
    const { error } = await applyWith(server, adding(...EVERYTHING), { failAt });
    assert.match(error?.message ?? "", /refused by the test; everything is as it was before$/, `${failAt}`);
    assert.equal(error?.exitCode, 1);
    assert.equal(server.state(), before, `${failAt}`);
    assert.equal(Deno.readTextFileSync(server.statePath), "{}\n");
  }
});

/** The number of changes to set up everything. */
async function countChanges(): Promise<number> {
  using server = machine();
  return (await applyWith(server, adding(...EVERYTHING))).changes;
}

Deno.test("applySetups() undoes everything if a signal arrives before any step", async () => {
  using server = machine();
  const before = server.state();
  const total = await countChanges();
  for (let signalAt = 0; signalAt < total; signalAt++) {
    const { error } = await applyWith(server, adding(...EVERYTHING), { signalAt });
    assert.equal(
      error?.message,
      "Cannot set up the real server: a signal interrupted it; everything is as it was before",
    );
    assert.equal(server.state(), before, `${signalAt}`);
  }
});

Deno.test("applySetups() completes or removes the set-up of a killed run", async () => {
  const total = await countChanges();
  for (let killAt = 0; killAt < total; killAt++) {
    using server = machine();
    const before = server.state();
    assert.match((await applyWith(server, adding(...EVERYTHING), { killAt })).error?.message ?? "", /killed/);
    if (killAt % 2 === 0) assert.equal((await applyWith(server, adding(...EVERYTHING))).error, undefined);
    assert.equal((await applyWith(server, REMOVING_ALL)).error, undefined);
    assert.equal(server.state(), before, `${killAt}`);
  }
});

Deno.test("applySetups() restores a set-up if its removal fails, and removes it after a kill", async () => {
  using server = machine();
  const before = server.state();
  await applyWith(server, adding(...EVERYTHING));
  const set = server.state();
  for (let failAt = 0; failAt < 12; failAt++) {
    const { error } = await applyWith(server, REMOVING_ALL, { failAt });
    assert.match(error?.message ?? "", /everything is as it was before$/);
    assert.equal(server.state(), set, `${failAt}`);
  }
  await applyWith(server, REMOVING_ALL, { killAt: 4 });
  assert.equal((await applyWith(server, REMOVING_ALL)).error, undefined);
  assert.equal(server.state(), before);
});

Deno.test("applySetups() reports a partial change if undoing fails too", async () => {
  using server = machine();
  const { error } = await applyWith(server, adding(setup("192.0.2.10")), { killAt: 2 });
  assert.equal(error?.exitCode, 3);
  assert.equal(
    error?.message,
    'Cannot set up the real server: killed; the changes could not be undone: killed; run "lvsctl realserver teardown" to try again',
  );
});

Deno.test("applySetups() keeps what another VIP still needs, and moves a VIP to another method", async () => {
  using server = machine();
  const before = server.state();
  const [one, other] = [setup("192.0.2.10"), setup("192.0.2.12", { type: "ipip", port: 0 })];
  await applyWith(server, adding(one, other));
  await applyWith(server, (current) => desired(current.filter((kept) => kept.address !== one.address), [one]));
  assert.deepEqual(server.addresses(), ["192.0.2.12/32 tunl0 host"]);
  assert.match(server.state(), /conf\/all\/arp_ignore 1"/);
  await applyWith(server, adding(setup("192.0.2.12")));
  assert.deepEqual(server.addresses(), ["192.0.2.12/32 lo host"]);
  assert.match(server.state(), /"tunl0 ipip down"/);
  assert.match(server.state(), /conf\/tunl0\/rp_filter 0"/);
  await applyWith(server, REMOVING_ALL);
  assert.equal(server.state(), before);
});

Deno.test("applySetups() leaves VIPs outside the request as they are", async () => {
  using server = machine();
  const [one, other] = [setup("192.0.2.10"), setup("192.0.2.11")];
  await applyWith(server, adding(one, other));
  {
    using access = server.access();
    access.machine.deleteAddress({ address: one.address, device: "lo" });
  }
  await applyWith(server, (current) => desired(current.filter((kept) => kept.address !== other.address), [other]));
  assert.deepEqual(server.addresses(), []);
  await applyWith(server, adding(one));
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 lo host"]);
});

Deno.test("applySetups() loads the missing modules only", async () => {
  using server = new MemoryRealServer();
  await applyWith(server, adding(setup("192.0.2.10")));
  assert.deepEqual(server.loadedModules, []);
  await applyWith(server, adding(setup("192.0.2.11", GUE), setup("2001:db8::11", { type: "gre", port: 0 })));
  assert.deepEqual(server.loadedModules, ["ipip", "ip6_gre", "fou"]);
  await applyWith(server, adding(setup("192.0.2.12", GUE)));
  assert.deepEqual(server.loadedModules, ["ipip", "ip6_gre", "fou"]);
});

Deno.test("applySetups() creates the interface if no module can be loaded, and deletes it again", async () => {
  using server = new MemoryRealServer();
  for (const name of ["ipip", "fou"]) server.missingModules.add(name);
  const before = server.state();
  // This kernel has ipip built in: the first tunnel creates the fallback device.
  assert.equal((await applyWith(server, adding(setup("192.0.2.10", { type: "ipip", port: 0 })))).error, undefined);
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 tunl0 host"]);
  const { error } = await applyWith(server, adding(setup("192.0.2.11", GUE)));
  assert.equal(
    error?.message,
    "Cannot unpack GUE on UDP port 6080: this kernel has no GUE tunnels (ENOENT); load their module as root with " +
      '"modprobe fou"; in a container, on the host; everything is as it was before',
  );
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 tunl0 host"]);
  server.routes.missingKinds.add("gre");
  const gre = await applyWith(server, adding(setup("192.0.2.12", { type: "gre", port: 0 })));
  assert.match(
    gre.error?.message ?? "",
    /^Cannot create the interface gre0: this kernel has no interfaces of the kind gre \(EOPNOTSUPP\); load their module as root with "modprobe ip_gre"/,
  );
  await applyWith(server, REMOVING_ALL);
  assert.deepEqual(server.addresses(), []);
  assert.ok(before.includes("eth0"));
});

Deno.test("applySetups() sets the strictest sufficient rp_filter", async () => {
  const cases: readonly (readonly [all: string, own: string, expected: string])[] = [
    ["0", "0", "0"],
    ["0", "1", "2"],
    ["1", "0", "2"],
    ["1", "2", "2"],
    ["2", "1", "1"],
  ];
  for (const [all, own, expected] of cases) {
    using server = machine();
    server.setSysctl("net.ipv4.conf.all.rp_filter", all);
    server.setSysctl("net.ipv4.conf.tunl0.rp_filter", own);
    const before = server.state();
    await applyWith(server, adding(setup("192.0.2.10", { type: "ipip", port: 0 })));
    assert.match(server.state(), new RegExp(`conf/tunl0/rp_filter ${expected}"`), `${all} ${own}`);
    assert.match(server.state(), new RegExp(`conf/all/rp_filter ${all}"`));
    await applyWith(server, REMOVING_ALL);
    assert.equal(server.state(), before);
  }
});

Deno.test("applySetups() leaves sysctls that are strict enough", async () => {
  using server = machine();
  server.setSysctl("net.ipv4.conf.all.arp_ignore", "2");
  server.setSysctl("net.ipv4.conf.all.arp_announce", "2");
  assert.equal((await applyWith(server, adding(setup("192.0.2.10")))).changes, 1);
});
