import { LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";

/** How long a daemon may take to answer; milliseconds. */
const ANSWER_MS = 2000;

/**
 * Has the daemon of this table, if there is one, look at what operators say: it knows which servers are healthy enough
 * to get a weight.
 *
 * @returns The names of the services that it looks after; none where there is no daemon, or none that answers.
 */
export async function reloadOverrides(context: Context): Promise<ReadonlySet<string>> {
  if (context.directories === undefined) return new Set();
  const [{ ControlClient }, { daemonFiles }, { askDaemon }] = await Promise.all([
    import("../../core/control/mod.ts"),
    import("./files.ts"),
    import("./client.ts"),
  ]);
  try {
    using client = await ControlClient.connect(daemonFiles(context.directories).socket);
    if (client === undefined) return new Set();
    const { services } = await askDaemon(client, "overrides", { timeoutMs: ANSWER_MS });
    return new Set(Array.isArray(services) ? services.map(String) : []);
  } catch (error) {
    if (error instanceof LvsctlError) return new Set();
    throw error;
  }
}
