import {
  areCountedByServers,
  type ConnectionFilter,
  type ConnectionGroup,
  serverCounts,
  Tally,
} from "../../../core/connections/mod.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import type { CountedServer } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";

/** Reads how many connections each real server has; undefined if only the kernel's list tells. */
export type CounterReader = () => Promise<Tally | undefined>;

/**
 * The reader of the counters that answer a question.
 *
 * @param context Opens the kernel's table.
 * @param question.filter Conditions on the connections.
 * @param question.group The grouping, if any.
 */
export function counterReader(
  context: Context,
  { filter, group }: { readonly filter: ConnectionFilter; readonly group: ConnectionGroup | undefined },
): CounterReader {
  if (!areCountedByServers(filter, group)) return () => Promise.resolve(undefined);
  return async () => {
    const tally = new Tally("server");
    try {
      using client = await context.openIpvs();
      for (const count of serverCounts(tables(client), filter)) tally.addCount(count);
      return tally;
    } catch (error) {
      // The list needs no root on most kernels.
      if (error instanceof LvsctlError) return undefined;
      throw error;
    }
  };
}

function* tables(client: IpvsClient): Generator<readonly CountedServer[], void, undefined> {
  for (const { id } of client.services()) yield client.countedServers(id);
}
