import { LvsctlError } from "../../../core/errors/mod.ts";
import { changeError } from "../../../core/ipvs/mod.ts";
import { DEFAULT_TUNNEL, type RealServer, type ServerId, type ServiceId } from "../../../core/model/mod.ts";
import { ERRNO } from "../../../core/netlink/mod.ts";
import type { TableView } from "../../context/context.ts";

/** Help for the argument that names a virtual service. */
export const SERVICE_HELP = "the virtual service, as tcp://ADDRESS:PORT or fwmark:MARK";

/** Help for the argument that names a real server. */
export const SERVER_HELP = "the real server, as ADDRESS:PORT or [V6ADDRESS]:PORT (default port: the service's)";

/**
 * Reads a real server of a table.
 *
 * @param table The table.
 * @param wanted.id The server's service.
 * @param wanted.server The server.
 * @param wanted.verb The verb of the error message.
 * @throws {LvsctlError} If the service or the server does not exist.
 */
export function existingServer(
  table: TableView,
  wanted: { readonly id: ServiceId; readonly server: ServerId; readonly verb: "edit" | "drain" },
): RealServer {
  const { id, server, verb } = wanted;
  const found = table.servers(id).find(({ address, port }) => address === server.address && port === server.port);
  if (found !== undefined) return found;
  const errno = table.getService(id) === undefined ? ERRNO.ESRCH : ERRNO.ENOENT;
  // The message names the server, not its settings.
  const bare = { ...server, forward: "nat", weight: 0, upperThreshold: 0, lowerThreshold: 0 } as const;
  const error = changeError({ operation: "editServer", id, server: { ...bare, tunnel: DEFAULT_TUNNEL } }, errno);
  const { object, reason, hint } = error;
  throw new LvsctlError(reason, {
    operation: `${verb} real server`,
    object,
    errno: error.errno,
    hint,
  });
}
