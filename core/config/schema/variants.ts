import type { Fields, Section } from "./mapping.ts";
import { isNothing, type Tree } from "../source/tree.ts";
import { choice, describeShape, reportShape, type Shape, type Type } from "./types.ts";

/** Mappings by the value of their key `type`. */
export type Variants = Readonly<Record<string, Type<Section<Fields>>>>;

/** A mapping of one of the variants, with its type. */
export type Variant<V extends Variants> = {
  readonly [K in keyof V]: {
    /** Value of the key `type`. */
    readonly type: K;
    /** The mapping. */
    readonly section: V[K] extends Type<infer S> ? S : never;
  };
}[keyof V];

/** A mapping whose other keys depend on its key `type`. */
export function variants<const V extends Variants>(cases: V): Type<Variant<V>> {
  const words = choice(Object.keys(cases));
  const shape: Shape = { kind: "either", shapes: Object.values(cases).map((each) => each.shape) };
  return {
    shape,
    read(node, place): Variant<V> | undefined {
      if (node.kind !== "mapping") return reportShape(node, { place, shape });
      const { report } = place;
      const typeNode: Tree | undefined = node.entries.find(({ key }) => key.kind === "scalar" && key.text === "type")
        ?.value;
      // A partial mapping may inherit its type; a missing one is reported where the mapping is used.
      if (typeNode === undefined && place.isPartial === true) return undefined;
      if (typeNode === undefined || isNothing(typeNode)) {
        report.addProblem((typeNode ?? node).offset, `missing key type: it must be ${describeShape(words.shape)}`);
        return undefined;
      }
      const type = words.read(typeNode, { label: "type", report });
      const section = type === undefined ? undefined : cases[type]?.read(node, place);
      // The section comes from the mapping of this type, which the compiler cannot infer from a computed key.
      return section === undefined ? undefined : { type, section } as Variant<V>;
    },
  };
}
