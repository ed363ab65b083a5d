import { type Entry, formatOrigin, type Item, ListBlock } from "../../document.ts";
import type { ImportWorld, Report } from "../../imported.ts";
import type { Mail } from "../notify.ts";
import { blockOf, type Listeners, readSection, type Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { INSTANCE } from "./directives.ts";
import { type Group, makeGroup, readGroups } from "./groups.ts";
import { type Instance, isOwner, makeInstance } from "./instance.ts";
import { makeTracks, Scripts, type TrackOptions } from "./tracks.ts";

/** Most characters of a name in lvsctl's file. */
const MAX_NAME = 64;

/** Options of {@linkcode routerEntries}. */
export interface RouterOptions {
  /** The global directives. */
  readonly globals: Section;
  /** Receives what is not converted. */
  readonly listeners: Listeners;
  /** The file system and the environment. */
  readonly world: ImportWorld;
  /** The tracked files, by name. */
  readonly files: ReadonlyMap<string, Section>;
  /** The sync daemons that follow an instance, by its name in keepalived's file. */
  readonly sync: ReadonlyMap<string, Entry>;
  /** The settings of mails; undefined without a recipient. */
  readonly mail: Mail | undefined;
}

/** Names of lvsctl's file for names of keepalived's, which may have any characters. */
class Names {
  readonly #used = new Set<string>();

  for(written: string): string {
    const cleaned = written.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^[^A-Za-z0-9]+/, "") || "vrrp";
    const name = cleaned.slice(0, MAX_NAME);
    for (let number = 1;; number++) {
      const suffix = number === 1 ? "" : `-${number}`;
      const candidate = `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`;
      if (this.#used.has(candidate)) continue;
      this.#used.add(candidate);
      return candidate;
    }
  }
}

/** The instances of VRRP of a file by their names: keepalived uses the first one of a name. */
export function instancesByName(top: Section, report: Report): ReadonlyMap<string, Statement> {
  return firstByName(top.all("vrrp_instance"), report);
}

function firstByName(statements: readonly Statement[], report: Report): ReadonlyMap<string, Statement> {
  const first = new Map<string, Statement>();
  for (const statement of statements) {
    const [name = ""] = statement.words;
    const other = first.get(name);
    if (other === undefined) first.set(name, statement);
    else report.add(statement.origin, `keepalived uses the one of this name at ${formatOrigin(other.origin)}`);
  }
  return first;
}

/** Converts the instances and groups of VRRP: the keys `vrrp` and `vrrp_groups`. */
export function routerEntries(top: Section, options: RouterOptions): readonly (Entry | undefined)[] {
  const { globals, listeners, world, files, sync, mail } = options;
  const statements = instancesByName(top, listeners.report);
  const scripts = new Scripts(top.all("vrrp_script"), { ...listeners, world });
  const groups = readGroups([...firstByName(top.all("vrrp_sync_group"), listeners.report).values()], {
    ...listeners,
    instances: new Set(statements.keys()),
  });
  const names = new Names();
  const instances = new Map([...statements].map(([key, statement]): [string, Instance] => {
    const section = readSection(blockOf(statement), { ...listeners, rules: INSTANCE });
    return [key, { name: names.for(key), section, statement }];
  }));
  const converted = new Map<string, string>();
  const items: Item[] = [];
  for (const [key, instance] of instances) {
    const { section } = instance;
    const group = groups.find(({ members }) => members.some(({ keyword }) => keyword === key));
    const device = section.get("interface")?.words[0];
    const own = makeTracks(section, { ...listeners, scripts, files, device, weightless: weightlessOf(section, group) });
    // What one instance of a group tracks changes all of them, so one has what the group tracks.
    const isFirst = group !== undefined && !group.members.some(({ keyword }) => converted.has(keyword));
    const item = makeInstance(instance, {
      ...listeners,
      globals,
      tracks: isFirst ? [...own, ...groupTracks(group, { instances, scripts, files, listeners })] : own,
      sync: sync.get(key),
      mail,
    });
    if (item === undefined) {
      for (const origin of sync.get(key)?.origins ?? []) {
        listeners.report.add(origin, `the instance ${instance.name} is left out, and the sync daemons with it`);
      }
      continue;
    }
    items.push(item);
    converted.set(key, instance.name);
  }
  scripts.noteUnused();
  const groupNames = new Names();
  const groupItems = groups.flatMap((group) => {
    const item = makeGroup(group, { ...listeners, name: groupNames.for(group.name), names: converted, mail });
    return item === undefined ? [] : [item];
  });
  if (statements.size > 0) reportMulticastGroups(globals, listeners.report);
  else noteMails(globals, listeners);
  return [
    items.length === 0 ? undefined : { key: "vrrp", value: new ListBlock(items) },
    groupItems.length === 0 ? undefined : { key: "vrrp_groups", value: new ListBlock(groupItems) },
  ];
}

/** Whether keepalived uses no weights of an instance. */
function weightlessOf(section: Section, group: Group | undefined): TrackOptions["weightless"] {
  if (group !== undefined && !group.hasWeights) return "member";
  return isOwner(section) ? "owner" : undefined;
}

/** What a group tracks. */
function groupTracks(
  { members, section }: Group,
  { instances, scripts, files, listeners }: {
    readonly instances: ReadonlyMap<string, Instance>;
    readonly scripts: Scripts;
    readonly files: ReadonlyMap<string, Section>;
    readonly listeners: Listeners;
  },
): readonly Item[] {
  const hasOwner = members.some(({ keyword }) => {
    const member = instances.get(keyword);
    return member !== undefined && isOwner(member.section);
  });
  return makeTracks(section, { ...listeners, scripts, files, weightless: hasOwner ? "group" : undefined });
}

/** Notes directives about mails of virtual routers in a file that has none. */
function noteMails(globals: Section, { idle }: Listeners): void {
  for (const statement of [globals.get("smtp_alert_vrrp"), globals.get("no_email_faults")]) {
    if (statement !== undefined) idle.add(`${formatOrigin(statement.origin)}: only VRRP sends such mails`);
  }
}

const MULTICAST = { "vrrp_mcast_group4": "224.0.0.18", "vrrp_mcast_group6": "ff02::12" } as const;

/** Reports groups that are not the ones of the standards. */
function reportMulticastGroups(globals: Section, report: Report): void {
  for (const [keyword, group] of Object.entries(MULTICAST)) {
    const written = globals.get(keyword);
    if (written === undefined || written.words[0]?.toLowerCase() === group) continue;
    report.add(written.origin, `lvsctl sends to the group of the standards, ${group}`);
  }
}
