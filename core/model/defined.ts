/** An object type without `undefined` among the values of its optional members. */
export type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/**
 * The object without the members whose value is `undefined`.
 *
 * For values that are stored or compared, where an absent member and one that is `undefined` differ; options take
 * `undefined` as it is.
 */
export function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
