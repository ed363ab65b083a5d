import { type Item, ListBlock, MappingBlock } from "../../document.ts";
import type { Mail } from "../notify.ts";
import { blockOf, type Listeners, readSection, type Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { GROUP } from "./directives.ts";
import { notifications } from "./notifications.ts";

/** A group of instances. */
export interface Group {
  /** Its name in keepalived's file. */
  readonly name: string;
  /** Its line. */
  readonly statement: Statement;
  /** Its directives. */
  readonly section: Section;
  /** The lines of its members. */
  readonly members: readonly Statement[];
  /** Whether the weights of its members count. */
  readonly hasWeights: boolean;
}

/** Reads the groups; an instance is in the first group that names it. */
export function readGroups(
  statements: readonly Statement[],
  { instances, ...listeners }: Listeners & { readonly instances: ReadonlySet<string> },
): readonly Group[] {
  const { report } = listeners;
  const taken = new Set<string>();
  return statements.flatMap((statement) => {
    const section = readSection(blockOf(statement), { ...listeners, rules: GROUP });
    const lines = section.get("group")?.block ?? [];
    const names = lines.flatMap((line) => [line.keyword, ...line.words].map((keyword) => ({ ...line, keyword })));
    const members = names.filter(({ keyword, origin }) => {
      if (!instances.has(keyword)) {
        report.add(origin, `there is no vrrp_instance ${keyword}; keepalived ignores it`);
        return false;
      }
      if (taken.has(keyword)) {
        report.add(origin, `${keyword} is in another vrrp_sync_group; keepalived ignores it here`);
        return false;
      }
      taken.add(keyword);
      return true;
    });
    if (members.length === 0) {
      report.add(statement.origin, "it has no members, so keepalived ignores it");
      return [];
    }
    const hasWeights = section.get("sync_group_tracking_weight") !== undefined;
    return [{ name: statement.words[0] ?? "", statement, section, members, hasWeights }];
  });
}

/** A group as an item of `vrrp_groups`; undefined if none of its members is in the file. */
export function makeGroup(
  { name: written, statement, section, members }: Group,
  { name, names, report, idle, mail }: Listeners & {
    readonly name: string;
    readonly names: ReadonlyMap<string, string>;
    readonly mail: Mail | undefined;
  },
): Item | undefined {
  const items = members.flatMap(({ keyword, origin }) => {
    const member = names.get(keyword);
    return member === undefined ? [] : [{ value: member, origins: [origin] }];
  });
  if (items.length === 0) return undefined;
  const notify = notifications(section, { kind: "GROUP", name: written, report, idle, mail });
  return {
    value: new MappingBlock([
      { key: "name", value: name, essential: true },
      { key: "members", value: new ListBlock(items), essential: true },
      notify.length === 0 ? undefined : { key: "notify", value: new ListBlock(notify) },
    ]),
    origins: [statement.origin],
  };
}
