import type { DaemonStatus, ServerStatus, ServiceStatus } from "../../core/daemon/mod.ts";
import { explainWeight, lastResult, type WeightParts } from "../../core/effective/mod.ts";
import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import { formatQuorum, formatServerId, formatServiceId } from "../../core/model/mod.ts";
import { formatAge } from "./age.ts";
import { formatChange } from "./changes.ts";
import { alignColumns } from "./columns.ts";
import { changeJson, type Json } from "./json.ts";

/** The version of {@linkcode statusJson}: it grows if a key is removed or changes its meaning. */
const VERSION = 1;

/** The daemon's process. */
export interface AboutDaemon {
  /** The process id. */
  readonly pid: number;
  /** The version of lvsctl. */
  readonly version: string;
  /** The configuration file. */
  readonly file: string;
  /** The time of its start; milliseconds since 1970. */
  readonly startedAt: number;
  /** The time when the active configuration was read; milliseconds since 1970. */
  readonly loadedAt: number;
  /** The error of the last reload; undefined if the last file read is active. */
  readonly reloadError?: string | undefined;
  /** Whether it corrects changes made by other programs. */
  readonly repair: boolean;
  /** Whether it runs with `--dry-run`. */
  readonly dryRun: boolean;
}

/** The data of `status`. */
export interface StatusReport {
  /** The daemon's process. */
  readonly about: AboutDaemon;
  /** The daemon's state. */
  readonly daemon: DaemonStatus;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/** The exit status for a state, as for `check`. */
export function statusExitCode({ services }: DaemonStatus): ExitCode {
  if (services.some(({ effective }) => !effective.quorumMet)) return EXIT.belowQuorum;
  const isIll = services.some(({ servers, desired }) =>
    desired.unresolved !== undefined || servers.some(({ state }) => state?.health === "unhealthy")
  );
  return isIll ? EXIT.refused : EXIT.ok;
}

/** The status as text: a line for each service, its servers below it. */
export function formatStatus(report: StatusReport): string {
  const { daemon, now } = report;
  const rows = daemon.services.flatMap(({ servers }) => servers.map((server) => serverCells(server, now)));
  const lines = alignColumns(rows, ["left", "left", "left", "right", "right"]);
  let next = 0;
  const services = daemon.services.flatMap((service) => {
    const own = lines.slice(next, next + service.servers.length);
    next += service.servers.length;
    return [
      serviceLine(service),
      ...own,
      ...unresolvedLines(service),
      ...unnamedLines(service),
      ...fallbackLines(service),
    ];
  });
  return [...processLines(report), ...services, ...failureLines(report), ...differenceLines(report)].map((line) =>
    `${line}\n`
  ).join("");
}

function processLines({ about, now }: StatusReport): string[] {
  const { version, pid, file, startedAt, loadedAt, reloadError, dryRun } = about;
  const read = loadedAt > startedAt ? `, read again ${formatAge(now - loadedAt)} ago` : "";
  const mode = dryRun ? "; it changes nothing (--dry-run)" : "";
  const first = `lvsctl ${version}, process ${pid}, for ${formatAge(now - startedAt)}: ${file}${read}${mode}`;
  if (reloadError === undefined) return [first];
  return [
    first,
    "The file has changed and is not valid; the previous one stays active:",
    ...indent(reloadError.split("\n")),
  ];
}

function serviceLine({ desired, effective, servers }: ServiceStatus): string {
  const name = desired.name === undefined ? "" : ` (${desired.name})`;
  const lost = effective.quorumMet ? "" : `, below its quorum of ${formatQuorum(desired.quorum)}`;
  return `${formatServiceId(desired.service.id)}${name}: ${effective.serving} of ${servers.length} serve${lost}`;
}

function serverCells({ server, state, weight, isRetained, parts }: ServerStatus, now: number): string[] {
  const address = `  -> ${formatServerId(server)}`;
  const place = weight === undefined ? "out" : `weight ${weight}${isRetained ? " (kept)" : ""}`;
  const explanation = explainWeight(parts);
  if (state === undefined) return [address, "unchecked", place, "", "", explanation.join("; ")];
  const since = state.since === undefined ? "" : formatAge(now - state.since);
  const last = state.history.at(-1);
  const latency = last === undefined ? "" : `${last.result.latencyMs.toFixed(1)} ms`;
  const finding = lastResult(state) ?? "not checked yet";
  return [address, state.health, place, since, latency, [finding, ...explanation].join("; ")];
}

function unresolvedLines({ desired: { unresolved = [] } }: ServiceStatus): string[] {
  return unresolved.map(({ host, reason }) => `  -> ${host}  out  ${reason}`);
}

/** The servers that the file does not name. */
function unnamedLines({ effective: { kept, draining } }: ServiceStatus): string[] {
  return [
    ...kept.map((server) =>
      `  -> ${formatServerId(server)}  not in the file; stays until the servers of the file serve`
    ),
    ...draining.map((server) => `  -> ${formatServerId(server)}  not in the file; drains`),
  ];
}

function fallbackLines({ desired, effective }: ServiceStatus): string[] {
  if (desired.fallback === undefined || !effective.onFallback) return [];
  return [`  -> ${formatServerId(desired.fallback)}  is in use (fallback)`];
}

function failureLines({ daemon: { failures } }: StatusReport): string[] {
  return failures.length === 0
    ? []
    : ["Not possible yet; trying again:", ...indent(failures.flatMap((text) => text.split("\n")))];
}

function differenceLines({ daemon, about }: StatusReport): string[] {
  const { differences } = daemon;
  if (differences.length === 0) return [];
  const reaction = about.dryRun ? "" : about.repair ? "; correcting it" : "; not corrected (see --repair)";
  return [`The table differs from the expected one${reaction}:`, ...indent(differences.map(formatChange))];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** The status as JSON. */
export function statusJson(report: StatusReport): { readonly [key: string]: Json } {
  const { daemon, about } = report;
  return {
    version: VERSION,
    daemon: {
      pid: about.pid,
      version: about.version,
      file: about.file,
      started_at: timeJson(about.startedAt),
      loaded_at: timeJson(about.loadedAt),
      reload_error: about.reloadError ?? null,
      repair: about.repair,
      dry_run: about.dryRun,
    },
    services: daemon.services.map(serviceStatusJson),
    failures: [...daemon.failures],
    differences: daemon.differences.map(changeJson),
  };
}

function serviceStatusJson({ desired, effective, servers }: ServiceStatus): Json {
  const { unit, amount, hysteresis } = desired.quorum;
  return {
    service: formatServiceId(desired.service.id),
    name: desired.name ?? null,
    serving: effective.serving,
    quorum: { unit, amount, hysteresis, met: effective.quorumMet },
    fallback: desired.fallback === undefined
      ? null
      : { address: formatServerId(desired.fallback), in_use: effective.onFallback },
    servers: servers.map(serverStatusJson),
    unnamed: [
      ...effective.kept.map((server) => ({ address: formatServerId(server), draining: false })),
      ...effective.draining.map((server) => ({ address: formatServerId(server), draining: true })),
    ],
    unresolved: (desired.unresolved ?? []).map(({ host, reason }) => ({ host, reason })),
  };
}

function serverStatusJson({ server, state, weight, isRetained, parts }: ServerStatus): Json {
  const last = state?.history.at(-1);
  return {
    address: formatServerId(server),
    health: state?.health ?? null,
    since: state?.since === undefined ? null : timeJson(state.since),
    weight: weight ?? null,
    weight_parts: weightJson(parts),
    kept: isRetained,
    successes: state?.successes ?? null,
    failures: state?.failures ?? null,
    last: last === undefined || state === undefined ? null : {
      at: timeJson(last.at),
      ok: last.result.ok,
      inconclusive: !last.result.ok && last.result.inconclusive === true,
      latency_ms: last.result.latencyMs,
      detail: lastResult(state) ?? null,
      warning: last.result.ok ? last.result.warning ?? null : null,
    },
  };
}

/** The parts of a weight; an absent part is null. */
function weightJson({ configured, requested, agent, slowStartPercent, override }: WeightParts): Json {
  return {
    configured,
    asked: requested ?? null,
    agent: agent === undefined
      ? null
      : { percent: agent.percent, health: agent.health, mode: agent.mode, reason: agent.reason ?? null },
    slow_start_percent: slowStartPercent,
    override: override === undefined ? null : {
      weight: override.weight,
      reason: override.reason ?? null,
      author: override.author ?? null,
      at: timeJson(override.at),
      until: override.until === undefined ? null : timeJson(override.until),
    },
  };
}

function timeJson(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
