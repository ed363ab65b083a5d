import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import type { Link } from "../../../../core/rtnetlink/mod.ts";
import { virtualLinkOf } from "../../../../core/vrrp/settings.ts";
import { VirtualLinks } from "../../../../core/vrrp/virtual_links.ts";
import { routerSettings } from "../../../support/memory_vrrp.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

/** A machine whose interfaces have the kernel's default settings. */
class Machine implements Disposable {
  readonly kernel = new MemoryRoutes();
  readonly routes = this.kernel.openRouteClient();
  readonly values = new Map<string, string>();
  recorded: Readonly<Record<string, string>> = {};
  writeError: LvsctlError | undefined;
  recordError: LvsctlError | undefined;

  start(): VirtualLinks {
    return new VirtualLinks({
      routes: this.routes,
      sysctls: {
        read: (name) =>
          ["all", ...this.kernel.linkNames].some((link) => name.includes(link.replace(".", "/")))
            ? this.values.get(name) ?? "0"
            : undefined,
        write: (name, value) => {
          if (this.writeError !== undefined) throw this.writeError;
          this.values.set(name, value);
        },
      },
      record: {
        read: () => this.recorded,
        write: (values) => {
          if (this.recordError !== undefined) throw this.recordError;
          this.recorded = values;
        },
      },
    });
  }

  /** The settings of eth0 that are not the default. */
  get changed(): readonly string[] {
    return [...this.values].filter(([name, value]) => name.includes("eth0") && value !== "0").map(([name]) => name);
  }

  /** The virtual interfaces with their hardware addresses. */
  get links(): readonly string[] {
    return this.routes.links().filter(({ kind }) => kind === "macvlan").map(({ name, isUp, hardwareAddress }) =>
      `${name} ${[...hardwareAddress].map((byte) => byte.toString(16).padStart(2, "0")).join(":")} ${
        isUp ? "up" : "down"
      }`
    );
  }

  [Symbol.dispose](): void {
    this.routes.close();
  }
}

const EDGE = routerSettings({ virtualMac: true });
const EDGE_IPV6 = routerSettings({ virtualMac: true, family: "ipv6" });
const PARENT = ["net.ipv4.conf.eth0.arp_ignore", "net.ipv4.conf.eth0.arp_filter"];

Deno.test("VirtualLinks creates an interface with the hardware address of the virtual router, once", () => {
  using machine = new Machine();
  const links = machine.start();
  assert.deepEqual(links.add(EDGE), { isNew: true, problems: [] });
  assert.deepEqual(links.add(EDGE), { isNew: false, problems: [] });
  links.add(EDGE_IPV6);
  assert.deepEqual(machine.links, ["lvs4.51 00:00:5e:00:01:33 down", "lvs6.51 00:00:5e:00:02:33 down"]);
  assert.equal(machine.values.get("net.ipv4.conf.lvs4/51.arp_ignore"), "1");
  assert.equal(machine.values.get("net.ipv6.conf.lvs6/51.addr_gen_mode"), "1");
  assert.deepEqual(machine.changed, PARENT);
});

Deno.test("VirtualLinks restores the settings of the interface below with the last router on it", () => {
  using machine = new Machine();
  machine.values.set("net.ipv4.conf.eth0.arp_ignore", "2");
  const links = machine.start();
  const other = routerSettings({ virtualMac: true, vrid: 52, name: "other" });
  links.add(EDGE);
  links.add(other);
  assert.deepEqual(links.remove(EDGE), []);
  assert.deepEqual(machine.changed, PARENT);
  assert.deepEqual(links.remove(other), []);
  assert.deepEqual([machine.links, machine.values.get("net.ipv4.conf.eth0.arp_ignore")], [[], "2"]);
  assert.equal(machine.values.get("net.ipv4.conf.eth0.arp_filter"), "0");
  assert.deepEqual(machine.recorded, {});
  assert.deepEqual(links.remove(other), []);
});

Deno.test("VirtualLinks removes what a killed process has left", () => {
  using machine = new Machine();
  machine.start().add(EDGE);
  assert.deepEqual(Object.keys(machine.recorded), PARENT);
  assert.deepEqual(machine.start().removeAll(), []);
  assert.deepEqual([machine.links, machine.changed, machine.recorded], [[], [], {}]);
});

Deno.test("VirtualLinks keeps an interface that another process continues with, and all settings with it", () => {
  using machine = new Machine();
  machine.start().add(EDGE);
  const links = [...machine.links];
  assert.deepEqual(machine.start().removeAll(new Set([virtualLinkOf(EDGE)])), []);
  assert.deepEqual([machine.links, Object.keys(machine.recorded)], [links, PARENT]);
});

Deno.test("VirtualLinks replaces an interface of its name that is not of this process", () => {
  using machine = new Machine();
  machine.start().add(EDGE);
  assert.equal(machine.start().add(EDGE).isNew, true);
  assert.equal(machine.links.length, 1);
});

Deno.test("VirtualLinks replaces an interface whose one below has lost its name to another", () => {
  using machine = new Machine();
  const links = machine.start();
  links.add(EDGE);
  machine.kernel.rename("eth0", "wan");
  machine.kernel.rename("eth1", "eth0");
  assert.equal(links.add(EDGE).isNew, true);
  assert.equal(links.add(EDGE).isNew, false);
  assert.equal(machine.links.length, 1);
});

Deno.test("VirtualLinks reports settings that cannot be changed, and a missing interface below is none", () => {
  using machine = new Machine();
  machine.writeError = new LvsctlError("permission denied", { operation: "set", object: "x" });
  const { isNew, problems } = machine.start().add(EDGE);
  assert.deepEqual([isNew, new Set(problems), machine.links.length], [
    true,
    new Set(["Cannot set x: permission denied"]),
    1,
  ]);
  assert.deepEqual(machine.start().add({ ...EDGE, device: "eth9" }), { isNew: false, problems: [] });
});

Deno.test("VirtualLinks reports the filter that drops packets to its interfaces", () => {
  using machine = new Machine();
  machine.values.set("net.ipv4.conf.all.rp_filter", "1");
  assert.deepEqual(machine.start().add(EDGE).problems, [
    "net.ipv4.conf.all.rp_filter is 1, so that the kernel drops packets to a virtual hardware address; set it to 0",
  ]);
});

Deno.test("VirtualLinks brings an interface up and down, and one that was created anew is down", () => {
  using machine = new Machine();
  const links = machine.start();
  assert.deepEqual(links.set(EDGE, true), [], "there is none yet");
  links.add(EDGE);
  for (const isUp of [true, true, false, true]) {
    assert.deepEqual(links.set(EDGE, isUp), []);
    assert.deepEqual(machine.links, [`lvs4.51 00:00:5e:00:01:33 ${isUp ? "up" : "down"}`]);
  }
  links.remove(EDGE);
  links.add(EDGE);
  assert.deepEqual(machine.links, ["lvs4.51 00:00:5e:00:01:33 down"]);
  links.set(EDGE, true);
  assert.deepEqual(machine.links, ["lvs4.51 00:00:5e:00:01:33 up"]);
});

Deno.test("VirtualLinks raises a link that another program brought down, and lowers one that it brought up", () => {
  const kernel = new MemoryRoutes();
  using routes = kernel.openRouteClient();
  const links = new VirtualLinks({
    routes,
    sysctls: { read: () => undefined, write: () => {} },
    record: { read: () => ({}), write: () => {} },
  });
  const edge = routerSettings({ virtualMac: true });
  links.add(edge);
  const link = (): Link => {
    const found = routes.links().find(({ name }) => name === "lvs4.51");
    assert.ok(found !== undefined);
    return found;
  };
  links.set(edge, true);
  routes.setLinkState({ ...link(), isUp: false });
  links.set(edge, true);
  assert.equal(link().isUp, true);
  links.set(edge, false);
  routes.setLinkState({ ...link(), isUp: true });
  links.set(edge, false);
  assert.equal(link().isUp, false);
});

Deno.test("VirtualLinks restores settings although the record cannot be written, and the next process does it once more", () => {
  using machine = new Machine();
  const links = machine.start();
  links.add(EDGE);
  machine.recordError = new LvsctlError("no space left on device", { operation: "write", object: "/run/x" });
  assert.deepEqual(links.remove(EDGE), ["Cannot write /run/x: no space left on device"]);
  assert.deepEqual([machine.links, machine.changed], [[], []]);
  assert.deepEqual(machine.start().removeAll(), ["Cannot write /run/x: no space left on device"]);
  machine.recordError = undefined;
  assert.deepEqual([machine.start().removeAll(), machine.recorded], [[], {}]);
});
