import assert from "node:assert/strict";
import { readConfig } from "../../../../core/config/mod.ts";
import { entryFindings, lookupOf } from "../../../../core/findings/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const LOOKUP = lookupOf([
  "tcp://192.0.2.10:80",
  "tcp://192.0.2.20:80",
  "udp://192.0.2.20:53",
  "tcp://192.0.2.30:0",
  "tcp://[2001:db8::20]:80",
  "fwmark:7",
].map((id) => ({ service: virtualService(id) })));

/** The findings about the server of a service in that table. */
function chains(id: string, server: string, forward: "nat" | "dr" | "tun" = "nat"): string[] {
  return entryFindings(
    { service: virtualService(id), servers: [realServer(server, { forward })] },
    { isService: LOOKUP },
  ).filter(({ code }) => code === "server-is-service").map(({ message }) => message);
}

Deno.test("entryFindings() finds nat servers that are other services, by endpoint, any port and firewall mark", () => {
  const cases: readonly (readonly [service: string, server: string, other: string])[] = [
    ["tcp://192.0.2.10:80", "192.0.2.20:80", "tcp://192.0.2.20:80"],
    ["tcp://192.0.2.10:8080", "192.0.2.10:80", "tcp://192.0.2.10:80"],
    ["udp://192.0.2.10:53", "192.0.2.20:53", "udp://192.0.2.20:53"],
    ["tcp://192.0.2.10:80", "192.0.2.30:8080", "tcp://192.0.2.30:0"],
    ["tcp://[2001:db8::10]:80", "[2001:db8::20]:80", "tcp://[2001:db8::20]:80"],
    ["fwmark:7", "192.0.2.20:53", "udp://192.0.2.20:53"],
  ];
  for (const [service, server, other] of cases) {
    assert.deepEqual(chains(service, server), [
      `${server} is the service ${other}, but the kernel does not balance a connection twice: it goes to a program ` +
      "on the director",
    ]);
  }
});

Deno.test("entryFindings() accepts servers on the director that are no other service", () => {
  assert.deepEqual(chains("tcp://192.0.2.10:80", "192.0.2.10:80"), [], "its own service");
  assert.deepEqual(chains("tcp://192.0.2.10:80", "192.0.2.10:8080"), [], "another port of a VIP");
  assert.deepEqual(chains("tcp://192.0.2.30:0", "192.0.2.30:8080"), [], "its own address, which has all ports");
  assert.deepEqual(chains("tcp://192.0.2.10:53", "192.0.2.20:53"), [], "another protocol");
  assert.deepEqual(chains("tcp://192.0.2.10:80", "192.0.2.20:80", "dr"), [], "dr");
  assert.deepEqual(chains("tcp://192.0.2.10:80", "192.0.2.20:80", "tun"), [], "tun");
  assert.deepEqual(chains("tcp://192.0.2.10:80", "10.0.0.11:80"), [], "another host");
});

Deno.test("readConfig() warns of a server and of a fallback that are other services of the file", async () => {
  const text = `version: 1
services:
  - listen: tcp://192.0.2.10:80
    servers: [192.0.2.20:80]
  - listen: tcp://192.0.2.20:80
    fallback: 192.0.2.10:80
    check: { type: tcp }
    servers: [10.0.0.11:80]
`;
  const { warnings } = await readConfig(text, { file: "web.yaml", lint: {} });
  assert.deepEqual(
    warnings.filter(({ code }) => code === "server-is-service").map(({ line, column }) => `${line}:${column}`),
    ["4:15", "6:15"],
  );
});
