/**
 * Random values of the model for property tests: such as the kernel takes, from few enough names that two states have
 * much in common.
 *
 * @module
 */

import fc from "fast-check";
import {
  addressFamily,
  addressFromBytes,
  DEFAULT_TUNNEL,
  fullNetmask,
  type IpAddress,
  type KernelState,
  parseIpAddress,
  type RealServer,
  type ServiceEntry,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type SyncRole,
  type Timeouts,
  type Tunnel,
  type VirtualService,
} from "../../core/model/mod.ts";
import { serviceId } from "./samples.ts";

/** What every property test runs with: the same values each time. */
export const PROPERTY = { seed: 20_240_607, numRuns: 500 } as const;

/** Objects as literals make them: with a prototype. */
const PLAIN = { noNullPrototype: true } as const;

const port = fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(0, 1, 80, 65535));

/** Any IP address. */
export const anyAddress: fc.Arbitrary<IpAddress> = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map((bytes) => addressFromBytes(bytes));

/** Any name of a service. */
export const anyServiceId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({
    kind: fc.constant("endpoint" as const),
    protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
    address: anyAddress,
    port,
  }, PLAIN),
  fc.record({
    kind: fc.constant("fwmark" as const),
    family: fc.constantFrom("ipv4" as const, "ipv6" as const),
    mark: fc.integer({ min: 1, max: 0xffffffff }),
  }, PLAIN),
);

/** A service of that name with any settings that the in-memory kernel has. */
export function anyService(id: ServiceId): fc.Arbitrary<VirtualService> {
  const netmask = serviceFamily(id) === "ipv4"
    ? fc.integer({ min: 0, max: 0xffffffff })
    : fc.integer({ min: 1, max: 128 });
  const persistence = fc.record({
    timeoutSeconds: fc.integer({ min: 1, max: 2_678_400 }),
    netmask: fc.oneof(netmask, fc.constant(fullNetmask(serviceFamily(id)))),
    engine: fc.constant("sip"),
  }, { requiredKeys: ["timeoutSeconds", "netmask"], noNullPrototype: true });
  return fc.record({
    id: fc.constant(id),
    scheduler: fc.constantFrom("rr", "wlc", "sh", "mh", "none"),
    schedulerFlags: fc.integer({ min: 0, max: 7 }),
    onePacket: fc.boolean(),
    persistence,
  }, { requiredKeys: ["id", "scheduler", "schedulerFlags", "onePacket"], noNullPrototype: true });
}

const tunnel: fc.Arbitrary<Tunnel> = fc.oneof(
  fc.constant(DEFAULT_TUNNEL),
  fc.record({
    type: fc.constant("gue" as const),
    port: fc.integer({ min: 1, max: 65535 }),
    checksum: fc.constantFrom("none" as const, "csum" as const, "remcsum" as const),
  }, PLAIN),
  fc.record({
    type: fc.constant("gre" as const),
    port: fc.constant(0),
    checksum: fc.constantFrom("none" as const, "csum" as const),
  }, PLAIN),
);

/** A server of that address with any settings; in a service of another family it is tunnelled. */
export function anyServer(id: ServiceId, address: IpAddress): fc.Arbitrary<RealServer> {
  const isMixed = serviceFamily(id) !== addressFamily(address);
  return fc.record({
    forward: isMixed ? fc.constant("tun" as const) : fc.constantFrom("nat" as const, "dr" as const, "tun" as const),
    weight: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 0x7fffffff })),
    thresholds: fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff })),
    tunnel,
  }, PLAIN).map(({ forward, weight, thresholds: [a, b], tunnel }) => ({
    address,
    port: 80,
    forward,
    weight,
    upperThreshold: Math.max(a, b),
    lowerThreshold: Math.min(a, b),
    tunnel: forward === "tun" ? tunnel : DEFAULT_TUNNEL,
  }));
}

/** Any settings of a sync daemon; the kernel has to fill in nothing. */
export function anySyncDaemon(role: SyncRole): fc.Arbitrary<SyncDaemon> {
  return fc.record({
    role: fc.constant(role),
    interface: fc.constant("eth0"),
    syncId: fc.integer({ min: 0, max: 255 }),
    maxLength: fc.integer({ min: 1024, max: 65487 }),
    group: fc.constantFrom(parseIpAddress("224.0.0.81"), parseIpAddress("239.1.2.3"), parseIpAddress("ff02::51")),
    port: fc.integer({ min: 1, max: 65535 }),
    ttl: fc.integer({ min: 1, max: 255 }),
  }, PLAIN);
}

/** Any timeouts that every kernel can hold. */
export const anyTimeouts: fc.Arbitrary<Timeouts> = fc.record({
  tcpSeconds: fc.integer({ min: 1, max: 2_073_600 }),
  tcpFinSeconds: fc.integer({ min: 1, max: 2_073_600 }),
  udpSeconds: fc.integer({ min: 1, max: 2_073_600 }),
}, PLAIN);

const NAMES = [
  "tcp://192.0.2.10:80",
  "tcp://192.0.2.10:443",
  "udp://192.0.2.10:80",
  "sctp://[2001:db8::10]:80",
  "fwmark:1",
  "fwmark6:1",
].map(serviceId);

const ADDRESSES = ["10.0.0.11", "10.0.0.12", "10.0.0.13", "2001:db8::11", "2001:db8::12"].map(parseIpAddress);

function anyEntry(id: ServiceId, isPure: boolean): fc.Arbitrary<ServiceEntry> {
  const addresses = isPure ? ADDRESSES.filter((address) => addressFamily(address) === serviceFamily(id)) : ADDRESSES;
  return fc.record({
    service: anyService(id),
    servers: fc.subarray(addresses).chain((chosen) => fc.tuple(...chosen.map((address) => anyServer(id, address)))),
  }, PLAIN);
}

/** Any state of a kernel. Sync daemons run only where no server is of another family than its service. */
export const anyState: fc.Arbitrary<KernelState> = fc.subarray(["master", "backup"] as const).chain((roles) =>
  fc.record({
    timeouts: anyTimeouts,
    syncDaemons: fc.tuple(...roles.map(anySyncDaemon)),
    services: fc.subarray(NAMES).chain((ids) => fc.tuple(...ids.map((id) => anyEntry(id, roles.length > 0)))),
  }, PLAIN)
);

/**
 * Two states of which the second is partly the first: most of what it has in common is really equal, as it is between
 * a kernel and a file.
 */
export const anyStatePair: fc.Arbitrary<readonly [KernelState, KernelState]> = fc
  .tuple(anyState, anyState, fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }))
  .map(([current, desired, keeps]) => {
    const kept = current.syncDaemons.length > 0 === desired.syncDaemons.length > 0 ? keeps : [];
    const services = desired.services.map((entry, index) =>
      kept[index] === true
        ? current.services.find(({ service }) => service.id === entry.service.id) ?? entry
        : { ...entry, servers: entry.servers.map((server, at) => sameServer(current, entry, server, keeps[at])) }
    );
    return [current, { ...desired, services, timeouts: keeps[9] === true ? current.timeouts : desired.timeouts }];
  });

function sameServer(
  current: KernelState,
  entry: ServiceEntry,
  server: RealServer,
  keeps: boolean | undefined,
): RealServer {
  if (keeps !== true) return server;
  const before = current.services.find(({ service }) => service.id === entry.service.id);
  return before?.servers.find(({ address }) => address === server.address) ?? server;
}
