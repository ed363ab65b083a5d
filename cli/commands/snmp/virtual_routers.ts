import { LvsctlError } from "../../../core/errors/mod.ts";
import { interfaceIndex } from "../../../core/host/mod.ts";
import { type Fields, fieldsOf, isNumber, itemsOf, textOf } from "../../../core/json/mod.ts";
import { parsePrefix } from "../../../core/model/mod.ts";
import type { SnmpGroup, SnmpRouter, SnmpVrrp } from "../../../core/snmp/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, findDaemon } from "../../daemon/client.ts";

/** How long a request of snmpd waits for the daemon; milliseconds. */
const ANSWER_MS = 1000;

/** The virtual routers of the running daemon; undefined if none runs, or it does not answer. */
export async function readSnmpVrrp(context: Context): Promise<SnmpVrrp | undefined> {
  try {
    using client = await findDaemon(context, { readsStatus: true });
    if (client === undefined) return undefined;
    const answer = await askDaemon(client, "vrrp", { timeoutMs: ANSWER_MS });
    return {
      routers: itemsOf(answer["routers"]).map(fieldsOf).map(readRouter),
      groups: itemsOf(answer["groups"]).map(fieldsOf).map(readGroup),
      indexOf: interfaceIndex,
    };
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return undefined;
  }
}

/** Reads a router as a daemon reports it, perhaps one of another version. */
function readRouter(router: Fields): SnmpRouter {
  const [timers, preempt] = [fieldsOf(router["timers"]), fieldsOf(router["preempt"])];
  return {
    name: textOf(router["name"]) ?? "",
    vrid: numberOf(router["vrid"]),
    state: textOf(router["state"]) ?? "",
    configuredPriority: numberOf(router["configured_priority"]),
    priority: numberOf(router["priority"]),
    device: textOf(router["device"]) ?? "",
    version: numberOf(router["version"]),
    intervalMs: numberOf(timers["interval_ms"]),
    preempts: preempt["allowed"] === true,
    preemptDelayMs: numberOf(preempt["delay_ms"]),
    vips: itemsOf(router["vips"]).flatMap(readPrefix),
    tracks: itemsOf(router["tracks"]).map(fieldsOf).map(({ label, weight }) => ({
      label: textOf(label) ?? "",
      weight: numberOf(weight),
    })),
  };
}

function readGroup({ name, members, state }: Fields): SnmpGroup {
  const names = itemsOf(members).flatMap((member) => textOf(member) ?? []);
  return { name: textOf(name) ?? "", members: names, state: textOf(state) };
}

function numberOf(value: unknown): number {
  return isNumber(value) ? value : 0;
}

function readPrefix(value: unknown): SnmpRouter["vips"] {
  try {
    return [parsePrefix(textOf(value) ?? "")];
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return [];
  }
}
