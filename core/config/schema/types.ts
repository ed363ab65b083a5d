import { LvsctlError } from "../../errors/mod.ts";
import { didYouMean, formatDuration, parseDuration } from "../../model/mod.ts";
import type { Place } from "../source/source_report.ts";
import { describeNode, isFromSecret, isNothing, isUntyped, looksTyped, quote, type Tree } from "../source/tree.ts";

/** A type that YAML reads text without quotes as. */
export type PlainType = "integer" | "number" | "boolean" | "null";

/** The form of a value in a file, as data for messages and for the JSON Schema. */
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
  /** Form of the value. */
  readonly shape: Shape;
  /** Meaning of the key: one sentence without its period. */
  readonly doc: string;
  /** Whether the key must be present. */
  readonly required: boolean;
  /** The default as a file would write it; undefined if there is none, or if it depends on other keys. */
  readonly written: string | undefined;
}

/** A type of values in a file: its form, and its reader. */
export interface Type<T> {
  /** Form of the values. */
  readonly shape: Shape;
  /** Reads a node; a node of another type is reported, and the result is undefined. */
  read(node: Tree, place: Place): T | undefined;
}

/** A range of numbers. */
export interface Range {
  /** The smallest allowed value. */
  readonly min: number;
  /** The largest allowed value. */
  readonly max: number;
}

/** A shape in words, as after "must be". */
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
    case "either": {
      const words = [...new Set(shape.shapes.map(describeShape))];
      return words.join(words.some((each) => each.includes(" or ")) ? ", or " : " or ");
    }
  }
}

/**
 * The end of a message about a node of the file: `: got "many"`. No other place decides whether a message shows a value.
 */
export function got(node: Tree, place: Place): string {
  return isShown(node, place) ? `: got ${describeNode(node)}` : NOT_SHOWN;
}

const NOT_SHOWN = "; its value is not shown";

function isShown(node: Tree, place: Place): boolean {
  return node.kind !== "scalar" || isNothing(node) || node.text === "" ||
    (place.isSecret !== true && !isFromSecret(node));
}

/** Reports that a node does not have the required shape. */
export function reportShape(
  node: Tree,
  { place, shape }: { readonly place: Place; readonly shape: Shape },
): undefined {
  const suffix = shape.kind === "choice" && node.kind === "scalar" && isShown(node, place)
    ? didYouMean(node.text, [...shape.values, ...shape.aliases])
    : "";
  place.report.addProblem(
    node.offset,
    `${place.label} must be ${describeShape(shape)}${got(node, place)}${suffix}`,
  );
  return undefined;
}

/** A whole number in decimal, without quotes. */
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
 * Text that is used unchanged.
 *
 * @param words The text in words, as after "must be".
 * @param form A pattern that the text must match, or a function that tests it.
 */
export function text(words: string, form: RegExp | ((text: string) => boolean)): Type<string> {
  const accepts = form instanceof RegExp ? (text: string): boolean => form.test(text) : form;
  const shape: Shape = { kind: "text", words, pattern: form instanceof RegExp ? form.source : undefined };
  return {
    shape,
    read(node, place): string | undefined {
      if (node.kind !== "scalar" || isNothing(node)) return reportShape(node, { place, shape });
      // The value of a variable cannot have quotes.
      if (node.plain && node.template === undefined && looksTyped(node.text)) {
        const advice = isShown(node, place)
          ? `text; write ${quote(node.text)} with the quotes`
          : `text: write it in quotes${NOT_SHOWN}`;
        place.report.addProblem(node.offset, `${place.label} must be ${advice}`);
        return undefined;
      }
      return accepts(node.text) ? node.text : reportShape(node, { place, shape });
    },
  };
}

/** One of several words. */
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
 * Text for a parser, numbers without quotes included.
 *
 * @param words The text in words, as after "must be".
 * @param parse The parser, which throws an {@linkcode LvsctlError} for invalid text.
 * @param hints Hints for the JSON Schema: a pattern, which may accept more than the parser; further types that YAML
 * reads such text as. `isDiscreet`: the parser's messages do not quote the text.
 */
export function parsed<T>(
  words: string,
  parse: (text: string) => T,
  hints: { readonly pattern?: RegExp; readonly also?: readonly PlainType[]; readonly isDiscreet?: true } = {},
): Type<T> {
  const { pattern, also } = hints;
  const shape: Shape = { kind: "text", words, pattern: pattern?.source, ...(also === undefined ? {} : { also }) };
  return {
    shape,
    read(node, place): T | undefined {
      if (node.kind !== "scalar" || isNothing(node)) return reportShape(node, { place, shape });
      try {
        return parse(node.text);
      } catch (error) {
        if (!(error instanceof LvsctlError)) throw error;
        if (hints.isDiscreet !== true && !isShown(node, place)) return reportShape(node, { place, shape });
        const origin = node.template === undefined ? "" : `; the text is the value of ${quote(node.template)}`;
        place.report.addProblem(node.offset, `${place.label}: ${error.message}${origin}`);
        return undefined;
      }
    },
  };
}

/** A duration, in milliseconds or in whole seconds; the range has the same unit. */
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
      place.report.addProblem(
        node.offset,
        `${place.label} must be a whole number of seconds${got(node, place)}`,
      );
      return undefined;
    },
  };
}

/** Result of reading a {@linkcode Type}. */
export type SectionOf<T extends Type<unknown>> = T extends Type<infer S> ? S : never;
