import {
  type DesiredService,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  type RealServer,
  type SyncDaemon,
  type VirtualService,
} from "../model/mod.ts";
import {
  attempt,
  canonicalForward,
  canonicalServer,
  canonicalService,
  canonicalSyncDaemon,
  canonicalTimeouts,
  giveUp,
  type Parts,
} from "./canonical_values.ts";
import {
  HEADER,
  NO_SERVICES,
  SERVER_PATTERN,
  serverLine,
  SERVERS,
  SERVICE_PATTERN,
  serviceLines,
  SERVICES,
  SYNC_DAEMON_PATTERN,
  SYNC_DAEMONS,
  syncDaemonLine,
  TIMEOUTS_PATTERN,
  timeoutsLine,
} from "./lines.ts";

/** What comes before the servers of a service. */
interface ServiceLines {
  readonly service: VirtualService;
  readonly forward: ForwardingMethod | undefined;
}

/** Reads through a canonical file, from its start to its end. */
class CanonicalReader {
  readonly #text: string;
  #offset = 0;

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

  /**
   * Reads a line (or lines) of one form, if that is what comes next.
   *
   * @param pattern Takes the line apart; sticky.
   * @param form.read Makes a value of the parts.
   * @param form.write Writes the value: only if that gives the very same line, the value is what the line says.
   */
  line<T>(
    pattern: RegExp,
    form: { readonly read: (parts: Parts) => T; readonly write: (value: T) => string },
  ): T | undefined {
    pattern.lastIndex = this.#offset;
    const parts = pattern.exec(this.#text);
    if (parts === null) return undefined;
    const value = form.read(parts);
    return this.skip(form.write(value)) ? value : undefined;
  }
}

function readSyncDaemons(reader: CanonicalReader): SyncDaemon[] {
  const pattern = new RegExp(SYNC_DAEMON_PATTERN, "y");
  const form = { read: canonicalSyncDaemon, write: syncDaemonLine };
  const daemons: SyncDaemon[] = [];
  for (;;) {
    const daemon = reader.line(pattern, form);
    if (daemon === undefined) return daemons;
    if (daemons.some(({ role }) => role === daemon.role)) giveUp();
    daemons.push(daemon);
  }
}

/** The servers of a service, up to the first line that is none. */
function readServers(
  reader: CanonicalReader,
  options: {
    readonly pattern: RegExp;
    readonly service: VirtualService;
    readonly forward: ForwardingMethod | undefined;
  },
): RealServer[] {
  const { pattern, service: { id }, forward } = options;
  const form = {
    read: (parts: Parts): RealServer => canonicalServer(parts, { id, inherited: forward }),
    write: (server: RealServer): string => serverLine(server, forward),
  };
  const names = new Set<string>();
  const servers: RealServer[] = [];
  for (;;) {
    const server = reader.line(pattern, form);
    if (server === undefined) return servers;
    names.add(formatServerId(server));
    servers.push(server);
    if (names.size !== servers.length) giveUp();
  }
}

function readServices(reader: CanonicalReader): DesiredService[] {
  const servicePattern = new RegExp(SERVICE_PATTERN, "y");
  const pattern = new RegExp(SERVER_PATTERN, "y");
  const form = {
    read: (parts: Parts): ServiceLines => ({ service: canonicalService(parts), forward: canonicalForward(parts[4]) }),
    write: ({ service, forward }: ServiceLines): string => serviceLines(service, forward),
  };
  const names = new Set<string>();
  const services: DesiredService[] = [];
  for (;;) {
    const lines = reader.line(servicePattern, form);
    if (lines === undefined) return services;
    const { service, forward } = lines;
    const servers = reader.skip(SERVERS) ? readServers(reader, { pattern, service, forward }) : [];
    services.push({ service, servers, onFailure: "remove", quorum: 1, panicThreshold: 0 });
    names.add(formatServiceId(service.id));
    if (names.size !== services.length) giveUp();
  }
}

/**
 * Reads a file that has exactly the form that `formatState` gives it: about thirty times as fast as YAML is read.
 *
 * @returns What a full reading would give; undefined if anything deviates from that form, or is not valid.
 */
export function readCanonical(text: string): DesiredState | undefined {
  const reader = new CanonicalReader(text);
  if (!reader.skip(HEADER)) return undefined;
  return attempt(() => {
    const timeouts = reader.line(new RegExp(TIMEOUTS_PATTERN, "y"), { read: canonicalTimeouts, write: timeoutsLine });
    if (timeouts === undefined) giveUp();
    const syncDaemons = reader.skip(SYNC_DAEMONS) ? readSyncDaemons(reader) : undefined;
    const services = reader.skip(NO_SERVICES) || !reader.skip(SERVICES) ? [] : readServices(reader);
    if (!reader.isAtEnd) giveUp();
    return { timeouts, ...(syncDaemons === undefined ? {} : { syncDaemons }), services };
  });
}
