import { didYouMean, mayHoldSecret } from "../../model/mod.ts";
import type { Place, SourceReport } from "../source/source_report.ts";
import { isBroken, isNothing, type MappingNode, quoteKey, type Tree } from "../source/tree.ts";
import { describeShape, type FieldShape, reportShape, type Shape, type Type } from "./types.ts";

/** A key of a mapping: its type, its meaning and its default. */
export interface Field<T> extends FieldShape {
  /** Value if the file omits the key. */
  readonly initial: T;
  /** Reads the key's value. */
  read(node: Tree, place: Place): T | undefined;
}

/** Keys of a mapping. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** Values of a mapping's keys. */
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Keys that several mappings share. */
export function fields<const F extends Fields>(keys: F): F {
  return keys;
}

/** A required key. */
export function required<T>(type: Type<T>, options: { readonly doc: string }): Field<T | undefined> {
  return { ...type, ...options, required: true, initial: undefined, written: undefined };
}

/**
 * A key without a default value of its own type.
 *
 * @param options.written The default as a file would write it, if the reader of the mapping applies one.
 */
export function optional<T>(
  type: Type<T>,
  options: { readonly doc: string; readonly written?: string },
): Field<T | undefined> {
  return { ...type, required: false, initial: undefined, written: undefined, ...options };
}

/** A key with a default: its value, and its form in a file if that is not the value's text. */
export function withDefault<T extends string | number | boolean>(
  type: Type<T>,
  options: { readonly doc: string; readonly value: NoInfer<T>; readonly written?: string },
): Field<T> {
  const { doc, value, written = String(value) } = options;
  return { ...type, doc, required: false, initial: value, written };
}

/** A mapping's values, and the places of its keys for later problems. */
export class Section<F extends Fields> {
  /** The mapping's node. */
  readonly node: Tree;
  /** Values of the keys; the default, or undefined, for a key that is missing or invalid. */
  readonly values: Values<F>;
  readonly #nodes: ReadonlyMap<string, Tree>;
  readonly #unsound: ReadonlySet<string>;
  readonly #report: SourceReport;

  /**
   * Only {@linkcode mapping} creates sections.
   *
   * @param parts The content of the mapping.
   */
  constructor(
    parts: {
      readonly node: Tree;
      readonly values: Values<F>;
      readonly nodes: ReadonlyMap<string, Tree>;
      readonly unsound: ReadonlySet<string>;
      readonly report: SourceReport;
    },
  ) {
    this.node = parts.node;
    this.values = parts.values;
    this.#nodes = parts.nodes;
    this.#unsound = parts.unsound;
    this.#report = parts.report;
  }

  /** The node of a key's value; undefined if the key is missing. */
  nodeOf(key: keyof F & string): Tree | undefined {
    return this.#nodes.get(key);
  }

  /** As {@linkcode Section.nodeOf}, for a key that the mapping may not define. */
  find(key: string): Tree | undefined {
    return this.#nodes.get(key);
  }

  /** Whether these keys have no problem. */
  isSound(...keys: readonly string[]): boolean {
    return !keys.some((key) => this.#unsound.has(key));
  }

  /**
   * Reports an invalid combination, unless one of its keys has a problem already.
   *
   * @param keys The keys of the combination; the message points at the first that the file has.
   */
  report(keys: readonly string[], message: string): void {
    if (!this.isSound(...keys)) return;
    const written = keys.find((key) => this.#nodes.has(key));
    const node = written === undefined ? undefined : this.#nodes.get(written);
    this.#report.addProblem((node ?? this.node).offset, message);
  }
}

/** The values of a mapping by key; unknown and duplicate keys are reported. */
function readKeys(
  node: MappingNode,
  options: { name: string; fields: Fields; report: SourceReport },
): Map<string, Tree> {
  const { name, fields, report } = options;
  const nodes = new Map<string, Tree>();
  const keys = new Map<string, Tree>();
  for (const { key, value } of node.entries) {
    if (key.kind !== "scalar") {
      report.addProblem(key.offset, `a key of ${name} must be text: got a ${key.kind}`);
      continue;
    }
    const first = keys.get(key.text);
    if (first !== undefined) {
      report.addProblem(
        key.offset,
        `duplicate key ${quoteKey(key.text)}: ${report.lineOf(first.offset, { from: key.offset })} has it already`,
      );
      continue;
    }
    keys.set(key.text, key);
    if (Object.hasOwn(fields, key.text)) nodes.set(key.text, value);
    else if (key.plain && key.text === "<<") {
      report.addProblem(
        key.offset,
        "merge keys are not supported; write the keys out, or use an alias for a whole value",
      );
    } else {
      const known = Object.keys(fields);
      const advice = `the keys of ${name} are ${known.join(", ")}${didYouMean(key.text, known)}`;
      report.addProblem(key.offset, `unknown key ${quoteKey(key.text)}; ${advice}`);
    }
  }
  return nodes;
}

/**
 * A mapping with a fixed set of keys.
 *
 * @param name The mapping's name in messages: "a service".
 * @param fields The keys.
 */
export function mapping<const F extends Fields>(name: string, fields: F): Type<Section<F>> {
  const shape: Shape = { kind: "mapping", name, fields };
  // A file has many servers with few keys each: the defaults of the others are prepared once.
  const initial = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.initial]));
  const needed = Object.entries(fields).filter(([, field]) => field.required);
  return {
    shape,
    read(node, place): Section<F> | undefined {
      if (node.kind !== "mapping") return reportShape(node, { place, shape });
      const { report } = place;
      const nodes = readKeys(node, { name, fields, report });
      const values: Record<string, unknown> = { ...initial };
      const unsound = new Set<string>();
      for (const [key, value] of nodes) {
        const field = fields[key];
        if (field === undefined) continue;
        const before = report.problemReports;
        const isSecret = mayHoldSecret(key) || place.isSecret;
        const own: Place = { label: place.keyLabel ?? key, report, ...(isSecret ? { isSecret } : {}) };
        if (isBroken(value)) unsound.add(key);
        else {
          const read = field.read(value, own);
          if (read !== undefined) values[key] = read;
        }
        if (report.problemReports !== before) unsound.add(key);
      }
      for (const [key, field] of needed) {
        if (nodes.has(key) || place.isPartial === true) continue;
        report.addProblem(node.offset, `missing key ${key}: it must be ${describeShape(field.shape)}`);
        unsound.add(key);
      }
      // Each key has a value of its own field's type, which the compiler cannot infer from a loop.
      return new Section<F>({ node, values: values as Values<F>, nodes, unsound, report });
    },
  };
}

/** The same mapping or variants, without required keys. */
export function partial<T>(type: Type<T>): Type<T> {
  return { shape: withoutRequired(type.shape), read: (node, place) => type.read(node, { ...place, isPartial: true }) };
}

function withoutRequired(shape: Shape): Shape {
  if (shape.kind === "either") return { ...shape, shapes: shape.shapes.map(withoutRequired) };
  if (shape.kind !== "mapping") return shape;
  const fields = Object.entries(shape.fields).map(([key, field]) => {
    return [key, field.required ? { ...field, required: false, doc: `${field.doc}; default: inherited` } : field];
  });
  return { ...shape, fields: Object.fromEntries(fields) };
}

/** The value that removes the default of a key. */
export const NONE = "none";

/** A value, or the word `none` for no value, not even the default. */
export function orNone<T>(type: Type<T>): Type<T> {
  const none: Shape = { kind: "choice", values: [NONE], aliases: [] };
  return {
    shape: { kind: "either", shapes: [type.shape, none] },
    read: (node, place) => node.kind === "scalar" && node.text === NONE ? undefined : type.read(node, place),
  };
}

/**
 * A mapping with a short form: the value of its main key alone.
 *
 * @param options.named Whether messages name such a value by the main key; otherwise by the key of the mapping.
 */
export function shorthand<F extends Fields>(
  type: Type<Section<F>>,
  key: keyof F & string,
  options: { readonly named: boolean } = { named: true },
): Type<Section<F>> {
  const field = type.shape.kind === "mapping" ? type.shape.fields[key] : undefined;
  const shape: Shape = { kind: "either", shapes: field === undefined ? [type.shape] : [type.shape, field.shape] };
  return {
    shape,
    read(node, place): Section<F> | undefined {
      if (node.kind === "mapping") return type.read(node, place);
      if (node.kind === "list" || isNothing(node)) return reportShape(node, { place, shape });
      // A text in place of a number is reported with both forms, because the user may want the mapping.
      const isOther = field?.shape.kind === "integer" && node.kind === "scalar" && !/^-?\d+$/.test(node.text);
      if (!options.named && isOther) return reportShape(node, { place, shape });
      const word: Tree = { kind: "scalar", offset: node.offset, text: key, plain: true };
      return type.read({ kind: "mapping", offset: node.offset, entries: [{ key: word, value: node }] }, {
        ...place,
        keyLabel: options.named ? place.keyLabel : place.label,
      });
    },
  };
}
