import type { FieldShape, Shape } from "../schema/types.ts";
import { valueOf } from "../source/defaults.ts";
import type { MappingNode } from "../source/tree.ts";

/** The shapes that a value may have: the alternatives of all its shapes. */
export function alternativesOf(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.flatMap((shape) => shape.kind === "either" ? alternativesOf(shape.shapes) : [shape]);
}

/** The shapes of the items of a list. */
export function itemShapes(shapes: readonly Shape[]): readonly Shape[] {
  return alternativesOf(shapes).flatMap((shape) => shape.kind === "list" ? [shape.items] : []);
}

/** The keys that a mapping may have, by the value of its key `type` if there are several variants. */
export function fieldsOf(node: MappingNode, shapes: readonly Shape[]): Readonly<Record<string, FieldShape>> {
  const mappings = alternativesOf(shapes).flatMap((shape) => shape.kind === "mapping" ? [shape] : []);
  const type = valueOf(node, "type");
  const variant = mappings.find(({ fields: { type: field } }) => {
    const shape = field?.shape;
    return type?.kind === "scalar" && shape?.kind === "choice" && shape.values.includes(type.text);
  });
  return (variant ?? mappings[0])?.fields ?? {};
}

/** Whether a value that comes from a variable, and looks like a number or a boolean, must be written without quotes. */
export function isWrittenPlain(shapes: readonly Shape[], { wasPlain }: { readonly wasPlain: boolean }): boolean {
  return alternativesOf(shapes).some((shape) =>
    shape.kind === "integer" || shape.kind === "boolean" ||
    (wasPlain && shape.kind === "text" && shape.also !== undefined)
  );
}

/** Whether one of the shapes is text without a pattern, which accepts signs such as asterisks. */
export function acceptsSigns(shapes: readonly Shape[]): boolean {
  return alternativesOf(shapes).some((shape) => shape.kind === "text" && shape.pattern === undefined);
}

/** Whether a text is one of the words that one of the shapes lists. */
export function isChoice(text: string, shapes: readonly Shape[]): boolean {
  return alternativesOf(shapes).some((shape) =>
    shape.kind === "choice" && [...shape.values, ...shape.aliases].includes(text)
  );
}
