import type { Fields, Section } from "./mapping.ts";
import { isNothing, type Tree } from "../source/tree.ts";
import { choice, describeShape, reportShape, type Shape, type Type } from "./types.ts";

/** Mappings by the word that stands under their common key. */
export type Variants = Readonly<Record<string, Type<Section<Fields>>>>;

/** One of the mappings that was read, with its word. */
export type Variant<V extends Variants> = {
  readonly [K in keyof V]: {
    /** The word. */
    readonly type: K;
    /** What was read. */
    readonly section: V[K] extends Type<infer S> ? S : never;
  };
}[keyof V];

/** A mapping whose key `type` says which other keys it has. */
export function variants<const V extends Variants>(cases: V): Type<Variant<V>> {
  const words = choice(Object.keys(cases));
  const shape: Shape = { kind: "either", shapes: Object.values(cases).map((each) => each.shape) };
  return {
    shape,
    read(node, place): Variant<V> | undefined {
      if (node.kind !== "mapping") return reportShape(node, { place, shape });
      const { report } = place;
      const found: Tree | undefined = node.entries.find(({ key }) => key.kind === "scalar" && key.text === "type")
        ?.value;
      // Of a part, the rest comes from elsewhere: what it lacks is told where it is used.
      if (found === undefined && place.isPartial === true) return undefined;
      if (found === undefined || isNothing(found)) {
        report.addProblem((found ?? node).offset, `type is missing: it must be ${describeShape(words.shape)}`);
        return undefined;
      }
      const type = words.read(found, { label: "type", report });
      const section = type === undefined ? undefined : cases[type]?.read(node, place);
      // The section was read by the type that stands under that word; the compiler cannot follow a computed key.
      return section === undefined ? undefined : { type, section } as Variant<V>;
    },
  };
}
