import type { Change, ServerId, SyncRole } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import type { IpvsClient } from "./client.ts";
import { changeError, type IpvsError } from "./errors.ts";

/**
 * Predicts the kernel's answer to a change from its current table, as far as the existence of the objects decides it.
 */
export function rehearse(client: IpvsClient, change: Change): IpvsError | undefined {
  const errno = expectedErrno(client, change);
  return errno === 0 ? undefined : changeError(change, errno);
}

function expectedErrno(client: IpvsClient, change: Change): number {
  switch (change.operation) {
    case "addService":
      return client.getService(change.service.id) === undefined ? 0 : ERRNO.EEXIST;
    case "editService":
      return client.getService(change.service.id) === undefined ? ERRNO.ESRCH : 0;
    case "deleteService":
      return client.getService(change.id) === undefined ? ERRNO.ESRCH : 0;
    case "addServer":
    case "editServer":
    case "deleteServer": {
      if (client.getService(change.id) === undefined) return ERRNO.ESRCH;
      const exists = client.servers(change.id).some((server) => sameServerId(server, change.server));
      if (change.operation === "addServer") return exists ? ERRNO.EEXIST : 0;
      return exists ? 0 : ERRNO.ENOENT;
    }
    case "zero":
      return change.id !== undefined && client.getService(change.id) === undefined ? ERRNO.ESRCH : 0;
    case "startSyncDaemon":
      return runsSyncDaemon(client, change.daemon.role) ? ERRNO.EEXIST : 0;
    case "stopSyncDaemon":
      return runsSyncDaemon(client, change.role) ? 0 : ERRNO.ESRCH;
    default:
      return 0;
  }
}

function runsSyncDaemon(client: IpvsClient, role: SyncRole): boolean {
  return client.syncDaemons().some((daemon) => daemon.role === role);
}

function sameServerId(a: ServerId, b: ServerId): boolean {
  return a.address === b.address && a.port === b.port;
}
