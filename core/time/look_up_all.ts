/** Number of lookups at the same time. */
const PARALLEL = 16;

/**
 * Looks each name up once, several at the same time.
 *
 * @throws {unknown} The error of the first lookup that fails; no further one begins.
 */
export async function lookUpAll<T>(
  names: Iterable<string>,
  lookUp: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  const waiting = [...new Set(names)].reverse();
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      try {
        found.set(name, await lookUp(name));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, work));
  return found;
}
