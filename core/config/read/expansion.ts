import { countRanges } from "../schema/ranges.ts";
import { valueOf } from "../source/defaults.ts";
import type { SourceReport } from "../source/source_report.ts";
import type { MappingEntry, MappingNode, Tree } from "../source/tree.ts";

/** Largest number of servers of one item of services, on all its addresses together. */
const MAX_SERVERS = 1_000_000;

/** Largest number of addresses and of servers on them in a file with its included files. */
const MAX_TOTAL = 2_000_000;

/** The number of values that the ranges of a node expand to. */
function countOf(node: Tree | undefined): number {
  if (node === undefined) return 0;
  if (node.kind === "scalar") return countRanges(node.text);
  if (node.kind === "list") return node.items.reduce((sum, item) => sum + countOf(item), 0);
  return countOf(valueOf(node, "address"));
}

/** Counts what the ranges of a file expand to, because expanding first would take the time and the memory. */
export class ExpansionLimit {
  readonly #report: SourceReport;
  #total = 0;

  /** Starts to count at zero. */
  constructor(report: SourceReport) {
    this.#report = report;
  }

  /** The same tree without the services that expand to too much, which are reported. */
  withoutExcess(tree: Tree): Tree {
    if (tree.kind !== "mapping") return tree;
    const entries = tree.entries.map((entry): MappingEntry => {
      const { key, value } = entry;
      if (key.kind !== "scalar" || key.text !== "services" || value.kind !== "list") return entry;
      const items = value.items.filter((item) => item.kind !== "mapping" || this.#isBounded(item));
      return items.length === value.items.length ? entry : { ...entry, value: { ...value, items } };
    });
    return { ...tree, entries };
  }

  #isBounded(service: MappingNode): boolean {
    const listen = valueOf(service, "listen");
    const [addresses, servers] = [countOf(listen), countOf(valueOf(service, "servers"))];
    const offset = (listen ?? service).offset;
    if (addresses * Math.max(servers, 1) > MAX_SERVERS) {
      const count = `got ${addresses} addresses with ${servers} servers each`;
      const message = `a service must have at most ${MAX_SERVERS} servers on all its addresses: ${count}`;
      this.#report.addProblem(offset, message);
      return false;
    }
    const before = this.#total;
    this.#total += addresses * Math.max(servers, 1) + servers;
    if (this.#total <= MAX_TOTAL) return true;
    if (before <= MAX_TOTAL) {
      this.#report.addProblem(offset, `the services of a file must have at most ${MAX_TOTAL} servers together`);
    }
    return false;
  }
}
