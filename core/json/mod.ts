/**
 * Reads JSON that was stored or comes from another process: it is not trusted, and a value of another type counts as
 * absent.
 *
 * @module
 */

export {
  exactFieldsOf,
  type Fields,
  fieldsOf,
  isCount,
  isMoment,
  isNumber,
  itemsOf,
  textOf,
  tryFieldsOf,
} from "./stored_json.ts";
