import type { Place } from "../source/source_report.ts";
import { reportShape, type Shape, type Type } from "./types.ts";
import { isBroken, type Tree } from "../source/tree.ts";

/** A value and its node. */
export interface Located<T> {
  /** The value. */
  readonly value: T;
  /** The node of the value. */
  readonly node: Tree;
}

/** The same type, with the node of the value for later problems. */
export function located<T>(type: Type<T>): Type<Located<T>> {
  return {
    shape: type.shape,
    read(node, place): Located<T> | undefined {
      const value = type.read(node, place);
      return value === undefined ? undefined : { value, node };
    },
  };
}

/** The same type, whose values no message shows. */
export function hidden<T>(type: Type<T>): Type<T> {
  return { shape: type.shape, read: (node, place) => type.read(node, { ...place, isSecret: true }) };
}

/** Reads the items of a list; invalid items are reported and left out. */
function readItems<T>(nodes: readonly Tree[], options: { readonly type: Type<T>; readonly place: Place }): T[] {
  const values: T[] = [];
  for (const node of nodes) {
    if (isBroken(node)) continue;
    const value = options.type.read(node, options.place);
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** A list; invalid items are reported and left out. */
export function list<T>(items: Type<T>): Type<readonly T[]> {
  const shape: Shape = { kind: "list", items: items.shape, minItems: 0 };
  return {
    shape,
    read(node, place): readonly T[] | undefined {
      if (node.kind !== "list") return reportShape(node, { place, shape });
      return readItems(node.items, { type: items, place: { ...place, label: `an item of ${place.label}` } });
    },
  };
}

/** One value, or a list of at least one. */
export function oneOrMany<T>(items: Type<T>): Type<readonly T[]> {
  const many: Shape = { kind: "list", items: items.shape, minItems: 1 };
  return {
    shape: { kind: "either", shapes: [items.shape, many] },
    read(node, place): readonly T[] | undefined {
      if (node.kind !== "list") {
        const value = items.read(node, place);
        return value === undefined ? undefined : [value];
      }
      if (node.items.length > 0) {
        return readItems(node.items, { type: items, place: { ...place, label: `an item of ${place.label}` } });
      }
      place.report.addProblem(node.offset, `${place.label} must not be an empty list`);
      return undefined;
    },
  };
}
