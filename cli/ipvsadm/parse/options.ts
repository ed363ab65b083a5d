import { DEFAULT_PERSISTENCE_SECONDS, MAX_WEIGHT } from "../../../core/model/mod.ts";
import type { CommandName } from "./commands.ts";
import type { Draft } from "./draft.ts";
import type { OptionSyntax } from "./popt.ts";
import {
  readGroup,
  readIn,
  readIpv6Mark,
  readMark,
  readNetmask,
  readPersistence,
  readServer,
  readService,
  readTunnelType,
} from "./readers.ts";

/** The place of an option in a command; at most one `exclusive` option may be given. */
export type Place = "required" | "optional" | "exclusive";

/** A row of the option/command matrix; the option is illegal with a command that the row does not name. */
export interface OptionRow {
  /** The option's name in messages. */
  readonly name: string;
  /** The commands that accept it. */
  readonly commands: Readonly<Partial<Record<CommandName, Place>>>;
  /** Its spellings, which count as the same option. */
  readonly spellings: readonly Spelling[];
}

/** One way to write an option. */
export interface Spelling extends OptionSyntax {
  /** Adds the option to the command line; the value is "" if the option has none. */
  readonly read: (draft: Draft, value: string) => void;
  /** Adds the option without its optional value. */
  readonly readBare?: (draft: Draft) => void;
}

/** A spelling with its row in the matrix; a spelling without a row is legal with every command, repeatedly. */
export interface LocatedSpelling extends Spelling {
  /** Index of its row. */
  readonly row: number | undefined;
}

const SERVICE = { "add-service": "optional", "edit-service": "optional" } as const;
const SERVER = { "add-server": "optional", "edit-server": "optional" } as const;
const LIST = { list: "optional" } as const;
const DAEMON = { "start-daemon": "optional" } as const;

function ignore(): void {}

/** The option/command matrix, in the order of the checks: it drives both the parsing and the checks of options. */
export const OPTION_ROWS: readonly OptionRow[] = [
  {
    name: "numeric",
    commands: { list: "optional", save: "optional" },
    spellings: [{ long: "numeric", short: "n", read: (draft) => draft.format.numeric = true }],
  },
  {
    name: "connection",
    commands: { list: "exclusive" },
    spellings: [{ long: "connection", short: "c", read: ignore }],
  },
  {
    name: "service-address",
    commands: {
      "add-service": "required",
      "edit-service": "required",
      "delete-service": "required",
      list: "exclusive",
      "add-server": "required",
      "edit-server": "required",
      "delete-server": "required",
      zero: "optional",
    },
    spellings: [
      {
        long: "tcp-service",
        short: "t",
        value: "required",
        read: (draft, text) => readService(draft, text, { protocol: "tcp" }),
      },
      {
        long: "udp-service",
        short: "u",
        value: "required",
        read: (draft, text) => readService(draft, text, { protocol: "udp" }),
      },
      {
        long: "sctp-service",
        value: "required",
        read: (draft, text) => readService(draft, text, { protocol: "sctp" }),
      },
      { long: "fwmark-service", short: "f", value: "required", read: readMark },
    ],
  },
  {
    name: "scheduler",
    commands: SERVICE,
    spellings: [{
      long: "scheduler",
      short: "s",
      value: "required",
      read: (draft, text) => draft.scheduler = text.slice(0, 15),
    }],
  },
  {
    name: "persistent",
    commands: SERVICE,
    spellings: [{
      long: "persistent",
      short: "p",
      value: "optional",
      read: readPersistence,
      readBare: (draft) => draft.persistenceSeconds = DEFAULT_PERSISTENCE_SECONDS,
    }],
  },
  {
    name: "netmask",
    commands: SERVICE,
    spellings: [{ long: "netmask", short: "M", value: "required", read: readNetmask }],
  },
  {
    name: "real-server",
    commands: { "add-server": "required", "edit-server": "required", "delete-server": "required" },
    spellings: [{ long: "real-server", short: "r", value: "required", read: readServer }],
  },
  {
    name: "forwarding-method",
    commands: SERVER,
    spellings: [
      { long: "gatewaying", short: "g", read: (draft) => draft.forward = "dr" },
      { long: "ipip", short: "i", read: (draft) => draft.forward = "tun" },
      { long: "masquerading", short: "m", read: (draft) => draft.forward = "nat" },
    ],
  },
  {
    name: "weight",
    commands: SERVER,
    spellings: [{
      long: "weight",
      short: "w",
      value: "required",
      read: (draft, text) => draft.weight = readIn(text, { min: 0, max: MAX_WEIGHT, what: "weight" }),
    }],
  },
  {
    name: "u-threshold",
    commands: SERVER,
    spellings: [{
      long: "u-threshold",
      short: "x",
      value: "required",
      read: (draft, text) => draft.upperThreshold = readIn(text, { min: 0, max: MAX_WEIGHT, what: "u_threshold" }),
    }],
  },
  {
    name: "l-threshold",
    commands: SERVER,
    spellings: [{
      long: "l-threshold",
      short: "y",
      value: "required",
      read: (draft, text) => draft.lowerThreshold = readIn(text, { min: 0, max: MAX_WEIGHT, what: "l_threshold" }),
    }],
  },
  {
    name: "mcast-interface",
    commands: DAEMON,
    spellings: [{
      long: "mcast-interface",
      value: "required",
      read: (draft, text) => draft.interface = text.slice(0, 15),
    }],
  },
  { name: "timeout", commands: { list: "exclusive" }, spellings: [{ long: "timeout", read: ignore }] },
  { name: "daemon", commands: { list: "exclusive" }, spellings: [{ long: "daemon", read: ignore }] },
  { name: "stats", commands: LIST, spellings: [{ long: "stats", read: ignore }] },
  { name: "rate", commands: LIST, spellings: [{ long: "rate", read: ignore }] },
  { name: "thresholds", commands: LIST, spellings: [{ long: "thresholds", read: ignore }] },
  { name: "persistent-conn", commands: LIST, spellings: [{ long: "persistent-conn", read: ignore }] },
  { name: "nosort", commands: LIST, spellings: [{ long: "nosort", read: (draft) => draft.format.sorted = false }] },
  {
    name: "syncid",
    commands: { "start-daemon": "optional", "stop-daemon": "optional", list: "optional" },
    spellings: [{
      long: "syncid",
      value: "required",
      read: (draft, text) => draft.syncId = readIn(text, { min: 0, max: 255, what: "syncid" }),
    }],
  },
  {
    name: "exact",
    commands: LIST,
    spellings: [{ long: "exact", short: "X", read: (draft) => draft.format.exact = true }],
  },
  {
    name: "ops",
    commands: SERVICE,
    spellings: [{ long: "ops", short: "o", read: (draft) => draft.onePacket = true }],
  },
  {
    name: "pe",
    commands: SERVICE,
    spellings: [{ long: "pe", value: "required", read: (draft, text) => draft.engine = text.slice(0, 16) }],
  },
  {
    name: "sched-flags",
    commands: SERVICE,
    spellings: [{
      long: "sched-flags",
      short: "b",
      value: "required",
      read: (draft, text) => draft.schedulerFlagNames = text,
    }],
  },
  {
    name: "mcast-group",
    commands: DAEMON,
    spellings: [{ long: "mcast-group", value: "required", read: readGroup }],
  },
  {
    name: "mcast-port",
    commands: DAEMON,
    spellings: [{
      long: "mcast-port",
      value: "required",
      read: (draft, text) => draft.groupPort = readIn(text, { min: 1, max: 65535, what: "mcast-port" }),
    }],
  },
  {
    name: "mcast-ttl",
    commands: DAEMON,
    spellings: [{
      long: "mcast-ttl",
      value: "required",
      read: (draft, text) => draft.ttl = readIn(text, { min: 1, max: 255, what: "mcast-ttl" }),
    }],
  },
  {
    name: "sync-maxlen",
    commands: DAEMON,
    spellings: [{
      long: "sync-maxlen",
      value: "required",
      read: (draft, text) => draft.maxLength = readIn(text, { min: 1, max: 65507, what: "sync-maxlen" }),
    }],
  },
  { name: "tun-info", commands: LIST, spellings: [{ long: "tun-info", read: ignore }] },
  {
    name: "tun-type",
    commands: SERVER,
    spellings: [{ long: "tun-type", value: "required", read: readTunnelType }],
  },
  {
    name: "tun-port",
    commands: SERVER,
    spellings: [{
      long: "tun-port",
      value: "required",
      read: (draft, text) => draft.tunnelPort = readIn(text, { min: 1, max: 65535, what: "tunnel port" }),
    }],
  },
  {
    name: "tun-nocsum",
    commands: SERVER,
    spellings: [{ long: "tun-nocsum", read: (draft) => draft.tunnelChecksum = "none" }],
  },
  {
    name: "tun-csum",
    commands: SERVER,
    spellings: [{ long: "tun-csum", read: (draft) => draft.tunnelChecksum = "csum" }],
  },
  {
    name: "tun-remcsum",
    commands: SERVER,
    spellings: [{ long: "tun-remcsum", read: (draft) => draft.tunnelChecksum = "remcsum" }],
  },
];

/** The options without a row in the matrix. */
const FREE_SPELLINGS: readonly Spelling[] = [
  { long: "ipv6", short: "6", read: readIpv6Mark },
  { long: "sort", read: ignore },
];

/** Every spelling of every option. */
export const SPELLINGS: readonly LocatedSpelling[] = [
  ...OPTION_ROWS.flatMap(({ spellings }, row) => spellings.map((spelling) => ({ ...spelling, row }))),
  ...FREE_SPELLINGS.map((spelling) => ({ ...spelling, row: undefined })),
];
