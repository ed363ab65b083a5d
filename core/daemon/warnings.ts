/** A warning that lasts is reported once in this time; milliseconds. */
const REPEAT_MS = 86_400_000;

/** Warnings about checks: each counts once a day, however often it occurs. */
export class Warnings {
  readonly #reported = new Map<string, { readonly topic: string; readonly at: number }>();

  /**
   * Takes the warning of a check's last result.
   *
   * @param key The key of the check's job.
   * @param warning Its text; undefined if there is no warning.
   * @param options.at The time of day; milliseconds since 1970.
   * @returns Whether the warning is due to be reported.
   */
  take(key: string, warning: string | undefined, { at }: { readonly at: number }): boolean {
    if (warning === undefined) {
      this.#reported.delete(key);
      return false;
    }
    // "expires in 13d" and "expires in 12d" are the same warning.
    const topic = warning.replace(/\d+/g, "#");
    const last = this.#reported.get(key);
    if (last !== undefined && last.topic === topic && Math.abs(at - last.at) < REPEAT_MS) return false;
    this.#reported.set(key, { topic, at });
    return true;
  }

  /** Forgets all checks except those with these keys. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#reported.keys()) if (!keys.has(key)) this.#reported.delete(key);
  }
}
