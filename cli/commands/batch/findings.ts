import { canHaveFindings, formatFinding, type ServiceFinding } from "../../../core/findings/mod.ts";
import { counted, type IpAddress, type RealServer, type VirtualService } from "../../../core/model/mod.ts";
import type { Target } from "../../../core/reconcile/mod.ts";
import type { Io } from "../../context/io.ts";
import { type ChangedEntry, changedEntryFindings } from "../../table/entry_findings.ts";
import type { Drafted } from "./lines.ts";
import type { TableDraft } from "./table_draft.ts";

/** The most lines that are named for one kind of finding. */
const MOST_LINES = 5;

/** The table that a batch leads to. */
export interface DraftedTable {
  /** The table. */
  readonly table: Pick<TableDraft, "getService" | "services">;
  /** Its services that the batch concerns. */
  readonly services: Target["services"];
  /** The lines of their settings. */
  readonly settings: Drafted["settings"];
}

/**
 * Prints on standard error what cannot work about the services and servers that lines have added or edited, as they are
 * after the last line. Of each kind it names the first lines, and counts the others.
 *
 * @param io Standard error.
 * @param drafted The table.
 * @param options.name The name of the batch in messages.
 * @param options.isRehearsal Whether the kernel has not seen the changes.
 */
export function printLineFindings(
  io: Pick<Io, "err">,
  drafted: DraftedTable,
  { name, isRehearsal }: { readonly name: string; readonly isRehearsal: boolean },
): void {
  const found = changedEntries(drafted, { isRehearsal }).flatMap((entry) => locatedFindings(entry, drafted));
  const kinds = Map.groupBy(found.sort((a, b) => a.line - b.line), ({ finding }) => finding.code);
  const named = [...kinds.values()].flatMap((its) => its.slice(0, MOST_LINES)).sort((a, b) => a.line - b.line);
  for (const { line, service, finding } of named) {
    io.err(`lvsctl: ${name}:${line}: ${formatFinding(service.id, finding)}\n`);
  }
  for (const [code, its] of kinds) {
    if (its.length <= MOST_LINES) continue;
    const rest = its.slice(MOST_LINES);
    io.err(`lvsctl: ${name}: ${counted(rest.length, "more warning")} [${code}], up to line ${rest.at(-1)?.line}\n`);
  }
}

/** The services that can have findings: almost no line of a long batch gives one. */
function changedEntries(
  { table, services, settings }: DraftedTable,
  { isRehearsal }: { readonly isRehearsal: boolean },
): ChangedEntry[] {
  let addresses: ReadonlySet<IpAddress> | undefined;
  const isServiceAddress = ({ address, forward }: RealServer): boolean =>
    forward === "nat" && (addresses ??= addressesOf(table.services())).has(address);
  return services.flatMap(({ service, servers }): ChangedEntry[] => {
    const own = settings.get(service);
    const changed = servers.filter((server) => settings.has(server));
    if (own === undefined && changed.length === 0) return [];
    const isEdited = own?.isNew === false;
    const isSuspect = isEdited || (isRehearsal && own !== undefined) ||
      canHaveFindings({ service, servers: changed }) || changed.some(isServiceAddress);
    if (!isSuspect) return [];
    return [{
      service,
      own: own === undefined ? undefined : isEdited ? "edited" : "added",
      changed,
      others: () => servers.filter((server) => !settings.has(server)),
      isService: (id) => table.getService(id) !== undefined,
      isRehearsal,
    }];
  });
}

function addressesOf(services: readonly VirtualService[]): ReadonlySet<IpAddress> {
  return new Set(services.flatMap(({ id }) => id.kind === "endpoint" ? [id.address] : []));
}

/** A finding and its line. */
interface LocatedFinding {
  readonly line: number;
  readonly service: VirtualService;
  readonly finding: ServiceFinding;
}

function locatedFindings(entry: ChangedEntry, { settings }: DraftedTable): LocatedFinding[] {
  const lineOf = (setting: VirtualService | RealServer | undefined): number | undefined =>
    setting === undefined ? undefined : settings.get(setting)?.number;
  const { service, changed } = entry;
  const lines = [service, ...changed].map((setting) => lineOf(setting) ?? 0);
  const last = lines.reduce((most, line) => Math.max(most, line), 0);
  return changedEntryFindings(entry).map((finding) => {
    const line = lineOf(finding.server) ?? lineOf(causeOf(finding, entry)) ?? last;
    return { line, service, finding };
  });
}

/** The server that is enough for a finding about its service; undefined if that is not one server. */
function causeOf({ code, server }: ServiceFinding, entry: ChangedEntry): RealServer | undefined {
  if (server !== undefined) return undefined;
  const { service, isService } = entry;
  return entry.changed.find((one) =>
    changedEntryFindings({ service, changed: [one], others: () => [], isService })
      .some((finding) => finding.code === code && finding.server === undefined)
  );
}
