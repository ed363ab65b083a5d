import { formatServerId, formatServiceId, type ServiceId } from "../../../core/model/mod.ts";
import { fieldsOf, itemsOf, textOf } from "../../../core/json/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, findDaemon } from "../../daemon/client.ts";
import { knownNames } from "../../daemon/service_names.ts";
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
    services: async () => {
      const [services, names] = await Promise.all([
        orNone(async () => {
          using client = await context.openIpvs();
          return client.services().map(({ id }) => formatServiceId(id));
        }),
        orNone(async () => (await knownNames(context, { onUnreadable: () => {} })).map(([name]) => name)),
      ]);
      return [...services, ...new Set(names)];
    },
    servers: (service) =>
      orNone(async () => {
        using client = await context.openIpvs();
        const ids: readonly ServiceId[] = service === "all"
          ? client.services().map(({ id }) => id)
          : [await serviceOf(context, service)];
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
    routers: () =>
      orNone(async () => {
        using client = await findDaemon(context, { readsStatus: true });
        if (client === undefined) return [];
        const { routers } = await askDaemon(client, "vrrp");
        return [...new Set(itemsOf(routers).flatMap((router) => textOf(fieldsOf(router)["name"]) ?? []))];
      }),
    devices: () => orNone(() => Promise.resolve(context.surroundings.files.listDirectory(INTERFACES))),
  };
}

/** The service that a word names, by its address or its name. */
async function serviceOf(context: Context, word: string): Promise<ServiceId> {
  try {
    return serviceArgument(word);
  } catch (error) {
    const names = await knownNames(context, { onUnreadable: () => {} });
    const service = names.find(([name]) => name === word)?.[1];
    if (service === undefined) throw error;
    return serviceArgument(service);
  }
}

async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch {
    // Without root, or without the kernel module, there is nothing to offer.
    return [];
  }
}
