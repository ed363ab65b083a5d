import { LvsctlError } from "../../../core/errors/mod.ts";
import { type IpvsClient, noSuchService } from "../../../core/ipvs/mod.ts";
import { fieldsOf, itemsOf, textOf } from "../../../core/json/mod.ts";
import { formatServerId, formatServiceId, listNames, type ServerId, type ServiceId } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, findDaemon } from "../../daemon/client.ts";

/** How long a daemon may take to answer; milliseconds. */
const ANSWER_MS = 2000;

/** An override for one server of one service. */
export interface NamedOverride {
  /** The kernel's table. */
  readonly client: IpvsClient;
  /** The service of the server. */
  readonly service: ServiceId;
  /** The server. */
  readonly server: ServerId;
  /** The verb of the error message. */
  readonly operation: string;
  /** The command line that stores an override for a server that appears later. */
  readonly remedy: string;
}

/**
 * Refuses an override for a server that neither the kernel nor the daemon's file has: it would match nothing, mostly
 * because of a wrong port.
 *
 * @throws {LvsctlError} With the server that was probably meant.
 */
export async function refuseUnknownServer(
  context: Context,
  { client, service, server, operation, remedy }: NamedOverride,
): Promise<void> {
  const wanted = formatServerId(server);
  const present = client.servers(service).map(formatServerId);
  const managed = present.includes(wanted) ? [] : await managedServers(context, service);
  if (present.includes(wanted) || managed?.includes(wanted)) return;
  if (managed === undefined && client.getService(service) === undefined) throw noSuchService(service, operation);
  const known = [...new Set([...managed ?? [], ...present])];
  const meant = known.filter((name) => name.startsWith(wanted.slice(0, wanted.lastIndexOf(":") + 1)));
  const suggestion = meant.length > 0
    ? `did you mean ${meant.join(" or ")}? `
    : known.length > 0
    ? `it has ${listNames(known)}; `
    : "";
  throw new LvsctlError("the virtual service has no such real server", {
    operation,
    object: `${wanted} of ${formatServiceId(service)}`,
    errno: "ENOENT",
    hint: `${suggestion}"${remedy}" stores an override for later`,
  });
}

/**
 * The servers of a service in the file of this table's daemon, healthy or not, as `ADDRESS:PORT`; undefined if no daemon
 * answers, or if its file does not have the service.
 */
async function managedServers(context: Context, id: ServiceId): Promise<readonly string[] | undefined> {
  try {
    using client = await findDaemon(context);
    if (client === undefined) return undefined;
    const { status } = await askDaemon(client, "status", { timeoutMs: ANSWER_MS });
    const services = itemsOf(fieldsOf(status)["services"]).map(fieldsOf);
    const found = services.find(({ service }) => service === formatServiceId(id));
    if (found === undefined) return undefined;
    return itemsOf(found["servers"]).flatMap((server) => textOf(fieldsOf(server)["server"]) ?? []);
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
  }
}
