import { type Entry, formatOrigin, type Item, ListBlock, MappingBlock } from "../document.ts";
import { headerFor, nothingIn } from "../import_table.ts";
import {
  finishDocument,
  type Imported,
  type ImportSource,
  type ImportWorld,
  Report,
  withServices,
} from "../imported.ts";
import { isFacility } from "./notify.ts";
import { readSections, type Section } from "./sections.ts";
import { makeService } from "./service.ts";

/**
 * Converts a file of ldirectord 1.186 to a configuration file.
 *
 * @throws {LvsctlError} If it contains no virtual service, or none that can be imported.
 */
export async function importLdirectord({ file, text }: ImportSource, world: ImportWorld): Promise<Imported> {
  const report = new Report();
  const { globals, virtuals } = readSections(text, { file, report });
  if (virtuals.length === 0) throw nothingIn(file, "virtual service");
  const names = new Set<string>();
  const services: Item[] = [];
  for (const virtual of virtuals) {
    const service = await makeService(virtual, { globals, world, report, names });
    if (service !== undefined) services.push(service);
  }
  const notes = globalNotes(globals, report);
  const servicesEntry: Entry = { key: "services", value: new ListBlock(services) };
  const document = new MappingBlock([{ key: "version", value: 1 }, servicesEntry]);
  const header = [...headerFor("ldirectord", file), ...notes, ...globals.idle];
  return withServices(file, await finishDocument(document, { header, report }));
}

/** A sentence for each global directive whose counterpart is not in lvsctl's file. */
function globalNotes(globals: Section, report: Report): readonly string[] {
  const notes: string[] = [];
  const note = (name: string, sentence: (value: string) => string): void => {
    const directive = globals.get(name);
    if (directive !== undefined) notes.push(`${formatOrigin(directive.origin)}: ${sentence(directive.value)}`);
  };
  if (globals.get("emailalertstatus")?.value === "none") note("emailalertstatus", () => "there are no mails");
  if (globals.get("autoreload")?.value === "no") {
    note("autoreload", () => "lvsctl run does not reload its file by itself either");
  }
  note("supervised", () => "lvsctl run always stays in the foreground");
  note("fork", () => "lvsctl run always checks servers side by side");
  note("readdquiescent", () => "lvsctl run always adds missing servers again");
  note("cleanstop", (value) => `it is "lvsctl run --on-exit ${value === "yes" ? "remove" : "keep"}"`);
  if (globals.get("cleanstop") === undefined) {
    notes.push('ldirectord removes its services when it stops: "lvsctl run --on-exit remove" does, too');
  }
  const reportLost = (name: string, reason: string, isLost: (value: string) => boolean = () => true): void => {
    for (const { value, origin } of globals.all(name)) if (isLost(value)) report.add(origin, reason);
  };
  reportLost(
    "autoreload",
    "lvsctl run reloads its file on request: lvsctl reload, or SIGHUP",
    (value) => value === "yes",
  );
  reportLost("callback", "lvsctl run has no command for changes of its file");
  reportLost("execute", "import that file too, and include it");
  reportLost(
    "logfile",
    "lvsctl run logs to standard error, and the service manager stores the log",
    (log) => !isFacility(log),
  );
  reportLost("maintenancedir", "it must be an absolute path", (path) => !path.startsWith("/"));
  return notes;
}
