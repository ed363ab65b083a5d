import assert from "node:assert/strict";
import {
  type RealServer,
  serverObjections,
  serviceObjections,
  type VirtualService,
} from "../../../../core/model/mod.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

const ALL = 0xffffffff;

/** Services, and what is said about them; nothing about most. */
const SERVICES: readonly (readonly [string, VirtualService, readonly string[]])[] = [
  ["a plain service", virtualService("tcp://192.0.2.10:80"), []],
  [
    "port 0",
    virtualService("tcp://192.0.2.10:0"),
    ["listen: port 0 stands for every port, which only a persistent service can have; name a port or make it persistent"],
  ],
  [
    "port 0 with persistence",
    virtualService("tcp://192.0.2.10:0", { persistence: { timeoutSeconds: 1, netmask: ALL } }),
    [],
  ],
  ["one packet over UDP", virtualService("udp://192.0.2.10:53", { onePacket: true }), []],
  ["one packet of a mark", virtualService("fwmark:1", { onePacket: true }), []],
  ...(["tcp", "sctp"] as const).map((protocol) =>
    [
      `one packet over ${protocol}`,
      virtualService(`${protocol}://192.0.2.10:53`, { onePacket: true }),
      [`one_packet: one-packet scheduling is for UDP, and this service is ${protocol}; leave it out`],
    ] as const
  ),
  ...[1, 2_678_400].map((timeoutSeconds) =>
    [
      `a persistence of ${timeoutSeconds} s`,
      virtualService("fwmark:1", { persistence: { timeoutSeconds, netmask: 0 } }),
      [],
    ] as const
  ),
  ...[0, -1, 2_678_401].map((timeoutSeconds) =>
    [
      `a persistence of ${timeoutSeconds} s`,
      virtualService("fwmark:1", { persistence: { timeoutSeconds, netmask: ALL } }),
      [`persistence: the persistence timeout is ${timeoutSeconds} s; it has to be from 1s to 31d`],
    ] as const
  ),
  ...[1, 128].map((netmask) =>
    [
      `a prefix of ${netmask}`,
      virtualService("fwmark6:1", { persistence: { timeoutSeconds: 1, netmask } }),
      [],
    ] as const
  ),
  ...[0, 129, ALL].map((netmask) =>
    [
      `a prefix of ${netmask}`,
      virtualService("tcp://[2001:db8::10]:80", { persistence: { timeoutSeconds: 1, netmask } }),
      [`persistence: the prefix length is ${netmask}; it has to be 1 to 128`],
    ] as const
  ),
  [
    "several things at once",
    virtualService("tcp://[2001:db8::10]:80", {
      onePacket: true,
      persistence: { timeoutSeconds: 0, netmask: 0 },
    }),
    [
      "one_packet: one-packet scheduling is for UDP, and this service is tcp; leave it out",
      "persistence: the persistence timeout is 0 s; it has to be from 1s to 31d",
      "persistence: the prefix length is 0; it has to be 1 to 128",
    ],
  ],
];

for (const [what, service, expected] of SERVICES) {
  Deno.test(`serviceObjections() has ${expected.length} about ${what}`, () => {
    assert.deepEqual(serviceObjections(service).map(({ key, reason, hint }) => `${key}: ${reason}; ${hint}`), expected);
  });
}

function tunnelled(tunnel: RealServer["tunnel"], forward: RealServer["forward"] = "tun"): RealServer {
  return realServer("10.0.0.11:80", { forward, tunnel });
}

/** Servers of an IPv4 service, and what is said about them. */
const SERVERS: readonly (readonly [string, RealServer, readonly string[]])[] = [
  ["a plain server", realServer("10.0.0.11:80"), []],
  ...(["nat", "dr", "tun", "local", "bypass"] as const).map((forward) =>
    [`the method ${forward}`, realServer("10.0.0.11:80", { forward }), []] as const
  ),
  ["a tunnel to another family", realServer("[2001:db8::11]:80", { forward: "tun" }), []],
  ...(["nat", "dr"] as const).map((forward) =>
    [
      `the method ${forward} to another family`,
      realServer("[2001:db8::11]:80", { forward }),
      [
        `address: its address family differs from the virtual service's, which ${forward} cannot bridge; ` +
        "use an address of the same family, or the forwarding method tun",
      ],
    ] as const
  ),
  ["thresholds", realServer("10.0.0.11:80", { upperThreshold: 5, lowerThreshold: 5 }), []],
  ["an upper threshold alone", realServer("10.0.0.11:80", { upperThreshold: 5 }), []],
  [
    "a lower threshold alone",
    realServer("10.0.0.11:80", { lowerThreshold: 1 }),
    [
      "lower_threshold: the lower threshold 1 is above the upper threshold 0; " +
      "give an upper threshold that is at least as large",
    ],
  ],
  ["a gue tunnel", tunnelled({ type: "gue", port: 5555, checksum: "remcsum" }), []],
  ["a gre tunnel", tunnelled({ type: "gre", port: 0, checksum: "csum" }), []],
  [
    "a gue tunnel without a port",
    tunnelled({ type: "gue", port: 0, checksum: "none" }),
    ["tunnel: a gue tunnel needs a port; give the UDP port that the real server decapsulates on"],
  ],
  [
    "a gre tunnel with a port",
    tunnelled({ type: "gre", port: 1, checksum: "none" }),
    ["tunnel: a tunnel of type gre has no port; leave the port out"],
  ],
  [
    "an ipip tunnel with a port",
    tunnelled({ type: "ipip", port: 1, checksum: "none" }),
    ["tunnel: a tunnel of type ipip has no port; leave the port out"],
  ],
  [
    "an ipip tunnel with checksums",
    tunnelled({ type: "ipip", port: 0, checksum: "csum" }),
    ["tunnel: an ipip tunnel has no checksum option; leave it out"],
  ],
  [
    "a gre tunnel with remote checksums",
    tunnelled({ type: "gre", port: 0, checksum: "remcsum" }),
    ["tunnel: remote checksum offload is for gue tunnels only; use none or csum"],
  ],
  [
    "a tunnel that is none",
    tunnelled({ type: "gue", port: 1, checksum: "none" }, "nat"),
    ["tunnel: the forwarding method nat has no tunnel; use the forwarding method tun"],
  ],
];

for (const [what, server, expected] of SERVERS) {
  Deno.test(`serverObjections() has ${expected.length} about ${what}`, () => {
    const objections = serverObjections(serviceId("tcp://192.0.2.10:80"), server);
    assert.deepEqual(objections.map(({ key, reason, hint }) => `${key}: ${reason}; ${hint}`), expected);
  });
}
