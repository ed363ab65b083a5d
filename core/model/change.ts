import type { SyncDaemon, SyncRole, Timeouts } from "./kernel_settings.ts";
import { formatServerId, type RealServer, type ServerId } from "./server.ts";
import { formatServiceId, type ServiceId, type VirtualService } from "./service.ts";

/** One change of the kernel's state: a value that can be planned, printed and sent. */
export type Change =
  | { readonly operation: "addService" | "editService"; readonly service: VirtualService }
  | { readonly operation: "deleteService"; readonly id: ServiceId }
  | { readonly operation: "addServer" | "editServer"; readonly id: ServiceId; readonly server: RealServer }
  | { readonly operation: "deleteServer"; readonly id: ServiceId; readonly server: ServerId }
  | { readonly operation: "setTimeouts"; readonly timeouts: Timeouts }
  | { readonly operation: "startSyncDaemon"; readonly daemon: SyncDaemon }
  | { readonly operation: "stopSyncDaemon"; readonly role: SyncRole }
  | { readonly operation: "zero"; readonly id?: ServiceId }
  | { readonly operation: "flush" };

/** Names of the changes. */
export type ChangeOperation = Change["operation"];

const VERBS: Readonly<Record<ChangeOperation, string>> = {
  addService: "add virtual service",
  editService: "edit virtual service",
  deleteService: "delete virtual service",
  addServer: "add real server",
  editServer: "edit real server",
  deleteServer: "delete real server",
  setTimeouts: "set the timeouts",
  startSyncDaemon: "start sync daemon",
  stopSyncDaemon: "stop sync daemon",
  zero: "zero the counters",
  flush: "flush the table",
};

/** Operation and object of a change: the two halves of an error message or of a line of a plan. */
export function describeChange(change: Change): { readonly verb: string; readonly object: string } {
  const verb = VERBS[change.operation];
  switch (change.operation) {
    case "addService":
    case "editService":
      return { verb, object: formatServiceId(change.service.id) };
    case "deleteService":
      return { verb, object: formatServiceId(change.id) };
    case "addServer":
    case "editServer":
    case "deleteServer":
      return { verb, object: `${formatServerId(change.server)} of ${formatServiceId(change.id)}` };
    case "startSyncDaemon":
      return { verb, object: `${change.daemon.role} on ${change.daemon.interface}` };
    case "stopSyncDaemon":
      return { verb, object: change.role };
    case "zero":
      return {
        verb: change.id === undefined ? verb : `${verb} of`,
        object: change.id ? formatServiceId(change.id) : "",
      };
    case "setTimeouts":
    case "flush":
      return { verb, object: "" };
  }
}
