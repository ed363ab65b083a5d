import { type Fields, fieldsOf, isNumber, itemsOf } from "../../core/json/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { formatAge } from "./age.ts";

/** A virtual router in the status. */
export interface RouterLine {
  /** The router on one line. */
  readonly text: string;
  /** Whether it needs attention: it is at fault, another director does not hear it, or differs from it. */
  readonly isBad: boolean;
}

/**
 * The virtual routers of a daemon's status, a line each; none if the daemon has none or is too old to report them.
 *
 * @param routers The JSON of the routers.
 * @param options.now The time of day; milliseconds since 1970.
 */
export function routerLines(routers: unknown, { now }: { readonly now: number }): readonly RouterLine[] {
  return itemsOf(routers).map(fieldsOf).map((router): RouterLine => {
    const text = (key: string): string => visible(String(router[key] ?? ""));
    const { address, priority } = fieldsOf(router["heard"]);
    const family = router["family"] === "ipv6" ? ", IPv6" : "";
    const place = `vrrp ${text("name")} (${text("device")}${family}, VRID ${text("vrid")})`;
    const state = `${text("state")} for ${formatAge(now - Date.parse(text("since")))}`;
    const isContested = router["contested"] === true;
    const findings = itemsOf(router["findings"]).map(fieldsOf).map(({ text }) => visible(String(text ?? "")));
    const parts = [
      `${place}: ${state}, priority ${priorityText(router)}`,
      ...address === undefined ? [] : [visible(`last heard ${address} with ${priority}`)],
      text("reason"),
      ...isContested ? ["another director with a lower priority stays active, so it does not hear this one"] : [],
      ...findings,
    ];
    const isBad = isContested || findings.length > 0 || router["state"] === "fault";
    return { text: parts.filter((part) => part !== "").join("; "), isBad };
  });
}

/** A priority with the parts that it is made of: "90 (150 - 60 service web)". */
export function priorityText({ priority, configured_priority: configured, tracks }: Fields): string {
  const parts = itemsOf(tracks).map(fieldsOf).flatMap(({ label, weight, state, value }) => {
    if (!isNumber(weight)) return [];
    if (isNumber(value)) {
      const addend = value * weight;
      return addend === 0 ? [] : [` ${addend < 0 ? "-" : "+"} ${Math.abs(addend)} ${label}`];
    }
    if (weight > 0 && state === "good") return [` + ${weight} ${label}`];
    return weight < 0 && state === "bad" ? [` - ${-weight} ${label}`] : [];
  });
  const differs = priority !== configured || parts.length > 0;
  return visible(`${priority}${differs ? ` (${configured}${parts.join("")})` : ""}`);
}
