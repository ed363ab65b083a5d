import {
  DEFAULT_PERSISTENCE_SECONDS,
  DEFAULT_QUORUM,
  DEFAULT_SCHEDULER,
  DEFAULT_TUNNEL,
  FAILURE_REACTIONS,
  type SyncRole,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
  VIP_SCOPES,
} from "../../model/mod.ts";
import { AGENT } from "./agent_schema.ts";
import { DAY_MS } from "./check_fields.ts";
import { CHECK } from "./check_schema.ts";
import {
  FORMAT_VERSION,
  PERSISTENCE,
  PORT,
  SYNC_ID,
  SYNC_LENGTH,
  SYNC_TTL,
  THRESHOLD,
  TIMEOUT,
  WEIGHT,
} from "./limits.ts";
import { fields, mapping, optional, orNone, partial, required, shorthand, withDefault } from "./mapping.ts";
import { NOTIFICATIONS } from "./notification_schema.ts";
import { list, located, oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text, type Type } from "./types.ts";
import { FORWARD, GROUP, kernelName, LISTEN, NETMASK, PREFIX, RESOLUTIONS, SERVER_PLACES } from "./value_types.ts";

// The one declaration of the file: reading, the messages and the schema for editors all come from these tables.

const SERVER_COUNT = { min: 1, max: 65535 };

/** What slow_start starts with where nothing is said; percent. */
const DEFAULT_SLOW_START_PERCENT = 10;

/** The kernel's timeouts. */
export const TIMEOUTS = mapping("timeouts", {
  tcp: optional(duration("seconds", TIMEOUT), {
    doc: "How long an idle TCP connection is remembered; left as it is where it is not written",
  }),
  tcp_fin: optional(duration("seconds", TIMEOUT), {
    doc: "How long a TCP connection is remembered after a FIN; left as it is where it is not written",
  }),
  udp: optional(duration("seconds", TIMEOUT), {
    doc: "How long an idle UDP flow is remembered; left as it is where it is not written",
  }),
});

/** One of the kernel's sync daemons. */
export const SYNC_DAEMON = mapping("a sync daemon", {
  role: required(choice<SyncRole>(["master", "backup"]), { doc: "Whether it sends (master) or receives (backup)" }),
  interface: required(kernelName(), { doc: "Network interface that it multicasts on" }),
  sync_id: withDefault(integer(SYNC_ID), {
    value: 0,
    doc: "Tells groups of directors apart; a backup with 0 accepts every master",
  }),
  max_length: optional(integer(SYNC_LENGTH), {
    doc: "Longest message in bytes; follows from the interface's MTU where it is not written",
  }),
  group: optional(GROUP, { doc: "Multicast group; the kernel takes 224.0.0.81 where it is not written" }),
  port: optional(integer(PORT), { doc: "First UDP port; the kernel takes 8848 where it is not written" }),
  ttl: optional(integer(SYNC_TTL), { doc: "Multicast time to live; the kernel takes 1 where it is not written" }),
});

/** A VIP that lvsctl keeps on one of the director's interfaces. */
export const VIP = mapping("a VIP", {
  address: required(PREFIX, { doc: "Address and prefix length; the whole address where there is no length" }),
  device: required(kernelName(), { doc: "Network interface that has it" }),
  label: optional(text("a label such as eth0:web", () => true), {
    doc: "IPv4: name of the address for old programs; starts with the interface's name and a colon",
  }),
  scope: withDefault(choice(VIP_SCOPES), { value: "global", doc: "IPv4: how far the address is valid" }),
  dad: withDefault(boolean(), {
    value: false,
    doc: "IPv6: lets the kernel look for duplicates; the address cannot be used meanwhile",
  }),
  prefix_route: withDefault(boolean(), {
    value: true,
    doc: "Adds a route to the network that the prefix names, if that is more than the address itself",
  }),
});

/** How packets to a server with the forwarding method tun are encapsulated. */
export const TUNNEL = mapping("a tunnel", {
  type: withDefault(choice(TUNNEL_TYPES), { value: DEFAULT_TUNNEL.type, doc: "Encapsulation" }),
  port: optional(integer(PORT), { doc: "UDP port of a gue tunnel, which has to have one" }),
  checksum: withDefault(choice(TUNNEL_CHECKSUMS), {
    value: DEFAULT_TUNNEL.checksum,
    doc: "Checksums of the outer packets: none or csum for gre, also remcsum for gue",
  }),
});

/** A check that takes what it does not say from another one. */
const PART_OF_CHECK = partial(CHECK);

// The type may be that of what is taken over, which a schema cannot know.
const INHERITING_CHECK = orNone({ ...CHECK, shape: PART_OF_CHECK.shape });

const AGENT_FIELD = optional(orNone(AGENT), {
  doc: "Who is asked how much a server can take: a share of its weight, drain, maint, down",
});

const NOTIFY_FIELD = optional(orNone(NOTIFICATIONS), { doc: "Whom to tell of what happens, and how" });

/** What a server is in the table, and what the server of last resort is. */
const SERVER_FIELDS = fields({
  address: required(SERVER_PLACES, {
    doc: "Address or host name, and port; the port of the service where none is written; ranges make several servers",
  }),
  weight: optional(integer(WEIGHT), {
    doc: "Share of new connections, 0 gets nothing new; that of the service where it is not written",
  }),
  forward: optional(FORWARD, { doc: "Forwarding method; that of the service where it is not written" }),
  upper_threshold: optional(integer(THRESHOLD), {
    doc: "Connections at which the server gets nothing new, 0 is no limit; that of the service by default",
  }),
  lower_threshold: optional(integer(THRESHOLD), {
    doc: "Connections under which it gets new ones again; 0 is three quarters of the upper threshold",
  }),
  tunnel: optional(TUNNEL, {
    doc: "Encapsulation, for the forwarding method tun only; that of the service where it is not written",
  }),
  resolve: optional(choice(RESOLUTIONS), {
    doc: "What to do where a host name has several addresses; as the service says where it is not written",
  }),
});

/** A real server. */
export const SERVER = shorthand(
  mapping("a server", {
    ...SERVER_FIELDS,
    check: optional(INHERITING_CHECK, { doc: "How it is checked; taken over from the service key by key" }),
    on_failure: optional(choice(FAILURE_REACTIONS), {
      doc: "What becomes of it when it is unhealthy; as the service says where it is not written",
    }),
    agent: AGENT_FIELD,
    notify: NOTIFY_FIELD,
  }),
  "address",
);

/** The server of last resort, which nobody checks. */
export const FALLBACK = shorthand(mapping("a fallback", SERVER_FIELDS), "address");

/** What a service needs of its servers. */
export const QUORUM = shorthand(
  mapping("quorum", {
    servers: optional(integer(SERVER_COUNT), { doc: "So many healthy servers" }),
    weight: optional(integer({ min: 1, max: WEIGHT.max }), { doc: "So much weight of healthy servers" }),
    percent: optional(integer({ min: 1, max: 100 }), { doc: "Such a part of the configured weight, in percent" }),
    hysteresis: withDefault(integer({ min: 0, max: WEIGHT.max }), {
      value: 0,
      doc: "It is gained at so much more, and lost below so much less",
    }),
  }),
  "servers",
  { named: false },
);

/** How the weight of a server grows after it has recovered. */
export const SLOW_START = shorthand(
  mapping("slow_start", {
    duration: required(duration("milliseconds", { min: 1000, max: DAY_MS }), { doc: "How long it takes" }),
    from: withDefault(integer({ min: 0, max: 100 }), {
      value: DEFAULT_SLOW_START_PERCENT,
      doc: "What it starts with: percent of its weight, but no less than 1",
    }),
  }),
  "duration",
  { named: false },
);

/** What makes clients stay with a server. */
export const PERSISTENCE_SECTION = mapping("persistence", {
  timeout: withDefault(duration("seconds", PERSISTENCE), {
    value: DEFAULT_PERSISTENCE_SECONDS,
    written: "6m",
    doc: "How long after its last connection a client is remembered",
  }),
  netmask: optional(located(NETMASK), {
    doc: "How much of a client's address counts: a netmask for IPv4, a prefix length for IPv6; all of it by default",
  }),
  engine: optional(kernelName(), { doc: "Persistence engine, as sip" }),
});

/** What a service may have, and defaults for all services too. */
const SETTINGS = fields({
  scheduler: withDefault(kernelName(), {
    value: DEFAULT_SCHEDULER,
    doc: "The kernel's scheduler: rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh or another",
  }),
  scheduler_flags: optional(list(located(text("a flag of the scheduler", () => true))), {
    doc: "Flags of the scheduler: sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3",
  }),
  forward: withDefault(FORWARD, { value: "nat", doc: "Forwarding method of the servers that have none of their own" }),
  weight: withDefault(integer(WEIGHT), { value: 1, doc: "Weight of the servers that have none of their own" }),
  upper_threshold: withDefault(integer(THRESHOLD), {
    value: 0,
    doc: "Upper threshold of the servers that have none of their own; 0 is no limit",
  }),
  lower_threshold: withDefault(integer(THRESHOLD), {
    value: 0,
    doc: "Lower threshold of the servers that have none of their own; 0 is three quarters of the upper one",
  }),
  tunnel: optional(TUNNEL, { doc: "Encapsulation for the servers with the method tun that have none of their own" }),
  resolve: withDefault(choice(RESOLUTIONS), {
    value: "one",
    doc: "Where the host name of a server has several addresses: one is an error then, first the lowest, all each",
  }),
  persistence: optional(orNone(PERSISTENCE_SECTION), { doc: "Sends a client to the same server for a while" }),
  one_packet: withDefault(boolean(), { value: false, doc: "Balances every UDP packet by itself" }),
  check: optional(INHERITING_CHECK, {
    doc: "How the servers are checked; they are taken as healthy where it is not written",
  }),
  on_failure: withDefault(choice(FAILURE_REACTIONS), {
    value: "remove",
    doc: "What becomes of an unhealthy server: it is removed, or quiesced (weight 0)",
  }),
  fallback: optional(orNone(FALLBACK), {
    doc: "Server of last resort, used while the quorum is lost",
  }),
  quorum: optional(QUORUM, {
    doc: "What the service needs: so many servers that serve, or so much weight",
    written: String(DEFAULT_QUORUM.amount),
  }),
  panic_threshold: withDefault(integer({ min: 0, max: 65535 }), {
    value: 0,
    doc: "Servers that are never taken out, even if they are unhealthy",
  }),
  slow_start: optional(orNone(SLOW_START), {
    doc: "How the weight of a server grows after it has recovered; it has all of it at once where it is not written",
  }),
  drain: optional(orNone(duration("milliseconds", { min: 1000, max: DAY_MS })), {
    doc: "How long at most a server that the file no longer names is drained by run; it is removed at once otherwise",
  }),
  withdraw_vips: withDefault(boolean(), {
    value: false,
    doc: "Takes the VIP away while all services on it that say so have lost their quorum",
  }),
  agent: AGENT_FIELD,
  notify: NOTIFY_FIELD,
});

/** What services have where they say nothing themselves. */
export const DEFAULTS = mapping("defaults", {
  ...SETTINGS,
  check: optional(orNone(PART_OF_CHECK), { doc: "Check of the services, taken over key by key" }),
});

/** The keys of defaults. */
export const DEFAULT_KEYS: readonly string[] = Object.keys(SETTINGS);

/** A virtual service, or several that differ in their addresses only. */
export const SERVICE = mapping("a service", {
  name: optional(
    text(
      "1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    ),
    { doc: "Name to call the service by; unique in the file" },
  ),
  listen: required(oneOrMany(located(LISTEN)), {
    doc: "What clients connect to; a list, and ranges such as tcp://192.0.2.10:[8000-8010], make as many services",
  }),
  ...SETTINGS,
  servers: optional(list(SERVER), { doc: "The real servers" }),
});

/** The whole file. */
export const FILE = mapping("the file", {
  version: required(integer({ min: FORMAT_VERSION, max: FORMAT_VERSION }), { doc: "Version of the file's form" }),
  include: optional(oneOrMany(located(text("the path of a file, or a pattern such as lvs.d/*.yaml", /./))), {
    doc: "Files to read with this one, by paths or patterns, from the directory of this file on",
  }),
  defaults: optional(DEFAULTS, { doc: "What services have where they say nothing themselves" }),
  timeouts: optional(TIMEOUTS, { doc: "The kernel's timeouts" }),
  sync_daemons: optional(list(SYNC_DAEMON), {
    doc: "The kernel's connection-synchronisation daemons; left as they are where it is not written",
  }),
  vips: optional(list(VIP), {
    doc: "The addresses that lvsctl keeps on the interfaces; left as they are where it is not written",
  }),
  services: optional(list(SERVICE), { doc: "The virtual services" }),
});

/** The keys of the file, for a message where there are none. */
export const FILE_KEYS: readonly string[] = FILE.shape.kind === "mapping" ? Object.keys(FILE.shape.fields) : [];

/** What reading gives for one of the tables above. */
export type SectionOf<T extends Type<unknown>> = T extends Type<infer S> ? S : never;
