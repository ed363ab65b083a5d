/** The members of a JSON object, of unknown types. */
export type Fields = Readonly<Record<string, unknown>>;

/** The members of a JSON object; none for any other value. */
export function fieldsOf(value: unknown): Fields {
  return tryFieldsOf(value) ?? {};
}

/** The members of a JSON object; `undefined` for any other value. */
export function tryFieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

/**
 * The members of a JSON object that has no other than the allowed ones; `undefined` for any other value.
 *
 * @param names Allowed members.
 */
export function exactFieldsOf(value: unknown, names: readonly string[]): Fields | undefined {
  const fields = tryFieldsOf(value);
  return fields !== undefined && Object.keys(fields).every((name) => names.includes(name)) ? fields : undefined;
}

/** The items of a JSON array; none for any other value. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; `undefined` for any other value. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Whether a value is a finite number. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Whether a value is a moment: milliseconds since 1970 that a `Date` can hold. */
export function isMoment(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 8.64e15;
}

/** Whether a value is a count: an integer that is not negative. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
