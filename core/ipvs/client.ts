import {
  type Change,
  type CountedServer,
  formatServerId,
  formatServiceId,
  type IpvsInfo,
  type KernelState,
  type ListedServer,
  type ListedService,
  type RealServer,
  type ServerId,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../model/mod.ts";
import {
  AttributeDecoder,
  type AttributeReader,
  type AttributeValues,
  decodeAttributes,
  ERRNO,
  GenericConnection,
  KernelError,
  type MessageWriter,
  type Transport,
} from "../netlink/mod.ts";
import { readCountedServer, readDaemon, readServer, readService } from "./codec.ts";
import { IPVS_CMD, IPVS_GENL_VERSION } from "./constants.ts";
import { inside, KEY_BYTES, LISTED_SERVICES, readListedService } from "./entries.ts";
import { changeError, type IpvsError, requestError } from "./errors.ts";
import { RequestEncoder } from "./request_encoder.ts";
import { type OptionReader, SockoptServers } from "./sockopt_servers.ts";
import { readStatistics } from "./statistics.ts";
import { COMMAND, DAEMON, DEST, DEST_COUNTED, DEST_SETTINGS, INFO, SERVICE, SERVICE_SETTINGS } from "./tables.ts";

/** Where an {@linkcode IpvsClient} finds the kernel's IPVS. */
export interface IpvsClientOptions {
  /** Number of the IPVS family on this kernel. */
  readonly family: number;
  /** Opens a socket for options, which the client closes; without it, large tables are read by netlink alone. */
  readonly openOptions?: () => OptionReader;
}

/**
 * The kernel's IPVS: one method for each command, and {@linkcode execute} for many changes at once.
 *
 * Every method throws {@linkcode IpvsError} if the kernel refuses, and `NetlinkDecodeError` if its answer cannot be
 * read.
 */
export class IpvsClient implements Disposable {
  readonly #connection: GenericConnection;
  readonly #encoder = new RequestEncoder();
  readonly #sockopt: SockoptServers | undefined;
  // For the tables that are decoded once per service or server.
  readonly #serviceDecoder = new AttributeDecoder(SERVICE_SETTINGS);
  readonly #serverDecoder = new AttributeDecoder(DEST_SETTINGS);
  readonly #countedServerDecoder = new AttributeDecoder(DEST_COUNTED);
  readonly #listedServerDecoder = new AttributeDecoder(DEST);

  /**
   * Connects to IPVS over a transport; the client closes it.
   *
   * @param transport The socket.
   * @param options The kernel's family, and the socket for large tables.
   */
  constructor(transport: Transport, { family, openOptions }: IpvsClientOptions) {
    this.#connection = new GenericConnection(transport, { family, version: IPVS_GENL_VERSION });
    this.#sockopt = openOptions === undefined ? undefined : new SockoptServers(openOptions);
  }

  /** IPVS_CMD_NEW_SERVICE. */
  addService(service: VirtualService): void {
    this.#executeOne({ operation: "addService", service });
  }

  /** IPVS_CMD_SET_SERVICE: replaces everything except the identity. */
  editService(service: VirtualService): void {
    this.#executeOne({ operation: "editService", service });
  }

  /** IPVS_CMD_DEL_SERVICE: with its servers. */
  deleteService(id: ServiceId): void {
    this.#executeOne({ operation: "deleteService", id });
  }

  /** IPVS_CMD_NEW_DEST. */
  addServer(id: ServiceId, server: RealServer): void {
    this.#executeOne({ operation: "addServer", id, server });
  }

  /** IPVS_CMD_SET_DEST: replaces everything except the identity. */
  editServer(id: ServiceId, server: RealServer): void {
    this.#executeOne({ operation: "editServer", id, server });
  }

  /** IPVS_CMD_DEL_DEST. */
  deleteServer(id: ServiceId, server: RealServer): void {
    this.#executeOne({ operation: "deleteServer", id, server });
  }

  /** IPVS_CMD_NEW_DAEMON. */
  startSyncDaemon(daemon: SyncDaemon): void {
    this.#executeOne({ operation: "startSyncDaemon", daemon });
  }

  /** IPVS_CMD_DEL_DAEMON. */
  stopSyncDaemon(role: SyncDaemon["role"]): void {
    this.#executeOne({ operation: "stopSyncDaemon", role });
  }

  /** IPVS_CMD_SET_CONFIG: a timeout of 0 leaves its value unchanged. */
  setTimeouts(timeouts: Timeouts): void {
    this.#executeOne({ operation: "setTimeouts", timeouts });
  }

  /** IPVS_CMD_ZERO: zeroes the counters of one service, or of all by default. */
  zero(id?: ServiceId): void {
    this.#executeOne(id === undefined ? { operation: "zero" } : { operation: "zero", id });
  }

  /** IPVS_CMD_FLUSH: deletes every service of this network namespace. */
  flush(): void {
    this.#executeOne({ operation: "flush" });
  }

  /** IPVS_CMD_GET_SERVICE for one service; `undefined` if it does not exist. */
  getService(id: ServiceId): VirtualService | undefined {
    const values = this.#getService(id);
    return values === undefined ? undefined : readService(values);
  }

  /** IPVS_CMD_GET_SERVICE for all services, without their servers. */
  services(): VirtualService[] {
    const decoder = this.#serviceDecoder;
    const services = this.#dumpServices(
      (attributes) => readService(decoder.decode(inside(attributes, COMMAND.service))),
      ({ id }) => formatServiceId(id),
    );
    this.#sockopt?.count(services);
    return services;
  }

  /** IPVS_CMD_GET_DEST: the servers of a service; empty if the service does not exist. */
  servers(id: ServiceId): RealServer[] {
    const servers = this.#sockopt?.servers(id);
    if (servers !== undefined) return servers;
    const family = serviceFamily(id);
    const decoder = this.#serverDecoder;
    return this.#dumpServers(id, (attributes) => readServer(decoder.decode(inside(attributes, COMMAND.dest)), family));
  }

  /** Services and servers with their traffic and connections: all of them, or one service. */
  list(id?: ServiceId): ListedService[] {
    return this.listServices(id).map((entry) => ({ ...entry, servers: this.listServers(entry.service.id) }));
  }

  /** Services with their traffic, without their servers: all of them, or one service. */
  listServices(id?: ServiceId): Omit<ListedService, "servers">[] {
    if (id === undefined) return this.#dumpServices(LISTED_SERVICES.decode, LISTED_SERVICES.key);
    const values = this.#getService(id);
    return values === undefined ? [] : [readListedService(values)];
  }

  /** The servers of a service with their traffic and connections; empty if the service does not exist. */
  listServers(id: ServiceId): ListedServer[] {
    return this.#dumpServers(id, this.#listedServerReader(id));
  }

  /** As {@linkcode IpvsClient.listServices} of all, with pauses for other work, in which nothing may use the client. */
  *listServicesInSteps(): Generator<undefined, Omit<ListedService, "servers">[], undefined> {
    return yield* this.#inSteps(
      { operation: "list the virtual services", object: "" },
      this.#connection.dumpKeyedInSteps(() => IPVS_CMD.GET_SERVICE, LISTED_SERVICES),
    );
  }

  /** As {@linkcode IpvsClient.listServers}, with pauses for other work, in which nothing may use the client. */
  *listServersInSteps(id: ServiceId): Generator<undefined, ListedServer[], undefined> {
    return yield* this.#inSteps(
      { operation: "list the servers of", object: formatServiceId(id) },
      this.#connection.dumpKeyedInSteps(this.#serverRequest(id), {
        decode: this.#listedServerReader(id),
        key: formatServerId,
        keyBytes: KEY_BYTES.server,
      }),
    );
  }

  /** The servers of a service with their connections; a third faster than with their traffic. */
  countedServers(id: ServiceId): CountedServer[] {
    const servers = this.#sockopt?.countedServers(id);
    if (servers !== undefined) return servers;
    const family = serviceFamily(id);
    const decoder = this.#countedServerDecoder;
    return this.#dumpServers(
      id,
      (attributes) => readCountedServer(decoder.decode(inside(attributes, COMMAND.dest)), family),
    );
  }

  /** IPVS_CMD_GET_DAEMON. */
  syncDaemons(): SyncDaemon[] {
    return this.#attempt(
      "list the sync daemons",
      undefined,
      () =>
        this.#connection.dump(
          () => IPVS_CMD.GET_DAEMON,
          (attributes) => readDaemon(decodeAttributes(inside(attributes, COMMAND.daemon), DAEMON)),
        ),
    );
  }

  /** IPVS_CMD_GET_CONFIG. */
  getTimeouts(): Timeouts {
    const answer = this.#attempt(
      "read the timeouts",
      undefined,
      () => this.#connection.request(() => IPVS_CMD.GET_CONFIG),
    );
    const values = decodeAttributes(answer ?? new Uint8Array(), COMMAND);
    return {
      tcpSeconds: values.timeoutTcp ?? 0,
      tcpFinSeconds: values.timeoutTcpFin ?? 0,
      udpSeconds: values.timeoutUdp ?? 0,
    };
  }

  /** IPVS_CMD_GET_INFO. */
  getInfo(): IpvsInfo {
    const answer = this.#attempt(
      "read the version",
      undefined,
      () => this.#connection.request(() => IPVS_CMD.GET_INFO),
    );
    const { version = 0, connectionTableSize = 0 } = decodeAttributes(answer ?? new Uint8Array(), INFO);
    return { version: [(version >>> 16) & 255, (version >>> 8) & 255, version & 255], connectionTableSize };
  }

  /** Everything that can be declared. It is not a snapshot: a simultaneous change may be missing. */
  readState(): KernelState {
    return {
      timeouts: this.getTimeouts(),
      syncDaemons: this.syncDaemons(),
      services: this.services().map((service) => ({ service, servers: this.servers(service.id) })),
    };
  }

  /**
   * Sends many changes in order, in few system calls.
   *
   * @param changes The changes; after a failed one the later ones of the same send still run.
   * @param options.stopOnError Whether a send with a failed change is the last one.
   * @returns The errors of the failed changes, by index.
   * @throws {IpvsError} If the socket fails; which changes ran is then unknown.
   */
  execute(
    changes: readonly Change[],
    options: { readonly stopOnError?: boolean | undefined } = {},
  ): Map<number, IpvsError> {
    this.#encoder.forgetService();
    this.#sockopt?.forget();
    const errnos = this.#attempt(
      "change the table",
      undefined,
      () => this.#connection.batch(changes, (writer, change) => this.#encoder.encode(writer, change), options),
    );
    const errors = new Map<number, IpvsError>();
    errnos.forEach((errno, index) => {
      const change = changes[index];
      if (errno !== 0 && change !== undefined) errors.set(index, changeError(change, errno));
    });
    return errors;
  }

  /** Closes the connection. */
  close(): void {
    this.#sockopt?.[Symbol.dispose]();
    this.#connection.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  #executeOne(change: Change): void {
    const error = this.execute([change]).get(0);
    if (error !== undefined) throw error;
  }

  /** Runs a request about the table or one service, and converts its failure to an {@linkcode IpvsError}. */
  #attempt<T>(operation: string, id: ServiceId | undefined, run: () => T): T {
    try {
      return run();
    } catch (error) {
      // Named only now: a table has thousands of services.
      throw requestError(error, { operation, object: id === undefined ? "" : formatServiceId(id) });
    }
  }

  #getService(id: ServiceId): AttributeValues<typeof SERVICE> | undefined {
    const answer = this.#attempt("read virtual service", id, () => {
      try {
        return this.#connection.request((writer) => {
          this.#encoder.encodeKey(writer, id);
          return IPVS_CMD.GET_SERVICE;
        });
      } catch (error) {
        if (error instanceof KernelError && error.errno === ERRNO.ESRCH) return undefined;
        throw error;
      }
    });
    return answer === undefined ? undefined : decodeAttributes(inside(answer, COMMAND.service), SERVICE);
  }

  #dumpServices<T>(decode: (attributes: AttributeReader) => T, key: (entry: T) => string): T[] {
    return this.#attempt(
      "list the virtual services",
      undefined,
      () => this.#connection.dumpKeyed(() => IPVS_CMD.GET_SERVICE, { decode, key, keyBytes: KEY_BYTES.service }),
    );
  }

  #dumpServers<T extends ServerId>(id: ServiceId, decode: (attributes: AttributeReader) => T): T[] {
    return this.#attempt(
      "list the servers of",
      id,
      () =>
        this.#connection.dumpKeyed(this.#serverRequest(id), {
          decode,
          key: formatServerId,
          keyBytes: KEY_BYTES.server,
        }),
    );
  }

  #serverRequest(id: ServiceId): (writer: MessageWriter) => number {
    return (writer) => {
      this.#encoder.encodeKey(writer, id);
      return IPVS_CMD.GET_DEST;
    };
  }

  /** How a dump of the servers of a service with their traffic is read. */
  #listedServerReader(id: ServiceId): (attributes: AttributeReader) => ListedServer {
    const family = serviceFamily(id);
    const decoder = this.#listedServerDecoder;
    return (attributes) => {
      const values = decoder.decode(inside(attributes, COMMAND.dest));
      return { ...readCountedServer(values, family), statistics: readStatistics(values) };
    };
  }

  /** Does the steps of a request, and converts its failure to an {@linkcode IpvsError}. */
  *#inSteps<T>(
    about: { readonly operation: string; readonly object: string },
    steps: Generator<undefined, T, undefined>,
  ): Generator<undefined, T, undefined> {
    try {
      return yield* steps;
    } catch (error) {
      throw requestError(error, about);
    }
  }
}
