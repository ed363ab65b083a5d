import assert from "node:assert/strict";
import { formatState, parseConfig, writeText } from "../../../../../core/config/mod.ts";
import { readText } from "../../../../../core/config/canonical/lines.ts";
import {
  DEFAULT_TUNNEL,
  type KernelState,
  parseIpAddress,
  parseServiceId,
  type RealServer,
} from "../../../../../core/model/mod.ts";

function server(address: string, change: Partial<RealServer> = {}): RealServer {
  return {
    address: parseIpAddress(address),
    port: 80,
    forward: "nat",
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DEFAULT_TUNNEL,
    ...change,
  };
}

function service(id: string): KernelState["services"][number]["service"] {
  return { id: parseServiceId(id), scheduler: "wlc", schedulerFlags: 0, onePacket: false };
}

const EMPTY: KernelState = {
  timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
  syncDaemons: [],
  services: [],
};

Deno.test("formatState writes the saved fixture", async () => {
  const url = new URL("../../../../fixtures/config/good/saved.yaml", import.meta.url);
  const text = Deno.readTextFileSync(url);
  const { timeouts = EMPTY.timeouts, syncDaemons = [], services } = await parseConfig(text, { file: "saved.yaml" });
  assert.equal(formatState({ timeouts, syncDaemons, services }), text);
});

Deno.test("formatState writes an empty table explicitly", () => {
  assert.match(formatState(EMPTY), /\nservices: \[\]\n$/);
});

Deno.test("formatState sorts services and servers", () => {
  const text = formatState({
    ...EMPTY,
    services: [
      { service: service("fwmark:1"), servers: [] },
      { service: service("udp://192.0.2.9:53"), servers: [] },
      { service: service("tcp://192.0.2.10:80"), servers: [server("10.0.0.100"), server("10.0.0.9")] },
      { service: service("tcp://192.0.2.9:80"), servers: [] },
    ],
  });
  assert.deepEqual(text.match(/(?<=listen: ).*|10\.0\.0\.\d+/g), [
    "tcp://192.0.2.9:80",
    "tcp://192.0.2.10:80",
    "10.0.0.9",
    "10.0.0.100",
    "udp://192.0.2.9:53",
    "fwmark:1",
  ]);
});

Deno.test("formatState writes the forwarding method once if all servers share it, otherwise at each server", () => {
  const of = (...servers: RealServer[]): string =>
    formatState({ ...EMPTY, services: [{ service: service("fwmark:1"), servers }] });
  const agreed = of(server("10.0.0.11", { forward: "dr" }), server("10.0.0.12", { forward: "dr" }));
  assert.deepEqual(agreed.match(/forward: \w+/g), ["forward: dr"]);
  const mixed = of(server("10.0.0.11", { forward: "dr" }), server("10.0.0.12"));
  assert.deepEqual(mixed.match(/forward: \w+/g), ["forward: dr", "forward: nat"]);
  assert.doesNotMatch(of(), /forward/);
});

Deno.test("writeText leaves plain words and quotes all other text", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["wlc", "wlc"],
    ["eth0.100", "eth0.100"],
    ["", '""'],
    ["1", '"1"'],
    ["true", '"true"'],
    ["No", '"No"'],
    ["a b", '"a b"'],
    ["-", '"-"'],
    ['a"\\', '"a\\"\\\\"'],
    ["\u0085\u2028", '"\\u0085\\u2028"'],
  ];
  for (const [text, written] of cases) {
    assert.equal(writeText(text), written);
    assert.equal(readText(written), text);
  }
  assert.equal(readText('"open'), undefined);
});
