import {
  type AddressFamily,
  DEFAULT_QUORUM,
  type DesiredService,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  type IpAddress,
  type RealServer,
  serverObjections,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Vip,
} from "../../model/mod.ts";
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
  type Parts,
} from "./values.ts";
import {
  HEADER,
  IPV4_ENDPOINT_PATTERN,
  LISTEN_PATTERN,
  listenLine,
  NO_SERVICES,
  NO_SYNC_DAEMONS,
  NO_VIPS,
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
  VIP_PATTERN,
  vipLine,
  VIPS,
} from "./lines.ts";

/** Reads through a canonical file, from its start to its end. */
class CanonicalReader {
  readonly #text: string;
  readonly #ipv4Endpoint = new RegExp(IPV4_ENDPOINT_PATTERN, "y");
  #offset = 0;
  /** How the last line ended that {@linkcode CanonicalReader.ipv4Endpoint} read. */
  #rest = "";

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether the whole text was read. */
  get isAtEnd(): boolean {
    return this.#offset === this.#text.length;
  }

  /** Goes on behind the given text, if it is what comes next. */
  skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#offset)) return false;
    this.#offset += expected.length;
    return true;
  }

  /** Takes the next line (or lines) apart, without going on; undefined if the pattern, a sticky one, does not fit. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#text) ?? undefined;
  }

  /** Goes on behind what was matched. */
  accept(parts: RegExpExecArray): void {
    this.#offset += parts[0].length;
  }

  /** Reads the next line as a start, an IPv4 address and port, and the rest; undefined if it is not of that form. */
  ipv4Endpoint(start: string): Ipv4Endpoint | undefined {
    const text = this.#text;
    if (!text.startsWith(start, this.#offset)) return undefined;
    const from = this.#offset + start.length;
    const pattern = this.#ipv4Endpoint;
    pattern.lastIndex = from;
    if (!pattern.test(text)) return undefined;
    const at = pattern.lastIndex;
    // A line mostly ends as the one before it did: only what is new is taken out of the text.
    if (this.#rest === "" || !text.startsWith(this.#rest, at)) {
      const end = text.indexOf("\n", at) + 1;
      if (end === 0) return undefined;
      this.#rest = text.slice(at, end);
    }
    const colon = text.indexOf(":", from);
    const port = Number(text.slice(colon + 1, at));
    if (port > 65535) return undefined;
    this.#offset = at + this.#rest.length;
    // The pattern takes only addresses that are spelled canonically.
    return { address: text.slice(from, colon) as IpAddress, port, rest: this.#rest };
  }

  /** Reads the next line (or lines), if it is of the form. */
  line<T>(form: Form<T>): T | undefined {
    const parts = this.match(form.pattern);
    if (parts === undefined) return undefined;
    const value = form.value(parts);
    if (value !== undefined) this.accept(parts);
    return value;
  }
}

/** See {@linkcode CanonicalReader.ipv4Endpoint}. */
interface Ipv4Endpoint {
  readonly address: IpAddress;
  readonly port: number;
  readonly rest: string;
}

/** A form of text: how it is read, and how it is written. */
class Form<T> {
  /** Takes the text apart; sticky. */
  readonly pattern: RegExp;
  readonly #read: (parts: Parts) => T;
  readonly #write: (value: T) => string;
  /** Values of texts that were met before, for forms of which there are many texts, but few different ones. */
  readonly #known: Map<string, T> | undefined;

  constructor(
    pattern: string,
    options: {
      readonly read: (parts: Parts) => T;
      readonly write: (value: T) => string;
      readonly isOftenTheSame?: true;
    },
  ) {
    this.pattern = new RegExp(pattern, "y");
    this.#read = options.read;
    this.#write = options.write;
    this.#known = options.isOftenTheSame ? new Map() : undefined;
  }

  /** The value of a text that was taken apart; undefined unless writing the value gives the very same text. */
  value(parts: RegExpExecArray): T | undefined {
    const known = this.#known?.get(parts[0]);
    if (known !== undefined) return known;
    const value = this.#read(parts);
    if (this.#write(value) !== parts[0]) return undefined;
    this.#known?.set(parts[0], value);
    return value;
  }

  /** The value of a text as a whole. */
  valueOf(text: string): T | undefined {
    const known = this.#known?.get(text);
    if (known !== undefined) return known;
    this.pattern.lastIndex = 0;
    const parts = this.pattern.exec(text);
    return parts === null || parts[0] !== text ? undefined : this.value(parts);
  }
}

/** A key with nothing below it is no empty list: to a full reading it is an error. */
function some<T>(items: T[]): T[] {
  return items.length > 0 ? items : giveUp();
}

function readSyncDaemons(reader: CanonicalReader): SyncDaemon[] {
  const form = new Form(SYNC_DAEMON_PATTERN, { read: canonicalSyncDaemon, write: syncDaemonLine });
  const daemons: SyncDaemon[] = [];
  for (;;) {
    const daemon = reader.line(form);
    if (daemon === undefined) return daemons;
    if (daemons.some(({ role }) => role === daemon.role)) giveUp();
    daemons.push(daemon);
  }
}

function readVips(reader: CanonicalReader): Vip[] {
  const form = new Form(VIP_PATTERN, { read: canonicalVip, write: vipLine });
  const vips: Vip[] = [];
  const addresses = new Set<string>();
  for (;;) {
    const vip = reader.line(form);
    if (vip === undefined) return addresses.size === vips.length ? vips : giveUp();
    vips.push(vip);
    addresses.add(vip.address);
  }
}

/** Reads services; what is the same in many of them is read once. */
class ServicesReader {
  readonly #reader: CanonicalReader;
  readonly #listen = new Form(LISTEN_PATTERN, { read: canonicalServiceId, write: listenLine });
  readonly #settings = { ipv4: settingsForm("ipv4"), ipv6: settingsForm("ipv6") };
  readonly #serverPattern = new RegExp(SERVER_PATTERN, "y");
  /** Settings with which an IPv4 server may be in an IPv4 service. */
  readonly #sound = new Set<ServerSettings>();
  readonly #serverEnds = new Map<ForwardingMethod | undefined, Form<ServerSettings>>();

  constructor(reader: CanonicalReader) {
    this.#reader = reader;
  }

  /** All services, up to the first line that starts none. */
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

  /** The servers of a service, up to the first line that is none. */
  #servers(id: ServiceId, inherited: ForwardingMethod | undefined): RealServer[] {
    const form = this.#serverEnd(inherited);
    const isIpv4 = serviceFamily(id) === "ipv4";
    const servers: RealServer[] = [];
    for (;;) {
      // Most lines by far are of this kind, for which taking them apart by a pattern takes several times as long.
      const found = isIpv4 ? this.#reader.ipv4Endpoint(SERVER_START) : undefined;
      if (found !== undefined) {
        servers.push(this.#sameFamilyServer(found, { id, settings: form.valueOf(found.rest) ?? giveUp() }));
        continue;
      }
      const parts = this.#reader.match(this.#serverPattern);
      if (parts === undefined) break;
      const server = canonicalServer(parts, { id, settings: form.valueOf(parts[5] ?? "") ?? giveUp() });
      servers.push(server);
      this.#reader.accept(parts);
    }
    return areDistinct(servers) ? servers : giveUp();
  }

  /** A server of the service's own family: whether anything is wrong with it is for its settings alone to say. */
  #sameFamilyServer(
    { address, port }: Ipv4Endpoint,
    of: { readonly id: ServiceId; readonly settings: ServerSettings },
  ): RealServer {
    const { forward, weight, upperThreshold, lowerThreshold, tunnel } = of.settings;
    // Each field by name: objects that are made by spreading take three times the memory.
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
    const form = new Form<ServerSettings>(SERVER_END_PATTERN, {
      read: (parts) => canonicalServerSettings(parts, inherited),
      write: (settings) => serverLineEnd(settings, inherited),
      isOftenTheSame: true,
    });
    this.#serverEnds.set(inherited, form);
    return form;
  }
}

/**
 * Whether no server is there twice. Sorted servers mostly go up in the length of their addresses and, among equally long
 * ones, in their spelling; what goes up strictly in any order has nothing twice, and needs no set to show it.
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
  return new Form<ServiceSettings>(SETTINGS_PATTERN, {
    read: (parts) => canonicalSettings(parts, family),
    write: (settings) => settingsLines(settings, family),
    isOftenTheSame: true,
  });
}

/**
 * Reads a file that has exactly the form that `formatState` gives it, many times as fast as YAML is read.
 *
 * @returns What a full reading would give; undefined if anything deviates from that form, or is not valid.
 */
export function readCanonical(text: string): DesiredState | undefined {
  const reader = new CanonicalReader(text);
  if (!reader.skip(HEADER)) return undefined;
  return attempt(() => {
    const form = new Form(TIMEOUTS_PATTERN, { read: canonicalTimeouts, write: timeoutsLine });
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
    return { timeouts, syncDaemons, ...(vips === undefined ? {} : { vips }), services };
  });
}
