import { canHaveFindings, formatFinding, type ServiceFinding, type ServiceLookup } from "../../../core/findings/mod.ts";
import {
  counted,
  type IpAddress,
  type RealServer,
  type ServiceEntry,
  type VirtualService,
} from "../../../core/model/mod.ts";
import type { Target } from "../../../core/reconcile/mod.ts";
import type { Io } from "../../context/io.ts";
import { type ChangedEntry, changedEntryFindings } from "../../table/entry_findings.ts";
import type { Drafted } from "./lines.ts";
import type { TableDraft } from "./table_draft.ts";

/** The most lines that are named for one kind of finding. */
const MOST_LINES = 5;

/** The table that a batch leads to. */
export interface DraftedTable extends Pick<Drafted, "changes" | "numbers"> {
  /** The table. */
  readonly table: Pick<TableDraft, "getService" | "services">;
  /** Its services that the batch concerns. */
  readonly services: Target["services"];
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
  const suspects = suspectServices(drafted, { isRehearsal });
  if (suspects.length === 0) return;
  const lines = settingLines(drafted);
  const isService: ServiceLookup = (id) => drafted.table.getService(id) !== undefined;
  const found = suspects.flatMap((suspect) => locatedFindings(suspect, { lines, isService, isRehearsal }));
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
function suspectServices(
  { table, services }: DraftedTable,
  { isRehearsal }: { readonly isRehearsal: boolean },
): Target["services"] {
  let addresses: ReadonlySet<IpAddress> | undefined;
  const isServiceAddress = ({ address, forward }: RealServer): boolean =>
    forward === "nat" && (addresses ??= addressesOf(table.services())).has(address);
  return services.filter((entry) =>
    isRehearsal || entry.servers.length === 0 || canHaveFindings(entry) || entry.servers.some(isServiceAddress)
  );
}

function addressesOf(services: readonly VirtualService[]): ReadonlySet<IpAddress> {
  return new Set(services.flatMap(({ id }) => id.kind === "endpoint" ? [id.address] : []));
}

/** The last line that has added or edited a service or a server. */
interface SettingLine {
  readonly number: number;
  /** Whether it has added a new one. */
  readonly isNew: boolean;
}

/** The lines by the services and servers as they left them. */
type SettingLines = ReadonlyMap<VirtualService | RealServer, SettingLine>;

function settingLines({ changes, numbers }: DraftedTable): SettingLines {
  return new Map(changes.flatMap((change, index): [VirtualService | RealServer, SettingLine][] => {
    const { operation } = change;
    const line = { number: numbers[index] ?? 0, isNew: operation === "addService" || operation === "addServer" };
    if (operation === "addService" || operation === "editService") return [[change.service, line]];
    return operation === "addServer" || operation === "editServer" ? [[change.server, line]] : [];
  }));
}

/** A finding and its line. */
interface LocatedFinding {
  readonly line: number;
  readonly service: VirtualService;
  readonly finding: ServiceFinding;
}

function locatedFindings(
  { service, servers }: ServiceEntry,
  { lines, isService, isRehearsal }: Pick<ChangedEntry, "isService" | "isRehearsal"> & { readonly lines: SettingLines },
): LocatedFinding[] {
  const own = lines.get(service);
  const changed = servers.filter((server) => lines.has(server));
  if (own === undefined && changed.length === 0) return [];
  const entry: ChangedEntry = {
    service,
    own: own === undefined ? undefined : own.isNew ? "added" : "edited",
    changed,
    others: () => servers.filter((server) => !lines.has(server)),
    isService,
    isRehearsal,
  };
  const last = [service, ...changed].reduce((most, setting) => Math.max(most, lines.get(setting)?.number ?? 0), 0);
  return changedEntryFindings(entry).map((finding) => {
    const server = finding.server ?? causeOf(finding, entry);
    const line = (server === undefined ? undefined : lines.get(server)?.number) ?? last;
    return { line, service, finding };
  });
}

/** The server that is enough for a finding about its service; undefined if that is not one server. */
function causeOf({ code }: ServiceFinding, entry: ChangedEntry): RealServer | undefined {
  const { service, isService } = entry;
  return entry.changed.find((one) =>
    changedEntryFindings({ service, changed: [one], others: () => [], isService })
      .some((finding) => finding.code === code && finding.server === undefined)
  );
}
