import fc from "fast-check";
import {
  addressFamily,
  addressFromBytes,
  compareVips,
  DEFAULT_QUORUM,
  DEFAULT_TUNNEL,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  fullNetmask,
  type IpAddress,
  type KernelState,
  MAX_PERSISTENCE_SECONDS,
  MAX_TIMEOUT_SECONDS,
  MAX_WEIGHT,
  type Persistence,
  type PresentVip,
  PROTOCOLS,
  type RealServer,
  type ServiceEntry,
  serviceFamily,
  type ServiceId,
  sortEntries,
  type SyncDaemon,
  type Tunnel,
  type Vip,
  VIP_SCOPES,
  vipObjections,
} from "../../../../core/model/mod.ts";

/** Records as plain objects, like those of the reader. */
const PLAIN = { noNullPrototype: true } as const;

/** Few bytes, so that addresses repeat, and IPv6 addresses have runs of zeros and IPv4 parts. */
const BYTE = fc.constantFrom(0, 0, 0, 1, 10, 255);

/** Mostly common values, sometimes any value. */
function numberFrom(min: number, options: { readonly max: number }): fc.Arbitrary<number> {
  const { max } = options;
  const usual = [min, max, 1, 2, 10, 80, 443, 1000, 65535].filter((value) => value >= min && value <= max);
  return fc.oneof(fc.constantFrom(...usual), fc.integer({ min, max }));
}

const IPV4 = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.array(BYTE, { minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
).map(addressFromBytes);

const IPV6 = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.array(BYTE, { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
  fc.array(BYTE, { minLength: 4, maxLength: 4 }).map((bytes) =>
    Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...bytes])
  ),
).map(addressFromBytes);

/** Names that YAML reads as another type, and any others that the kernel allows. */
const NAME = fc.oneof(
  fc.constantFrom("wlc", "rr", "sh", "mh", "eth0.100", "sip"),
  fc.constantFrom(
    "true",
    "NULL",
    "~",
    "1",
    "0x1f",
    "1e3",
    ".inf",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#",
    "no",
    "constructor",
  ),
  fc.constantFrom("a, b", "a }", "'", '"', "\\", "a, sync_id: 1", "\u0085", "\ufeffa", "\u2028", "\t", "\n", " ", "*a"),
  fc.constantFrom("$", "$$", "$$$", "a$b", "${a}", "$${a}", "${a:-b}", "{$"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 15 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 5 }),
).filter((name) => name.isWellFormed() && !name.includes("\0") && new TextEncoder().encode(name).length <= 15);

const SERVICE_ID: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({
    kind: fc.constant("endpoint" as const),
    protocol: fc.constantFrom(...PROTOCOLS),
    address: fc.oneof(IPV4, IPV6),
    port: numberFrom(0, { max: 65535 }),
  }, PLAIN),
  fc.record({
    kind: fc.constant("fwmark" as const),
    family: fc.constantFrom("ipv4" as const, "ipv6" as const),
    mark: numberFrom(1, { max: 0xffffffff }),
  }, PLAIN),
);

const TUNNEL: fc.Arbitrary<Tunnel> = fc.oneof(
  fc.constant(DEFAULT_TUNNEL),
  fc.record({
    type: fc.constant("gre" as const),
    port: fc.constant(0),
    checksum: fc.constantFrom("none" as const, "csum" as const),
  }, PLAIN),
  fc.record({
    type: fc.constant("gue" as const),
    port: numberFrom(1, { max: 65535 }),
    checksum: fc.constantFrom("none" as const, "csum" as const, "remcsum" as const),
  }, PLAIN),
);

const METHODS: readonly ForwardingMethod[] = ["nat", "dr", "tun", "local", "bypass"];

function serverOf(id: ServiceId, common: ForwardingMethod | undefined): fc.Arbitrary<RealServer> {
  const own = serviceFamily(id) === "ipv4" ? IPV4 : IPV6;
  const other = serviceFamily(id) === "ipv4" ? IPV6 : IPV4;
  return fc.record({
    address: fc.oneof({ arbitrary: own, weight: 4 }, { arbitrary: other, weight: 1 }),
    port: numberFrom(0, { max: 65535 }),
    forward: fc.constantFrom(...(common === undefined ? METHODS : [common])),
    weight: numberFrom(0, { max: MAX_WEIGHT }),
    thresholds: fc.tuple(numberFrom(0, { max: MAX_WEIGHT }), numberFrom(0, { max: MAX_WEIGHT })),
    tunnel: TUNNEL,
  }, PLAIN).map(({ thresholds, tunnel, ...server }) => {
    const forward = addressFamily(server.address) === serviceFamily(id) ? server.forward : "tun";
    return {
      ...server,
      forward,
      upperThreshold: Math.max(...thresholds),
      lowerThreshold: Math.min(...thresholds),
      tunnel: forward === "tun" ? tunnel : DEFAULT_TUNNEL,
    };
  });
}

function persistenceOf(id: ServiceId): fc.Arbitrary<Persistence> {
  const full = fullNetmask(serviceFamily(id));
  const netmask = serviceFamily(id) === "ipv4" ? numberFrom(0, { max: full }) : numberFrom(1, { max: full });
  return fc.record({
    timeoutSeconds: numberFrom(1, { max: MAX_PERSISTENCE_SECONDS }),
    netmask: fc.oneof(fc.constant(full), netmask),
    engine: NAME,
  }, { ...PLAIN, requiredKeys: ["timeoutSeconds", "netmask"] });
}

const ENTRY: fc.Arbitrary<ServiceEntry> = fc.tuple(
  SERVICE_ID,
  fc.constantFrom(undefined, ...METHODS),
  fc.integer({ min: 0, max: 7 }),
  NAME,
  fc.boolean(),
).chain(([id, common, schedulerFlags, scheduler, odd]) => {
  const needsPersistence = id.kind === "endpoint" && id.port === 0;
  const persistence = needsPersistence ? persistenceOf(id) : fc.option(persistenceOf(id), { nil: undefined });
  const servers = fc.uniqueArray(serverOf(id, common), { maxLength: 6, selector: formatServerId });
  return fc.tuple(persistence, servers).map(([persistent, list]) => ({
    service: {
      id,
      scheduler,
      schedulerFlags,
      ...(persistent === undefined ? {} : { persistence: persistent }),
      onePacket: odd && (id.kind === "fwmark" || id.protocol === "udp"),
    },
    servers: list,
  }));
});

const SYNC_DAEMON: fc.Arbitrary<SyncDaemon> = fc.record({
  role: fc.constantFrom("master" as const, "backup" as const),
  interface: NAME,
  syncId: numberFrom(0, { max: 255 }),
  maxLength: numberFrom(1, { max: 65507 }),
  group: fc.oneof(
    IPV4.filter((address: IpAddress) => /^2(?:2[4-9]|3\d)\./.test(address)),
    fc.uint8Array({ minLength: 15, maxLength: 15 }).map((bytes) => addressFromBytes(Uint8Array.from([255, ...bytes]))),
    fc.tuple(fc.integer({ min: 224, max: 239 }), BYTE).map(([first, last]) =>
      addressFromBytes(Uint8Array.from([first, 0, 0, last]))
    ),
  ),
  port: numberFrom(1, { max: 65535 }),
  ttl: numberFrom(1, { max: 255 }),
}, { ...PLAIN, requiredKeys: ["role", "interface", "syncId"] });

const VIP: fc.Arbitrary<Vip> = fc.tuple(
  fc.oneof(IPV4, IPV6),
  NAME,
  fc.record({
    prefixLength: numberFrom(1, { max: 128 }),
    label: fc.option(NAME, { nil: undefined }),
    scope: fc.constantFrom(...VIP_SCOPES),
    dad: fc.boolean(),
    prefixRoute: fc.boolean(),
  }),
).map(([address, device, { label, scope, dad, prefixLength, prefixRoute }]) => {
  const isIpv4 = addressFamily(address) === "ipv4";
  return {
    address,
    prefixLength: isIpv4 ? Math.min(prefixLength, 32) : prefixLength,
    device,
    ...(label === undefined || !isIpv4 ? {} : { label: `${device}:${label}` }),
    scope: isIpv4 ? scope : "global",
    dad: dad && !isIpv4,
    prefixRoute,
  };
}).filter((vip) => vipObjections(vip).length === 0);

const PRESENT_VIPS = fc.uniqueArray(VIP, { maxLength: 4, selector: ({ address }) => address })
  .map((vips) => vips.sort(compareVips).map((vip): PresentVip => ({ ...vip, owned: true, state: "up" })));

const TIMEOUT = numberFrom(0, { max: MAX_TIMEOUT_SECONDS });

/** Any state that both the kernel and a file allow. */
export const KERNEL_STATE: fc.Arbitrary<KernelState> = fc.record({
  timeouts: fc.record({ tcpSeconds: TIMEOUT, tcpFinSeconds: TIMEOUT, udpSeconds: TIMEOUT }, PLAIN),
  syncDaemons: fc.uniqueArray(SYNC_DAEMON, { maxLength: 2, selector: ({ role }) => role }),
  vips: PRESENT_VIPS,
  services: fc.uniqueArray(ENTRY, { maxLength: 5, selector: ({ service }) => formatServiceId(service.id) }),
}, { ...PLAIN, requiredKeys: ["timeouts", "syncDaemons", "services"] });

/** The expected result of reading a saved state. */
export function desiredOf(state: KernelState): DesiredState {
  return {
    timeouts: state.timeouts,
    syncDaemons: state.syncDaemons,
    ...(state.vips === undefined ? {} : { vips: state.vips.map(({ owned: _owned, state: _state, ...vip }) => vip) }),
    services: sortEntries(state.services).map(({ service, servers }) => ({
      service,
      servers,
      onFailure: "remove",
      quorum: DEFAULT_QUORUM,
      panicThreshold: 0,
    })),
  };
}
