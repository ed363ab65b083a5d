import { formatServerId, formatServiceId, type ServiceId } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { serviceArgument } from "../../options/arguments.ts";
import { describeRun } from "../../journal/entry.ts";
import { openJournal } from "../../journal/open.ts";
import { refusalOf } from "../undo/chosen_entry.ts";
import type { LiveObjects } from "./candidates.ts";

/** The directory with an entry for each network interface. */
const INTERFACES = "/sys/class/net";

/**
 * The objects of this machine. A list that cannot be read is empty, because a completion has no place for an error.
 */
export function liveObjects(context: Context): LiveObjects {
  return {
    services: () =>
      orNone(async () => {
        using client = await context.openIpvs();
        return client.services().map(({ id }) => formatServiceId(id));
      }),
    servers: (service) =>
      orNone(async () => {
        using client = await context.openIpvs();
        const ids: readonly ServiceId[] = service === "all"
          ? client.services().map(({ id }) => id)
          : [serviceArgument(service)];
        return [...new Set(ids.flatMap((id) => client.servers(id).map(formatServerId)))];
      }),
    vips: () =>
      orNone(async () => {
        using client = await context.openVips();
        return [...new Set(client.vips().filter(({ owned }) => owned).map(({ address }) => address))];
      }),
    history: (kind) =>
      orNone(() => {
        const entries = openJournal(context).entries();
        return Promise.resolve(
          entries.filter((entry) => kind === "all" || refusalOf(entry, entries) === undefined).toReversed()
            .map((entry) => ({ word: entry.id, description: describeRun(entry) })),
        );
      }),
    devices: () => orNone(() => Promise.resolve(context.surroundings.files.listDirectory(INTERFACES))),
  };
}

async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch {
    // Without root, or without the kernel module, there is nothing to offer.
    return [];
  }
}
