import assert from "node:assert/strict";
import {
  type Change,
  describeChange,
  type KernelState,
  parseIpAddress,
  type RealServer,
  type ServiceEntry,
  type SyncDaemon,
  type VirtualService,
} from "../../../../core/model/mod.ts";
import { planChanges, type Target } from "../../../../core/reconcile/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry, serviceId, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 };
const MASTER: SyncDaemon = {
  role: "master",
  interface: "eth0",
  syncId: 1,
  maxLength: 1472,
  group: parseIpAddress("224.0.0.81"),
  port: 8848,
  ttl: 1,
};

interface Case {
  /** What the kernel has, if it is not the usual timeouts and nothing else. */
  readonly current?: Partial<KernelState>;
  /** What it should have. */
  readonly target: Partial<Target>;
  /** What is planned, a line for each change. */
  readonly plan: readonly string[];
}

function web(service: Partial<VirtualService>, ...servers: readonly RealServer[]): ServiceEntry {
  return { service: { ...virtualService(WEB), ...service }, servers };
}

function server(properties: Partial<RealServer> = {}): RealServer {
  return { ...realServer("10.0.0.11:80"), ...properties };
}

const GUE = { type: "gue", port: 5555, checksum: "none" } as const;

const CASES: Readonly<Record<string, Case>> = {
  "plans nothing for an empty kernel and an empty target": { target: { exact: true }, plan: [] },
  "adds services with their servers": {
    target: { services: [serviceEntry(WEB, "10.0.0.12:80", "10.0.0.11:80"), serviceEntry("fwmark:1")] },
    plan: [
      "add virtual service tcp://192.0.2.10:80",
      "add real server 10.0.0.12:80 of tcp://192.0.2.10:80",
      "add real server 10.0.0.11:80 of tcp://192.0.2.10:80",
      "add virtual service fwmark:1",
    ],
  },
  "plans nothing for what is equal in another order": {
    current: { services: [serviceEntry("fwmark:1"), serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] },
    target: { services: [serviceEntry(WEB, "10.0.0.12:80", "10.0.0.11:80"), serviceEntry("fwmark:1")], exact: true },
    plan: [],
  },
  "leaves services that are not named": {
    current: { services: [serviceEntry(WEB, "10.0.0.11:80")] },
    target: { services: [] },
    plan: [],
  },
  "deletes services that are not named from an exact target, last": {
    current: { services: [serviceEntry("fwmark:1", "10.0.0.11:80"), serviceEntry(WEB)] },
    target: { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true },
    plan: ["add real server 10.0.0.12:80 of tcp://192.0.2.10:80", "delete virtual service fwmark:1"],
  },
  "adds and edits before it deletes, across services": {
    current: {
      services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1", "10.0.0.11:80")],
    },
    target: {
      services: [
        { ...serviceEntry(WEB), servers: [realServer("10.0.0.12:80", { weight: 2 }), realServer("10.0.0.13:80")] },
        serviceEntry("fwmark:1", "10.0.0.14:80"),
      ],
    },
    plan: [
      "edit real server 10.0.0.12:80 of tcp://192.0.2.10:80",
      "add real server 10.0.0.13:80 of tcp://192.0.2.10:80",
      "add real server 10.0.0.14:80 of fwmark:1",
      "delete real server 10.0.0.11:80 of tcp://192.0.2.10:80",
      "delete real server 10.0.0.11:80 of fwmark:1",
    ],
  },
  "deletes all servers where the target has none": {
    current: { services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] },
    target: { services: [serviceEntry(WEB)] },
    plan: [
      "delete real server 10.0.0.11:80 of tcp://192.0.2.10:80",
      "delete real server 10.0.0.12:80 of tcp://192.0.2.10:80",
    ],
  },
  "keeps apart what differs in protocol, port or family": {
    current: { services: [serviceEntry("fwmark:1"), serviceEntry(WEB, "10.0.0.11:80")] },
    target: { services: [serviceEntry("fwmark6:1"), serviceEntry("udp://192.0.2.10:80", "10.0.0.11:80")] },
    plan: [
      "add virtual service fwmark6:1",
      "add virtual service udp://192.0.2.10:80",
      "add real server 10.0.0.11:80 of udp://192.0.2.10:80",
    ],
  },
  ...Object.fromEntries(
    ([
      ["scheduler", { scheduler: "wlc" }],
      ["scheduler flags", { schedulerFlags: 1 }],
      ["one-packet scheduling", { onePacket: true }],
      ["persistence", { persistence: { timeoutSeconds: 360, netmask: 0xffffffff } }],
    ] as const).map(([what, properties]) => [`edits a service for its ${what}`, {
      current: { services: [web({}, server())] },
      target: { services: [web(properties, server())] },
      plan: ["edit virtual service tcp://192.0.2.10:80"],
    }]),
  ),
  ...Object.fromEntries(
    ([
      ["timeout", { timeoutSeconds: 361, netmask: 0xffffff00, engine: "sip" }],
      ["netmask", { timeoutSeconds: 360, netmask: 0xffffffff, engine: "sip" }],
      ["engine", { timeoutSeconds: 360, netmask: 0xffffff00 }],
    ] as const).map(([what, persistence]) => [`edits a service for the ${what} of its persistence`, {
      current: { services: [web({ persistence: { timeoutSeconds: 360, netmask: 0xffffff00, engine: "sip" } })] },
      target: { services: [web({ persistence })] },
      plan: ["edit virtual service tcp://192.0.2.10:80"],
    }]),
  ),
  "edits a service that is to be persistent no more": {
    current: { services: [web({ persistence: { timeoutSeconds: 360, netmask: 0xffffff00 } })] },
    target: { services: [web({})] },
    plan: ["edit virtual service tcp://192.0.2.10:80"],
  },
  ...Object.fromEntries(
    ([
      ["weight", { weight: 0 }],
      ["upper threshold", { upperThreshold: 5 }],
      ["thresholds", { upperThreshold: 5, lowerThreshold: 5 }],
      ["forwarding method", { forward: "dr" }],
      ["tunnel", { forward: "tun", tunnel: GUE }],
    ] as const).map(([what, properties]) => [`edits a server for its ${what}`, {
      current: { services: [web({}, server())] },
      target: { services: [web({}, server(properties))] },
      plan: ["edit real server 10.0.0.11:80 of tcp://192.0.2.10:80"],
    }]),
  ),
  ...Object.fromEntries(
    ([
      ["type", { type: "gre", port: 0, checksum: "none" }],
      ["port", { type: "gue", port: 5556, checksum: "none" }],
      ["checksums", { type: "gue", port: 5555, checksum: "csum" }],
    ] as const).map(([what, tunnel]) => [`edits a server for the ${what} of its tunnel`, {
      current: { services: [web({}, server({ forward: "tun", tunnel: GUE }))] },
      target: { services: [web({}, server({ forward: "tun", tunnel }))] },
      plan: ["edit real server 10.0.0.11:80 of tcp://192.0.2.10:80"],
    }]),
  ),
  "leaves out the tunnel of a server that is not tunnelled": {
    current: { services: [web({}, server({ forward: "nat" }))] },
    target: { services: [web({}, server({ forward: "nat", tunnel: GUE }))] },
    plan: [],
  },
  ...Object.fromEntries(
    (["nat", "dr", "tun", "local"] as const).map((
      forward,
    ) => [`takes the kernel's local for the ${forward} of a file`, {
      current: { services: [web({}, server({ forward: "local" }))] },
      target: { services: [web({}, server({ forward }))] },
      plan: [],
    }]),
  ),
  "edits a server that is local for its weight all the same": {
    current: { services: [web({}, server({ forward: "local" }))] },
    target: { services: [web({}, server({ forward: "local", weight: 5 }))] },
    plan: ["edit real server 10.0.0.11:80 of tcp://192.0.2.10:80"],
  },
  "takes the local of a file for dr where the kernel has that": {
    current: { services: [web({}, server({ forward: "dr" }))] },
    target: { services: [web({}, server({ forward: "local" }))] },
    plan: [],
  },
  "leaves timeouts that are not named": { target: {}, plan: [] },
  "leaves timeouts that are equal or 0": {
    target: { timeouts: { tcpSeconds: 900, tcpFinSeconds: 0, udpSeconds: 0 } },
    plan: [],
  },
  ...Object.fromEntries(
    (["tcpSeconds", "tcpFinSeconds", "udpSeconds"] as const).map((name) => [`sets the timeouts for ${name}, first`, {
      target: { timeouts: { ...TIMEOUTS, [name]: 7 }, services: [serviceEntry(WEB)] },
      plan: ["set the timeouts", "add virtual service tcp://192.0.2.10:80"],
    }]),
  ),
  "leaves sync daemons that are not named": { current: { syncDaemons: [MASTER] }, target: { exact: true }, plan: [] },
  "stops sync daemons that should not run, before it adds": {
    current: { syncDaemons: [MASTER] },
    target: { syncDaemons: [], services: [serviceEntry(WEB)] },
    plan: ["stop sync daemon master", "add virtual service tcp://192.0.2.10:80"],
  },
  "starts sync daemons when all else is done": {
    current: { services: [serviceEntry("fwmark:1")] },
    target: { syncDaemons: [MASTER], services: [serviceEntry(WEB)], exact: true },
    plan: [
      "add virtual service tcp://192.0.2.10:80",
      "delete virtual service fwmark:1",
      "start sync daemon master on eth0",
    ],
  },
  "leaves a sync daemon to the kernel in what the file does not say": {
    current: { syncDaemons: [MASTER] },
    target: { syncDaemons: [{ role: "master", interface: "eth0", syncId: 1 }] },
    plan: [],
  },
  "runs a second daemon beside the first": {
    current: { syncDaemons: [MASTER] },
    target: { syncDaemons: [MASTER, { ...MASTER, role: "backup" }] },
    plan: ["start sync daemon backup on eth0"],
  },
  ...Object.fromEntries(
    ([
      ["interface", { interface: "eth1" }],
      ["syncId", { syncId: 2 }],
      ["maxLength", { maxLength: 1000 }],
      ["group", { group: parseIpAddress("ff02::51") }],
      ["port", { port: 1 }],
      ["ttl", { ttl: 2 }],
    ] as const).map(([name, properties]) => [`restarts a sync daemon for its ${name}`, {
      current: { syncDaemons: [MASTER] },
      target: { syncDaemons: [{ ...MASTER, ...properties }] },
      plan: ["stop sync daemon master", `start sync daemon master on ${name === "interface" ? "eth1" : "eth0"}`],
    }]),
  ),
};

function line(change: Change): string {
  const { verb, object } = describeChange(change);
  return object === "" ? verb : `${verb} ${object}`;
}

for (const [name, { current, target, plan }] of Object.entries(CASES)) {
  Deno.test(`planChanges() ${name}`, () => {
    const before = { timeouts: TIMEOUTS, syncDaemons: [], services: [], ...current };
    assert.deepEqual(planChanges(before, { services: [], exact: false, ...target }).map(line), plan);
  });
}

Deno.test("planChanges() with local in the file results in dr in the kernel, and then in an empty plan", () => {
  for (const present of [[], [web({}, realServer("10.0.0.12:80"))], [web({}, server({ weight: 9 }))]]) {
    using client = memoryKernel({}).openClient();
    const target = { services: [web({}, server({ forward: "local" }))], exact: false };
    assert.equal(client.execute(planChanges(client.readState(), { services: present, exact: true })).size, 0);
    assert.equal(client.execute(planChanges(client.readState(), target)).size, 0);
    assert.deepEqual(client.servers(serviceId(WEB)).map(({ forward }) => forward), ["dr"]);
    assert.deepEqual(planChanges(client.readState(), target), []);
  }
});

Deno.test("planChanges() leaves its arguments as they are", () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  const current = freeze({ timeouts: TIMEOUTS, syncDaemons: [MASTER], services: [serviceEntry(WEB, "10.0.0.11:80")] });
  const target = freeze({ services: [serviceEntry(WEB, "10.0.0.12:80")], syncDaemons: [], exact: true });
  assert.equal(planChanges(current, target).length, 3);
});
