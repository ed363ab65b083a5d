/**
 * The time of a release, which everything that is built from the same sources shares.
 *
 * @module
 */

/**
 * Returns the time in seconds since 1970: `SOURCE_DATE_EPOCH` if it is set, else the time of the last commit.
 *
 * @throws {Error} If there is neither.
 */
export async function sourceDate(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given !== undefined) {
    if (/^\d{1,10}$/.test(given)) return Number(given);
    throw new Error(`SOURCE_DATE_EPOCH must be a number of seconds: got ${JSON.stringify(given)}`);
  }
  const cwd = new URL("..", import.meta.url);
  const { success, stdout } = await new Deno.Command("git", { args: ["log", "-1", "--format=%ct"], cwd }).output();
  const text = new TextDecoder().decode(stdout).trim();
  if (success && /^\d+$/.test(text)) return Number(text);
  throw new Error("Cannot date the release: the sources are not a git clone; set SOURCE_DATE_EPOCH");
}

/** The day of a time, as YYYY-MM-DD. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
