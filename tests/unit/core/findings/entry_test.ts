import assert from "node:assert/strict";
import fc from "fast-check";
import type { EntryOptions } from "../../../../core/findings/entry.ts";
import { canHaveFindings, entryFindings, formatFinding } from "../../../../core/findings/mod.ts";
import {
  DEFAULT_TUNNEL,
  FORWARDING_METHODS,
  parseEndpoint,
  parseServiceId,
  type RealServer,
  type VirtualService,
} from "../../../../core/model/mod.ts";

/** A server in words: "10.0.0.11:80 dr", with other settings. */
function server(words: string, settings: Partial<RealServer> = {}): RealServer {
  const [endpoint = "", forward = "nat"] = words.split(" ");
  return {
    ...parseEndpoint(endpoint),
    forward: FORWARDING_METHODS.find((method) => method === forward) ?? "local",
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DEFAULT_TUNNEL,
    ...settings,
  };
}

function service(id: string, settings: Partial<VirtualService> = {}): VirtualService {
  return { id: parseServiceId(id), scheduler: "wlc", schedulerFlags: 0, onePacket: false, ...settings };
}

/** The codes of the findings, with the keys of the servers. */
function codes(one: VirtualService, servers: readonly RealServer[], options: EntryOptions = {}): string[] {
  return entryFindings({ service: one, servers }, options).map(({ code, severity = "warning" }) =>
    `${severity} ${code}`
  );
}

const WEB = service("tcp://192.0.2.10:80");

Deno.test("entryFindings finds nothing wrong with ordinary services of each forwarding method", () => {
  for (const method of FORWARDING_METHODS) {
    assert.deepEqual(codes(WEB, [server(`10.0.0.11:80 ${method}`), server(`10.0.0.12:80 ${method}`)]), []);
    assert.deepEqual(codes(service("fwmark:1"), [server(`10.0.0.11:80 ${method}`)]), []);
  }
});

Deno.test("entryFindings finds services without a server that takes connections", () => {
  assert.deepEqual(codes(WEB, []), ["warning no-servers"]);
  assert.deepEqual(codes(WEB, [], { isComplete: false }), []);
  assert.deepEqual(codes(WEB, [server("10.0.0.11:80", { weight: 0 })]), ["warning weights-zero"]);
  assert.deepEqual(codes(WEB, [server("10.0.0.11:80", { weight: 0 })], { isComplete: false }), []);
});

Deno.test("entryFindings finds listen addresses that no packet of another host matches", () => {
  const judged = (address: string): string[] => codes(service(`tcp://${address}:80`), [], { isComplete: false });
  for (
    const address of ["0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255", "[::]", "[ff02::1]", "[ff0e::9]"]
  ) {
    assert.deepEqual(judged(address), ["error listen-unreachable"], address);
  }
  assert.deepEqual(judged("[::ffff:192.0.2.10]"), ["error listen-unreachable"]);
  for (const address of ["127.0.0.1", "127.255.255.254", "[::1]", "[fe80::1]", "[febf::1]"]) {
    assert.deepEqual(judged(address), ["warning listen-unreachable"], address);
  }
  const ordinary = ["0.1.2.3", "126.0.0.1", "128.0.0.1", "169.254.0.1", "192.0.2.10", "223.255.255.255", "240.0.0.1"];
  const ordinary6 = [
    "[::2]",
    "[ff::1]",
    "[fe::1]",
    "[fec0::1]",
    "[fe7f::1]",
    "[::ffff:0:a09:807]",
    "[2001:db8::1]",
    "[::1:1]",
  ];
  for (const address of [...ordinary, "255.255.255.254", ...ordinary6]) assert.deepEqual(judged(address), [], address);
});

Deno.test("entryFindings finds servers that the kernel refuses, whatever the method", () => {
  for (const method of FORWARDING_METHODS) {
    for (const address of ["0.0.0.0", "224.0.0.1", "255.255.255.255"]) {
      assert.deepEqual(codes(WEB, [server(`${address}:80 ${method}`)]), ["error server-refused"], address);
    }
    const six = service("tcp://[2001:db8::10]:80");
    for (const address of ["::", "::ffff:10.0.0.11", "ff02::1"]) {
      assert.deepEqual(codes(six, [server(`[${address}]:80 ${method}`)]), ["error server-refused"], address);
    }
    assert.deepEqual(codes(six, [server(`[fe80::1]:80 ${method}`)]), ["warning server-refused"]);
    assert.deepEqual(codes(six, [server(`[2001:db8::11]:80 ${method}`)]), []);
  }
});

Deno.test("entryFindings finds loopback servers by nat, and names the ways that work", () => {
  const found = (one: VirtualService, words: string): string[] =>
    entryFindings({ service: one, servers: [server(words)] }).map(({ remedy = "", ...finding }) =>
      `${finding.code}: ${remedy}`
    );
  const own = "server-loopback: use an address of the director's interfaces, or dr";
  assert.deepEqual(found(WEB, "127.0.0.1:80"), [own]);
  assert.deepEqual(found(WEB, "127.1.2.3:8080"), [`${own} at the service's port 80`]);
  assert.deepEqual(found(service("fwmark:1"), "127.0.0.1:8080"), [own]);
  assert.deepEqual(found(service("tcp://[2001:db8::10]:80"), "[::1]:80"), [own]);
  for (const words of ["127.0.0.1:80 dr", "127.0.0.1:80 tun", "127.0.0.1:80 local"]) {
    assert.deepEqual(found(WEB, words), [], words);
  }
});

Deno.test("entryFindings finds ports that dr and tun ignore, also beside the same server", () => {
  const beside = [server("10.0.0.11:80 dr"), server("10.0.0.11:8080 dr")];
  assert.deepEqual(codes(WEB, beside), ["warning port-ignored"]);
  assert.deepEqual(codes(service("fwmark:1"), beside), ["warning port-ignored"]);
  assert.deepEqual(codes(service("fwmark:1"), [server("10.0.0.11:80"), server("10.0.0.11:8080")]), []);
  assert.deepEqual(codes(WEB, [server("10.0.0.11:8080 tun")]), ["warning port-ignored"]);
  assert.deepEqual(codes(WEB, [server("10.0.0.11:8080 nat")]), []);
});

Deno.test("entryFindings finds hashes that refuse clients, and names the flag", () => {
  const found = (scheduler: string, schedulerFlags: number, settings: Partial<RealServer>): (string | undefined)[] =>
    entryFindings({
      service: service("tcp://192.0.2.10:80", { scheduler, schedulerFlags }),
      servers: [server("10.0.0.11:80"), server("10.0.0.12:80", settings)],
    }).map(({ remedy }) => remedy);
  for (const settings of [{ weight: 0 }, { upperThreshold: 100 }]) {
    assert.deepEqual(found("sh", 0, settings), ["set its flag sh-fallback"]);
    assert.deepEqual(found("sh", 2, settings), ["set its flag sh-fallback"]);
    assert.deepEqual(found("sh", 1, settings), []);
    assert.deepEqual(found("mh", 2, settings), ["set its flag mh-fallback"]);
    assert.deepEqual(found("mh", 3, settings), []);
    assert.deepEqual(found("dh", 1, settings), ["use mh with the flag mh-fallback, because dh has no such flag"]);
    assert.deepEqual(found("rr", 0, settings), []);
  }
  assert.deepEqual(found("sh", 0, {}), []);
});

Deno.test("entryFindings finds one-packet scheduling by nat, for UDP and for marks", () => {
  for (const id of ["udp://192.0.2.10:53", "fwmark:1"]) {
    const one = service(id, { onePacket: true });
    assert.deepEqual(codes(one, [server("10.0.0.11:53"), server("10.0.0.12:53")]), ["warning one-packet-nat"]);
    assert.deepEqual(codes(one, [server("10.0.0.11:53 dr"), server("10.0.0.12:53 tun")]), []);
    assert.deepEqual(codes(service(id), [server("10.0.0.11:53")]), []);
  }
});

Deno.test("formatFinding names severity, service, mistake, way out and code", () => {
  const id = parseServiceId("tcp://192.0.2.10:80");
  const finding = { code: "some-code", message: "it fails", remedy: "change it", key: "servers" };
  assert.equal(formatFinding(id, finding), "warning: tcp://192.0.2.10:80: it fails; change it [some-code]");
  assert.equal(
    formatFinding(id, { ...finding, severity: "error", remedy: undefined }),
    "warning: tcp://192.0.2.10:80: it fails [some-code]",
  );
});

Deno.test("entryFindings finds weights that mh rounds", () => {
  const mh = service("tcp://192.0.2.10:80", { scheduler: "mh", schedulerFlags: 1 });
  const weighted = (...weights: readonly number[]): readonly RealServer[] =>
    weights.map((weight, index) => server(`10.0.0.${11 + index}:80 dr`, { weight }));
  for (const weights of [[1, 63], [100, 200], [6300, 100], [0, 1000], [5]]) {
    assert.deepEqual(codes(mh, weighted(...weights)), [], weights.join());
  }
  for (const weights of [[1, 64], [1000, 999], [101, 100], [640, 10, 0]]) {
    assert.deepEqual(codes(mh, weighted(...weights)), ["warning weights-rounded"], weights.join());
  }
  assert.deepEqual(codes(service("tcp://192.0.2.10:80", { scheduler: "wrr" }), weighted(1000, 999)), []);
});

Deno.test("canHaveFindings is true of every service with servers that entryFindings finds something in", () => {
  const addresses = [
    "10.0.0.11",
    "10.0.0.12",
    "10.127.224.255",
    "127.0.0.2",
    "225.1.2.3",
    "0.0.0.0",
    "fe80::1",
    "20::1",
  ];
  const servers = fc.array(fc.record({
    address: fc.constantFrom(...addresses),
    port: fc.constantFrom(80, 81),
    forward: fc.constantFrom("nat", "nat", "dr", "tun"),
    weight: fc.constantFrom(1, 1, 2, 100, 0),
    limit: fc.constantFrom(0, 0, 7),
  }));
  const services = fc.record({
    id: fc.constantFrom("tcp://192.0.2.10:80", "udp://192.0.2.10:0", "tcp://127.0.0.1:80", "fwmark:1", "fwmark6:1"),
    scheduler: fc.constantFrom("wlc", "rr", "sh", "mh", "dh"),
    onePacket: fc.boolean(),
  });
  const seen = { with: 0, without: 0 };
  fc.assert(
    fc.property(services, servers, ({ id, ...settings }, list) => {
      const entry = {
        service: service(id, settings),
        servers: list.map(({ address, port, forward, weight, limit }) =>
          server(`${address.includes(":") ? `[${address}]` : address}:${port} ${forward}`, {
            weight,
            upperThreshold: limit,
            lowerThreshold: limit,
          })
        ),
      };
      const found = entryFindings(entry, { isComplete: false }).length > 0;
      const possible = canHaveFindings(entry);
      seen[possible ? "with" : "without"]++;
      assert.ok(possible || !found);
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert.ok(seen.with > 0 && seen.without > 100, JSON.stringify(seen));
});
