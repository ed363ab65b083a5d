/** What is warned of is told again after this; milliseconds. */
const AGAIN_MS = 86_400_000;

/** What passing checks warned of: each warning counts once a day, however often it is seen. */
export class Warnings {
  readonly #told = new Map<string, { readonly topic: string; readonly at: number }>();

  /**
   * Takes what the last result of a check warned of.
   *
   * @param key Of the check.
   * @param warning What it was; undefined if it was nothing.
   * @param options.at The time of day; milliseconds since 1970.
   * @returns Whether it is to be told.
   */
  take(key: string, warning: string | undefined, { at }: { readonly at: number }): boolean {
    if (warning === undefined) {
      this.#told.delete(key);
      return false;
    }
    // "expires in 13d" and "expires in 12d" are the same warning.
    const topic = warning.replace(/\d+/g, "#");
    const told = this.#told.get(key);
    if (told !== undefined && told.topic === topic && Math.abs(at - told.at) < AGAIN_MS) return false;
    this.#told.set(key, { topic, at });
    return true;
  }

  /** Forgets all checks but those with these keys. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key);
  }
}
