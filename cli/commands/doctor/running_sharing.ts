import type { SharingFacts } from "../../../core/doctor/mod.ts";
import { fieldsOf, isCount, itemsOf, textOf } from "../../../core/json/mod.ts";
import { oneLine } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, findDaemon } from "../../daemon/client.ts";

/**
 * The verdicts that the running daemon shares; undefined if it shares none, or none runs.
 *
 * @throws {LvsctlError} If it does not answer.
 */
export async function runningSharing(context: Context): Promise<SharingFacts | undefined> {
  using client = await findDaemon(context, { readsStatus: true });
  return client === undefined ? undefined : readSharingFacts((await askDaemon(client, "status"))["status"]);
}

/** Reads the verdicts in the status of a daemon, perhaps of another version. */
export function readSharingFacts(status: unknown): SharingFacts | undefined {
  const { quorum, directors, blind, problem } = fieldsOf(fieldsOf(fieldsOf(status)["daemon"])["sharing"]);
  if (!isCount(quorum)) return undefined;
  const reason = textOf(problem);
  return {
    quorum,
    directors: itemsOf(directors).length,
    isBlind: blind === true,
    problem: reason === undefined ? undefined : oneLine(reason),
  };
}
