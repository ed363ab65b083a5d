import { LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";

/** How long a daemon may take to answer; milliseconds. */
const ANSWER_MS = 2000;

/**
 * Makes this table's daemon, if one runs, read the overrides: it knows which servers are healthy enough to get a weight.
 * The control protocol is loaded only here, because most commands do without a daemon.
 *
 * @returns The names of the services that the daemon manages; none if no daemon answers.
 */
export async function reloadOverrides(context: Context): Promise<ReadonlySet<string>> {
  if (context.directories === undefined) return new Set();
  const { askDaemon, findDaemon } = await import("./client.ts");
  try {
    using client = await findDaemon(context);
    if (client === undefined) return new Set();
    const { services } = await askDaemon(client, "overrides", { timeoutMs: ANSWER_MS });
    return new Set(Array.isArray(services) ? services.map(String) : []);
  } catch (error) {
    if (error instanceof LvsctlError) return new Set();
    throw error;
  }
}
