import { type Fields, fieldsOf, itemsOf } from "../../core/json/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";

/** A router as a client shows it. */
export interface ShownRouter {
  /** Its name and family. */
  readonly name: string;
  /** Its interface. */
  readonly device: string;
  /** Number of the virtual router. */
  readonly vrid: string;
  /** Its state. */
  readonly state: string;
  /** Since when; milliseconds since 1970. */
  readonly since: number;
  /** Its effective priority, with the configured one if that differs. */
  readonly priority: string;
  /** The last router that it heard. */
  readonly heard: string;
  /** Why it is in its state. */
  readonly reason: string;
}

/** Reads the routers of a daemon's answer, whose texts may come from another version. */
export function readRouters(value: unknown): readonly ShownRouter[] {
  return itemsOf(value).map(fieldsOf).map((router): ShownRouter => {
    const text = (key: string): string => visible(String(router[key] ?? ""));
    const heard = fieldsOf(router["heard"]);
    const [priority, configured] = [text("priority"), text("configured_priority")];
    return {
      name: nameOf(router),
      device: text("device"),
      vrid: text("vrid"),
      state: text("state"),
      since: Date.parse(text("since")),
      priority: priority === configured ? priority : `${priority} (${configured})`,
      heard: heard["address"] === undefined ? "-" : visible(`${heard["address"]} ${heard["priority"]}`),
      reason: text("reason"),
    };
  });
}

/** A line for each difference between a router and the others that it heard, from a daemon's answer. */
export function formatFindings(routers: unknown): readonly Line[] {
  return itemsOf(routers).map(fieldsOf).flatMap((router) => {
    const name = nameOf(router);
    return itemsOf(router["findings"]).map(fieldsOf).map(({ text }) => `${name}: ${visible(String(text ?? ""))}`);
  });
}

function nameOf(router: Fields): string {
  const name = visible(String(router["name"] ?? ""));
  return router["family"] === "ipv6" ? `${name} (IPv6)` : name;
}

/** A line about messages that belong to no router, from a daemon's answer; none without such messages. */
export function formatDiscarded(value: unknown): readonly Line[] {
  const counts = itemsOf(value).map(fieldsOf).map(({ reason, count }) => visible(`${reason} ${count}`));
  return counts.length === 0 ? [] : [`discarded without a router: ${counts.join(", ")}`];
}

/** The routers as a table. */
export function formatRouters(
  routers: readonly ShownRouter[],
  { width, now }: { readonly width: number | undefined; readonly now: number },
): readonly Line[] {
  if (routers.length === 0) return ["The daemon has no virtual router"];
  const rows = routers.map(({ name, device, vrid, state, since, priority, heard, reason }) => [
    name,
    device,
    vrid,
    state,
    formatAge(now - since),
    priority,
    heard,
    reason,
  ]);
  return layOut(titledTable(COLUMNS, rows), { width });
}

const COLUMNS: readonly TitledColumn[] = [
  { title: "NAME" },
  { title: "INTERFACE" },
  { title: "VRID", align: "right" },
  { title: "STATE" },
  { title: "SINCE", align: "right" },
  { title: "PRIORITY", align: "right" },
  { title: "HEARD" },
  { title: "REASON", cut: "end" },
];
