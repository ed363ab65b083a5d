import {
  entryFindings,
  formatFinding,
  schedulerFindings,
  type ServiceFinding,
  type ServiceLookup,
} from "../../core/findings/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import {
  type Change,
  formatServerId,
  formatServiceId,
  type RealServer,
  type ServiceId,
  type VirtualService,
} from "../../core/model/mod.ts";
import type { Io } from "../context/io.ts";

/** A service after changes that have added or edited it, or some of its servers. */
export interface ChangedEntry {
  /** The service. */
  readonly service: VirtualService;
  /** The change of its own settings; undefined if they are as before. */
  readonly own?: "added" | "edited" | undefined;
  /** The servers that were added or edited. */
  readonly changed: readonly RealServer[];
  /** Reads the other servers: the table of a large service takes long to read. */
  readonly others: () => readonly RealServer[];
  /** Finds services of the same table. */
  readonly isService: ServiceLookup;
  /** Whether the kernel has not seen the changes, so that it may not know the scheduler. */
  readonly isRehearsal?: boolean | undefined;
}

/** What cannot work about a changed service: the findings about other settings were reported when those were made. */
export function changedEntryFindings(entry: ChangedEntry): ServiceFinding[] {
  const { service, own, changed, others, isService, isRehearsal } = entry;
  // A new service gets its servers by the next commands.
  const isComplete = own === "edited" || changed.some((server) => concernsOthers(service.id, server));
  const servers = isComplete ? [...others(), ...changed] : changed;
  const isChanged = new Set(changed);
  const findings = entryFindings({ service, servers }, {
    isComplete,
    isService: changed.length === 0 ? undefined : isService,
  });
  return [
    ...(isRehearsal && own !== undefined ? schedulerFindings({ service }) : []),
    ...findings.filter(({ key, server }) =>
      server === undefined ? key !== "listen" || own !== undefined : own === "edited" || isChanged.has(server)
    ),
  ];
}

/** Whether the other servers of the service matter. */
function concernsOthers(id: ServiceId, { weight, forward }: RealServer): boolean {
  return weight === 0 || (forward !== "nat" && (id.kind === "fwmark" || id.port === 0));
}

/**
 * Prints on standard error what cannot work about the services and servers that changes have added or edited.
 *
 * @param request.client The kernel's table, for the settings that the changes do not name.
 * @param request.changes The changes, made or to be made.
 * @param request.isRehearsal Whether the kernel has not seen the changes.
 */
export function printEntryFindings(
  { io }: { readonly io: Io },
  request: {
    readonly client: Pick<IpvsClient, "getService" | "servers">;
    readonly changes: readonly Change[];
    readonly isRehearsal?: boolean | undefined;
  },
): void {
  const { client, changes, isRehearsal } = request;
  const groups = Map.groupBy(changes.flatMap(settingsIn), ({ id }) => formatServiceId(id));
  for (const its of groups.values()) {
    const own = its.findLast(({ service }) => service !== undefined);
    const id = own?.id ?? its[0]?.id;
    const service = own?.service ?? (id === undefined ? undefined : client.getService(id));
    if (service === undefined) continue;
    const changed = its.flatMap(({ server }) => server ?? []);
    const names = new Set(changed.map(formatServerId));
    const findings = changedEntryFindings({
      service,
      own: own?.own,
      changed,
      others: () => client.servers(service.id).filter((server) => !names.has(formatServerId(server))),
      isService: (other) => client.getService(other) !== undefined,
      isRehearsal,
    });
    for (const finding of findings) io.err(`lvsctl: ${formatFinding(service.id, finding)}\n`);
  }
}

/** Settings that a change gives: those of a service or of a server. */
interface Settings extends Pick<ChangedEntry, "own"> {
  readonly id: ServiceId;
  readonly service?: VirtualService | undefined;
  readonly server?: RealServer | undefined;
}

function settingsIn(change: Change): Settings[] {
  switch (change.operation) {
    case "addService":
    case "editService": {
      const { operation, service } = change;
      return [{ id: service.id, service, own: operation === "addService" ? "added" : "edited" }];
    }
    case "addServer":
    case "editServer":
      return [{ id: change.id, server: change.server }];
    default:
      return [];
  }
}
