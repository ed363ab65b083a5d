import { type Entry, formatOrigin, type Item, ListBlock, MappingBlock } from "../document.ts";
import { headerFor, nothingIn } from "../import_table.ts";
import { finishDocument, type Imported, type ImportSource, type ImportWorld, Report } from "../imported.ts";
import { isFacility } from "./notify.ts";
import { readSections, type Section } from "./sections.ts";
import { makeService } from "./service.ts";

/**
 * Makes a configuration file of one of ldirectord's (1.186).
 *
 * @throws {LvsctlError} If there is no virtual service in it.
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
  return await finishDocument(document, {
    header: [...headerFor("ldirectord", file), ...notes, ...globals.idle],
    report,
  });
}

/** What the program does that no file says: a sentence each, where lvsctl has it in another place. */
function globalNotes(globals: Section, report: Report): readonly string[] {
  const notes: string[] = [];
  const note = (name: string, sentence: (value: string) => string): void => {
    const directive = globals.get(name);
    if (directive !== undefined) notes.push(`${formatOrigin(directive.origin)}: ${sentence(directive.value)}`);
  };
  if (globals.get("emailalertstatus")?.value === "none") note("emailalertstatus", () => "nobody gets mail");
  if (globals.get("autoreload")?.value === "no") note("autoreload", () => "so does lvsctl run");
  note("supervised", () => "lvsctl run always stays in the foreground");
  note("fork", () => "no server's check waits for another's");
  note("readdquiescent", () => "lvsctl run puts back whatever is missing");
  note("cleanstop", (value) => `it is "lvsctl run --on-exit ${value === "yes" ? "remove" : "keep"}"`);
  if (globals.get("cleanstop") === undefined) {
    notes.push('ldirectord removes its services when it stops: "lvsctl run --on-exit remove" does, too');
  }
  const lose = (name: string, reason: string, isLost: (value: string) => boolean = () => true): void => {
    for (const { value, origin } of globals.all(name)) if (isLost(value)) report.add(origin, reason);
  };
  lose("autoreload", "lvsctl run reads its file again when it gets SIGHUP", (value) => value === "yes");
  lose("callback", "lvsctl run calls nothing when its file changes");
  lose("execute", "import that file too, and include it");
  lose("logfile", "lvsctl run logs to standard error, for the service manager to keep", (log) => !isFacility(log));
  lose("maintenancedir", "it has to be an absolute path", (path) => !path.startsWith("/"));
  return notes;
}
