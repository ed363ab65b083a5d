import { LvsctlError } from "../../core/errors/mod.ts";
import { exactFieldsOf, type Fields, isCount } from "../../core/json/mod.ts";
import {
  DEFAULT_TUNNEL,
  defined,
  FORWARDING_METHODS,
  type ForwardingMethod,
  type IpAddress,
  isIpAddress,
  PROTOCOLS,
  type RealServer,
  type ServiceEntry,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
  type Vip,
  VIP_SCOPES,
  type VirtualService,
} from "../../core/model/mod.ts";
import type { BeforeAndAfter, ChangedSettings, Snapshot } from "./snapshot.ts";

/** The version of the format that this module reads. */
const VERSION = 1;

/** A part of a snapshot has another form. */
class InvalidPart extends Error {}

/**
 * Parses a snapshot. Every value is checked, because a damaged snapshot must not become a wrong table.
 *
 * @param text The text that `formatSnapshot()` returned.
 * @param name Its name, for messages.
 * @throws {LvsctlError} If it is not a snapshot, or one of another version.
 */
export function parseSnapshot(text: string, name: string): Snapshot {
  try {
    const names = ["version", "made", "services", "before", "after"];
    const { version, made, services, before, after } = fields(JSON.parse(text), names);
    if (version !== VERSION) throw new InvalidPart("version");
    return {
      before: list(before, readEntry),
      after: optional(after, (value) => list(value, readEntry)),
      digests: new Map(list(services, readDigest)),
      settings: readSettings(made),
    };
  } catch (error) {
    if (!(error instanceof InvalidPart || error instanceof SyntaxError)) throw error;
  }
  throw new LvsctlError("it is not a snapshot of the format that this lvsctl writes", {
    operation: "read the snapshot",
    object: name,
    hint: "if another version of lvsctl wrote it, undo with that version",
  });
}

function readDigest(value: unknown): readonly [name: string, digest: string | undefined] {
  const [name, digest] = list(value, (item) => item);
  return [string(name), digest === null ? undefined : string(digest)];
}

function readEntry(value: unknown): ServiceEntry {
  const { service, servers } = fields(value, ["service", "servers"]);
  return { service: readService(service), servers: list(servers, readServer) };
}

function readService(value: unknown): VirtualService {
  const names = ["id", "scheduler", "schedulerFlags", "persistence", "onePacket", "idleEngine"];
  const { id, scheduler, schedulerFlags, persistence, onePacket, idleEngine } = fields(value, names);
  return defined({
    id: readId(id),
    scheduler: string(scheduler),
    schedulerFlags: count(schedulerFlags),
    persistence: optional(persistence, readPersistence),
    onePacket: boolean(onePacket),
    idleEngine: optional(idleEngine, string),
  });
}

function readId(value: unknown): ServiceId {
  const { kind, protocol, address: ip, port, family, mark } = fields(value, [
    "kind",
    "protocol",
    "address",
    "port",
    "family",
    "mark",
  ]);
  if (oneOf(["endpoint", "fwmark"], kind) === "fwmark") {
    return { kind: "fwmark", family: oneOf(["ipv4", "ipv6"], family), mark: count(mark) };
  }
  return { kind: "endpoint", protocol: oneOf(PROTOCOLS, protocol), address: address(ip), port: count(port) };
}

function readPersistence(value: unknown): NonNullable<VirtualService["persistence"]> {
  const { timeoutSeconds, netmask, engine } = fields(value, ["timeoutSeconds", "netmask", "engine"]);
  return defined({
    timeoutSeconds: count(timeoutSeconds),
    netmask: count(netmask),
    engine: optional(engine, string),
  });
}

/** The methods of a server in the kernel. */
const METHODS: readonly ForwardingMethod[] = [...FORWARDING_METHODS, "local", "bypass"];

function readServer(value: unknown): RealServer {
  const [ip, port, forward, weight, rest] = list(value, (item) => item);
  return {
    address: address(ip),
    port: count(port),
    forward: oneOf(METHODS, forward),
    weight: count(weight),
    ...(optional(rest, readRest) ?? { upperThreshold: 0, lowerThreshold: 0, tunnel: DEFAULT_TUNNEL }),
  };
}

function readRest(value: unknown): Pick<RealServer, "upperThreshold" | "lowerThreshold" | "tunnel"> {
  const { upperThreshold, lowerThreshold, tunnel } = fields(value, ["upperThreshold", "lowerThreshold", "tunnel"]);
  const { type, port, checksum } = fields(tunnel, ["type", "port", "checksum"]);
  return {
    upperThreshold: count(upperThreshold),
    lowerThreshold: count(lowerThreshold),
    tunnel: { type: oneOf(TUNNEL_TYPES, type), port: count(port), checksum: oneOf(TUNNEL_CHECKSUMS, checksum) },
  };
}

function readSettings(value: unknown): ChangedSettings {
  const { timeouts, syncDaemons, vips } = fields(value, ["timeouts", "syncDaemons", "vips"]);
  return defined({
    timeouts: optional(timeouts, (pair) => readPair(pair, readTimeouts)),
    syncDaemons: optional(syncDaemons, (pair) => readPair(pair, (side) => list(side, readSyncDaemon))),
    vips: optional(vips, (pair) => readPair(pair, (side) => list(side, readVip))),
  });
}

function readPair<T>(value: unknown, read: (side: unknown) => T): BeforeAndAfter<T> {
  const { before, after } = fields(value, ["before", "after"]);
  return { before: read(before), after: read(after) };
}

function readTimeouts(value: unknown): Timeouts {
  const { tcpSeconds, tcpFinSeconds, udpSeconds } = fields(value, ["tcpSeconds", "tcpFinSeconds", "udpSeconds"]);
  return { tcpSeconds: count(tcpSeconds), tcpFinSeconds: count(tcpFinSeconds), udpSeconds: count(udpSeconds) };
}

function readSyncDaemon(value: unknown): SyncDaemon {
  const names = ["role", "interface", "syncId", "maxLength", "group", "port", "ttl"];
  const { role, interface: device, syncId, maxLength, group, port, ttl } = fields(value, names);
  return defined({
    role: oneOf(["master", "backup"], role),
    interface: string(device),
    syncId: count(syncId),
    maxLength: optional(maxLength, count),
    group: optional(group, address),
    port: optional(port, count),
    ttl: optional(ttl, count),
  });
}

/** A VIP; those of a plan also have an owner and a state, which are not needed to undo it. */
function readVip(value: unknown): Vip {
  const names = ["address", "prefixLength", "device", "label", "scope", "dad", "prefixRoute", "owned", "state"];
  const { address: ip, prefixLength, device, label, scope, dad, prefixRoute } = fields(value, names);
  return defined({
    address: address(ip),
    prefixLength: count(prefixLength),
    device: string(device),
    label: optional(label, string),
    scope: oneOf(VIP_SCOPES, scope),
    dad: boolean(dad),
    prefixRoute: boolean(prefixRoute),
  });
}

function fields(value: unknown, names: readonly string[]): Fields {
  const found = exactFieldsOf(value, names);
  if (found === undefined) throw new InvalidPart("an object");
  return found;
}

function list<T>(value: unknown, read: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw new InvalidPart("a list");
  return value.map((item: unknown) => read(item));
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function string(value: unknown): string {
  if (typeof value !== "string") throw new InvalidPart("a text");
  return value;
}

function boolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new InvalidPart("true or false");
  return value;
}

function count(value: unknown): number {
  if (!isCount(value)) throw new InvalidPart("a number");
  return value;
}

function address(value: unknown): IpAddress {
  const text = string(value);
  if (!isIpAddress(text)) throw new InvalidPart("an address");
  return text;
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T {
  const word = words.find((each) => each === value);
  if (word === undefined) throw new InvalidPart("a word");
  return word;
}
