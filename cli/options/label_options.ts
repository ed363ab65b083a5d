import { type Labels, parseLabels } from "../../core/model/mod.ts";
import { argumentParser } from "./arguments.ts";

const parse = argumentParser((text) => parseLabels([text]));

/** The option for the labels of this director. */
export const LABEL = [
  "--label <label>",
  "label of this director, such as role=edge, for the parts of the file that are only on some; repeatable",
  (text: string, previous: Labels | undefined): Labels => new Map([...previous ?? [], ...parse(text)]),
] as const;
