import type { Change, ServerId, SyncRole } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import type { IpvsClient } from "./client.ts";
import { changeError, type IpvsError } from "./errors.ts";

/**
 * What the kernel would answer to a change by the table that it has now: whether the objects are there, as far as that
 * can be known without trying.
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
      const isThere = client.servers(change.id).some((server) => sameServerId(server, change.server));
      if (change.operation === "addServer") return isThere ? ERRNO.EEXIST : 0;
      return isThere ? 0 : ERRNO.ENOENT;
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
