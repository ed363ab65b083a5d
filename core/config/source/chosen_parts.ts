import { LABEL, type Labels } from "../../model/mod.ts";
import { valueOf } from "./defaults.ts";
import type { MappingNode, Tree } from "./tree.ts";

/** The key with the labels that a director must have. */
const KEY = "only_on";

/** The keys of a file whose items may be for some directors only. */
const LISTS: ReadonlySet<string> = new Set(["sync_daemons", "vips", "vrrp", "vrrp_groups", "services"]);

/**
 * The labels that a part is for; undefined if it is for all directors. Labels of another form are left to the reader of
 * the file, which reports them.
 */
export function labelsIn(part: Tree): readonly string[] | undefined {
  const written = part.kind === "mapping" ? valueOf(part, KEY) : undefined;
  if (written === undefined) return undefined;
  const nodes = written.kind === "list" ? written.items : [written];
  const texts = nodes.flatMap((node) => node.kind === "scalar" && LABEL.test(node.text) ? [node.text] : []);
  return texts.length === 0 || texts.length < nodes.length ? undefined : texts;
}

/** Whether a director has all of these labels. */
export function isChosen(wanted: readonly string[], labels: Labels): boolean {
  return wanted.every((text) => {
    const [, key = "", value] = LABEL.exec(text) ?? [];
    return labels.get(key) === value;
  });
}

/**
 * A file without the items that are for other directors.
 *
 * @param options.labels The labels of the director.
 * @param options.onOmitted Called with each item that is left out, and its labels.
 */
export function chosenParts(
  tree: Tree,
  { labels, onOmitted }: {
    readonly labels: Labels;
    readonly onOmitted: (part: Tree, wanted: readonly string[]) => void;
  },
): Tree {
  if (tree.kind !== "mapping") return tree;
  const entries = tree.entries.map((entry) => {
    const { key, value } = entry;
    if (key.kind !== "scalar" || !LISTS.has(key.text) || value.kind !== "list") return entry;
    const items = value.items.flatMap((item): readonly Tree[] => {
      const wanted = labelsIn(item);
      if (wanted === undefined || item.kind !== "mapping") return [item];
      if (isChosen(wanted, labels)) return [withoutChoice(item)];
      onOmitted(item, wanted);
      return [];
    });
    return { ...entry, value: { ...value, items } };
  });
  return { ...tree, entries };
}

function withoutChoice(part: MappingNode): Tree {
  return { ...part, entries: part.entries.filter(({ key }) => key.kind !== "scalar" || key.text !== KEY) };
}
