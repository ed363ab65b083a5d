import type { Change, RealServer, ServiceId, Timeouts } from "../model/mod.ts";
import { type AttributeValues, MessageWriter } from "../netlink/mod.ts";
import {
  daemonValues,
  haveSameSettings,
  serverKeyValues,
  serverSettingsValues,
  serviceValues,
  writeServerEndpoint,
  writeServiceKey,
} from "./codec.ts";
import { IP_VS_STATE, IPVS_CMD } from "./constants.ts";
import { COMMAND, DAEMON, DEST, SERVICE } from "./tables.ts";

/**
 * Writes the attributes of requests. It remembers the last service and server, because in a batch the servers of a
 * service follow each other and most of them have the same settings.
 */
export class RequestEncoder {
  /** The last encoded service, and its key. */
  #keyId: ServiceId | undefined;
  readonly #key = new MessageWriter();
  /** The last encoded server, and its settings. */
  #settingsServer: RealServer | undefined;
  readonly #settings = new MessageWriter();

  /** Forgets the last service; needed before each batch, because the caller may have changed the object since. */
  forgetService(): void {
    this.#keyId = undefined;
  }

  /**
   * Writes the attributes of a change.
   *
   * @returns The command of the change.
   */
  encode(writer: MessageWriter, change: Change): number {
    switch (change.operation) {
      case "addService":
      case "editService":
        encodeInto(writer, "service", serviceValues(change.service));
        return change.operation === "addService" ? IPVS_CMD.NEW_SERVICE : IPVS_CMD.SET_SERVICE;
      case "deleteService":
        this.encodeKey(writer, change.id);
        return IPVS_CMD.DEL_SERVICE;
      case "addServer":
      case "editServer":
        this.encodeKey(writer, change.id);
        this.#encodeServer(writer, change.server);
        return change.operation === "addServer" ? IPVS_CMD.NEW_DEST : IPVS_CMD.SET_DEST;
      case "deleteServer":
        this.encodeKey(writer, change.id);
        encodeInto(writer, "dest", serverKeyValues(change.server));
        return IPVS_CMD.DEL_DEST;
      case "startSyncDaemon":
        encodeInto(writer, "daemon", daemonValues(change.daemon));
        return IPVS_CMD.NEW_DAEMON;
      case "stopSyncDaemon":
        encodeInto(writer, "daemon", { state: IP_VS_STATE[change.role] });
        return IPVS_CMD.DEL_DAEMON;
      case "setTimeouts":
        writer.attributes(COMMAND, timeoutValues(change.timeouts));
        return IPVS_CMD.SET_CONFIG;
      case "zero":
        if (change.id !== undefined) this.encodeKey(writer, change.id);
        return IPVS_CMD.ZERO;
      case "flush":
        return IPVS_CMD.FLUSH;
    }
  }

  #encodeServer(writer: MessageWriter, server: RealServer): void {
    if (this.#settingsServer === undefined || !haveSameSettings(this.#settingsServer, server)) {
      this.#settings.reset();
      this.#settings.attributes(DEST, serverSettingsValues(server));
      this.#settingsServer = server;
    }
    const start = writer.beginNested(COMMAND.dest.type);
    writeServerEndpoint(writer, server);
    writer.append(this.#settings.bytes());
    writer.endNested(start);
  }

  /** Writes the key of a service. */
  encodeKey(writer: MessageWriter, id: ServiceId): void {
    if (this.#keyId !== id) {
      this.#key.reset();
      writeServiceKey(this.#key, id);
      this.#keyId = id;
    }
    const start = writer.beginNested(COMMAND.service.type);
    writer.append(this.#key.bytes());
    writer.endNested(start);
  }
}

const NESTED_TABLES = { service: SERVICE, dest: DEST, daemon: DAEMON } as const;

function encodeInto<K extends keyof typeof NESTED_TABLES>(
  writer: MessageWriter,
  name: K,
  values: AttributeValues<(typeof NESTED_TABLES)[K]>,
): void {
  const start = writer.beginNested(COMMAND[name].type);
  writer.attributes(NESTED_TABLES[name], values);
  writer.endNested(start);
}

function timeoutValues(timeouts: Timeouts): AttributeValues<typeof COMMAND> {
  const values: AttributeValues<typeof COMMAND> = {};
  if (timeouts.tcpSeconds !== 0) values.timeoutTcp = timeouts.tcpSeconds;
  if (timeouts.tcpFinSeconds !== 0) values.timeoutTcpFin = timeouts.tcpFinSeconds;
  if (timeouts.udpSeconds !== 0) values.timeoutUdp = timeouts.udpSeconds;
  return values;
}
