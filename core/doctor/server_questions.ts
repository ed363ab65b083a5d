import { specialRange } from "../findings/mod.ts";
import { type AddressFamily, addressFamily, type IpAddress } from "../model/mod.ts";
import type { NextHop, ServerQuestion } from "../rtnetlink/mod.ts";
import type { NeighbourFacts, NetworkFacts, ServerFacts, ServiceFacts } from "./facts.ts";
import { serversBy, serviceAddresses } from "./servers_by.ts";

/** Questions of one run, and hosts to look for: more would take long, and tell nothing else. */
const MAX_QUESTIONS = 1000;

/** The next hop of packets to a real server, with the interface. */
function hopOf(
  { address }: Pick<ServerFacts, "address">,
  { routes }: NetworkFacts,
): { readonly hop: IpAddress; readonly device: string; readonly source: IpAddress | undefined } | undefined {
  const route = routes.get(address);
  if (route?.kind !== "unicast" || route.device === undefined) return undefined;
  return { hop: route.gateway ?? address, device: route.device, source: route.source };
}

/** The next hops of real servers whose hardware address the kernel does not know, or whose answer it missed. */
export function unknownHops(services: readonly ServiceFacts[], network: NetworkFacts): NextHop[] {
  const known = new Set(network.neighbours.filter(({ state }) => state === "known").map(placeKey));
  const vips = new Set(serviceAddresses(services));
  const hops = serversBy(services, ({ forward }) => forward !== "local" && forward !== "bypass").flatMap(
    (server): NextHop[] => {
      const next = hopOf(server, network);
      if (next === undefined || specialRange(next.hop) !== undefined) return [];
      const { hop: address, device } = next;
      if (known.has(placeKey({ address, device }))) return [];
      const source = sourceOf(addressFamily(address), { ...next, network, vips });
      return source === undefined ? [] : [{ address, device, source }];
    },
  );
  return [...new Map(hops.map((hop) => [placeKey(hop), hop])).values()].slice(0, MAX_QUESTIONS);
}

/** A host on a link, as a key. */
function placeKey({ address, device }: { readonly address: IpAddress; readonly device: string }): string {
  return `${address} ${device}`;
}

/** The network with the answers of next hops. */
export function withHops(
  network: NetworkFacts,
  { hops, hardwareAddresses }: {
    readonly hops: readonly NextHop[];
    readonly hardwareAddresses: readonly (string | null | undefined)[];
  },
): NetworkFacts {
  const found = hops.flatMap(({ address, device }, index): NeighbourFacts[] => {
    const hardwareAddress = hardwareAddresses[index];
    if (hardwareAddress === undefined) return [];
    return [
      hardwareAddress === null
        ? { address, device, state: "failed" }
        : { address, device, state: "known", hardwareAddress },
    ];
  });
  const keys = new Set(found.map(placeKey));
  return { ...network, neighbours: [...network.neighbours.filter((one) => !keys.has(placeKey(one))), ...found] };
}

/** The questions to the real servers by dr and tun, and how many there are beyond the limit. */
export interface ServerQuestions {
  /** The questions. */
  readonly questions: readonly ServerQuestion[];
  /** Number of further questions. */
  readonly left: number;
}

/** What to ask the real servers by dr and tun: each server once for each VIP. */
export function serverQuestions(services: readonly ServiceFacts[], network: NetworkFacts): ServerQuestions {
  const vips = new Set(serviceAddresses(services));
  const hardwareAddresses = new Map(
    network.neighbours.filter(({ state }) => state === "known").map((one) => [placeKey(one), one.hardwareAddress]),
  );
  const questions = new Map<string, ServerQuestion>();
  for (const service of services) {
    if (service.id.kind !== "endpoint" || specialRange(service.id.address) !== undefined) continue;
    for (const server of service.servers) {
      const question = questionOf(service.id, server, { network, vips, hardwareAddresses });
      if (question === undefined) continue;
      const key = `${service.id.address} ${server.address} ${server.forward}`;
      // A connection tells more than an echo.
      if (questions.get(key)?.port === undefined) questions.set(key, question);
    }
  }
  const all = inTurn([...questions.values()]);
  return { questions: all.slice(0, MAX_QUESTIONS), left: Math.max(0, all.length - MAX_QUESTIONS) };
}

/** The questions in an order in which each server has its first before any has its second. */
function inTurn(questions: readonly ServerQuestion[]): ServerQuestion[] {
  const turns = new Map<string, number>();
  const numbered = questions.map((question) => {
    const turn = turns.get(question.server) ?? 0;
    turns.set(question.server, turn + 1);
    return { question, turn };
  });
  return numbered.sort((a, b) => a.turn - b.turn).map(({ question }) => question);
}

function questionOf(
  { address: vip, protocol, port }: Extract<ServiceFacts["id"], { readonly kind: "endpoint" }>,
  server: ServerFacts,
  { network, vips, hardwareAddresses }: {
    readonly network: NetworkFacts;
    readonly vips: ReadonlySet<IpAddress>;
    readonly hardwareAddresses: ReadonlyMap<string, string | undefined>;
  },
): ServerQuestion | undefined {
  const { address, forward, tunnel, weight } = server;
  // It gets no new connections, and may be down on purpose.
  if (weight === 0) return undefined;
  if (forward !== "dr" && (forward !== "tun" || tunnel === undefined)) return undefined;
  const next = hopOf(server, network);
  if (next === undefined || (forward === "dr" && next.hop !== address)) return undefined;
  const nextHop = hardwareAddresses.get(placeKey({ address: next.hop, device: next.device }));
  const source = sourceOf(addressFamily(vip), { ...next, network, vips });
  if (nextHop === undefined || source === undefined) return undefined;
  const outer = tunnel === undefined ? undefined : sourceOf(addressFamily(address), { ...next, network, vips });
  if (tunnel !== undefined && outer === undefined) return undefined;
  const asked = port === 0 ? server.port : port;
  return {
    device: next.device,
    nextHop,
    server: address,
    vip,
    source,
    ...(protocol === "tcp" && asked !== 0 ? { port: asked } : {}),
    ...(tunnel === undefined || outer === undefined ? {} : { tunnel: { ...tunnel, source: outer } }),
  };
}

/** An address of the director to which a server can answer: not a VIP, which the server has too. */
function sourceOf(
  family: AddressFamily,
  { source, device, network, vips }: {
    readonly source: IpAddress | undefined;
    readonly device: string;
    readonly network: NetworkFacts;
    readonly vips: ReadonlySet<IpAddress>;
  },
): IpAddress | undefined {
  const isUsable = (address: IpAddress): boolean =>
    addressFamily(address) === family && !vips.has(address) && specialRange(address) === undefined;
  if (source !== undefined && isUsable(source)) return source;
  const own = network.addresses.filter(({ address, state }) => state === "up" && isUsable(address));
  return (own.find((one) => one.device === device) ?? own[0])?.address;
}
