/**
 * Reading JSON that was stored earlier or comes from another process: nothing in it is trusted, and what has another
 * type counts as absent.
 *
 * @module
 */

export { exactFieldsOf, fieldsOf, isCount, isMoment, isNumber, itemsOf } from "./stored_json.ts";
