import type { SourceStatus } from "../../core/discovery/mod.ts";
import { fieldsOf, isNumber, itemsOf, textOf } from "../../core/json/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import { count } from "./count.ts";
import type { Json } from "./json.ts";
import type { LogRecord } from "./log_record.ts";

/** A log record of a source that fails or recovers, or whose list is refused or accepted. */
export function describeSource(status: SourceStatus): LogRecord {
  const { name, failure, refusal } = status;
  const fields = { source: name, reason: failure ?? refusal ?? null };
  const rest = status.servers === undefined ? "it has no list yet" : "its last list stays in use";
  if (failure !== undefined) {
    return { level: "warning", event: "discovery", message: `${name}: ${failure}; ${rest}`, fields };
  }
  if (refusal !== undefined) {
    const hint = `"lvsctl discovery accept" accepts it`;
    return { level: "error", event: "discovery", message: `${name}: ${refusal}; ${rest}; ${hint}`, fields };
  }
  return { level: "notice", event: "discovery", message: `${name} is read again, and its list is in use`, fields };
}

/** A log record of a source whose list has changed. */
export function describeSourceList({ name, servers = 0 }: SourceStatus): LogRecord {
  const message = `${name} lists ${count(servers, "server")}`;
  return { level: "notice", event: "discovery", message, fields: { source: name, reason: null } };
}

/** A source as a JSON value. */
export function sourceJson(status: SourceStatus): { readonly [key: string]: Json } {
  const { name, servers, at, failure, refusal, failures, refusals } = status;
  return {
    source: name,
    servers: servers ?? null,
    at: at === undefined ? null : new Date(at).toISOString(),
    failure: failure ?? null,
    refusal: refusal ?? null,
    failures,
    refusals,
  };
}

/** A source as a client shows it. */
export interface ShownSource {
  /** Its name. */
  readonly name: string;
  /** Number of its servers; undefined without a list. */
  readonly servers: number | undefined;
  /** When it last gave its list; milliseconds since 1970. Undefined if it never did. */
  readonly at: number | undefined;
  /** Its problem; undefined without one. */
  readonly problem: string | undefined;
}

/** Reads the sources of a daemon's answer, whose texts may come from another version. */
export function readSources(value: unknown): readonly ShownSource[] {
  return itemsOf(value).map(fieldsOf).map(({ source, servers, at, failure, refusal }): ShownSource => {
    const moment = Date.parse(textOf(at) ?? "");
    const [failed, refused] = [textOf(failure), textOf(refusal)];
    return {
      name: visible(String(source)),
      servers: isNumber(servers) ? servers : undefined,
      at: Number.isNaN(moment) ? undefined : moment,
      problem: failed === undefined ? refused && visible(`refused: ${refused}`) : visible(failed),
    };
  });
}

/** The sources as a table. */
export function formatSources(
  sources: readonly ShownSource[],
  { width, now }: { readonly width: number | undefined; readonly now: number },
): readonly Line[] {
  if (sources.length === 0) return ["The daemon's file has no source of servers"];
  const rows = sources.map(({ name, servers, at, problem }) => [
    name,
    servers === undefined ? "-" : String(servers),
    at === undefined ? "-" : formatAge(now - at),
    problem ?? "ok",
  ]);
  return layOut(titledTable(COLUMNS, rows), { width });
}

const COLUMNS: readonly TitledColumn[] = [
  { title: "SOURCE" },
  { title: "SERVERS", align: "right" },
  { title: "AGE", align: "right" },
  { title: "STATE", cut: "end" },
];
