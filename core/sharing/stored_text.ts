import { type Fields, tryFieldsOf } from "../json/mod.ts";

/** The fields of a stored record of format 1; none for any other text. */
export function fieldsOfText(stored: string): Fields {
  try {
    const fields = tryFieldsOf(JSON.parse(stored));
    return fields?.["format"] === 1 ? fields : {};
  } catch {
    return {};
  }
}
