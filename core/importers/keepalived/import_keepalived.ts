import { formatOrigin, type Item, ListBlock, MappingBlock } from "../document.ts";
import { headerFor, nothingIn } from "../import_table.ts";
import { finishDocument, type Imported, type ImportSource, type ImportWorld, Report } from "../imported.ts";
import { GLOBAL, otherGlobal, SSL, TOP, TRACK_FILE } from "./directives.ts";
import { FILE_BLOCKS } from "./grammar.ts";
import { syncDaemons, syncOfInstances, timeoutsEntry } from "./globals.ts";
import { type Mail, readMail } from "./notify.ts";
import { preprocess } from "./preprocess.ts";
import { blockOf, type Listeners, readSection, type Section } from "./section.ts";
import { makeService } from "./service.ts";
import type { Statement } from "./statement.ts";
import { buildTree } from "./tree.ts";
import { isOn } from "./values.ts";
import { markFamily, mergeVirtuals, readVirtual, type Virtual } from "./virtual.ts";
import { instancesByName, routerEntries } from "./vrrp/routers.ts";

/** The comments at the start of every converted file. */
const HEADER_NOTES = [
  "keepalived removes its services when it stops, lvsctl run with --on-exit remove only.",
  "lvsctl uses a server after its first successful check, as keepalived does with alpha.",
];

/**
 * Converts a file of keepalived 2.2.7, with its included files, to a configuration file.
 *
 * @throws {LvsctlError} If it contains no block of keepalived, or too many lines.
 */
export async function importKeepalived(source: ImportSource, world: ImportWorld): Promise<Imported> {
  const report = new Report();
  const idle = new Set<string>();
  const listeners: Listeners = { report, idle };
  const statements = buildTree(preprocess(source, { world, configId: world.machine, report }), {
    grammar: FILE_BLOCKS,
    report,
  });
  const origin = { file: source.file, line: 1, column: 1, words: source.file };
  const top = readSection({ origin, statements }, {
    ...listeners,
    rules: TOP,
    other: (keyword) => Object.hasOwn(GLOBAL, keyword) ? GLOBAL[keyword] : undefined,
  });
  const isKnown = (keyword: string): boolean => Object.hasOwn(TOP, keyword);
  if (!statements.some(({ keyword }) => isKnown(keyword))) {
    throw nothingIn(source.file, "virtual_server or other block of keepalived");
  }
  const globalStatements = top.all("global_defs").flatMap(({ block = [] }) => block);
  const globals = readSection({ origin, statements: globalStatements }, {
    ...listeners,
    rules: GLOBAL,
    other: otherGlobal,
  });
  const instances = instancesByName(top, report);
  const files = new Map(
    top.all("track_file").map((
      statement,
    ) => [statement.words[0] ?? "", readSection(blockOf(statement), { ...listeners, rules: TRACK_FILE })]),
  );
  const mail = readMail(globals, { host: world.machine, report });
  const services = makeServices(top, { globals, listeners, world, files, mail });
  const written = globals.get("lvs_sync_daemon") ?? top.get("lvs_sync_daemon") ?? syncOfInstances(instances);
  const sync = syncDaemons(written, { instances, report });
  const document = new MappingBlock([
    { key: "version", value: 1 },
    timeoutsEntry(globals.get("lvs_timeouts") ?? top.get("lvs_timeouts"), report),
    sync.always,
    ...routerEntries(top, { globals, listeners, world, files, sync: sync.following, mail }),
    { key: "services", value: services.length === 0 ? [] : new ListBlock(services) },
  ]);
  const header = [...headerFor("keepalived", source.file), ...HEADER_NOTES, ...idle];
  return await finishDocument(document, { header, report });
}

/** The groups by name: keepalived uses the first one of a name, wherever it is used. */
function groupsByName(statements: readonly Statement[], report: Report): ReadonlyMap<string, Statement> {
  const groups = new Map<string, Statement>();
  for (const statement of statements) {
    const [name = ""] = statement.words;
    const first = groups.get(name);
    if (first === undefined) groups.set(name, statement);
    else report.add(statement.origin, `keepalived uses the group of this name at ${formatOrigin(first.origin)}`);
  }
  return groups;
}

/**
 * Splits a virtual server whose group has addresses of both families: in keepalived each of its services has all of its
 * servers, in lvsctl's file the services of one entry have the servers of their own family.
 */
function byFamily(virtual: Virtual): readonly Virtual[] {
  const families = new Set(virtual.listens.map(({ family }) => family ?? markFamily(virtual)));
  if (families.size < 2) return [virtual];
  return [...families].map((family) => ({
    ...virtual,
    listens: virtual.listens.filter((listen) => (listen.family ?? markFamily(virtual)) === family),
  }));
}

function makeServices(
  top: Section,
  { globals, listeners, world, files: trackFiles, mail }: {
    readonly globals: Section;
    readonly listeners: Listeners;
    readonly world: ImportWorld;
    readonly files: ReadonlyMap<string, Section>;
    readonly mail: Mail | undefined;
  },
): readonly Item[] {
  const { report, idle } = listeners;
  const groups = groupsByName(top.all("virtual_server_group"), report);
  const sslBlock = top.get("SSL");
  const ssl = sslBlock === undefined ? undefined : readSection(blockOf(sslBlock), { ...listeners, rules: SSL });
  const services: Item[] = [];
  const used = new Set<string>();
  const virtuals: Virtual[] = [];
  for (const statement of top.all("virtual_server")) {
    if (statement.words[0] === "group") used.add(statement.words[1] ?? "");
    const virtual = readVirtual(statement, { ...listeners, groups });
    if (virtual !== undefined) virtuals.push(...byFamily(virtual));
  }
  for (const virtual of mergeVirtuals(virtuals, report)) {
    services.push(makeService(virtual, { ...listeners, ssl, trackFiles, mail, world }));
  }
  for (const [name, { origin }] of groups) {
    if (!used.has(name)) idle.add(`${formatOrigin(origin)}: no virtual_server uses it`);
  }
  const key = ssl?.get("key");
  if (key !== undefined && ssl?.get("certificate") === undefined) report.add(key.origin, "the key has no certificate");
  const alerts = ["notification_email_from", "smtp_server", "smtp_alert", "smtp_alert_checker", "smtp_alert_vrrp"];
  for (const statement of alerts.flatMap((keyword) => globals.all(keyword))) {
    if (mail === undefined && (isOn(statement) || !statement.keyword.startsWith("smtp_alert"))) {
      idle.add(`${formatOrigin(statement.origin)}: there are no mails, because there is no notification_email`);
    }
  }
  const off = globals.get("no_checker_emails");
  if (off !== undefined) idle.add(`${formatOrigin(off.origin)}: there are no mails for servers and services`);
  return services;
}
