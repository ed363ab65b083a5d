import type { RouterFacts } from "../../../core/doctor/mod.ts";
import { fieldsOf, isNumber, itemsOf } from "../../../core/json/mod.ts";
import { visible } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, findDaemon } from "../../daemon/client.ts";

/**
 * The virtual routers of the running daemon; undefined if none runs.
 *
 * @throws {LvsctlError} If it does not answer.
 */
export async function runningRouters(context: Context): Promise<readonly RouterFacts[] | undefined> {
  using client = await findDaemon(context, { readsStatus: true });
  if (client === undefined) return undefined;
  return readRouterFacts((await askDaemon(client, "vrrp"))["routers"]);
}

/** Reads routers as a daemon reports them, perhaps one of another version. */
export function readRouterFacts(routers: unknown): readonly RouterFacts[] {
  return itemsOf(routers).map(fieldsOf).map((router): RouterFacts => {
    const text = (key: string): string => visible(String(router[key] ?? ""));
    const { address, priority } = fieldsOf(router["heard"]);
    const counts = itemsOf(router["discarded"]).map(fieldsOf).flatMap(({ reason, count }) =>
      isNumber(count) ? [[visible(String(reason)), count] as const] : []
    );
    return {
      name: router["family"] === "ipv6" ? `${text("name")} (IPv6)` : text("name"),
      state: text("state"),
      reason: text("reason"),
      priority: Number(router["priority"]),
      heard: address === undefined ? undefined : { address: visible(String(address)), priority: Number(priority) },
      isContested: router["contested"] === true,
      discarded: Object.fromEntries(counts),
      findings: itemsOf(router["findings"]).map(fieldsOf).map(({ kind, text: words }) => ({
        kind: visible(String(kind)),
        text: visible(String(words)),
      })),
    };
  });
}
