import { type Fields, fieldsOf, isNumber, itemsOf } from "../../core/json/mod.ts";
import { formatDuration, visible } from "../../core/model/mod.ts";
import { layOut, type Row } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import { priorityText } from "./router_lines.ts";

/** Width of the names before the values. */
const NAME_WIDTH = 15;

/** Options of {@linkcode formatRouterDetails}. */
export interface DetailsOptions {
  /** The width of the lines; undefined: any. */
  readonly width: number | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/** Everything about a virtual router, from the JSON of a daemon, which may be of another version. */
export function formatRouterDetails(router: unknown, { width, now }: DetailsOptions): readonly Line[] {
  const fields = fieldsOf(router);
  const family = fields["family"] === "ipv6" ? " (IPv6)" : "";
  const rows: Row[] = [
    { text: `${wordOf(fields, "name")}${family}: ${stateOf(fields, now)}`, indent: 2 },
    ...rowsOf("interface", [`${wordOf(fields, "device")}, VRID ${wordOf(fields, "vrid")}, ${packetsOf(fields)}`]),
    ...rowsOf("addresses", [wordsOf(fields["vips"]).join(", ")]),
    ...rowsOf("priority", [priorityText(fields)]),
    ...rowsOf("timers", timersOf(fields)),
    ...rowsOf("tracks", itemsOf(fields["tracks"]).map(fieldsOf).map(trackOf)),
    ...rowsOf("heard", itemsOf(fields["peers"]).map(fieldsOf).map((peer) => peerOf(peer, now))),
    ...rowsOf("findings", [
      ...fields["contested"] === true ? ["another director with a lower priority stays active: it hears nothing"] : [],
      ...itemsOf(fields["findings"]).map((finding) => wordOf(fieldsOf(finding), "text")),
    ]),
    ...rowsOf("advertisements", [countsOf(fields)]),
  ];
  return layOut({ columns: [{ cut: "end" }], rows }, { width });
}

/** Lines with a name before the first of them; none without a value. */
function rowsOf(name: string, values: readonly string[]): readonly Row[] {
  return values.filter((value) => value !== "").map((value, index): Row => ({
    text: `  ${(index === 0 ? name : "").padEnd(NAME_WIDTH)} ${value}`,
    indent: NAME_WIDTH + 3,
  }));
}

function wordOf(fields: Fields, key: string): string {
  return visible(String(fields[key] ?? ""));
}

function wordsOf(value: unknown): readonly string[] {
  return itemsOf(value).map((each) => visible(String(each)));
}

function stateOf(fields: Fields, now: number): string {
  const since = formatAge(now - Date.parse(wordOf(fields, "since")));
  return `${wordOf(fields, "state")} for ${since}: ${wordOf(fields, "reason")}`;
}

function packetsOf(fields: Fields): string {
  const { version, source } = fields;
  return `version ${visible(String(version))}${isText(source) ? `, source ${visible(source)}` : ", without a source"}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function durationOf(fields: Fields, key: string): string {
  const value = fields[key];
  return isNumber(value) ? formatDuration(value) : "?";
}

/** None from a daemon that does not report them. */
function timersOf(fields: Fields): readonly string[] {
  if (fields["timers"] === undefined) return [];
  const [timers, preempt] = [fieldsOf(fields["timers"]), fieldsOf(fields["preempt"])];
  const active = timers["active_interval_ms"] === timers["interval_ms"]
    ? ""
    : `, that of the active director ${durationOf(timers, "active_interval_ms")}`;
  const delayMs = preempt["delay_ms"];
  const preemption = preempt["allowed"] !== true
    ? "it does not preempt"
    : `it preempts${isNumber(delayMs) && delayMs > 0 ? ` after ${formatDuration(delayMs)}` : " at once"}`;
  return [
    `interval ${durationOf(timers, "interval_ms")}${active}, skew ${durationOf(timers, "skew_ms")}`,
    `it takes over after ${durationOf(timers, "down_ms")} without an advertisement; ${preemption}`,
  ];
}

function trackOf(track: Fields): string {
  const { weight, value } = track;
  const effect = weight === 0 ? "at fault while it is bad" : `weight ${visible(String(weight))}`;
  const number = isNumber(value) ? ` (${value})` : "";
  return `${wordOf(track, "label")}: ${wordOf(track, "state")}${number}, ${effect}`;
}

function peerOf(peer: Fields, now: number): string {
  const { priority, discarded } = peer;
  const parts = [
    `${wordOf(peer, "address")} ${formatAge(now - Date.parse(wordOf(peer, "at")))} ago`,
    priority === 0 ? "it has stopped" : `priority ${visible(String(priority))}`,
    `version ${wordOf(peer, "version")}`,
    `interval ${durationOf(peer, "interval_ms")}`,
    wordsOf(peer["vips"]).join(" "),
    ...isText(discarded) ? [`discarded (${visible(discarded)})`] : [],
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function countsOf(fields: Fields): string {
  const discarded = itemsOf(fields["discarded"]).map(fieldsOf)
    .map(({ reason, count }) => visible(`${reason} ${count}`)).join(", ");
  const late = fields["longest_delay_ms"];
  return [
    `${wordOf(fields, "advertisements_sent")} sent${isNumber(late) && late > 0 ? ` (${late} ms late at most)` : ""}`,
    `${wordOf(fields, "advertisements_received")} received`,
    `discarded: ${discarded === "" ? "none" : discarded}`,
    `activations: ${wordOf(fields, "activations")}`,
  ].join(", ");
}
