import { entryFindings, formatFinding, schedulerFindings, type ServiceFinding } from "../../core/findings/mod.ts";
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

/**
 * Prints on standard error what cannot work about the services and servers that changes have added or edited.
 *
 * @param request.client The kernel's table, for the settings that the changes do not name.
 * @param request.changes The changes, made or to be made.
 * @param request.isRehearsal Whether the kernel has not seen the changes, so that it may not know their schedulers.
 */
export function printEntryFindings(
  { io }: { readonly io: Io },
  request: {
    readonly client: IpvsClient;
    readonly changes: readonly Change[];
    readonly isRehearsal?: boolean | undefined;
  },
): void {
  const { client, changes, isRehearsal } = request;
  const groups = Map.groupBy(changes.flatMap(changedServer), ({ id }) => formatServiceId(id));
  const found = [
    ...(isRehearsal ? changes.flatMap(schedulerChangeFindings) : []),
    ...changes.flatMap((change) => serviceChangeFindings(client, change)),
    ...[...groups.values()].flatMap((its) => {
      const [first] = its;
      return first === undefined ? [] : serverFindings(client, first.id, its.map(({ server }) => server));
    }),
  ];
  for (const { id, finding } of found) io.err(`lvsctl: ${formatFinding(id, finding)}\n`);
}

/** A finding and its service. */
interface Found {
  readonly id: ServiceId;
  readonly finding: ServiceFinding;
}

function changedServer(change: Change): { readonly id: ServiceId; readonly server: RealServer }[] {
  return change.operation === "addServer" || change.operation === "editServer" ? [change] : [];
}

function schedulerChangeFindings(change: Change): Found[] {
  if (change.operation !== "addService" && change.operation !== "editService") return [];
  return located(change.service, schedulerFindings(change));
}

function serviceChangeFindings(client: IpvsClient, change: Change): Found[] {
  if (change.operation !== "addService" && change.operation !== "editService") return [];
  const { service } = change;
  // A new service gets its servers by the next commands.
  const isComplete = change.operation === "editService";
  return located(
    service,
    entryFindings({ service, servers: isComplete ? client.servers(service.id) : [] }, { isComplete }),
  );
}

/** The findings about changed servers; the service's own ones were reported when it was added. */
function serverFindings(client: IpvsClient, id: ServiceId, changed: readonly RealServer[]): Found[] {
  const service = client.getService(id);
  if (service === undefined) return [];
  const isComplete = changed.some((server) => concernsOthers(id, server));
  const names = new Set(changed.map(formatServerId));
  const others = isComplete ? client.servers(id).filter((server) => !names.has(formatServerId(server))) : [];
  const findings = entryFindings({ service, servers: [...others, ...changed] }, {
    isComplete,
    isService: (other) => client.getService(other) !== undefined,
  });
  return located(
    service,
    findings.filter(({ key, server }) => key !== "listen" && (server === undefined || changed.includes(server))),
  );
}

/** Whether the other servers of the service matter: the table of a large service takes long to read. */
function concernsOthers(id: ServiceId, { weight, forward }: RealServer): boolean {
  return weight === 0 || (forward !== "nat" && (id.kind === "fwmark" || id.port === 0));
}

function located({ id }: VirtualService, findings: readonly ServiceFinding[]): Found[] {
  return findings.map((finding) => ({ id, finding }));
}
