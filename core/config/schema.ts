import {
  DEFAULT_PERSISTENCE_SECONDS,
  DEFAULT_SCHEDULER,
  DEFAULT_TUNNEL,
  FAILURE_REACTIONS,
  type SyncRole,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
  VIP_SCOPES,
} from "../model/mod.ts";
import { CHECK } from "./check_schema.ts";
import { PERSISTENCE, PORT, SYNC_ID, SYNC_LENGTH, SYNC_TTL, THRESHOLD, TIMEOUT, WEIGHT } from "./limits.ts";
import { mapping, optional, required, shorthand, withDefault } from "./mapping.ts";
import { list, located, oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text, type Type } from "./types.ts";
import { ENDPOINT, FORWARD, GROUP, kernelName, LISTEN, NETMASK, PREFIX } from "./value_types.ts";

// The one declaration of the file: reading, the messages and the schema for editors all come from these tables.

/** Version of the file's form that this code reads and writes. */
export const FORMAT_VERSION = 1;

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

/** A real server. */
export const SERVER = shorthand(
  mapping("a server", {
    address: required(ENDPOINT, { doc: "Address and port; the port of the service where none is written" }),
    weight: withDefault(integer(WEIGHT), { value: 1, doc: "Share of new connections; 0 gets nothing new" }),
    forward: optional(FORWARD, { doc: "Forwarding method; that of the service where it is not written" }),
    upper_threshold: withDefault(integer(THRESHOLD), {
      value: 0,
      doc: "Connections at which the server gets nothing new; 0 is no limit",
    }),
    lower_threshold: withDefault(integer(THRESHOLD), {
      value: 0,
      doc: "Connections under which it gets new ones again; 0 is three quarters of the upper threshold",
    }),
    tunnel: optional(TUNNEL, {
      doc: "Encapsulation, for the forwarding method tun only; ipip where it is not written",
    }),
  }),
  "address",
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

/** A virtual service, or several that differ in their addresses only. */
export const SERVICE = mapping("a service", {
  name: optional(
    text(
      "1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
      (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name),
    ),
    { doc: "Name to call the service by; unique in the file" },
  ),
  listen: required(oneOrMany(located(LISTEN)), { doc: "What clients connect to; a list makes as many services" }),
  scheduler: withDefault(kernelName(), {
    value: DEFAULT_SCHEDULER,
    doc: "The kernel's scheduler: rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh or another",
  }),
  scheduler_flags: optional(list(located(text("a flag of the scheduler", () => true))), {
    doc: "Flags of the scheduler: sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3",
  }),
  forward: withDefault(FORWARD, { value: "nat", doc: "Forwarding method of the servers that have none of their own" }),
  persistence: optional(PERSISTENCE_SECTION, { doc: "Sends a client to the same server for a while" }),
  one_packet: withDefault(boolean(), { value: false, doc: "Balances every UDP packet by itself" }),
  check: optional(CHECK, { doc: "How the servers are checked; they are taken as healthy where it is not written" }),
  on_failure: withDefault(choice(FAILURE_REACTIONS), {
    value: "remove",
    doc: "What becomes of an unhealthy server: it is removed, or quiesced (weight 0)",
  }),
  fallback: optional(SERVER, { doc: "Server of last resort, used while fewer than quorum servers are healthy" }),
  quorum: withDefault(integer({ min: 1, max: 65535 }), { value: 1, doc: "Healthy servers that the service needs" }),
  panic_threshold: withDefault(integer({ min: 0, max: 65535 }), {
    value: 0,
    doc: "Servers that are never taken out, even if they are unhealthy",
  }),
  servers: optional(list(SERVER), { doc: "The real servers" }),
});

/** The whole file. */
export const FILE = mapping("the file", {
  version: required(integer({ min: FORMAT_VERSION, max: FORMAT_VERSION }), { doc: "Version of the file's form" }),
  timeouts: optional(TIMEOUTS, { doc: "The kernel's timeouts" }),
  sync_daemons: optional(list(SYNC_DAEMON), {
    doc: "The kernel's connection-synchronisation daemons; left as they are where it is not written",
  }),
  vips: optional(list(VIP), {
    doc: "The addresses that lvsctl keeps on the interfaces; left as they are where it is not written",
  }),
  services: optional(list(SERVICE), { doc: "The virtual services" }),
});

/** What reading gives for one of the tables above. */
export type SectionOf<T extends Type<unknown>> = T extends Type<infer S> ? S : never;
