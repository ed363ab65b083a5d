/**
 * One forwarding method with real traffic, where lvsctl alone makes the configuration: on the director by `vip`,
 * `service` and `server`, on the real servers by `realserver`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lvsctlPath, until } from "./director.ts";
import { hostState } from "./host_state.ts";
import { inNamespace } from "./namespace.ts";
import { CLIENT, createDrNetwork, createNatNetwork, createTunNetwork, DIRECTOR, type Network } from "./network.ts";
import { type CountedPackets, PacketCounter } from "./packet_counter.ts";
import { ask } from "./traffic.ts";

/** A forwarding method. */
export interface ForwardingCase {
  /** Its name, for the test. */
  readonly name: string;
  /** What makes the network. */
  readonly network: typeof createNatNetwork;
  /** The director's interface that has the VIPs. */
  readonly vipDevice: string;
  /** How servers are added, in the words of `server add`. */
  readonly serverOptions: string;
  /** How real servers are set up, in the words of `realserver setup`; without, there is nothing to set up. */
  readonly setupOptions?: string;
  /** Whether the replies go through the director. */
  readonly repliesByDirector: boolean;
}

const BY_TUNNEL = { network: createTunNetwork, vipDevice: "lo", repliesByDirector: false } as const;

/** All of them. */
export const FORWARDING_CASES = {
  nat: {
    name: "nat",
    network: createNatNetwork,
    vipDevice: "eth0",
    serverOptions: "--forward nat",
    repliesByDirector: true,
  },
  dr: {
    name: "dr",
    network: createDrNetwork,
    vipDevice: "eth0",
    serverOptions: "--forward dr",
    setupOptions: "--forward dr",
    repliesByDirector: false,
  },
  ipip: {
    ...BY_TUNNEL,
    name: "tun (ipip)",
    serverOptions: "--forward tun",
    setupOptions: "--forward tun",
  },
  gre: {
    ...BY_TUNNEL,
    name: "tun (gre)",
    serverOptions: "--forward tun --tunnel-type gre",
    setupOptions: "--forward tun --tunnel gre",
  },
  gue: {
    ...BY_TUNNEL,
    name: "tun (gue)",
    serverOptions: "--forward tun --tunnel-type gue --tunnel-port 6080",
    setupOptions: "--forward tun --tunnel gue --tunnel-port 6080",
  },
} as const satisfies Readonly<Record<string, ForwardingCase>>;

/** A multiple of the number of servers, so that round robin gives each the same. */
const REQUESTS = 30;

/** More than any answer takes, however busy the machine is. */
const TIMEOUT_MS = 10_000;

const FAMILIES = ["ipv4", "ipv6"] as const;
const PROTOCOLS = ["tcp", "udp"] as const;

/** Registers the test of a forwarding method: {TCP, UDP} x {IPv4, IPv6}, and that the real servers are put back. */
export function forwardingTest(forwarding: ForwardingCase): void {
  Deno.test(`${forwarding.name} works from nothing, over TCP and UDP, IPv4 and IPv6`, async (t) => {
    await using network = await forwarding.network({ bare: true });
    const before = await hostsOf(network);
    await configure(network, forwarding);
    await network.serve();
    for (const family of FAMILIES) {
      for (const protocol of PROTOCOLS) {
        await t.step(`${protocol} over ${family}`, () => checkTraffic(network, { ...forwarding, family, protocol }));
      }
    }
    if (forwarding.setupOptions === undefined) return;
    await t.step("realserver check finds nothing wrong", async () => {
      for (const { name } of network.servers) {
        assert.match(await lvsctl(name, "realserver check"), / checked, 0 wrong\n$/);
      }
    });
    await t.step("realserver teardown puts sysctls, addresses, interfaces and ports back", async () => {
      assert.notDeepEqual(await hostsOf(network), before, "the set-up is seen");
      for (const { name } of network.servers) assert.equal(await lvsctl(name, "realserver teardown"), "");
      assert.deepEqual(await hostsOf(network), before);
    });
  });
}

/** Makes the whole configuration, by lvsctl alone. */
async function configure(network: Network, { setupOptions, serverOptions, vipDevice }: ForwardingCase): Promise<void> {
  const { vip, servers, serverPort } = network;
  if (setupOptions !== undefined) {
    for (const { name } of servers) await lvsctl(name, `realserver setup ${vip.ipv4} ${vip.ipv6} ${setupOptions}`);
  }
  for (const family of FAMILIES) {
    await lvsctl(DIRECTOR, `vip add ${vip[family]} --device ${vipDevice} --announce-count 1`);
    for (const protocol of PROTOCOLS) {
      const service = `${protocol}://${endpoint(vip[family], 80)}`;
      await lvsctl(DIRECTOR, `service add ${service} --scheduler rr`);
      for (const server of servers) {
        await lvsctl(DIRECTOR, `server add ${service} ${endpoint(server[family], serverPort)} ${serverOptions}`);
      }
    }
  }
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Runs lvsctl, which has to succeed without a word on standard error. */
export async function lvsctl(namespace: string, line: string): Promise<string> {
  const { code, stdout, stderr } = await inNamespace(namespace, [lvsctlPath(), ...line.split(" ")]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, `lvsctl ${line} (in ${namespace})`);
  return stdout;
}

/** Asks the service, and counts which way the packets took. */
async function checkTraffic(
  { vip, servers, serverPort }: Network,
  { family, protocol, repliesByDirector }: ForwardingCase & {
    readonly family: (typeof FAMILIES)[number];
    readonly protocol: (typeof PROTOCOLS)[number];
  },
): Promise<void> {
  const address = vip[family];
  const target = { address, port: 80, protocol };
  // One round first: where nobody answers, that is told before the guest's time is up.
  const first = await ask(CLIENT, target, { count: servers.length, timeoutMs: TIMEOUT_MS });
  assert.deepEqual(first.failures, {});
  const count = (name: string, chain: CountedPackets["chain"], match: string): CountedPackets => ({
    name: `${name}-${protocol}-${family}`,
    chain,
    match: `-p ${protocol} ${match}`,
    family,
  });
  const director = await PacketCounter.start(DIRECTOR, [
    count("requests", "PREROUTING", `-d ${address} --dport 80`),
    // As a reply comes in from a real server, and as it goes out to the client: with the port of either.
    count("replies-in", "PREROUTING", `--sport ${serverPort}`),
    count("replies-out", "POSTROUTING", `-s ${address} --sport 80`),
  ]);
  const own = servers.map((server) => repliesByDirector ? server[family] : address);
  const counters = await Promise.all(
    servers.map(({ name }, at) =>
      PacketCounter.start(name, [count("answers", "OUTPUT", `-s ${own[at]} --sport ${serverPort}`)])
    ),
  );
  const { servers: answers, failures } = await ask(CLIENT, target, { count: REQUESTS, timeoutMs: TIMEOUT_MS });
  const each = REQUESTS / servers.length;
  assert.deepEqual({ answers, failures }, {
    answers: Object.fromEntries(servers.map(({ name }) => [name, each])),
    failures: {},
  });
  const counted = async (counter: PacketCounter, name: string): Promise<number> =>
    (await counter.read())[`${name}-${protocol}-${family}`] ?? NaN;
  let seen = "";
  // The last acknowledgement of a connection may be under way still.
  await until(async () => {
    const sent = await Promise.all(counters.map((counter) => counted(counter, "answers")));
    const total = sent.reduce((sum, packets) => sum + packets, 0);
    const requests = await counted(director, "requests");
    const replies = [await counted(director, "replies-in"), await counted(director, "replies-out")];
    seen = `requests at the director ${requests}; sent by the real servers ${sent}; at the director of it ${replies}`;
    // Every packet that the real servers sent, or not a single one.
    const expected = repliesByDirector ? total : 0;
    return requests >= REQUESTS && sent.every((packets) => packets >= each) &&
      replies.every((packets) => packets === expected);
  }, { withinMs: TIMEOUT_MS, what: "requests through the director, and replies as they should go", state: () => seen });
}

/** What realserver may change on the real servers, as others see it, line by line. */
async function hostsOf({ servers }: Network): Promise<readonly string[]> {
  const states = await Promise.all(servers.map(({ name }) => hostState(name)));
  return states.flatMap((lines, at) => lines.map((line) => `${servers[at]?.name}: ${line}`));
}
