/** Number of lookups at the same time. */
const PARALLEL = 16;

/**
 * Looks each name up once, several at the same time.
 *
 * @throws {Error} The error of the first lookup that fails.
 */
export async function lookUpAll<T>(
  names: Iterable<string>,
  lookUp: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  const waiting = [...new Set(names)];
  for (let at = 0; at < waiting.length; at += PARALLEL) {
    const part = waiting.slice(at, at + PARALLEL);
    const results = await Promise.all(part.map(lookUp));
    for (const [index, name] of part.entries()) {
      const result = results[index];
      if (result !== undefined) found.set(name, result);
    }
  }
  return found;
}
