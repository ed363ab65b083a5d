import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import {
  completeSetup,
  type Goal,
  holdsAny,
  type Machine,
  reachGoal,
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

function goal(setups: readonly VipSetup[], about: readonly VipSetup[] = setups): Goal {
  return { setups, about: new Set(about.map(({ address }) => address)) };
}

/** What a run is disturbed by. */
interface Disturbance {
  /** The change of that number, counted from 0, is refused. */
  readonly failAt?: number;
  /** The signal comes before the step of that number. */
  readonly signalAt?: number;
  /** The process is killed at the change of that number: nothing happens any more, neither here nor in the file. */
  readonly killAt?: number;
}

/** Reaches a goal on a machine that something may disturb; gives the error, if there was one, and counts changes. */
async function reach(
  server: MemoryRealServer,
  goalOf: (current: readonly VipSetup[]) => Goal,
  { failAt, signalAt, killAt }: Disturbance = {},
): Promise<{ readonly error: LvsctlError | undefined; readonly changes: number }> {
  using access = server.access();
  using locked = access.states.lock((memory) => holdsAny(memory, access.machine.view()));
  let changes = 0;
  let isKilled = false;
  const change = (make: () => void): void => {
    if (isKilled || changes === killAt) {
      isKilled = true;
      throw new LvsctlError("killed");
    }
    if (changes++ === failAt) throw new LvsctlError("refused by order of the test");
    make();
  };
  const { machine: real } = access;
  const machine: Machine = {
    view: () => real.view(),
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
    await reachGoal(goalOf(store.read().setups), { machine, store, signal, pause, purpose });
    return { error: undefined, changes };
  } catch (error) {
    assert.ok(error instanceof LvsctlError);
    return { error, changes };
  }
}

function adding(...added: readonly VipSetup[]): (current: readonly VipSetup[]) => Goal {
  return (current) => goal(withSetups(current, added), added);
}

const REMOVING_ALL = (current: readonly VipSetup[]): Goal => goal([], current);

/** A machine that strict administrators keep, on which the modules of tunnels are loaded. */
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
  Deno.test(`reachGoal() sets up ${one.address} by ${one.tunnel?.type ?? "dr"} on ${one.device}, and puts all back`, async () => {
    using server = machine();
    const before = server.state();
    assert.equal((await reach(server, adding(one))).error, undefined);
    assert.notEqual(server.state(), before);
    assert.ok(server.addresses().some((line) => line.startsWith(`${one.address}/`) && line.includes(one.device)));
    assert.equal((await reach(server, adding(one))).changes, 0, "again, it changes nothing");
    assert.equal((await reach(server, REMOVING_ALL)).error, undefined);
    assert.equal(server.state(), before);
    assert.equal(Deno.readTextFileSync(server.statePath), "{}\n");
  });
}

Deno.test("reachGoal() undoes everything if a step fails, whichever", async () => {
  using server = machine();
  const before = server.state();
  const total = await countChanges();
  assert.ok(total > 15, `${total} changes`);
  for (let failAt = 0; failAt < total; failAt++) {
    const { error } = await reach(server, adding(...EVERYTHING), { failAt });
    assert.match(error?.message ?? "", /refused by order of the test; everything is as it was before$/, `${failAt}`);
    assert.equal(error?.exitCode, 1);
    assert.equal(server.state(), before, `${failAt}`);
    assert.equal(Deno.readTextFileSync(server.statePath), "{}\n");
  }
});

/** How many changes the set-up of everything takes. */
async function countChanges(): Promise<number> {
  using server = machine();
  return (await reach(server, adding(...EVERYTHING))).changes;
}

Deno.test("reachGoal() undoes everything if a signal calls it off, whenever", async () => {
  using server = machine();
  const before = server.state();
  const total = await countChanges();
  for (let signalAt = 0; signalAt < total; signalAt++) {
    const { error } = await reach(server, adding(...EVERYTHING), { signalAt });
    assert.equal(
      error?.message,
      "Cannot set up the real server: it was called off by a signal; everything is as it was before",
    );
    assert.equal(server.state(), before, `${signalAt}`);
  }
});

Deno.test("reachGoal() after being killed: a further call completes the set-up, or puts everything back", async () => {
  const total = await countChanges();
  for (let killAt = 0; killAt < total; killAt++) {
    using server = machine();
    const before = server.state();
    assert.match((await reach(server, adding(...EVERYTHING), { killAt })).error?.message ?? "", /killed/);
    if (killAt % 2 === 0) assert.equal((await reach(server, adding(...EVERYTHING))).error, undefined);
    assert.equal((await reach(server, REMOVING_ALL)).error, undefined);
    assert.equal(server.state(), before, `${killAt}`);
  }
});

Deno.test("reachGoal() makes a set-up again if taking it away fails, and takes it away after being killed", async () => {
  using server = machine();
  const before = server.state();
  await reach(server, adding(...EVERYTHING));
  const set = server.state();
  for (let failAt = 0; failAt < 12; failAt++) {
    const { error } = await reach(server, REMOVING_ALL, { failAt });
    assert.match(error?.message ?? "", /everything is as it was before$/);
    assert.equal(server.state(), set, `${failAt}`);
  }
  await reach(server, REMOVING_ALL, { killAt: 4 });
  assert.equal((await reach(server, REMOVING_ALL)).error, undefined);
  assert.equal(server.state(), before);
});

Deno.test("reachGoal() says that it is partly done if undoing fails too", async () => {
  using server = machine();
  const { error } = await reach(server, adding(setup("192.0.2.10")), { killAt: 2 });
  assert.equal(error?.exitCode, 3);
  assert.equal(
    error?.message,
    'Cannot set up the real server: killed; it could not be undone: killed; "lvsctl realserver teardown" tries again',
  );
});

Deno.test("reachGoal() keeps for one VIP what another one gives up, and moves a VIP to another method", async () => {
  using server = machine();
  const before = server.state();
  const [one, other] = [setup("192.0.2.10"), setup("192.0.2.12", { type: "ipip", port: 0 })];
  await reach(server, adding(one, other));
  await reach(server, (current) => goal(current.filter((kept) => kept.address !== one.address), [one]));
  assert.deepEqual(server.addresses(), ["192.0.2.12/32 tunl0 host"]);
  assert.match(server.state(), /conf\/all\/arp_ignore 1"/);
  await reach(server, adding(setup("192.0.2.12")));
  assert.deepEqual(server.addresses(), ["192.0.2.12/32 lo host"]);
  assert.match(server.state(), /"tunl0 ipip down"/);
  assert.match(server.state(), /conf\/tunl0\/rp_filter 0"/);
  await reach(server, REMOVING_ALL);
  assert.equal(server.state(), before);
});

Deno.test("reachGoal() does not repair by the way what it was not asked about", async () => {
  using server = machine();
  const [one, other] = [setup("192.0.2.10"), setup("192.0.2.11")];
  await reach(server, adding(one, other));
  {
    using access = server.access();
    access.machine.deleteAddress({ address: one.address, device: "lo" });
  }
  await reach(server, (current) => goal(current.filter((kept) => kept.address !== other.address), [other]));
  assert.deepEqual(server.addresses(), []);
  await reach(server, adding(one));
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 lo host"]);
});

Deno.test("reachGoal() asks for the modules that are missing, and for no others", async () => {
  using server = new MemoryRealServer();
  await reach(server, adding(setup("192.0.2.10")));
  assert.deepEqual(server.asked, []);
  await reach(server, adding(setup("192.0.2.11", GUE), setup("2001:db8::11", { type: "gre", port: 0 })));
  assert.deepEqual(server.asked, ["ipip", "ip6_gre", "fou"]);
  await reach(server, adding(setup("192.0.2.12", GUE)));
  assert.deepEqual(server.asked, ["ipip", "ip6_gre", "fou"]);
});

Deno.test("reachGoal() makes the interface where no module can be asked for, and deletes it again", async () => {
  using server = new MemoryRealServer();
  for (const name of ["ipip", "fou"]) server.missingModules.add(name);
  const before = server.state();
  // Its kernel has ipip built in: the fallback device comes with the first that is made.
  assert.equal((await reach(server, adding(setup("192.0.2.10", { type: "ipip", port: 0 })))).error, undefined);
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 tunl0 host"]);
  const { error } = await reach(server, adding(setup("192.0.2.11", GUE)));
  assert.equal(
    error?.message,
    "Cannot unpack GUE on the UDP port 6080: this kernel has no GUE tunnels (ENOENT); load their module as root with " +
      '"modprobe fou"; in a container, on the host; everything is as it was before',
  );
  assert.deepEqual(server.addresses(), ["192.0.2.10/32 tunl0 host"]);
  server.routes.missingKinds.add("gre");
  const gre = await reach(server, adding(setup("192.0.2.12", { type: "gre", port: 0 })));
  assert.match(
    gre.error?.message ?? "",
    /^Cannot create the interface gre0: this kernel has no interfaces of the kind gre \(EOPNOTSUPP\); load their module as root with "modprobe ip_gre"/,
  );
  await reach(server, REMOVING_ALL);
  assert.deepEqual(server.addresses(), []);
  assert.ok(before.includes("eth0"));
});

Deno.test("reachGoal() filters no more loosely than it has to", async () => {
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
    await reach(server, adding(setup("192.0.2.10", { type: "ipip", port: 0 })));
    assert.match(server.state(), new RegExp(`conf/tunl0/rp_filter ${expected}"`), `${all} ${own}`);
    assert.match(server.state(), new RegExp(`conf/all/rp_filter ${all}"`));
    await reach(server, REMOVING_ALL);
    assert.equal(server.state(), before);
  }
});

Deno.test("reachGoal() leaves sysctls that are strict enough", async () => {
  using server = machine();
  server.setSysctl("net.ipv4.conf.all.arp_ignore", "2");
  server.setSysctl("net.ipv4.conf.all.arp_announce", "2");
  assert.equal((await reach(server, adding(setup("192.0.2.10")))).changes, 1);
});
