import assert from "node:assert/strict";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import type { ServiceEntry } from "../../../../core/model/mod.ts";
import { type Kernel, readKernel } from "../../../../core/reconcile/mod.ts";
import { applyTarget } from "../../../support/apply_target.ts";
import { inOrder, memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const GUE = { type: "gue", port: 5555, checksum: "csum" } as const;
const [EINVAL, EAGAIN, ENOBUFS, EPERM] = [22, 11, 105, 1];

function failureOf(run: () => unknown): LvsctlError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof LvsctlError);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

/** A service with a server in a tunnel that old kernels do not know. */
function tunnelled(): ServiceEntry {
  return { service: virtualService(WEB), servers: [realServer("10.0.0.11:80", { forward: "tun", tunnel: GUE })] };
}

Deno.test("planTarget() gives the changes that applyPlan() makes, and the state before", () => {
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] }).openClient();
  const { changes, before } = applyTarget(client, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true });
  assert.deepEqual(changes.map(({ operation }) => operation), ["addServer", "deleteServer"]);
  assert.deepEqual(before.services, [serviceEntry(WEB, "10.0.0.11:80")]);
});

Deno.test("planTarget() reads only the servers of the services that the target names", () => {
  const kernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:1", "10.0.0.12:80")],
  });
  using client = kernel.openClient();
  const asked: string[] = [];
  const watched: Kernel = {
    services: () => client.services(),
    servers: (id) => {
      asked.push(id.kind);
      return client.servers(id);
    },
    getTimeouts: () => client.getTimeouts(),
    syncDaemons: () => client.syncDaemons(),
    execute: (changes, options) => client.execute(changes, options),
  };
  applyTarget(watched, { services: [serviceEntry(WEB, "10.0.0.13:80")], exact: false });
  assert.deepEqual([...new Set(asked)], ["endpoint"]);
});

Deno.test("applyPlan() sends no deletion when a change before it failed", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  const counts: number[] = [];
  using witness = kernel.openClient();
  kernel.faults.afterChange = () => counts.push(witness.servers(virtualService(WEB).id).length);
  // The last address of a network of this machine: no server can be there.
  const target = { services: [serviceEntry(WEB, "127.255.255.255:80")], exact: true };
  assert.equal(
    failureOf(() => applyTarget(client, target)).message,
    "Cannot add real server 127.255.255.255:80 of tcp://192.0.2.10:80: 127.255.255.255 is not a unicast " +
      "address that the kernel can reach (EINVAL); give the address of a host: not broadcast, multicast or another's link-local " +
      "address; the table is as it was before",
  );
  assert.deepEqual(counts, []);
});

Deno.test("applyPlan() tells the first change that failed, and undoes those behind it", () => {
  using client = memoryKernel({ services: [serviceEntry("fwmark:1", "10.0.0.11:80")] }).openClient();
  const before = stateOf(client);
  const failure = failureOf(() =>
    applyTarget(client, {
      services: [
        { ...serviceEntry(WEB, "10.0.0.11:80"), service: virtualService(WEB, { scheduler: "nosuch" }) },
        serviceEntry("fwmark:2", "10.0.0.11:80"),
      ],
      timeouts: { tcpSeconds: 7, tcpFinSeconds: 8, udpSeconds: 9 },
      syncDaemons: [{ role: "master", interface: "lo", syncId: 1 }],
      exact: true,
    })
  );
  assert.equal(
    failure.message,
    'Cannot add virtual service tcp://192.0.2.10:80: the kernel has no scheduler "nosuch" (ENOENT); check its name ' +
      "(rr, wrr, lc, wlc, sh, mh ...) or load its module: modprobe ip_vs_nosuch; the table is as it was before",
  );
  assert.equal(failure.exitCode, EXIT.refused);
  assert.deepEqual(stateOf(client), before);
});

Deno.test("applyPlan() notices that an old kernel passes over tunnel types, and undoes it", () => {
  using client = memoryKernel({ services: [serviceEntry("fwmark:1")] }, { hasTunnelTypes: false }).openClient();
  const before = stateOf(client);
  const failure = failureOf(() => applyTarget(client, { services: [tunnelled()], exact: false }));
  assert.equal(
    failure.message,
    "Cannot verify the table: the kernel did not keep what it acknowledged: tcp://192.0.2.10:80/10.0.0.11:80/" +
      "tunnel/type: ipip, not gue, tcp://192.0.2.10:80/10.0.0.11:80/tunnel/port: 0, not 5555, " +
      "tcp://192.0.2.10:80/10.0.0.11:80/tunnel/checksum: none, not csum; another program may be changing it, or this " +
      "kernel may lack the feature; the table is as it was before",
  );
  assert.equal(failure.exitCode, EXIT.refused);
  assert.deepEqual(stateOf(client), before);
});

Deno.test("applyPlan() notices that the kernel changed the settings of a sync daemon, and counts the differences", () => {
  using client = memoryKernel({}).openClient();
  const failure = failureOf(() =>
    applyTarget(client, {
      services: [tunnelled()],
      syncDaemons: [{ role: "backup", interface: "lo", syncId: 1, maxLength: 10 }],
      exact: true,
    })
  );
  assert.match(
    failure.message,
    /acknowledged: sync_daemons\/backup: not wanted, sync_daemons\/backup\/max_length: \d+, not 10; .* as it was before$/,
  );
  assert.deepEqual(client.syncDaemons(), []);
});

Deno.test("applyPlan() is content where the kernel says local", () => {
  using client = memoryKernel({}, { reportsLocalNodes: true }).openClient();
  const target = {
    services: [
      {
        service: virtualService(WEB),
        servers: [realServer("127.0.0.1:80"), realServer("127.0.0.2:80", { forward: "dr" }), realServer("10.0.0.1:80")],
      },
    ],
    exact: true,
  };
  assert.equal(applyTarget(client, target).changes.length, 4);
  const [entry] = readKernel(client).services;
  assert.deepEqual(entry?.servers.map(({ forward }) => forward).sort(), ["local", "local", "nat"]);
  assert.deepEqual(applyTarget(client, target).changes, []);
  // And what it says can be restored.
  assert.deepEqual(applyTarget(client, { ...readKernel(client), exact: true }).changes, []);
});

Deno.test("applyPlan() undoes what was done when the answers to its changes are lost", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  const before = stateOf(client);
  const target = { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true };
  for (const errno of [ENOBUFS, EAGAIN]) {
    // Services, timeouts, daemons and servers are read: an answer and an end for each dump, and one for a request.
    kernel.faults.failReceive(7, errno);
    const failure = failureOf(() => applyTarget(client, target));
    assert.match(
      failure.message,
      /^Cannot change the table: the netlink socket failed, and answers of the kernel may be lost \((ENOBUFS|EAGAIN)\); look at the table before you continue: "lvsctl list"; the table is as it was before$/,
    );
    assert.deepEqual([failure.exitCode, failure.retriable], [EXIT.refused, true]);
    assert.deepEqual(stateOf(client), before);
  }
});

Deno.test("applyPlan() says that it could not undo, with the exit code for partly done", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  const target = { services: [serviceEntry(WEB, "10.0.0.12:80", "10.0.0.13:80")], exact: true };
  kernel.faults.failChange(1, EINVAL);
  kernel.faults.failChange(2, EPERM);
  const failure = failureOf(() => applyTarget(client, target));
  assert.match(
    failure.message,
    /; undoing failed too in 1 of 1 steps, first: Cannot delete real server 10\.0\.0\.12:80 of .*: permission denied \(EPERM\); run lvsctl as root \(it needs CAP_NET_ADMIN\)$/,
  );
  assert.equal(failure.exitCode, EXIT.partial);
});

Deno.test("applyPlan() counts what it did not try to undo", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:1")] });
  using client = kernel.openClient();
  // The server of `WEB` is replaced and then a deletion fails; the server that went cannot be added again.
  kernel.faults.failChange(2, EINVAL);
  kernel.faults.failChange(3, EPERM);
  const failure = failureOf(() => applyTarget(client, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true }));
  assert.match(failure.message, /; undoing failed too in 2 of 2 steps, first: Cannot add real server 10\.0\.0\.11:80 /);
  assert.equal(failure.exitCode, EXIT.partial);
  assert.deepEqual(client.servers(virtualService(WEB).id), [realServer("10.0.0.12:80")]);
});

Deno.test("applyPlan() says that it could not undo when the kernel cannot be read any more", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  kernel.faults.failChange(0, EINVAL);
  kernel.faults.failSend(6, ENOBUFS);
  const failure = failureOf(() => applyTarget(client, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true }));
  assert.match(failure.message, /; it could not be undone: Cannot read the timeouts: the netlink socket failed/);
  assert.equal(failure.exitCode, EXIT.partial);
});

Deno.test("applyPlan() does not say that the table is as before where the undoing did not last", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  let sends = 0;
  const forgetful: Kernel = {
    services: () => client.services(),
    servers: (id) => client.servers(id),
    getTimeouts: () => client.getTimeouts(),
    syncDaemons: () => client.syncDaemons(),
    // Acknowledges everything, and carries out the first send only.
    execute: (changes, options) => sends++ === 0 ? client.execute(changes, options) : new Map(),
  };
  const failure = failureOf(() =>
    applyTarget(forgetful, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true })
  );
  assert.match(failure.message, /; it was undone, but still to do is to delete real server 10\.0\.0\.12:80 of /);
  assert.equal(failure.exitCode, EXIT.partial);
});

Deno.test("applyPlan() does not touch what another program added meanwhile", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  using other = kernel.openClient();
  kernel.faults.afterChange = () => {
    kernel.faults.afterChange = () => {};
    other.addService(virtualService("fwmark:77"));
  };
  const target = { services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80", "224.0.0.1:80")], exact: true };
  assert.ok(failureOf(() => applyTarget(client, target)).message.endsWith("the table is as it was before"));
  assert.deepEqual(
    inOrder(readKernel(client)).services,
    [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:77")],
  );
});

Deno.test("planTarget() throws if the kernel cannot be read", () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  kernel.faults.isPermitted = false;
  assert.equal(
    failureOf(() => applyTarget(client, { services: [], exact: true })).message,
    "Cannot list the virtual services: permission denied (EPERM); run lvsctl as root (it needs CAP_NET_ADMIN)",
  );
});

Deno.test("readKernel() reads everything, or the services of the names that it is given", () => {
  const services = [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:1")];
  using client = memoryKernel({ services }).openClient();
  assert.deepEqual(inOrder(readKernel(client)).services, services);
  assert.deepEqual(readKernel(client, new Set(["fwmark:1", "fwmark:2"])).services, services.slice(1));
});
