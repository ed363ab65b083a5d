import {
  DEFAULT_PERSISTENCE_SECONDS,
  DEFAULT_QUORUM,
  DEFAULT_SCHEDULER,
  FAILURE_REACTIONS,
  type SyncRole,
  VIP_SCOPES,
} from "../../model/mod.ts";
import { DAY_MS } from "./check_fields.ts";
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
import { fields, mapping, optional, orNone, required, shorthand, withDefault } from "./mapping.ts";
import { HOST_VARIABLE } from "../source/hosts.ts";
import { CHOICE, LABEL_TEXT } from "./label_schema.ts";
import { hidden, list, located, oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text } from "./types.ts";
import { HEALTH_SHARING } from "./health_sharing_schema.ts";
import { METRICS } from "./metrics_schema.ts";
import { VRRP_GROUP, VRRP_INSTANCE } from "./vrrp_schema.ts";
import { FORWARD, GROUP, kernelName, LISTEN, NETMASK, PREFIX, RESOLUTIONS } from "./value_types.ts";
import {
  AGENT_FIELD,
  FALLBACK,
  INHERITING_CHECK,
  NOTIFY_FIELD,
  PART_OF_CHECK,
  SERVER_ITEM,
  TUNNEL,
} from "./server_schema.ts";

// The one schema of files: the reader, the messages and the JSON Schema all use these tables.

const SERVER_COUNT = { min: 1, max: 65535 };

/** Default of `from` in slow_start; percent. */
const DEFAULT_SLOW_START_PERCENT = 10;

/** Connection timeouts of the kernel. */
export const TIMEOUTS = mapping("timeouts", {
  tcp: optional(duration("seconds", TIMEOUT), {
    doc: "Timeout of an idle TCP connection; default: unchanged",
  }),
  tcp_fin: optional(duration("seconds", TIMEOUT), {
    doc: "Timeout of a TCP connection after a FIN; default: unchanged",
  }),
  udp: optional(duration("seconds", TIMEOUT), {
    doc: "Timeout of an idle UDP flow; default: unchanged",
  }),
});

/** One of the kernel's sync daemons. */
export const SYNC_DAEMON = mapping("a sync daemon", {
  role: required(choice<SyncRole>(["master", "backup"]), {
    doc: "Role of the daemon: it sends (master) or receives (backup) connections",
  }),
  interface: required(kernelName(), { doc: "Network interface for the multicast messages" }),
  sync_id: withDefault(integer(SYNC_ID), {
    value: 0,
    doc: "Number of the group of directors; a backup with 0 accepts every master",
  }),
  max_length: optional(integer(SYNC_LENGTH), {
    doc: "Longest message, in bytes; default: derived from the interface's MTU",
  }),
  group: optional(GROUP, { doc: "Multicast group; default: the kernel's, 224.0.0.81" }),
  port: optional(integer(PORT), { doc: "First UDP port; default: the kernel's, 8848" }),
  ttl: optional(integer(SYNC_TTL), { doc: "Time to live of the multicast packets, in hops; default: the kernel's, 1" }),
  ...CHOICE,
});

/** A VIP that lvsctl keeps on one of the director's interfaces. */
export const VIP = mapping("a VIP", {
  address: required(PREFIX, {
    doc: "Address, with a prefix length or without: then it is 32 for IPv4 and 128 for IPv6",
  }),
  device: required(kernelName(), { doc: "Network interface that gets the address" }),
  label: optional(text("a label such as eth0:web", () => true), {
    doc: "IPv4 only: label of the address, which begins with the interface's name and a colon; default: no label",
  }),
  scope: withDefault(choice(VIP_SCOPES), { value: "global", doc: "IPv4 only: scope of the address" }),
  dad: withDefault(boolean(), {
    value: false,
    doc: "IPv6 only: duplicate address detection, during which the address cannot be used",
  }),
  prefix_route: withDefault(boolean(), {
    value: true,
    doc: "Adds a route to the network of the prefix, if it is larger than the address itself",
  }),
  ...CHOICE,
});

/** The quorum of a service. */
export const QUORUM = shorthand(
  mapping("quorum", {
    servers: optional(integer(SERVER_COUNT), {
      doc: "Number of healthy servers; default: one of servers, weight and percent is needed",
    }),
    weight: optional(integer({ min: 1, max: WEIGHT.max }), {
      doc: "Total weight of healthy servers; default: one of servers, weight and percent is needed",
    }),
    percent: optional(integer({ min: 1, max: 100 }), {
      doc: "Share of the configured weight, in percent; default: one of servers, weight and percent is needed",
    }),
    hysteresis: withDefault(integer({ min: 0, max: WEIGHT.max }), {
      value: 0,
      doc: "Amount above the quorum at which it is gained, and below it at which it is lost",
    }),
  }),
  "servers",
  { named: false },
);

/** Growth of a server's weight after it has recovered. */
export const SLOW_START = shorthand(
  mapping("slow_start", {
    duration: required(duration("milliseconds", { min: 1000, max: DAY_MS }), {
      doc: "Time until the server has its full weight",
    }),
    from: withDefault(integer({ min: 0, max: 100 }), {
      value: DEFAULT_SLOW_START_PERCENT,
      doc: "Weight at the start, in percent of the full weight, at least 1",
    }),
  }),
  "duration",
  { named: false },
);

/** Persistence of a service. */
export const PERSISTENCE_SECTION = mapping("persistence", {
  timeout: withDefault(duration("seconds", PERSISTENCE), {
    value: DEFAULT_PERSISTENCE_SECONDS,
    written: "6m",
    doc: "Time for which a client keeps its server after its last connection",
  }),
  netmask: optional(located(NETMASK), {
    doc:
      "Part of the client's address that counts: a netmask for IPv4, a prefix length for IPv6; default: the whole address",
  }),
  engine: optional(kernelName(), { doc: "Persistence engine, such as sip; default: none" }),
});

/** Keys of services and of defaults. */
const SETTINGS = fields({
  scheduler: withDefault(kernelName(), {
    value: DEFAULT_SCHEDULER,
    doc: "Scheduler of the kernel: rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh or another",
  }),
  scheduler_flags: optional(list(located(text("a flag of the scheduler", () => true))), {
    doc: "Flags of the scheduler: sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3; default: none",
  }),
  forward: withDefault(FORWARD, { value: "nat", doc: "Forwarding method of servers that do not set their own" }),
  weight: withDefault(integer(WEIGHT), { value: 1, doc: "Weight of servers that do not set their own" }),
  upper_threshold: withDefault(integer(THRESHOLD), {
    value: 0,
    doc: "Upper threshold, in connections, of servers that do not set their own; 0 is no limit",
  }),
  lower_threshold: withDefault(integer(THRESHOLD), {
    value: 0,
    doc: "Lower threshold, in connections, of servers that do not set their own; 0 is three quarters of the upper one",
  }),
  tunnel: optional(TUNNEL, {
    doc: "Encapsulation for servers with the forwarding method tun that do not set their own; default: ipip",
  }),
  resolve: withDefault(choice(RESOLUTIONS), {
    value: "one",
    doc:
      "Use of a host name with several addresses: one reports an error, first takes the lowest, all makes one server of each",
  }),
  persistence: optional(orNone(PERSISTENCE_SECTION), {
    doc: "Sends all connections of a client to the same server for a time; default: no persistence",
  }),
  one_packet: withDefault(boolean(), {
    value: false,
    doc: "One-packet scheduling: selects a server for every single UDP packet",
  }),
  check: optional(INHERITING_CHECK, {
    doc: "Health check of the servers; default: no check, and every server counts as healthy",
  }),
  on_failure: withDefault(choice(FAILURE_REACTIONS), {
    value: "remove",
    doc: "Reaction to an unhealthy server: remove it, or quiesce it (weight 0)",
  }),
  fallback: optional(orNone(FALLBACK), {
    doc: "Server of last resort, used while the quorum is lost; default: none",
  }),
  quorum: optional(QUORUM, {
    doc: "Number of healthy servers, or their weight, that the service needs",
    written: String(DEFAULT_QUORUM.amount),
  }),
  panic_threshold: withDefault(integer({ min: 0, max: 65535 }), {
    value: 0,
    doc: "Number of servers that stay in the table even if they are unhealthy",
  }),
  slow_start: optional(orNone(SLOW_START), {
    doc: "Growth of a server's weight after it has recovered; default: the full weight at once",
  }),
  drain: optional(orNone(duration("milliseconds", { min: 1000, max: DAY_MS })), {
    doc: "Longest time for which run drains a server that is not in the file; none removes it at once; default: 10s",
  }),
  withdraw_vips: withDefault(boolean(), {
    value: false,
    doc: "Removes the VIP while every service on it that sets this key has lost its quorum",
  }),
  agent: AGENT_FIELD,
  notify: NOTIFY_FIELD,
});

/** Defaults for services. */
export const DEFAULTS = mapping("defaults", {
  ...SETTINGS,
  check: optional(orNone(PART_OF_CHECK), {
    doc: "Check of the services; keys that a service's check omits come from here; default: no check",
  }),
});

/** The keys of defaults. */
export const DEFAULT_KEYS: readonly string[] = Object.keys(SETTINGS);

/** A virtual service, or several that differ in their address only. */
export const SERVICE = mapping("a service", {
  name: optional(
    text(
      "1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    ),
    { doc: "Name of the service, unique in the file; default: no name" },
  ),
  listen: required(oneOrMany(located(LISTEN)), {
    doc:
      "Address that clients connect to; a list, or a range such as tcp://192.0.2.10:[8000-8010], makes one service of each address",
  }),
  ...SETTINGS,
  servers: optional(list(SERVER_ITEM), {
    doc: "Real servers of the service, and sources of real servers; default: none",
  }),
  ...CHOICE,
});

/** A variable of a host; messages do not show it, because it may be a password. */
const VARIABLE = hidden(text("a variable such as PRIORITY=150", HOST_VARIABLE));

/** Variables and labels of a host, which the rest of the file may use. */
export const HOST = mapping("a host", {
  name: optional(oneOrMany(text("the name of a host", /^[A-Za-z0-9][\w.-]{0,252}$/)), {
    doc: "Name of the host, or of several hosts; default: only_on is needed",
  }),
  ...CHOICE,
  labels: optional(oneOrMany(LABEL_TEXT), {
    doc: "Labels of this host, which take precedence over those that it gives itself; default: none",
  }),
  variables: optional(list(VARIABLE), {
    doc: "Variables of this host, which take precedence over those of its environment; default: none",
  }),
});

/** The whole file. */
export const FILE = mapping("the file", {
  version: required(integer({ min: FORMAT_VERSION, max: FORMAT_VERSION }), { doc: "Version of the file format" }),
  include: optional(oneOrMany(located(text("the path of a file, or a pattern such as lvs.d/*.yaml", /./))), {
    doc: "Paths or patterns of further files, relative to the directory of this file; default: none",
  }),
  hosts: optional(list(HOST), {
    doc:
      "Variables and labels of hosts, for parts that differ: ${NAME} is the value of the host that reads the file; default: none",
  }),
  defaults: optional(DEFAULTS, { doc: "Values for services that do not set their own; default: none" }),
  timeouts: optional(TIMEOUTS, { doc: "Connection timeouts of the kernel; default: unchanged" }),
  sync_daemons: optional(list(SYNC_DAEMON), {
    doc: "Connection synchronisation daemons of the kernel; default: unchanged",
  }),
  vips: optional(list(VIP), {
    doc: "Virtual addresses that lvsctl keeps on the interfaces; default: unchanged",
  }),
  vrrp: optional(list(VRRP_INSTANCE), {
    doc: "Virtual routers, by which one of several directors has the addresses; only run uses them; default: none",
  }),
  vrrp_groups: optional(list(VRRP_GROUP), {
    doc: "Groups of virtual routers that are active on the same director; default: none",
  }),
  metrics: optional(METRICS, {
    doc: "Status page and metrics over HTTP, which only run serves; default: none, unless run has --listen",
  }),
  health_sharing: optional(HEALTH_SHARING, {
    doc: "Use of other directors' verdicts on real servers, only with run etcd://; default: own checks decide alone",
  }),
  services: optional(list(SERVICE), { doc: "Virtual services; default: none are named" }),
});

/** The keys of the file, for the message about a file without keys. */
export const FILE_KEYS: readonly string[] = FILE.shape.kind === "mapping" ? Object.keys(FILE.shape.fields) : [];
