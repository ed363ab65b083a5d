import {
  type AddressFamily,
  DEFAULT_QUORUM,
  defined,
  type DesiredService,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  type RealServer,
  serverObjections,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Vip,
} from "../../model/mod.ts";
import { CanonicalReader, Form, type Ipv4Endpoint } from "./canonical_reader.ts";
import {
  attempt,
  canonicalServer,
  canonicalServerSettings,
  canonicalService,
  canonicalServiceId,
  canonicalSettings,
  canonicalSyncDaemon,
  canonicalTimeouts,
  canonicalVip,
  giveUp,
} from "./values.ts";
import {
  LISTEN_PATTERN,
  listenLine,
  NO_SERVICES,
  NO_SYNC_DAEMONS,
  NO_VIPS,
  SCHEMA_LINE,
  SERVER_END_PATTERN,
  SERVER_PATTERN,
  SERVER_START,
  serverLineEnd,
  SERVERS,
  type ServerSettings,
  SERVICES,
  type ServiceSettings,
  SETTINGS_PATTERN,
  settingsLines,
  SYNC_DAEMON_PATTERN,
  SYNC_DAEMONS,
  syncDaemonLine,
  TIMEOUTS_PATTERN,
  timeoutsLine,
  TITLE,
  VERSION_LINE,
  VIP_PATTERN,
  vipLine,
  VIPS,
} from "./lines.ts";

/** The items, at least one: the full reader reports a key without items as an error. */
function some<T>(items: T[]): T[] {
  return items.length > 0 ? items : giveUp();
}

function readSyncDaemons(reader: CanonicalReader): SyncDaemon[] {
  const form = new Form(new RegExp(SYNC_DAEMON_PATTERN, "y"), { read: canonicalSyncDaemon, write: syncDaemonLine });
  const daemons: SyncDaemon[] = [];
  for (;;) {
    const daemon = reader.line(form);
    if (daemon === undefined) return daemons;
    if (daemons.some(({ role }) => role === daemon.role)) giveUp();
    daemons.push(daemon);
  }
}

function readVips(reader: CanonicalReader): Vip[] {
  const form = new Form(new RegExp(VIP_PATTERN, "y"), { read: canonicalVip, write: vipLine });
  const vips: Vip[] = [];
  const addresses = new Set<string>();
  for (;;) {
    const vip = reader.line(form);
    if (vip === undefined) return addresses.size === vips.length ? vips : giveUp();
    vips.push(vip);
    addresses.add(vip.address);
  }
}

/** Reads services; repeated texts are parsed once. */
class ServicesReader {
  readonly #reader: CanonicalReader;
  readonly #listen = new Form(new RegExp(LISTEN_PATTERN, "y"), { read: canonicalServiceId, write: listenLine });
  readonly #settings = { ipv4: settingsForm("ipv4"), ipv6: settingsForm("ipv6") };
  readonly #serverPattern = new RegExp(SERVER_PATTERN, "y");
  /** Settings that are valid for an IPv4 server in an IPv4 service. */
  readonly #sound = new Set<ServerSettings>();
  readonly #serverEnds = new Map<ForwardingMethod | undefined, Form<ServerSettings>>();

  constructor(reader: CanonicalReader) {
    this.#reader = reader;
  }

  /** All services, up to the first line that does not start one. */
  read(): DesiredService[] {
    const services: DesiredService[] = [];
    const names = new Set<string>();
    for (;;) {
      const id = this.#reader.line(this.#listen);
      if (id === undefined) break;
      names.add(formatServiceId(id));
      const settings = this.#reader.line(this.#settings[serviceFamily(id)]) ?? giveUp();
      const servers = this.#reader.skip(SERVERS) ? some(this.#servers(id, settings.forward)) : [];
      const service = canonicalService(id, settings);
      services.push({ service, servers, onFailure: "remove", quorum: DEFAULT_QUORUM, panicThreshold: 0 });
    }
    return names.size === services.length ? services : giveUp();
  }

  /** The servers of a service, up to the first line that is not a server. */
  #servers(id: ServiceId, inherited: ForwardingMethod | undefined): RealServer[] {
    const form = this.#serverEnd(inherited);
    const isIpv4 = serviceFamily(id) === "ipv4";
    const servers: RealServer[] = [];
    for (;;) {
      // Almost all lines have this form, and a pattern would take several times as long.
      const endpoint = isIpv4 ? this.#reader.ipv4Endpoint(SERVER_START) : undefined;
      if (endpoint !== undefined) {
        servers.push(this.#sameFamilyServer(endpoint, { id, settings: form.valueOf(endpoint.rest) ?? giveUp() }));
        continue;
      }
      const parts = this.#reader.next(this.#serverPattern);
      if (parts === undefined) break;
      const server = canonicalServer(parts, { id, settings: form.valueOf(parts[5] ?? "") ?? giveUp() });
      servers.push(server);
      this.#reader.accept(parts);
    }
    return areDistinct(servers) ? servers : giveUp();
  }

  /** A server of the service's own family, which is valid if its settings are. */
  #sameFamilyServer(
    { address, port }: Ipv4Endpoint,
    of: { readonly id: ServiceId; readonly settings: ServerSettings },
  ): RealServer {
    const { forward, weight, upperThreshold, lowerThreshold, tunnel } = of.settings;
    // Each field by name, because objects from a spread take three times the memory.
    const server = { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
    if (!this.#sound.has(of.settings)) {
      if (serverObjections(of.id, server).length > 0) giveUp();
      this.#sound.add(of.settings);
    }
    return server;
  }

  #serverEnd(inherited: ForwardingMethod | undefined): Form<ServerSettings> {
    const known = this.#serverEnds.get(inherited);
    if (known !== undefined) return known;
    const form = new Form<ServerSettings>(new RegExp(SERVER_END_PATTERN, "y"), {
      read: (parts) => canonicalServerSettings(parts, inherited),
      write: (settings) => serverLineEnd(settings, inherited),
      isOftenTheSame: true,
    });
    this.#serverEnds.set(inherited, form);
    return form;
  }
}

/**
 * Whether no server occurs twice. Sorted servers mostly ascend in the length of their addresses and, for equal lengths,
 * in their text; servers that strictly ascend are distinct, which is faster to test than with a set.
 */
function areDistinct(servers: readonly RealServer[]): boolean {
  let last: RealServer | undefined;
  for (const server of servers) {
    if (last !== undefined && !isBefore(last, server)) {
      return new Set(servers.map(formatServerId)).size === servers.length;
    }
    last = server;
  }
  return true;
}

function isBefore(a: RealServer, b: RealServer): boolean {
  if (a.address.length !== b.address.length) return a.address.length < b.address.length;
  return a.address === b.address ? a.port < b.port : a.address < b.address;
}

function settingsForm(family: AddressFamily): Form<ServiceSettings> {
  return new Form<ServiceSettings>(new RegExp(SETTINGS_PATTERN, "y"), {
    read: (parts) => canonicalSettings(parts, family),
    write: (settings) => settingsLines(settings, family),
    isOftenTheSame: true,
  });
}

/**
 * Reads a file in exactly the form of `formatState`, many times faster than YAML.
 *
 * @returns The same state as the full reader gives; undefined if the file has another form or is not valid.
 */
export function readCanonical(text: string): DesiredState | undefined {
  const reader = new CanonicalReader(text);
  if (!reader.skip(TITLE)) return undefined;
  reader.skip(SCHEMA_LINE);
  if (!reader.skip(VERSION_LINE)) return undefined;
  return attempt(() => {
    const form = new Form(new RegExp(TIMEOUTS_PATTERN, "y"), { read: canonicalTimeouts, write: timeoutsLine });
    const timeouts = reader.line(form) ?? giveUp();
    const syncDaemons = reader.skip(NO_SYNC_DAEMONS)
      ? []
      : reader.skip(SYNC_DAEMONS)
      ? some(readSyncDaemons(reader))
      : giveUp();
    const vips = reader.skip(NO_VIPS) ? [] : reader.skip(VIPS) ? some(readVips(reader)) : undefined;
    const services = reader.skip(NO_SERVICES)
      ? []
      : reader.skip(SERVICES)
      ? some(new ServicesReader(reader).read())
      : giveUp();
    if (!reader.isAtEnd) giveUp();
    return defined({ timeouts, syncDaemons, vips, services });
  });
}
