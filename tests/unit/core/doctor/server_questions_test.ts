import assert from "node:assert/strict";
import { serverQuestions, unknownHops, withHops } from "../../../../core/doctor/server_questions.ts";
import type { NetworkFacts, ServiceFacts } from "../../../../core/doctor/facts.ts";
import { DEFAULT_TUNNEL, parseEndpoint, parseIpAddress } from "../../../../core/model/mod.ts";
import { type Changes, director, route, service } from "./healthy.ts";

const OWN = [
  { address: parseIpAddress("192.0.2.10"), device: "eth0", state: "up" },
  { address: parseIpAddress("10.0.0.1"), device: "eth1", state: "up" },
  { address: parseIpAddress("fd00::1"), device: "eth1", state: "up" },
] as const;

const NEIGHBOUR = {
  address: parseIpAddress("10.0.0.11"),
  device: "eth1",
  state: "known",
  hardwareAddress: "02:00:00:00:00:11",
} as const;

function networkOf(changes: NonNullable<Changes["network"]> = {}): NetworkFacts {
  const { network } = director({ network: { addresses: OWN, neighbours: [NEIGHBOUR], ...changes } });
  assert.ok(network !== undefined);
  return network;
}

function tunnelled(name: string): ServiceFacts {
  return {
    ...service(name, []),
    servers: [{ ...parseEndpoint("10.0.0.11:80"), forward: "tun", tunnel: DEFAULT_TUNNEL }],
  };
}

/** The questions in short: "192.0.2.10:80 10.0.0.11 from 10.0.0.1". */
function asked(services: readonly ServiceFacts[], network: NetworkFacts = networkOf()): readonly string[] {
  return serverQuestions(services, network).questions.map(({ vip, port, server, source }) =>
    `${vip}${port === undefined ? "" : `:${port}`} ${server} from ${source}`
  );
}

const DR = service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"]);

Deno.test("serverQuestions() asks the servers by dr and tun on their links, each once for each VIP", () => {
  assert.deepEqual(asked([DR]), ["192.0.2.10:80 10.0.0.11 from 10.0.0.1"]);
  assert.deepEqual(asked([tunnelled("tcp://192.0.2.10:80")]), ["192.0.2.10:80 10.0.0.11 from 10.0.0.1"]);
  const others = ["tcp://192.0.2.10:81", "udp://192.0.2.10:53"].map((name) => service(name, ["dr 10.0.0.11:80"]));
  assert.deepEqual(asked([DR, ...others]), ["192.0.2.10:80 10.0.0.11 from 10.0.0.1"]);
  assert.deepEqual(asked([...others].reverse()), ["192.0.2.10:81 10.0.0.11 from 10.0.0.1"], "a connection tells more");
  assert.deepEqual(asked([service("tcp://192.0.2.10:0", ["dr 10.0.0.11:0"])]), ["192.0.2.10 10.0.0.11 from 10.0.0.1"]);
});

Deno.test("serverQuestions() asks nothing that cannot be answered", () => {
  assert.deepEqual(asked([service("tcp://192.0.2.10:80", ["nat 10.0.0.11:80", "local 10.0.0.11:81"])]), []);
  assert.deepEqual(asked([service("fwmark:1", ["dr 10.0.0.11:80"])]), []);
  assert.deepEqual(asked([service("tcp://127.0.0.1:80", ["dr 10.0.0.11:80"])]), []);
  assert.deepEqual(asked([DR], networkOf({ neighbours: [] })), []);
  assert.deepEqual(asked([{ ...DR, servers: DR.servers.map((server) => ({ ...server, weight: 0 })) }]), []);
  assert.deepEqual(asked([DR], networkOf({ routes: { "10.0.0.11": route("eth1", { gateway: "10.0.0.254" }) } })), []);
});

Deno.test("serverQuestions() has no VIP as source, and the family of the VIP", () => {
  const routes = { "10.0.0.11": route("eth1", { source: "192.0.2.10" }) };
  assert.deepEqual(asked([DR], networkOf({ routes })), ["192.0.2.10:80 10.0.0.11 from 10.0.0.1"]);
  assert.deepEqual(asked([tunnelled("tcp://[2001:db8::10]:80")]), ["2001:db8::10:80 10.0.0.11 from fd00::1"]);
  assert.deepEqual(asked([DR], networkOf({ routes, addresses: OWN.slice(0, 1) })), []);
});

Deno.test("serverQuestions() has a limit, up to which each server is asked before any is asked again", () => {
  const addresses = Array.from({ length: 30 }, (_, index) => `10.0.0.${11 + index}`);
  const services = Array.from(
    { length: 50 },
    (_, index) => service(`tcp://192.0.2.${index + 1}:80`, addresses.map((address) => `dr ${address}:80`)),
  );
  const network = networkOf({
    routes: Object.fromEntries(addresses.map((address) => [address, route("eth1", { source: "10.0.0.1" })])),
    neighbours: addresses.map((address) => ({ ...NEIGHBOUR, address: parseIpAddress(address) })),
  });
  const { questions, left } = serverQuestions(services, network);
  assert.deepEqual([questions.length, left], [1000, 500]);
  assert.equal(new Set(questions.slice(0, 30).map(({ server }) => server)).size, 30);
});

Deno.test("unknownHops() are the hosts that the kernel has no hardware address for, the routers of far servers", () => {
  const services = [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80", "nat 10.0.0.12:80", "tun 10.9.0.1:80"])];
  const network = networkOf({ routes: { "10.9.0.1": route("eth1", { gateway: "10.0.0.254", source: "10.0.0.1" }) } });
  const hops = unknownHops(services, network);
  assert.deepEqual(hops.map(({ address, device, source }) => `${address} ${device} ${source}`), [
    "10.0.0.12 eth1 10.0.0.1",
    "10.0.0.254 eth1 10.0.0.1",
  ]);
  const { neighbours } = withHops(network, { hops, hardwareAddresses: ["02:00:00:00:00:12", null] });
  assert.deepEqual(neighbours.map(({ address, state }) => `${address} ${state}`), [
    "10.0.0.11 known",
    "10.0.0.12 known",
    "10.0.0.254 failed",
  ]);
  assert.deepEqual(withHops(network, { hops, hardwareAddresses: [undefined, undefined] }), network);
});
