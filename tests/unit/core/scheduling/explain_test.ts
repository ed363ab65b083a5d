import assert from "node:assert/strict";
import type { Connection } from "../../../../core/connections/mod.ts";
import {
  type CountedServer,
  formatServerId,
  formatServiceId,
  parseEndpoint,
  parseIpAddress,
  parseSchedulerFlags,
  type VirtualService,
} from "../../../../core/model/mod.ts";
import {
  explain,
  type ExplainedConnection,
  type Explanation,
  type ExplanationFacts,
} from "../../../../core/scheduling/mod.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

/** A server of the address 10.0.0.NUMBER, and what is special about it. */
function server(number: number, properties: Partial<Omit<CountedServer, "address" | "port">> = {}): CountedServer {
  return {
    ...realServer(`10.0.0.${number}:53`),
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    ...properties,
  };
}

/** Servers in the order of the kernel, which is the reverse of the one in which they were added. */
function added(weights: Readonly<Record<number, number>>): readonly CountedServer[] {
  return Object.entries(weights).map(([number, weight]) => server(Number(number), { weight })).reverse();
}

const WEIGHTS = added({ 11: 4, 12: 14, 13: 0, 14: 2, 15: 6 });

interface World {
  readonly service?: VirtualService;
  readonly others?: readonly VirtualService[];
  readonly servers?: readonly CountedServer[];
  readonly connections?: readonly Connection[];
  readonly settings?: Partial<ExplanationFacts["settings"]>;
  readonly hasKnownHash?: boolean;
}

const VIP = "udp://192.0.2.10:8000";

function explained(
  { service = virtualService(VIP), others = [], servers = WEIGHTS, connections = [], ...world }: World,
  request: {
    readonly client?: string;
    readonly port?: number;
    readonly to?: string;
    readonly mark?: number;
    readonly lastWeights?: ReadonlyMap<string, number>;
  } = {},
): Explanation {
  const { client = "10.64.0.1", port, to = formatServiceId(service.id), mark = 0 } = request;
  const connection: ExplainedConnection = {
    client: parseIpAddress(client),
    clientPort: port,
    wanted: serviceId(to),
    mark,
    lastWeights: request.lastWeights,
  };
  return explain(connection, {
    services: [...others, service],
    serversOf: (id) => formatServiceId(id) === formatServiceId(service.id) ? servers : [],
    connections,
    hasKnownHash: world.hasKnownHash ?? true,
    settings: { connReuseMode: 1, expireNodestConn: false, expireQuiescentTemplate: false, ...world.settings },
  });
}

function resultOf({ result }: Explanation): string {
  return result.kind === "server"
    ? formatServerId(result.server)
    : result.kind === "none"
    ? "none"
    : `one of ${result.candidates.map(formatServerId).join(" ")}`;
}

/** The last parts of the addresses of the servers of the clients 10.64.0.1 to 10.64.0.8, with the ports 20000 to 20007. */
function eightClients(world: World): readonly number[] {
  return Array.from({ length: 8 }, (_, index) => {
    const result = resultOf(explained(world, { client: `10.64.0.${index + 1}`, port: 20_000 + index }));
    return Number(/^10\.0\.0\.(\d+):53$/.exec(result)?.[1]);
  });
}

function withFlags(scheduler: string, ...flags: readonly string[]): VirtualService {
  return virtualService(VIP, { scheduler, schedulerFlags: parseSchedulerFlags(scheduler, flags) });
}

// The servers were seen on Linux 6.1.
Deno.test("explain() finds the servers that sh and mh choose on Linux", () => {
  const large = added({ 11: 1000, 12: 7, 13: 0, 14: 333, 15: 500 });
  const cases: readonly (readonly [World, readonly number[]])[] = [
    [{ service: withFlags("sh") }, [11, 15, 12, 14, 12, 15, 15, 12]],
    [{ service: withFlags("sh", "sh-port") }, [12, 12, 12, 15, 11, 15, 11, 12]],
    [{ service: withFlags("sh", "sh-fallback") }, [11, 15, 12, 14, 12, 15, 15, 12]],
    [{ service: withFlags("mh") }, [12, 12, 12, 12, 12, 11, 11, 15]],
    [{ service: withFlags("mh", "mh-port") }, [14, 12, 12, 12, 14, 12, 12, 12]],
    [{ service: withFlags("mh"), servers: large }, [11, 15, 14, 11, 11, 11, 11, 15]],
  ];
  for (const [world, servers] of cases) assert.deepEqual(eightClients(world), servers);
});

Deno.test("explain() needs the port of the client only if the scheduler has the flag for it", () => {
  for (const scheduler of ["sh", "mh"]) {
    const one = explained({ service: withFlags(scheduler, `${scheduler}-port`) }).result;
    assert.equal(one.kind, "undetermined");
    assert.deepEqual(
      resultOf(explained({ service: withFlags(scheduler) })),
      resultOf(explained({ service: withFlags(scheduler) }, { port: 9 })),
    );
  }
});

Deno.test("explain() names the assumption on the earlier weight of a server of mh that has weight 0", () => {
  const basis = (servers: readonly CountedServer[]): string | undefined => {
    const { result } = explained({ service: withFlags("mh"), servers });
    return result.kind === "server" ? result.basis : undefined;
  };
  assert.equal(basis(WEIGHTS), "assumption");
  assert.equal(basis(added({ 11: 1, 12: 2 })), "rule");
});

Deno.test("explain() keeps the slots of a server of mh whose last weight is given", () => {
  const service = withFlags("mh");
  const of = (world: World, lastWeights: ReadonlyMap<string, number>): readonly string[] =>
    Array.from({ length: 60 }, (_, index) => resultOf(explained(world, { client: `10.64.0.${index}`, lastWeights })));
  const before = of({ service, servers: added({ 11: 4, 12: 14, 13: 8 }) }, new Map());
  const servers = added({ 11: 4, 12: 14, 13: 0 });
  const lastWeights = new Map([["10.0.0.13:53", 8]]);
  const after = of({ service, servers }, lastWeights);
  assert.deepEqual(after, before.map((name) => name === "10.0.0.13:53" ? "none" : name));
  assert.ok(after.includes("none"));
  const { result } = explained({ service: withFlags("mh", "mh-fallback"), servers }, { lastWeights });
  assert.ok(result.kind === "server" && result.basis === "rule");
});

Deno.test("explain() finds no server for a client that sh maps to one that is quiesced or full, unless it falls back", () => {
  const one = (properties: Partial<CountedServer>): readonly CountedServer[] => [
    server(12, { weight: 0 }),
    server(11, properties),
  ];
  const full = one({ upperThreshold: 4, activeConnections: 1, inactiveConnections: 3 });
  const slots = (flags: readonly string[], servers: readonly CountedServer[]): ReadonlySet<string> =>
    new Set(
      Array.from({ length: 60 }, (_, index) =>
        resultOf(explained({ service: withFlags("sh", ...flags), servers }, { client: `10.64.0.${index}` }))),
    );
  assert.deepEqual(slots([], one({})), new Set(["10.0.0.11:53", "none"]));
  assert.deepEqual(slots(["sh-fallback"], one({})), new Set(["10.0.0.11:53"]));
  assert.deepEqual(slots(["sh-fallback"], full), new Set(["none"]));
});

Deno.test("explain() does not decide for a server that may still be full", () => {
  const between = { upperThreshold: 8, lowerThreshold: 3, activeConnections: 4 };
  const choose = (properties: Partial<CountedServer>): string =>
    resultOf(explained({ service: withFlags("sh"), servers: [server(11, properties)] }));
  assert.equal(choose(between), "one of 10.0.0.11:53");
  assert.equal(choose({ ...between, activeConnections: 2 }), "10.0.0.11:53");
  assert.equal(choose({ ...between, activeConnections: 8 }), "none");
  assert.equal(choose({ ...between, lowerThreshold: 0, activeConnections: 5 }), "10.0.0.11:53");
  assert.equal(choose({ ...between, lowerThreshold: 0, activeConnections: 6 }), "one of 10.0.0.11:53");
});

Deno.test("explain() does not know how sh and dh hash before Linux 4.18", () => {
  const kinds = ["sh", "dh", "mh"].map((name) =>
    explained({ service: withFlags(name), hasKnownHash: false }).result.kind
  );
  assert.deepEqual(kinds, ["undetermined", "undetermined", "server"]);
});

Deno.test("explain() finds the one server of dh for each destination, and none for a firewall mark alone", () => {
  const dh = virtualService("fwmark:7", { scheduler: "dh" });
  const to = (name: string, client: string): string =>
    resultOf(explained({ service: dh }, { to: name, client, mark: 7 }));
  assert.equal(to("udp://10.65.0.1:53", "10.64.0.1"), to("udp://10.65.0.1:80", "10.64.9.9"));
  assert.equal(to("fwmark:7", "10.64.0.1"), "one of 10.0.0.15:53 10.0.0.14:53 10.0.0.12:53 10.0.0.11:53");
});

Deno.test("explain() follows the present connections with the schedulers that count them", () => {
  const servers = [
    server(11, { weight: 1, activeConnections: 0, inactiveConnections: 300 }),
    server(12, { weight: 4, activeConnections: 3 }),
    server(13, { weight: 9, activeConnections: 10 }),
    server(14, { weight: 0 }),
  ];
  const choices = ["lc", "wlc", "sed", "nq", "fo", "ovf"].map((scheduler) =>
    resultOf(explained({ service: virtualService(VIP, { scheduler }), servers }))
  );
  assert.deepEqual(choices.map((name) => name.slice(7, 9)), ["11", "12", "11", "11", "13", "12"]);
});

Deno.test("explain() lists the candidates of schedulers that keep a state of their own", () => {
  for (const scheduler of ["rr", "wrr", "lblc", "lblcr", "twos", "custom"]) {
    const result = resultOf(explained({ service: virtualService(VIP, { scheduler }) }));
    assert.equal(result, "one of 10.0.0.15:53 10.0.0.14:53 10.0.0.12:53 10.0.0.11:53", scheduler);
    const only = resultOf(
      explained({ service: virtualService(VIP, { scheduler }), servers: [server(11), server(12, { weight: 0 })] }),
    );
    assert.equal(only, scheduler === "custom" ? "one of 10.0.0.11:53" : "10.0.0.11:53", scheduler);
  }
});

Deno.test("explain() finds no server in a service that has none, or none with a weight, or no scheduler", () => {
  assert.equal(resultOf(explained({ servers: [] })), "none");
  assert.equal(resultOf(explained({ servers: [server(11, { weight: 0 })] })), "none");
  assert.equal(resultOf(explained({ service: virtualService(VIP, { scheduler: "none" }) })), "none");
});

const PERSISTENT = { persistence: { timeoutSeconds: 300, netmask: 0xffffff00 } };

Deno.test("explain() finds the service by mark, address, FTP and every port, in this order", () => {
  const matched = (names: readonly string[], to: string, mark = 0): string => {
    const services = names.map((name) => virtualService(name, PERSISTENT));
    const [service, ...others] = services;
    const { match } = explained({ ...(service === undefined ? {} : { service }), others }, { to, mark });
    return match === undefined ? "none" : `${formatServiceId(match.service.id)} ${match.by}`;
  };
  const all = ["fwmark:7", "tcp://192.0.2.10:8000", "tcp://192.0.2.10:21", "tcp://192.0.2.10:0"];
  assert.equal(matched(all, "tcp://192.0.2.10:8000", 7), "fwmark:7 firewall-mark");
  assert.equal(matched(all, "fwmark:7"), "fwmark:7 firewall-mark");
  assert.equal(matched(all, "tcp://192.0.2.10:8000", 8), "tcp://192.0.2.10:8000 endpoint");
  assert.equal(matched(all, "tcp://192.0.2.10:8001"), "tcp://192.0.2.10:21 ftp-data");
  assert.equal(matched(all, "tcp://192.0.2.10:20"), "tcp://192.0.2.10:21 ftp-data");
  assert.equal(matched(all, "tcp://192.0.2.10:80"), "tcp://192.0.2.10:0 every-port");
  assert.equal(matched(all, "udp://192.0.2.10:80"), "none");
  assert.equal(matched(all, "tcp://192.0.2.11:8000"), "none");
});

Deno.test("explain() finds no server on another port of a service that is not persistent", () => {
  const { steps, result } = explained({ service: virtualService("tcp://192.0.2.10:21") }, {
    to: "tcp://192.0.2.10:2000",
  });
  assert.equal(result.kind, "none");
  assert.match(steps.at(-1)?.text ?? "", /is not persistent/);
});

/** An entry of the connection table. */
function entry(
  [client, virtual, real]: readonly [string, string, string],
  properties: Partial<Connection> = {},
): Connection {
  return {
    protocol: "udp",
    client: parseEndpoint(client),
    virtual: parseEndpoint(virtual),
    server: parseEndpoint(real),
    state: "UDP",
    expiresSeconds: 120,
    isTemplate: false,
    ...properties,
  };
}

const TEMPLATE = { isTemplate: true, state: "ASSURED" } as const;

Deno.test("explain() follows the template of the client's network, even to a server of weight 0", () => {
  const service = virtualService(VIP, PERSISTENT);
  const connections = [
    entry(["10.64.1.0:0", "192.0.2.10:8000", "10.0.0.11:53"], TEMPLATE),
    entry(["10.64.0.0:0", "192.0.2.11:8000", "10.0.0.12:53"], TEMPLATE),
    entry(["10.64.0.0:0", "192.0.2.10:8000", "10.0.0.13:53"], TEMPLATE),
  ];
  assert.equal(resultOf(explained({ service, connections })), "10.0.0.13:53");
  assert.equal(resultOf(explained({ service, connections }, { client: "10.64.1.9" })), "10.0.0.11:53");
  const settings = { expireQuiescentTemplate: true };
  assert.match(resultOf(explained({ service, connections, settings })), /^one of/);
  assert.match(resultOf(explained({ service, connections, servers: [server(11), server(12)] })), /^one of/);
});

Deno.test("explain() follows templates of every port and of firewall marks, and keeps the port of the client's wish", () => {
  const everyPort = virtualService("udp://192.0.2.10:0", PERSISTENT);
  const marked = virtualService("fwmark:7", PERSISTENT);
  const connections = [
    entry(["10.64.0.0:0", "192.0.2.10:0", "10.0.0.12:0"], TEMPLATE),
    entry(["10.64.0.0:0", "0.0.0.7:0", "10.0.0.14:0"], { ...TEMPLATE, protocol: "ip" }),
  ];
  const to = "udp://192.0.2.10:9000";
  assert.equal(resultOf(explained({ service: everyPort, connections }, { to })), "10.0.0.12:9000");
  assert.equal(resultOf(explained({ service: marked, connections }, { to, mark: 7 })), "10.0.0.14:9000");
});

Deno.test("explain() masks IPv6 clients by the prefix length", () => {
  const service = virtualService("udp://[2001:db8::10]:53", { persistence: { timeoutSeconds: 9, netmask: 60 } });
  const connections = [entry(["[fd64:0:0:10::]:0", "[2001:db8::10]:53", "10.0.0.12:53"], TEMPLATE)];
  assert.equal(resultOf(explained({ service, connections }, { client: "fd64:0:0:1f::9" })), "10.0.0.12:53");
  assert.match(resultOf(explained({ service, connections }, { client: "fd64:0:0:20::9" })), /^one of/);
});

Deno.test("explain() does not foresee what a persistence engine finds in packets", () => {
  const persistence = { ...PERSISTENT.persistence, engine: "sip" };
  assert.equal(
    explained({ service: virtualService(VIP, { scheduler: "sh", persistence }) }).result.kind,
    "undetermined",
  );
});

Deno.test("explain() follows an existing connection of the same ports, unless the kernel schedules it anew", () => {
  const service = virtualService("tcp://192.0.2.10:8000", { scheduler: "sh" });
  const found = (state: string, world: World = {}): string => {
    const connections = [
      entry(["10.64.0.1:8", "192.0.2.10:8000", "10.0.0.14:53"], { protocol: "tcp", state }),
      entry(["10.64.0.1:9", "192.0.2.10:8000", "10.0.0.12:53"], { protocol: "tcp", state }),
    ];
    return resultOf(explained({ service, connections, ...world }, { port: 9 }));
  };
  assert.equal(found("ESTABLISHED"), "10.0.0.12:53");
  assert.equal(found("TIME_WAIT"), "10.0.0.11:53");
  assert.equal(found("TIME_WAIT", { settings: { connReuseMode: 0 } }), "10.0.0.12:53");
  assert.equal(found("TIME_WAIT", { service: { ...service, ...PERSISTENT } }), "10.0.0.12:53");
  const direct = WEIGHTS.map((each) => ({ ...each, forward: "dr" } as const));
  assert.equal(found("FIN_WAIT", { servers: direct }), "10.0.0.12:53");
  assert.equal(found("FIN_WAIT", { servers: direct, settings: { connReuseMode: 2 } }), "10.0.0.11:53");
  assert.equal(found("ESTABLISHED", { servers: [server(11)] }), "none");
  assert.equal(found("ESTABLISHED", { servers: [server(11)], settings: { expireNodestConn: true } }), "10.0.0.11:53");
  const quiesced = [server(11), server(12, { weight: 0 })];
  assert.equal(found("ESTABLISHED", { servers: quiesced }), "10.0.0.12:53");
  assert.notEqual(found("ESTABLISHED", { servers: quiesced, settings: { expireNodestConn: true } }), "10.0.0.12:53");
});

Deno.test("explain() reads the connection table only if an entry can matter", () => {
  const connections: Iterable<Connection> = {
    [Symbol.iterator]: (): never => {
      throw new Error("the connection table was read");
    },
  };
  const read = (service: VirtualService, port?: number): void => {
    explained({ service, connections: connections as readonly Connection[] }, port === undefined ? {} : { port });
  };
  read(virtualService(VIP));
  assert.throws(() => read(virtualService(VIP), 9));
  assert.throws(() => read(virtualService(VIP, PERSISTENT)));
});
