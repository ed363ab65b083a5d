import { type Entry, formatOrigin, type Item, ListBlock, MappingBlock, type Origin } from "../document.ts";
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
import { readFallback } from "./server.ts";
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
  const context = { globals, world, report, names: new Set<string>(), listens: new Map<string, Origin>() };
  const services: Item[] = [];
  await reportGlobalFallbacks(globals, { world, report });
  for (const virtual of virtuals) {
    const service = await makeService(virtual, context);
    if (service !== undefined) services.push(service);
  }
  const notes = globalNotes(globals, report);
  const servicesEntry: Entry = { key: "services", value: new ListBlock(services) };
  const document = new MappingBlock([{ key: "version", value: 1 }, servicesEntry]);
  const header = [...headerFor("ldirectord", file), ...notes, ...globals.idle];
  return withServices(file, await finishDocument(document, { header, report }));
}

/** Reports the mistakes in the fallbacks for all services, which ldirectord reads also if no service uses them. */
async function reportGlobalFallbacks(
  globals: Section,
  { world, report }: { readonly world: ImportWorld; readonly report: Report },
): Promise<void> {
  for (const name of ["fallback", "fallback6"] as const) {
    const isIpv6 = name === "fallback6";
    for (const directive of globals.written(name)) {
      await readFallback(directive, { isIpv6, world, report, protocols: ["tcp", "udp"] });
    }
  }
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
