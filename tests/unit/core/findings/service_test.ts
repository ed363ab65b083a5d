import assert from "node:assert/strict";
import fc from "fast-check";
import { formatState, readConfig } from "../../../../core/config/mod.ts";
import type { FindingHost } from "../../../../core/findings/mod.ts";
import { parseIpAddress, type ServiceEntry } from "../../../../core/model/mod.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";
import { KERNEL_STATE } from "../config/arbitrary_state.ts";

const SURROUNDINGS = surroundingsOf({
  files: { "more.yaml": "version: 1\nservices:\n  - listen: tcp://192.0.2.99:80\n    servers: []\n" },
  hosts: { "web.example": ["10.0.0.11", "10.0.0.12"] },
});

/** The warnings of a file with one service of the given lines, as `LINE:COLUMN CODE: MESSAGE`. */
async function warningsOf(
  lines: readonly string[],
  options: { readonly host?: FindingHost; readonly top?: string; readonly resolve?: true } = {},
): Promise<readonly string[]> {
  const { host = {}, top = "", resolve } = options;
  const text = `version: 1\n${top}services:\n  - ${lines.join("\n    ")}\n`;
  const { files, resolve: resolver } = SURROUNDINGS;
  const { warnings } = await readConfig(text, {
    file: "web.yaml",
    files,
    lint: host,
    ...(resolve ? { resolve: resolver } : {}),
  });
  return warnings.map(({ file = "", line, column, code, message }) => `${file}${line}:${column} ${code}: ${message}`);
}

const WEB = "listen: tcp://192.0.2.10:80";
const TWO = "servers: [10.0.0.11:80, 10.0.0.12:80]";

/** Placeholders of checks and agents, and of notifications. */
const OF_SERVERS =
  "{server}, {address}, {port}, {service}, {service_address}, {service_port}, {service_protocol} and " +
  "{service_mark}";
const OF_EVENTS = OF_SERVERS.replace(" and", ",") +
  ", {event}, {state}, {reason}, {weight}, {name}, {repeated} and {time}";

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["a service without mistakes", [WEB, TWO], []],
  ["no servers", [WEB], ["3:5 no-servers: the service has no servers: every connection fails"]],
  ["an empty list of servers and a fallback", [WEB, "fallback: 10.0.0.1:80", "servers: []"], [
    "5:14 no-servers: the service has no servers: only its fallback gets connections",
  ]],
  ["weights that are all 0", [
    WEB,
    "weight: 0",
    "servers:",
    "  - 10.0.0.11:80",
    "  - { address: 10.0.0.12, weight: 0 }",
  ], [
    "6:7 weights-zero: every server has weight 0: no server gets new connections",
  ]],
  ["one weight of 0", [WEB, "servers: [10.0.0.11, { address: 10.0.0.12, weight: 0 }]"], []],
  ["a scheduler that Linux does not have", [WEB, "scheduler: wrrr", TWO], [
    '4:16 unknown-scheduler: Linux has no scheduler "wrrr", unless a module of another maker adds it; did you mean "wrr"?',
  ]],
  ["a scheduler with a name of its own", [WEB, "scheduler: example", TWO], [
    '4:16 unknown-scheduler: Linux has no scheduler "example", unless a module of another maker adds it',
  ]],
  ["a quorum of more servers than there are", [WEB, "quorum: 3", TWO], [
    "4:13 quorum-impossible: a quorum of 3 is never met: 2 servers can serve",
  ]],
  ["slow start and an agent where the scheduler ignores weights", [
    WEB,
    "scheduler: rr",
    "slow_start: 30s",
    "agent: { type: tcp, port: 8081 }",
    TWO,
  ], [
    "5:17 weight-ignored: the scheduler rr ignores the weights that slow_start sets; use wrr",
    "6:12 weight-ignored: the scheduler rr ignores the weights that agent sets; use wrr",
  ]],
  ["slow start where all weights are 1", [WEB, "slow_start: 30s", TWO], [
    "4:17 weight-coarse: slow_start cannot reduce the weight in steps: no server has a weight above 1; set a weight of 100",
  ]],
  ["slow start with weights", [WEB, "slow_start: 30s", "weight: 100", TWO], []],
  ["withdraw_vips without a VIP", ["listen: fwmark:1", "withdraw_vips: true", TWO], [
    "4:20 nothing-to-withdraw: withdraw_vips removes no address: a firewall mark has no address",
  ]],
  ["a quorum of more weight than there is", [WEB, "quorum: { weight: 3 }", TWO], [
    "4:13 quorum-impossible: a quorum of weight 3 is never met: the servers that can serve have a total weight of 2",
  ]],
  ["a quorum that its hysteresis makes impossible", [WEB, "quorum: { servers: 2, hysteresis: 1 }", TWO], [
    "4:13 quorum-impossible: a quorum of 2 is never met with a hysteresis of 1: 2 servers can serve",
  ]],
  ["a quorum of as much as there is", [WEB, "quorum: { percent: 90, hysteresis: 10 }", TWO], []],
  ["a fallback with a check of one server alone", [
    WEB,
    "fallback: 10.0.0.1:8080",
    "servers: [{ address: 10.0.0.11, check: { type: tcp } }, { address: 10.0.0.12, check: none }]",
  ], []],
  ["a fallback with an agent, which can report a server as down", [
    WEB,
    "weight: 100",
    "fallback: 10.0.0.1:8080",
    "agent: { type: tcp, port: 8081 }",
    TWO,
  ], []],
  ["a fallback and a check that all servers remove", [
    WEB,
    "fallback: 10.0.0.1:8080",
    "check: { type: tcp }",
    "servers: [{ address: 10.0.0.11, check: none }]",
  ], ["4:15 fallback-unused: the fallback is never used: without a check every server counts as healthy"]],
  ["a panic threshold with a check of one server alone", [
    WEB,
    "panic_threshold: 2",
    "servers: [{ address: 10.0.0.11, check: { type: tcp } }, 10.0.0.12]",
  ], [
    "4:22 panic-always: a panic threshold of 2 keeps every server in service, also if all checks fail: 2 servers can serve",
    "5:61 server-unchecked: 10.0.0.12:80 has no check, unlike other servers of the service: it is always in; give it a " +
    "check, or check: none",
  ]],
  ["servers without a check that say so, or have an agent", [
    WEB,
    "weight: 100",
    "servers:",
    "  - { address: 10.0.0.11, check: { type: tcp } }",
    "  - { address: 10.0.0.12, check: none }",
    "  - { address: 10.0.0.13, agent: { type: tcp, port: 8081 } }",
  ], []],
  ["an agent of one server where the scheduler ignores weights", [
    WEB,
    "scheduler: dh",
    "servers: [{ address: 10.0.0.11, agent: { type: tcp, port: 8081 } }, 10.0.0.12]",
  ], [
    "4:16 hash-refuses: the scheduler dh refuses the clients whose hash chooses a server that takes no connections: " +
    "the agent can give a server weight 0; use mh with the flag mh-fallback, because dh has no such flag",
    "5:44 weight-ignored: the scheduler dh ignores the weights that agent sets; use sh or mh",
  ]],
  ["a hash without its fallback flag, where failed servers keep weight 0", [
    WEB,
    "scheduler: sh",
    "scheduler_flags: [sh-port]",
    "check: { type: tcp }",
    "on_failure: quiesce",
    TWO,
  ], [
    "4:16 hash-refuses: the scheduler sh refuses the clients whose hash chooses a server that takes no connections: " +
    "on_failure: quiesce gives unhealthy servers weight 0; set its flag sh-fallback",
  ]],
  ["a hash where one server alone is quiesced when it fails", [
    WEB,
    "scheduler: mh",
    "servers: [{ address: 10.0.0.11, check: { type: tcp }, on_failure: quiesce }, { address: 10.0.0.12, check: none }]",
  ], [
    "4:16 hash-refuses: the scheduler mh refuses the clients whose hash chooses a server that takes no connections: " +
    "on_failure: quiesce gives unhealthy servers weight 0; set its flag mh-fallback",
  ]],
  ["a hash where servers that leave the file are drained", [WEB, "scheduler: mh", "drain: 5m", TWO], [
    "4:16 hash-refuses: the scheduler mh refuses the clients whose hash chooses a server that takes no connections: " +
    "drain gives servers weight 0 that the file no longer has; set its flag mh-fallback",
  ]],
  ["a hash with its fallback flag", [
    WEB,
    "scheduler: mh",
    "scheduler_flags: [mh-fallback]",
    "check: { type: tcp }",
    "on_failure: quiesce",
    "servers: [10.0.0.11, { address: 10.0.0.12, weight: 0, upper_threshold: 9 }]",
  ], []],
  ["a hash whose failed servers leave the table", [WEB, "scheduler: sh", "check: { type: tcp }", TWO], []],
  ["a fallback on a loopback address by nat", [WEB, "check: { type: tcp }", "fallback: 127.0.0.1:80", TWO], [
    "5:15 server-loopback: nat does not reach 127.0.0.1:80 for clients on other hosts: the kernel translates no packet " +
    "from outside to a loopback address; use an address of the director's interfaces, or dr",
  ]],
  ["a fallback on a loopback address by dr", [
    WEB,
    "check: { type: tcp }",
    "fallback: { address: 127.0.0.1:80, forward: dr }",
    TWO,
  ], []],
  ["one-packet scheduling by nat", ["listen: udp://192.0.2.10:53", "one_packet: true", "servers: [10.0.0.11:53]"], [
    "4:17 one-packet-nat: with one-packet scheduling the answers of nat servers come from their own addresses, as " +
    "10.0.0.11:53: clients that connect their socket do not get them; use dr or tun if clients expect answers",
  ]],
  ["an agent of one server of weight 1", [
    WEB,
    "servers: [{ address: 10.0.0.11, agent: { type: tcp, port: 8081 } }, { address: 10.0.0.12, weight: 9 }]",
  ], ["4:44 weight-coarse: agent cannot reduce the weight in steps: the server has weight 1; set a weight of 100"]],
  ["an agent of all servers but one", [
    WEB,
    "weight: 100",
    "agent: { type: tcp, port: 8081 }",
    "servers: [10.0.0.11, { address: 10.0.0.12, weight: 1, agent: none }]",
  ], []],
  ["flap damping with too slow a check", [
    WEB,
    "check: { type: tcp, interval: 30s, flap_damping: { changes: 3, within: 4m, hold: 1m } }",
    TWO,
  ], [
    "4:12 damping-never: flap damping never starts: with this check, 3 changes take at least 5m, and within is 4m",
  ]],
  ["flap damping with too slow a check of one server", [
    WEB,
    "check: { type: tcp, flap_damping: { changes: 3, within: 30s, hold: 1m } }",
    "servers: [10.0.0.11, { address: 10.0.0.12, check: { unhealthy_interval: 1m } }]",
  ], [
    "5:55 damping-never: flap damping never starts: with this check, 3 changes take at least 252s, and within is 30s",
  ]],
  ["flap damping with a fast check", [
    WEB,
    "check: { type: tcp, flap_damping: { changes: 3, within: 5m, hold: 1m } }",
    TWO,
  ], []],
  ["a possible quorum of weight", [WEB, "quorum: { weight: 2 }", TWO], []],
  ["a quorum that needs a quiesced server", [
    WEB,
    "quorum: 2",
    "servers: [10.0.0.11, { address: 10.0.0.12, weight: 0 }]",
  ], ["4:13 quorum-impossible: a quorum of 2 is never met: 1 server can serve"]],
  ["a panic threshold of all servers", [WEB, "check: { type: tcp }", "panic_threshold: 2", TWO], [
    "5:22 panic-always: a panic threshold of 2 keeps every server in service, also if all checks fail: 2 servers can serve",
  ]],
  ["a panic threshold of fewer servers", [WEB, "check: { type: tcp }", "panic_threshold: 1", TWO], []],
  ["a fallback without a check", [WEB, "fallback: 10.0.0.1:8080", TWO], [
    "4:15 fallback-unused: the fallback is never used: without a check every server counts as healthy",
  ]],
  ["a fallback with a check", [WEB, "fallback: 10.0.0.1:8080", "check: { type: tcp }", TWO], []],
  ["another port with dr", [WEB, "forward: dr", "servers: [10.0.0.11:80, 10.0.0.12:8080]"], [
    "5:29 port-ignored: dr does not change the port: 10.0.0.12:8080 gets connections at port 80",
  ]],
  ["another port with tun, of a server alone", [WEB, "servers:", "  - address: 10.0.0.12:8080", "    forward: tun"], [
    "5:18 port-ignored: tun does not change the port: 10.0.0.12:8080 gets connections at port 80",
  ]],
  ["another port with nat", [WEB, "forward: nat", "servers: [10.0.0.11:8080]"], []],
  ["another port of a fallback", [WEB, "forward: dr", "check: { type: tcp }", "fallback: 10.0.0.1:8080", TWO], [
    "6:15 port-ignored: dr does not change the port: 10.0.0.1:8080 gets connections at port 80",
  ]],
  [
    "ports with a firewall mark or with every port",
    ["listen: fwmark:1", "forward: dr", "servers: [10.0.0.11:8080]"],
    [],
  ],
  ["a range of ports, once", ["listen: tcp://192.0.2.10:[80-90]", "forward: dr", "servers: [10.0.0.11:8080]"], [
    "5:15 port-ignored: dr does not change the port: 10.0.0.11:8080 gets connections at port 80",
  ]],
  [
    "weights with a scheduler that ignores them",
    [
      WEB,
      "scheduler: rr",
      "weight: 0",
      "servers: [10.0.0.10, { address: 10.0.0.11, weight: 3 }, { address: 10.0.0.12, weight: 2 }]",
    ],
    [
      "6:56 weight-ignored: the scheduler rr ignores the weight 3, which differs from 2 of other servers; use wrr",
    ],
  ],
  ["commands as for a shell, each once", [
    WEB,
    "check: { type: any_of, checks: [{ type: tcp }, { type: exec, command: /usr/bin/check it }] }",
    'notify: [{ type: exec, command: ["/usr/bin/tell {event}"] }]',
    "agent: { type: exec, command: [/usr/bin/load, a b] }",
    "weight: 100",
    "servers:",
    "  - 10.0.0.11",
    "  - { address: 10.0.0.12, on_failure: quiesce }",
    "  - { address: 10.0.0.13, check: { type: exec, command: /usr/bin/other it } }",
  ], [
    "4:12 command-blank: command is one path with a blank in it; write the program and its arguments as a list",
    "5:13 command-blank: command is one path with a blank in it; write the program and its arguments as a list",
    "11:38 command-blank: command is one path with a blank in it; write the program and its arguments as a list",
  ]],
  ["unknown placeholders, each text once", [
    WEB,
    'check: { type: any_of, checks: [{ type: tcp }, { type: file, path: "/run/{adress}-{port}" }] }',
    "notify:",
    '  - { type: exec, command: [/usr/bin/tell, "{event} {time} {name}", "{servr} {Service-Address}"], on: server_up }',
    '  - { type: exec, command: [/bin/sh, "-c", "echo $${line} {event} | grep -E a{3}"] }',
    'agent: { type: exec, command: [/usr/bin/load, "{server}", "{event}"] }',
    "weight: 100",
    "servers:",
    "  - { address: 10.0.0.12, on_failure: quiesce }",
    '  - { address: 10.0.0.13, check: { type: exec, command: [/usr/bin/other, "{port_number}"] } }',
  ], [
    `4:72 placeholder-unknown: unknown placeholder {adress}; the placeholders are ${OF_SERVERS}; did you mean {address}?`,
    `6:73 placeholder-unknown: unknown placeholder {servr} and {Service-Address}; the placeholders are ${OF_EVENTS}; ` +
    "did you mean {server} and {service_address}?",
    `8:63 placeholder-unknown: unknown placeholder {event}; the placeholders are ${OF_SERVERS}`,
    `12:78 placeholder-unknown: unknown placeholder {port_number}; the placeholders are ${OF_SERVERS}`,
  ]],
  ["source addresses of another family", [
    "listen: fwmark6:1",
    "weight: 100",
    "check: { type: tcp, port: 80, source: 10.0.0.1 }",
    "agent: { type: tcp, port: 81, source: '2001:db8::1' }",
    "servers:",
    "  - '[2001:db8::11]'",
    "  - { address: '[2001:db8::12]', check: { source: '2001:db8::1' }, agent: { type: tcp, port: 81, source: 10.0.0.1 } }",
  ], [
    "8:9 source-family: check cannot use the source 10.0.0.1: 2001:db8::11 is an IPv6 address",
    "9:79 source-family: agent cannot use the source 10.0.0.1: 2001:db8::12 is an IPv6 address",
  ]],
  ["equal weights with such a scheduler", [WEB, "scheduler: rr", "weight: 100", TWO], []],
  ["weights of 0 and 1 with such a scheduler", [
    WEB,
    "scheduler: lc",
    "servers: [10.0.0.11, { address: 10.0.0.12, weight: 0 }]",
  ], []],
  ["equal thresholds", [WEB, "servers: [{ address: 10.0.0.11, upper_threshold: 9, lower_threshold: 9 }]"], [
    "4:74 thresholds-equal: equal thresholds of 9 take the server in and out of service with every connection",
  ]],
];

for (const [name, lines, expected] of CASES) {
  Deno.test(`warnings: ${name}`, async () => assert.deepEqual(await warningsOf(lines), expected));
}

Deno.test("warnings: persistence where the kernel keeps templates of quiesced servers", async () => {
  const lines = [WEB, "persistence: { timeout: 5m }", TWO];
  assert.deepEqual(await warningsOf(lines, { host: { expiresQuiescentTemplates: false } }), [
    "4:18 template-kept: clients stay with a quiesced or drained server: the sysctl " +
    "net.ipv4.vs.expire_quiescent_template is 0 on this machine; set it to 1",
  ]);
  assert.deepEqual(await warningsOf(lines, { host: { expiresQuiescentTemplates: true } }), []);
  assert.deepEqual(await warningsOf(lines), [], "the state of the machine is unknown");
  assert.deepEqual(await warningsOf([WEB, TWO], { host: { expiresQuiescentTemplates: false } }), []);
});

Deno.test("warnings: addresses that no interface has, with and without vips and known interfaces", async () => {
  const lines = [
    'listen: [tcp://192.0.2.10:80, "tcp://[2001:db8::10]:80", "fwmark:1"]',
    'servers: [10.0.0.11, "[2001:db8:1::11]"]',
  ];
  const top = "vips:\n  - { address: 192.0.2.10, device: eth0 }\n";
  const host = { addresses: new Set(["192.0.2.10", "127.0.0.1"].map(parseIpAddress)) };
  const six = "the IPv6 address 2001:db8::10 is";
  assert.deepEqual(await warningsOf(lines), []);
  assert.deepEqual(await warningsOf(lines, { top }), [
    `5:35 vip-missing: ${six} not in vips, and may be on no interface`,
  ]);
  assert.deepEqual(await warningsOf(lines, { host }), [`3:35 vip-missing: ${six} on no interface`]);
  assert.deepEqual(await warningsOf(lines, { top, host }), [
    `5:35 vip-missing: ${six} on no interface, and not in vips`,
  ]);
});

Deno.test("warnings: of a placeholder in the defaults name the default's line and the service", async () => {
  const top = 'defaults:\n  notify: [{ type: exec, command: [/usr/bin/tell, "{event}", "{even}"] }]\n';
  assert.deepEqual(await warningsOf([WEB, TWO], { top }), [
    `3:62 placeholder-unknown: unknown placeholder {even}; the placeholders are ${OF_EVENTS}; did you mean {event}? ` +
    "(the service in line 5)",
  ]);
});

Deno.test("warnings: warnings about servers need resolved host names", async () => {
  const lines = [WEB, "quorum: 3", "servers: [{ address: web.example, resolve: all }]"];
  assert.deepEqual(await warningsOf(lines), []);
  assert.deepEqual(await warningsOf(lines, { resolve: true }), [
    "4:13 quorum-impossible: a quorum of 3 is never met: 2 servers can serve",
  ]);
});

Deno.test("warnings: of an included file name the file", async () => {
  assert.deepEqual(await warningsOf([WEB, TWO], { top: "include: more.yaml\n" }), [
    "more.yaml4:14 no-servers: the service has no servers: every connection fails",
  ]);
});

Deno.test("warnings: of a default are reported at the default, once for all services", async () => {
  const services = [WEB, TWO, "", "  - listen: tcp://192.0.2.11:80", TWO].join("\n    ").replace(
    / +- listen/,
    "  - listen",
  );
  assert.deepEqual(await warningsOf([services], { top: "defaults: { quorum: 5 }\n" }), [
    "2:21 quorum-impossible: a quorum of 5 is never met: 2 servers can serve (the service in line 4)",
  ]);
});

Deno.test("warnings: a comment in the line or above it allows them by code", async () => {
  assert.deepEqual(await warningsOf([WEB, "quorum: 3 # lvsctl: allow quorum-impossible", TWO]), []);
  assert.deepEqual(await warningsOf([WEB, "# lvsctl: allow no-servers, quorum-impossible", "quorum: 3", TWO]), []);
  assert.equal((await warningsOf([WEB, "quorum: 3 # lvsctl: allow weights-zero", TWO])).length, 1);
  assert.equal((await warningsOf([WEB, "name: x # lvsctl: allow quorum-impossible", "quorum: 3", TWO])).length, 1);
});

Deno.test("warnings: a canonical file has warnings too", async () => {
  const saved = Deno.readTextFileSync(new URL("../../../fixtures/config/good/saved.yaml", import.meta.url));
  const { warnings } = await readConfig(saved, { file: "saved.yaml", lint: {} });
  assert.deepEqual(warnings.map(({ line, column, code }) => `${line}:${column} ${code}`), ["21:5 no-servers"]);
  assert.deepEqual((await readConfig(saved, { file: "saved.yaml" })).warnings, []);
});

Deno.test("warnings: a canonical file has the same warnings as the same file read as YAML", async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, fc.boolean(), async (state, expires) => {
      const host = { expiresQuiescentTemplates: expires, addresses: new Set([parseIpAddress("10.0.0.1")]) };
      const text = formatState({ ...state, services: state.services.map(remarkable) });
      const { warnings } = await readConfig(text, { file: "saved.yaml", lint: host });
      const read = await readConfig(`${text}# edited\n`, { file: "saved.yaml", lint: host });
      assert.deepEqual(warnings, read.warnings);
      for (const { code } of warnings) codes.add(code);
    }),
    { seed: 20260105, numRuns: 300 },
  );
  assert.deepEqual([...codes].sort(), [
    "hash-refuses",
    "listen-unreachable",
    "no-servers",
    "one-packet-nat",
    "port-ignored",
    "server-refused",
    "template-kept",
    "thresholds-equal",
    "unknown-scheduler",
    "vip-missing",
    "weight-ignored",
    "weights-rounded",
    "weights-zero",
  ]);
});

/** The service, changed so that it has warnings. */
function remarkable(entry: ServiceEntry, index: number): ServiceEntry {
  const { service, servers } = entry;
  if (index % 3 === 0) return { service, servers: servers.map((server) => ({ ...server, weight: 0 })) };
  if (index % 3 === 1) return { service: { ...service, scheduler: "rr" }, servers };
  return {
    service,
    servers: servers.map((server) => ({ ...server, lowerThreshold: server.upperThreshold })),
  };
}
