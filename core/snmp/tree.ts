/** The types of values that snmpd takes from a program. */
export type SnmpType = "integer" | "gauge" | "counter" | "counter64" | "ipaddress" | "octet" | "string";

/** The value of an object: its type, and its text on one line. */
export interface SnmpValue {
  /** Its type. */
  readonly type: SnmpType;
  /** Its text. */
  readonly text: string;
}

/** A part of the tree of objects; what is below it is made when it is needed. */
export interface SnmpBranch {
  /** The numbers below it, ascending. */
  readonly keys: readonly number[];
  /** The part below a number; undefined if a table has no value there. */
  at(key: number): SnmpNode | undefined;
}

/** A value, or a branch. */
export type SnmpNode = SnmpValue | SnmpBranch;

/** An object with its identifier. */
export interface SnmpObject {
  /** Its identifier. */
  readonly oid: readonly number[];
  /** Its value. */
  readonly value: SnmpValue;
}

/** A branch with these parts. */
export function branchOf(parts: ReadonlyMap<number, SnmpNode>): SnmpBranch {
  return { keys: [...parts.keys()].sort((a, b) => a - b), at: (key) => parts.get(key) };
}

/** A branch whose parts have the numbers from 1. */
export function branchOfLength(length: number, at: (key: number) => SnmpNode | undefined): SnmpBranch {
  return { keys: Array.from({ length }, (_, index) => index + 1), at };
}

/** A tree in which a branch has an identifier. */
export function treeBelow(oid: readonly number[], branch: SnmpBranch): SnmpBranch {
  return oid.reduceRight((below, key) => branchOf(new Map([[key, below]])), branch);
}

/** The object with an identifier. */
export function objectAt(tree: SnmpNode, oid: readonly number[]): SnmpObject | undefined {
  let node: SnmpNode | undefined = tree;
  for (const key of oid) {
    if (node === undefined || "text" in node) return undefined;
    node = node.at(key);
  }
  return node !== undefined && "text" in node ? { oid, value: node } : undefined;
}

/** The first object after an identifier, in the order of identifiers. */
export function objectAfter(tree: SnmpNode, oid: readonly number[]): SnmpObject | undefined {
  return after(tree, oid);
}

/** As {@linkcode objectAfter}; without an identifier, the first object of the part. */
function after(node: SnmpNode, oid: readonly number[] | undefined): SnmpObject | undefined {
  if ("text" in node) return oid === undefined ? { oid: [], value: node } : undefined;
  const [first, ...rest] = oid ?? [];
  for (let index = first === undefined ? 0 : firstFrom(node.keys, first); index < node.keys.length; index++) {
    const key = node.keys[index];
    const child = key === undefined ? undefined : node.at(key);
    const found = child === undefined ? undefined : after(child, key === first ? rest : undefined);
    if (found !== undefined && key !== undefined) return { oid: [key, ...found.oid], value: found.value };
  }
  return undefined;
}

/** The index of the first key that is not below a number, by bisection: a table may have thousands of rows. */
function firstFrom(keys: readonly number[], least: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
