import assert from "node:assert/strict";
import { JobTable } from "../../../../core/health/mod.ts";
import {
  type Agent,
  type Check,
  DEFAULT_AGENT_TIMING,
  DEFAULT_QUORUM,
  DEFAULT_TIMING,
  type DesiredService,
  formatServerId,
} from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const CHECK: Check = { type: "tcp", ...DEFAULT_TIMING };
const AGENT: Agent = { type: "tcp", port: 8081, ...DEFAULT_AGENT_TIMING };
const [A, B, C] = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"];

function service(port: number, servers: readonly string[], properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(`tcp://192.0.2.1:${port}`),
    servers: servers.map((server) => realServer(server)),
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...properties,
  };
}

Deno.test("JobTable has each distinct check once, and none for a server without a check", () => {
  const services = [
    service(80, [A, B], { check: CHECK }),
    service(81, [B, A], { check: { ...CHECK } }),
    service(82, [A], { check: { ...CHECK, fall: 1 } }),
    service(83, [C]),
  ];
  const jobs = new JobTable(services);
  assert.deepEqual(jobs.probes.map(({ target, check }) => [formatServerId(target), check.fall]), [
    [A, 3],
    [B, 3],
    [A, 1],
  ]);
  const [first, second, , last] = services.map((each) => jobs.of(each).map(({ probe }) => probe));
  assert.deepEqual(first, second?.toReversed());
  assert.ok(first?.[0] !== undefined && first[0] === second?.[1], "equal jobs are one object");
  assert.deepEqual(last, [undefined]);
});

Deno.test("JobTable has each distinct agent once, at its own port, and a server's own care replaces the service's", () => {
  const care = new Map([[C, { onFailure: "remove" as const, check: CHECK }]]);
  const services = [
    service(80, [A, B, C], { agent: AGENT, care }),
    service(81, [A, B], { agent: { ...AGENT } }),
    service(82, [A]),
  ];
  const jobs = new JobTable(services);
  assert.deepEqual(jobs.agents.map(({ target }) => formatServerId(target)), ["10.0.0.1:8081", "10.0.0.2:8081"]);
  assert.deepEqual(services.map((each) => jobs.of(each).map(({ agent }) => agent !== undefined)), [
    [true, true, false],
    [true, true],
    [false],
  ]);
  assert.deepEqual(jobs.probes.map(({ target }) => formatServerId(target)), [C]);
});

Deno.test("JobTable names the services and servers that share a job, each once, and none for another file's", () => {
  const services = [
    service(80, [A, B], { check: { ...CHECK, address: realServer(C).address }, agent: AGENT }),
    service(81, [B], { check: { ...CHECK, address: realServer(C).address }, agent: AGENT }),
  ];
  const jobs = new JobTable(services);
  const [shared, ...rest] = jobs.probes;
  assert.ok(shared);
  assert.deepEqual([formatServerId(shared.target), rest], [C, []]);
  assert.deepEqual(jobs.servicesOfProbe(shared), ["tcp://192.0.2.1:80", "tcp://192.0.2.1:81"]);
  assert.deepEqual(jobs.usesOfProbe(shared).map(({ service, server }) => [service, formatServerId(server)]), [
    [services[0], A],
    [services[0], B],
    [services[1], B],
  ]);
  assert.deepEqual(jobs.agents.map((agent) => jobs.servicesOfAgent(agent)), [
    ["tcp://192.0.2.1:80"],
    ["tcp://192.0.2.1:80", "tcp://192.0.2.1:81"],
  ]);
  const other = new JobTable([service(80, [A])]);
  assert.deepEqual([other.servicesOfProbe(shared), other.usesOfProbe(shared)], [[], []]);
});

Deno.test("JobTable has the tracked checks too, which concern no service, and shares them with equal ones of servers", () => {
  const { address, port } = realServer(A);
  const own: Check = { ...CHECK, address, port };
  const local: Check = {
    type: "exec",
    command: ["/bin/true"],
    environment: [],
    exitStatus: "health",
    ...DEFAULT_TIMING,
  };
  const jobs = new JobTable([service(80, [A], { check: CHECK })], [own, { ...own, fall: 1 }, local]);
  assert.deepEqual(jobs.probes.map(({ target, check }) => [formatServerId(target), check.type, check.fall]), [
    [A, "tcp", 3],
    [A, "tcp", 1],
    ["127.0.0.1:0", "exec", 3],
  ]);
  assert.deepEqual(jobs.probes.map((job) => jobs.servicesOfProbe(job)), [["tcp://192.0.2.1:80"], [], []]);
  assert.deepEqual(jobs.probes.map((job) => jobs.usesOfProbe(job).length), [1, 0, 0]);
});

Deno.test("JobTable.of() refuses a service of another file, whose servers would all count as healthy", () => {
  const jobs = new JobTable([service(80, [A], { check: CHECK })]);
  assert.throws(() => jobs.of(service(80, [A], { check: CHECK })), RangeError);
});
