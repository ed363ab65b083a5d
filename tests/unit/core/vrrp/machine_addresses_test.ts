import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { formatPrefix, type Vip } from "../../../../core/model/mod.ts";
import { MachineAddresses } from "../../../../core/vrrp/machine_addresses.ts";
import { vip } from "../../../support/memory_vrrp.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

/** A machine whose interface eth0 has 10.0.0.1/24, and the record of added addresses. */
class Machine implements Disposable {
  readonly kernel = new MemoryRoutes();
  readonly routes = this.kernel.openRouteClient();
  recorded: readonly Vip[] = [];
  /** What is on the machine when the record is written. */
  readonly atWriting: string[] = [];
  writeError: LvsctlError | undefined;

  constructor(keepsProtocol = true) {
    this.kernel.keepsProtocol = keepsProtocol;
    this.addForeign(10, 0, 0, 1);
  }

  /** A process that starts. */
  start(): MachineAddresses {
    const record = {
      read: () => this.recorded,
      write: (vips: readonly Vip[]) => {
        if (this.writeError !== undefined) throw this.writeError;
        this.atWriting.push(this.list());
        this.recorded = vips;
      },
    };
    return new MachineAddresses({
      routes: this.routes,
      record,
      promote: () => ({ [Symbol.dispose]: () => {} }),
    });
  }

  addForeign(...bytes: readonly number[]): void {
    this.kernel.addForeign(bytes, { index: 2, prefixLength: 24 });
  }

  list(): string {
    return this.routes.addresses().map(formatPrefix).join(" ");
  }

  [Symbol.dispose](): void {
    this.routes.close();
  }
}

const VIPS = [vip("10.0.0.100/24"), vip("10.0.0.101/24")];

for (const keepsProtocol of [true, false]) {
  const kernel = keepsProtocol ? "a kernel that marks addresses" : "a kernel before 5.18";

  Deno.test(`MachineAddresses removes what a killed process has added, and nothing else: ${kernel}`, () => {
    using machine = new Machine(keepsProtocol);
    machine.addForeign(10, 0, 0, 100);
    assert.deepEqual(machine.start().add(VIPS), []);
    assert.equal(machine.list(), "10.0.0.1/24 10.0.0.100/24 10.0.0.101/24");
    assert.deepEqual(machine.start().removeAll().map(formatPrefix), ["10.0.0.101/24"]);
    assert.equal(machine.list(), "10.0.0.1/24 10.0.0.100/24");
    assert.deepEqual(machine.recorded, []);
    assert.deepEqual(machine.start().removeAll(), []);
  });

  Deno.test(`MachineAddresses removes all but the addresses that another process continues with: ${kernel}`, () => {
    using machine = new Machine(keepsProtocol);
    assert.deepEqual(machine.start().add(VIPS), []);
    const next = machine.start();
    assert.deepEqual(next.removeAll(new Set(["10.0.0.101"])).map(formatPrefix), ["10.0.0.100/24"]);
    assert.equal(machine.list(), "10.0.0.1/24 10.0.0.101/24");
    assert.deepEqual(next.remove(VIPS, { keepsForeign: true }), [], "it still counts as an added one");
    assert.equal(machine.list(), "10.0.0.1/24");
  });

  Deno.test(`MachineAddresses keeps addresses of the machine itself for an owner: ${kernel}`, () => {
    using machine = new Machine(keepsProtocol);
    machine.addForeign(10, 0, 0, 100);
    const addresses = machine.start();
    addresses.add(VIPS);
    assert.deepEqual(addresses.remove(VIPS, { keepsForeign: true }), [
      "10.0.0.100/24 on eth0 is an address of the machine itself, and stays",
    ]);
    assert.equal(machine.list(), "10.0.0.1/24 10.0.0.100/24");
    assert.deepEqual(addresses.remove(VIPS, { keepsForeign: false }), []);
    assert.equal(machine.list(), "10.0.0.1/24");
  });

  Deno.test(`MachineAddresses tells the machine's own addresses from added ones: ${kernel}`, () => {
    using machine = new Machine(keepsProtocol);
    const addresses = machine.start();
    addresses.add(VIPS);
    addresses.refresh();
    assert.deepEqual(addresses.ownOf("eth0"), ["10.0.0.1"]);
    assert.deepEqual(addresses.ownOf("eth9"), []);
    addresses.remove(VIPS.slice(0, 1), { keepsForeign: false });
    assert.deepEqual(addresses.absent(VIPS), []);
    addresses.refresh();
    assert.deepEqual(addresses.absent(VIPS).map(formatPrefix), ["10.0.0.100/24"]);
  });
}

Deno.test("MachineAddresses has no own address whose duplicates are looked for, or found", () => {
  using machine = new Machine();
  const linkLocal = (last: number): number[] => [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
  // IFA_F_TENTATIVE and IFA_F_DADFAILED of linux/if_addr.h.
  for (const [last, flags] of [[1, 0x40], [2, 0x08], [3, 0]] as const) {
    machine.kernel.addForeign(linkLocal(last), { index: 2, prefixLength: 64, flags });
  }
  const addresses = machine.start();
  addresses.refresh();
  assert.deepEqual(addresses.ownOf("eth0"), ["10.0.0.1", "fe80::3"]);
});

Deno.test("MachineAddresses removes its addresses from an interface that has another name since", () => {
  for (const keepsProtocol of [true, false]) {
    using machine = new Machine(keepsProtocol);
    const addresses = machine.start();
    addresses.add(VIPS);
    machine.kernel.rename("eth0", "wan");
    assert.deepEqual(addresses.remove(VIPS, { keepsForeign: false }), []);
    assert.equal(machine.list(), "10.0.0.1/24");
    assert.deepEqual(machine.recorded, []);
  }
});

Deno.test("MachineAddresses moves its addresses to the interface that has the name now", () => {
  using machine = new Machine();
  const addresses = machine.start();
  addresses.add(VIPS);
  machine.kernel.rename("eth0", "wan");
  machine.kernel.rename("eth1", "eth0");
  addresses.refresh();
  assert.deepEqual(addresses.absent(VIPS), VIPS);
  assert.deepEqual(addresses.add(VIPS), []);
  const places = machine.routes.addresses().map((each) => `${formatPrefix(each)} ${each.index}`);
  assert.deepEqual(places, ["10.0.0.1/24 2", "10.0.0.100/24 3", "10.0.0.101/24 3"]);
});

Deno.test("MachineAddresses records addresses before it adds them", () => {
  using machine = new Machine(false);
  machine.start().add(VIPS);
  assert.deepEqual(machine.atWriting, ["10.0.0.1/24"]);
});

Deno.test("MachineAddresses adds addresses that it cannot record, and says so", () => {
  using machine = new Machine();
  machine.writeError = new LvsctlError("no space is left", { operation: "write", object: "/run/x" });
  assert.deepEqual(machine.start().add(VIPS), ["Cannot write /run/x: no space is left"]);
  assert.equal(machine.list(), "10.0.0.1/24 10.0.0.100/24 10.0.0.101/24");
});

Deno.test("MachineAddresses.linksOf() reads the interfaces again only if one is missing", () => {
  using machine = new Machine();
  const addresses = machine.start();
  addresses.refresh();
  const known = addresses.linksOf(["eth0"]);
  assert.ok(known.some(({ name }) => name === "eth0"));
  assert.equal(addresses.linksOf(["eth0"]), known);
  assert.notEqual(addresses.linksOf(["eth0", "lvs4.51"]), known);
});

Deno.test("MachineAddresses adds and removes its addresses although they cannot be listed", () => {
  const kernel = new MemoryRoutes();
  kernel.addForeign([10, 0, 0, 1], { index: 2, prefixLength: 24 });
  using routes = kernel.openRouteClient();
  const list = routes.addresses.bind(routes);
  const names = (): readonly string[] => list().map(({ address }) => address);
  const addresses = new MachineAddresses({
    routes,
    record: { read: () => [], write: () => {} },
    promote: () => ({ [Symbol.dispose]: () => {} }),
  });
  const vips = [vip("10.0.0.100/24"), vip("10.0.0.101/24")];
  addresses.refresh();
  // As while another program changes addresses all the time.
  routes.addresses = () => {
    throw new LvsctlError("the kernel refused", { operation: "list the addresses", errno: "EINTR" });
  };
  assert.deepEqual(addresses.add(vips), []);
  assert.deepEqual(addresses.add(vips), []);
  assert.deepEqual(names(), ["10.0.0.1", "10.0.0.100", "10.0.0.101"]);
  assert.deepEqual(addresses.remove([vip("10.0.0.1/24"), ...vips], { keepsForeign: true }), [
    "10.0.0.1/24 on eth0 is an address of the machine itself, and stays",
  ]);
  assert.deepEqual(names(), ["10.0.0.1"]);
});

Deno.test("MachineAddresses begins although the addresses cannot be listed at first", () => {
  const kernel = new MemoryRoutes();
  kernel.addForeign([10, 0, 0, 1], { index: 2, prefixLength: 24 });
  using routes = kernel.openRouteClient();
  const list = routes.addresses.bind(routes);
  let failures = 20;
  routes.addresses = () => {
    if (failures-- > 0) {
      throw new LvsctlError("the kernel refused", { operation: "list the addresses", errno: "EINTR" });
    }
    return list();
  };
  const addresses = new MachineAddresses({
    routes,
    record: { read: () => [], write: () => {} },
    promote: () => ({ [Symbol.dispose]: () => {} }),
  });
  assert.deepEqual(addresses.removeAll(), []);
  failures = 20;
  addresses.refresh();
  assert.equal(addresses.indexOf("eth0"), 2);
});

Deno.test("MachineAddresses removes what a killed process has left although the record cannot be written", () => {
  using machine = new Machine(false);
  machine.start().add(VIPS);
  machine.writeError = new LvsctlError("no space left on device", { operation: "write", object: "/run/x" });
  assert.deepEqual(machine.start().removeAll().map(formatPrefix), ["10.0.0.100/24", "10.0.0.101/24"]);
  assert.equal(machine.list(), "10.0.0.1/24");
  assert.deepEqual(machine.start().removeAll(), [], "the record has addresses that are not there");
});
