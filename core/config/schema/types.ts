import { LvsctlError } from "../../errors/mod.ts";
import { formatDuration, parseDuration } from "../../model/mod.ts";
import type { Place } from "../source/source_report.ts";
import { didYouMean } from "../source/suggestion.ts";
import { describeNode, isNothing, isUntyped, looksTyped, quote, type Tree } from "../source/tree.ts";

/** What YAML may take text for that is not in quotes. */
export type PlainType = "integer" | "number" | "boolean" | "null";

/** What a value may look like in a file, as data: for messages, and for a schema that editors understand. */
export type Shape =
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | {
    readonly kind: "text";
    readonly words: string;
    readonly pattern?: string | undefined;
    readonly also?: readonly PlainType[];
  }
  | { readonly kind: "choice"; readonly values: readonly string[]; readonly aliases: readonly string[] }
  | { readonly kind: "list"; readonly items: Shape; readonly minItems: number }
  | { readonly kind: "either"; readonly shapes: readonly Shape[] }
  | { readonly kind: "mapping"; readonly name: string; readonly fields: Readonly<Record<string, FieldShape>> };

/** A key of a mapping, as data. */
export interface FieldShape {
  /** What its value may look like. */
  readonly shape: Shape;
  /** What it means: one sentence without its period. */
  readonly doc: string;
  /** Whether it has to be there. */
  readonly required: boolean;
  /** Its default as a file would write it; undefined if there is none, or if it depends on other keys. */
  readonly written: string | undefined;
}

/** A type of value in a file: what it looks like, and how it is read. */
export interface Type<T> {
  /** What it looks like. */
  readonly shape: Shape;
  /** Reads a node; where it is of another type, that is reported and the result is undefined. */
  read(node: Tree, place: Place): T | undefined;
}

/** Smallest and largest of something. */
export interface Range {
  /** The smallest value that is allowed. */
  readonly min: number;
  /** The largest value that is allowed. */
  readonly max: number;
}

/** A shape in words, to follow "must be". */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case "integer":
      return shape.min === shape.max ? `${shape.min}` : `a whole number from ${shape.min} to ${shape.max}`;
    case "boolean":
      return "true or false";
    case "text":
      return shape.words;
    case "choice":
      return `one of ${shape.values.join(", ")}`;
    case "list":
      return "a list";
    case "mapping":
      return "a mapping";
    case "either":
      return [...new Set(shape.shapes.map(describeShape))].join(" or ");
  }
}

/** Reports that a node is not of the shape that it should be. */
export function reportShape(
  node: Tree,
  { place, shape }: { readonly place: Place; readonly shape: Shape },
): undefined {
  const suffix = shape.kind === "choice" && node.kind === "scalar"
    ? didYouMean(node.text, [...shape.values, ...shape.aliases])
    : "";
  place.report.addProblem(
    node.offset,
    `${place.label} must be ${describeShape(shape)}: got ${describeNode(node)}${suffix}`,
  );
  return undefined;
}

/** A whole number, written in decimal and without quotes. */
export function integer(range: Range): Type<number> {
  const shape: Shape = { kind: "integer", ...range };
  return {
    shape,
    read(node, place): number | undefined {
      if (node.kind === "scalar" && isUntyped(node) && /^(?:0|-?[1-9]\d*)$/.test(node.text)) {
        const value = Number(node.text);
        if (value >= range.min && value <= range.max) return value;
      }
      return reportShape(node, { place, shape });
    },
  };
}

/** `true` or `false`. */
export function boolean(): Type<boolean> {
  const shape: Shape = { kind: "boolean" };
  return {
    shape,
    read(node, place): boolean | undefined {
      if (node.kind === "scalar" && isUntyped(node) && (node.text === "true" || node.text === "false")) {
        return node.text === "true";
      }
      return reportShape(node, { place, shape });
    },
  };
}

/**
 * Text that is kept as it is.
 *
 * @param words What it has to be, to follow "must be".
 * @param form What the text has to match, or what says whether it is that.
 */
export function text(words: string, form: RegExp | ((text: string) => boolean)): Type<string> {
  const accepts = form instanceof RegExp ? (text: string): boolean => form.test(text) : form;
  const shape: Shape = { kind: "text", words, pattern: form instanceof RegExp ? form.source : undefined };
  return {
    shape,
    read(node, place): string | undefined {
      if (node.kind !== "scalar" || isNothing(node)) return reportShape(node, { place, shape });
      // Nobody can put quotes around what a variable stands for.
      if (node.plain && node.template === undefined && looksTyped(node.text)) {
        place.report.addProblem(node.offset, `${place.label} must be text: write ${quote(node.text)} with the quotes`);
        return undefined;
      }
      return accepts(node.text) ? node.text : reportShape(node, { place, shape });
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(
  values: readonly T[],
  aliases: { readonly [alias: string]: T } = {},
): Type<T> {
  const shape: Shape = { kind: "choice", values, aliases: Object.keys(aliases) };
  return {
    shape,
    read(node, place): T | undefined {
      if (node.kind === "scalar") {
        const value = values.find((name) => name === node.text) ??
          (Object.hasOwn(aliases, node.text) ? aliases[node.text] : undefined);
        if (value !== undefined) return value;
      }
      return reportShape(node, { place, shape });
    },
  };
}

/**
 * Text that something else reads, numbers without quotes included.
 *
 * @param words What it has to be, to follow "must be".
 * @param parse Reads it, and throws an {@linkcode LvsctlError} if it cannot.
 * @param hints What a schema can say of it: a pattern, looser than the reader; what else YAML may take it for.
 */
export function parsed<T>(
  words: string,
  parse: (text: string) => T,
  hints: { readonly pattern?: RegExp; readonly also?: readonly PlainType[] } = {},
): Type<T> {
  const shape: Shape = { kind: "text", words, ...hints, pattern: hints.pattern?.source };
  return {
    shape,
    read(node, place): T | undefined {
      if (node.kind !== "scalar" || isNothing(node)) return reportShape(node, { place, shape });
      try {
        return parse(node.text);
      } catch (error) {
        if (!(error instanceof LvsctlError)) throw error;
        const origin = node.template === undefined ? "" : `; ${quote(node.template)} stands for it`;
        place.report.addProblem(node.offset, `${place.label}: ${error.message}${origin}`);
        return undefined;
      }
    },
  };
}

/** A duration, in milliseconds or in whole seconds; the range is in the same unit. */
export function duration(unit: "milliseconds" | "seconds", range: Range): Type<number> {
  const scale = unit === "seconds" ? 1000 : 1;
  const words = `a duration from ${formatDuration(range.min * scale)} to ${formatDuration(range.max * scale)}`;
  const type = parsed(words, parseDuration, { pattern: /^(?:\d{1,9}(?:ms|s|m|h|d))+$/ });
  return {
    shape: type.shape,
    read(node, place): number | undefined {
      const milliseconds = type.read(node, place);
      if (milliseconds === undefined) return undefined;
      const value = milliseconds / scale;
      if (value < range.min || value > range.max) return reportShape(node, { place, shape: type.shape });
      if (Number.isInteger(value)) return value;
      place.report.addProblem(node.offset, `${place.label} must be whole seconds: got ${describeNode(node)}`);
      return undefined;
    },
  };
}
