import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { changeError, IpvsError } from "../../../../core/ipvs/mod.ts";
import { requestError } from "../../../../core/ipvs/errors.ts";
import { type Change, describeChange } from "../../../../core/model/mod.ts";
import { ERRNO, KernelError, TransportError } from "../../../../core/netlink/mod.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

// The messages of what the kernel really answers are in the contract tests; here is what those cannot bring about.

const ID = serviceId("tcp://192.0.2.10:80");
const SERVER = realServer("10.0.0.11:80");

const CHANGES: readonly Change[] = [
  { operation: "addService", service: virtualService("tcp://192.0.2.10:80") },
  { operation: "editService", service: virtualService("tcp://192.0.2.10:80") },
  { operation: "deleteService", id: ID },
  { operation: "addServer", id: ID, server: SERVER },
  { operation: "editServer", id: ID, server: SERVER },
  { operation: "deleteServer", id: ID, server: SERVER },
  { operation: "setTimeouts", timeouts: { tcpSeconds: 1, tcpFinSeconds: 1, udpSeconds: 1 } },
  { operation: "startSyncDaemon", daemon: { role: "master", interface: "eth0", syncId: 1 } },
  { operation: "stopSyncDaemon", role: "backup" },
  { operation: "zero" },
  { operation: "zero", id: ID },
  { operation: "flush" },
];

for (const change of CHANGES) {
  const { verb, object } = describeChange(change);
  const name = `${verb} ${object}`.trim();

  Deno.test(`changeError() names operation, object and errno: ${name}`, () => {
    for (const [errnoName, errno] of Object.entries(ERRNO)) {
      const error = changeError(change, errno);
      assert.ok(error instanceof IpvsError);
      assert.ok(error.message.startsWith(`Cannot ${name}: `), error.message);
      assert.ok(error.message.includes(` (${errnoName})`), error.message);
      assert.deepEqual([error.errno, error.exitCode, error.retriable], [errnoName, EXIT.refused, false]);
      assert.doesNotMatch(error.message, /undefined|\n|\.$/);
    }
  });

  Deno.test(`changeError() knows errnos that have no name: ${name}`, () => {
    assert.equal(changeError(change, 200).message, `Cannot ${name}: the kernel refused (errno 200)`);
  });
}

const TEXTS: readonly (readonly [Change["operation"], keyof typeof ERRNO, string])[] = [
  ["flush", "EPERM", "permission denied (EPERM); run lvsctl as root (it needs CAP_NET_ADMIN)"],
  ["addService", "ENOMEM", "the kernel is out of memory (ENOMEM)"],
  ["addServer", "ECANCELED", "not tried, because an earlier change failed (ECANCELED)"],
  ["flush", "EINVAL", "the kernel refuses these values (EINVAL); the kernel's log may say why: dmesg | tail"],
  ["addService", "EINVAL", "the kernel refuses these values (EINVAL); the kernel's log may say why: dmesg | tail"],
  ["addService", "ERANGE", "a number is out of range (ERANGE)"],
  ["addServer", "ENOENT", "the kernel refused (ENOENT)"],
  ["flush", "ESRCH", "the kernel refused (ESRCH)"],
];

for (const [operation, errno, text] of TEXTS) {
  Deno.test(`changeError() of ${operation} and ${errno} is: ${text}`, () => {
    const change = CHANGES.find((candidate) => candidate.operation === operation);
    assert.ok(change !== undefined);
    const { verb, object } = describeChange(change);
    assert.equal(changeError(change, ERRNO[errno]).message, `Cannot ${`${verb} ${object}`.trim()}: ${text}`);
  });
}

Deno.test("changeError() explains the same errno differently for each operation", () => {
  const reasons = ["deleteService", "addServer", "stopSyncDaemon", "flush"].map((operation) => {
    const change = CHANGES.find((candidate) => candidate.operation === operation);
    return change === undefined ? "" : changeError(change, ERRNO.ESRCH).reason;
  });
  assert.deepEqual(reasons, [
    "there is no such virtual service",
    "its virtual service does not exist",
    "it does not run",
    "the kernel refused",
  ]);
});

Deno.test("requestError() explains the kernel's refusal of a read", () => {
  const error = requestError(new KernelError(ERRNO.ESRCH), { operation: "read virtual service", object: "fwmark:1" });
  assert.ok(error instanceof IpvsError);
  assert.equal(
    error.message,
    'Cannot read virtual service fwmark:1: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
  );
  assert.ok(error.cause instanceof KernelError);
  const busy = requestError(new KernelError(ERRNO.EBUSY), { operation: "list the virtual services" });
  assert.ok(busy instanceof IpvsError);
  assert.deepEqual([busy.message, busy.retriable], [
    "Cannot list the virtual services: the kernel refused (EBUSY)",
    false,
  ]);
});

Deno.test("requestError() explains a failure of the socket, which is retriable", () => {
  const cause = new TransportError("receive", ERRNO.ENOBUFS);
  const error = requestError(cause, { operation: "change the table" });
  assert.ok(error instanceof IpvsError);
  assert.deepEqual([error.errno, error.retriable, error.cause], ["ENOBUFS", true, cause]);
});

Deno.test("requestError() returns other errors unchanged", () => {
  const error = new TypeError("a mistake in the program");
  assert.equal(requestError(error, { operation: "change the table" }), error);
});
