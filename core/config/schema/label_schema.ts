import { LABEL } from "../../model/mod.ts";
import { fields, optional } from "./mapping.ts";
import { oneOrMany } from "./structures.ts";
import { text, type Type } from "./types.ts";

const ANY_LABEL = text("a label such as role=edge", LABEL);

/** A label of a director. Labels decide which parts of a file are read, which is before variables have values. */
export const LABEL_TEXT: Type<string> = {
  shape: ANY_LABEL.shape,
  read(node, place): string | undefined {
    if (node.kind !== "scalar" || node.template === undefined) return ANY_LABEL.read(node, place);
    place.report.addProblem(node.offset, `${place.label} must have no variable: write the label itself`);
    return undefined;
  },
};

/** The key of a part that is not for all directors. The reader of the tree removes it from the parts that it keeps. */
export const CHOICE = fields({
  only_on: optional(oneOrMany(LABEL_TEXT), {
    doc: "Labels that a director must have; others read the file without this item; default: all directors have it",
  }),
});
