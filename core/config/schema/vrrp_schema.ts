import { DEFAULT_VRRP, VRRP_CHECKSUMS, VRRP_VERSIONS } from "../../model/mod.ts";
import { CHECK } from "./check_schema.ts";
import { ADDRESS } from "./check_values.ts";
import { DAY_MS } from "./check_fields.ts";
import { CHOICE } from "./label_schema.ts";
import { PORT, SYNC_ID, SYNC_LENGTH, SYNC_TTL } from "./limits.ts";
import { mapping, optional, required, withDefault } from "./mapping.ts";
import { VRRP_NOTIFICATION } from "./notification_schema.ts";
import { list, located, oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, reportShape, type Shape, text, type Type } from "./types.ts";
import { GROUP, kernelName, PREFIX } from "./value_types.ts";

// The virtual routers' part of the schema of files: see file_schema.ts.

/** The form of the names of instances, groups and services. */
const NAME = text(
  "1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
);

/** Intervals of both versions together; milliseconds. */
const INTERVAL = { min: 10, max: 255_000 };

/** Longest delays; milliseconds. */
const DELAY = { min: 0, max: DAY_MS };

/** Weights of tracked things. */
const TRACK_WEIGHT = { min: -253, max: 253 };

const COUNT = { min: 1, max: 1000 };

/** Bytes of a password of version 2. */
const PASSWORD_BYTES = 8;

/** A thing that an instance tracks. */
export const VRRP_TRACK = mapping("a track", {
  interface: optional(kernelName(), {
    doc:
      "Network interface that must be up and have a link; default: one of interface, service, command, file and check is needed",
  }),
  service: optional(located(NAME), {
    doc: "Service of this file, by its name, that must have its quorum; default: one of the five is needed",
  }),
  command: optional(oneOrMany(text("a program or an argument", (word) => word !== "" && !word.includes("\0"))), {
    doc:
      "Absolute path of a program, and its arguments, that must end with status 0; default: one of the five is needed",
  }),
  file: optional(text("the absolute path of a file", /^\/[^\0]*$/), {
    doc:
      "Absolute path of a file with a whole number, which is multiplied by the weight; default: one of the five is needed",
  }),
  check: optional(CHECK, {
    doc:
      "Health check of any type, with an address and a port of its own, that must pass; default: one of the five is " +
      "needed",
  }),
  name: optional(located(NAME), {
    doc: "Name of the check in messages and in the status; default: its type, its address and its port",
  }),
  weight: withDefault(integer(TRACK_WEIGHT), {
    value: 0,
    doc:
      "Added to the priority: above 0 while it is good, below 0 while it is bad; with 0 the instance is at fault while it " +
      "is bad (a file: while its number is not 0)",
  }),
  interval: optional(duration("milliseconds", { min: 100, max: DAY_MS }), {
    doc: "Time between two runs of the command, or two readings of the file; default: 1s",
  }),
  timeout: optional(duration("milliseconds", { min: 100, max: DAY_MS }), {
    doc: "Time limit of the command; default: its interval",
  }),
  rise: optional(integer(COUNT), { doc: "Number of successes in a row after which a command is good; default: 1" }),
  fall: optional(integer(COUNT), { doc: "Number of failures in a row after which a command is bad; default: 1" }),
});

/** When an instance preempts, as a mapping. */
const PREEMPT_SECTION = mapping("preempt", {
  delay: required(duration("milliseconds", DELAY), {
    doc: "Time that a director with a higher priority waits after it has heard the active one",
  }),
});

/** When an instance takes the addresses from an active director with a lower priority. */
export interface Preempt {
  /** Whether it does. */
  readonly preempts: boolean;
  /** How long it waits before; milliseconds. */
  readonly delayMs: number;
}

const PREEMPT_SHAPE: Shape = { kind: "either", shapes: [boolean().shape, PREEMPT_SECTION.shape] };

/** `true`, `false`, or a mapping with a delay. */
const PREEMPT: Type<Preempt> = {
  shape: PREEMPT_SHAPE,
  read(node, place): Preempt | undefined {
    if (node.kind === "mapping") {
      const delayMs = PREEMPT_SECTION.read(node, place)?.values.delay;
      return delayMs === undefined ? undefined : { preempts: true, delayMs };
    }
    if (node.kind === "list" || (node.text !== "true" && node.text !== "false")) {
      return reportShape(node, { place, shape: PREEMPT_SHAPE });
    }
    const preempts = boolean().read(node, place);
    return preempts === undefined ? undefined : { preempts, delayMs: 0 };
  },
};

/** The sync daemons that follow an instance. */
export const VRRP_SYNC = mapping("sync", {
  device: required(kernelName(), { doc: "Network interface for the multicast messages of the sync daemons" }),
  id: optional(integer(SYNC_ID), { doc: "Number of the group of directors; default: the vrid of the instance" }),
  max_length: optional(integer(SYNC_LENGTH), {
    doc: "Longest message, in bytes; default: derived from the interface's MTU",
  }),
  group: optional(GROUP, { doc: "Multicast group; default: the kernel's, 224.0.0.81" }),
  port: optional(integer(PORT), { doc: "First UDP port; default: the kernel's, 8848" }),
  ttl: optional(integer(SYNC_TTL), { doc: "Time to live of the multicast packets, in hops; default: the kernel's, 1" }),
  keep: withDefault(boolean(), {
    value: false,
    doc: "The backup keeps receiving connections after the end of lvsctl's daemon",
  }),
});

const NOTIFY = optional(list(VRRP_NOTIFICATION), {
  doc: "Notifications of changes of the state, in their order; default: none",
});

/** A virtual router. */
export const VRRP_INSTANCE = mapping("a vrrp instance", {
  name: required(NAME, { doc: "Name of the instance, unique in the file" }),
  vrid: required(integer({ min: 1, max: 255 }), {
    doc: "Number of the virtual router, the same on all directors and unique on the link",
  }),
  device: required(kernelName(), { doc: "Network interface for the advertisements and the addresses" }),
  priority: withDefault(integer({ min: 1, max: 255 }), {
    value: DEFAULT_VRRP.priority,
    doc: "The director with the highest priority is active; 255 owns the addresses",
  }),
  version: withDefault(integer({ min: 2, max: 3 }), {
    value: DEFAULT_VRRP.version,
    doc: "Version of VRRP; 2 is for IPv4 and old peers",
  }),
  interval: withDefault(duration("milliseconds", INTERVAL), {
    value: DEFAULT_VRRP.intervalMs,
    written: "1s",
    doc: "Time between advertisements: whole seconds for version 2, up to 40s in steps of 10ms for version 3",
  }),
  vips: required(oneOrMany(located(PREFIX)), {
    doc: "Addresses of the active director, in the order of the advertisements; the first IPv6 address is link-local",
  }),
  vips_excluded: optional(oneOrMany(located(PREFIX)), {
    doc: "Addresses of the active director that are not in the advertisements, of any family; default: none",
  }),
  peers: optional(oneOrMany(located(ADDRESS)), {
    doc: "Addresses of the other directors, for unicast; default: multicast",
  }),
  source: optional(oneOrMany(located(ADDRESS)), {
    doc: "Source address of the advertisements, one for each family; default: the first address of the interface",
  }),
  password: optional(
    text(
      `1 to ${PASSWORD_BYTES} bytes`,
      (word) => word !== "" && !word.includes("\0") && new TextEncoder().encode(word).length <= PASSWORD_BYTES,
    ),
    { doc: "Version 2 only: password in the advertisements, which is sent as plain text; default: none" },
  ),
  checksum: withDefault(choice(VRRP_CHECKSUMS), {
    value: "pseudo-header",
    doc:
      "Checksum that version 3 sends over IPv4: pseudo-header (keepalived, FRR) or message (RFC 9568); both are accepted",
  }),
  preempt: optional(PREEMPT, {
    doc: "Takes the addresses from an active director with a lower priority: true, false, or a mapping with a delay",
    written: "true",
  }),
  startup_delay: withDefault(duration("milliseconds", DELAY), {
    value: 0,
    written: "0s",
    doc: "Time after the start of the daemon before the instance takes part",
  }),
  track: optional(list(VRRP_TRACK), {
    doc:
      "Interfaces, services, commands, files and checks that change the priority or put the instance at fault; default: none",
  }),
  virtual_mac: withDefault(boolean(), {
    value: false,
    doc:
      "The addresses have the hardware address of the virtual router, which moves with them, on an interface of their own",
  }),
  sync: optional(VRRP_SYNC, {
    doc: "Sync daemons of the kernel that follow the instance: the master runs while it is active; default: none",
  }),
  notify: NOTIFY,
  ...CHOICE,
});

/** A group of virtual routers. */
export const VRRP_GROUP = mapping("a vrrp group", {
  name: required(NAME, { doc: "Name of the group, unique in the file" }),
  members: required(list(located(NAME)), {
    doc: "Names of instances that are active on the same director; a fault of one is a fault of all",
  }),
  notify: NOTIFY,
  ...CHOICE,
});

/** The versions of VRRP by their number. */
export function vrrpVersion(version: number): (typeof VRRP_VERSIONS)[number] {
  return version === 2 ? 2 : 3;
}
