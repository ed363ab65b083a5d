import type { StoreStatus } from "../../core/cluster/mod.ts";
import type { DaemonStatus, ServerStatus, ServiceStatus } from "../../core/daemon/mod.ts";
import { explainWeight, type WeightParts } from "../../core/effective/mod.ts";
import type { SourceStatus } from "../../core/discovery/mod.ts";
import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import type { SharingStatus } from "../../core/sharing/mod.ts";
import type { RouterStatus } from "../../core/vrrp/mod.ts";
import { formatServerId } from "../../core/model/mod.ts";
import { plainText } from "../terminal/line.ts";
import { formatChange } from "./changes.ts";
import { sourceJson } from "./discovery.ts";
import { changeJson, type Json, serverIdJson, serviceIdJson } from "./json.ts";
import { probeJson, quorumJson } from "./round.ts";
import { sharingJson } from "./sharing_lines.ts";
import { formatStatusView } from "./status_lines.ts";
import { readStatusView } from "./status_view.ts";
import { routerJson } from "./vrrp.ts";

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
  /** The sources of servers in its file; undefined without one. */
  readonly sources?: readonly SourceStatus[] | undefined;
  /** The state of the configuration in a store; undefined for a file. */
  readonly store?: StoreStatus | undefined;
  /** The verdicts that directors share; undefined without. */
  readonly sharing?: SharingStatus | undefined;
}

/** The data of `status`. */
export interface StatusReport {
  /** The daemon's process. */
  readonly about: AboutDaemon;
  /** The daemon's state. */
  readonly daemon: DaemonStatus;
  /** Its virtual routers. */
  readonly routers: readonly RouterStatus[];
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

/** The status as text, for clients that do not format its JSON themselves. */
export function formatStatus(report: StatusReport): string {
  const { now } = report;
  const lines = formatStatusView(readStatusView(statusJson(report), { now }), { now });
  return lines.map((line) => `${plainText(line)}\n`).join("");
}

/** The status as JSON. */
export function statusJson(report: StatusReport): { readonly [key: string]: Json } {
  const { daemon, about, routers } = report;
  const { services, ...problems } = daemon;
  const { daemon: process, ...head } = statusHeadJson(about, { ...problems, routers });
  return { daemon: process, services: services.map(serviceStatusJson), ...head };
}

/** The parts of {@linkcode statusJson} that are not about one service. */
export function statusHeadJson(
  about: AboutDaemon,
  { failures, differences, routers }: Pick<DaemonStatus, "failures" | "differences"> & Pick<StatusReport, "routers">,
): {
  readonly daemon: Json;
  readonly sources: Json;
  readonly failures: Json;
  readonly differences: Json;
  readonly routers: Json;
} {
  return {
    daemon: {
      pid: about.pid,
      version: about.version,
      file: about.file,
      started_at: timeJson(about.startedAt),
      loaded_at: timeJson(about.loadedAt),
      reload_error: about.reloadError ?? null,
      repair: about.repair,
      dry_run: about.dryRun,
      store: about.store === undefined ? null : storeJson(about.store),
      sharing: about.sharing === undefined ? null : sharingJson(about.sharing),
    },
    sources: (about.sources ?? []).map(sourceJson),
    failures: [...failures],
    differences: differences.map((change) => ({ ...changeJson(change), text: formatChange(change) })),
    routers: routers.map(routerJson),
  };
}

/** The state of a configuration in a store as JSON. */
function storeJson({ active, confirmedAt, problem, refusal, rollout, endpoints }: StoreStatus): Json {
  return {
    version: active.number,
    digest: active.digest,
    author: active.author,
    pushed_at: timeJson(active.at),
    confirmed_at: confirmedAt === undefined ? null : timeJson(confirmedAt),
    stale: problem !== undefined,
    problem: problem ?? null,
    refusal: refusal ?? null,
    rollout: rollout === undefined ? null : {
      version: rollout.number,
      state: rollout.state,
      turn: rollout.turn ?? null,
      reason: rollout.reason ?? null,
    },
    endpoints: endpoints.map(({ address, isCurrent, answered, problem, ageMs }) => ({
      address,
      current: isCurrent,
      answered: answered ?? null,
      problem: problem ?? null,
      age_seconds: ageMs === undefined ? null : ageMs / 1000,
    })),
  };
}

/** The status of a service as JSON. */
export function serviceStatusJson({ desired, effective, servers }: ServiceStatus): Json {
  return {
    ...serviceIdJson(desired.service.id),
    name: desired.name ?? null,
    healthy: servers.filter(({ state }) => state === undefined || state.health === "healthy").length,
    serving: effective.serving,
    quorum: quorumJson(desired.quorum, { isMet: effective.quorumMet }),
    fallback: desired.fallback === undefined
      ? null
      : { ...serverIdJson(desired.fallback), in_use: effective.onFallback },
    servers: servers.map((server) => serverStatusJson(server, desired.origins?.get(formatServerId(server.server)))),
    unnamed: [
      ...effective.kept.map((server) => ({ ...serverIdJson(server), draining: false })),
      ...effective.draining.map((server) => ({ ...serverIdJson(server), draining: true })),
    ],
    unresolved: (desired.unresolved ?? []).map(({ host, reason }) => ({ host, reason })),
  };
}

function serverStatusJson(
  { server, state, weight, isRetained, parts }: ServerStatus,
  source: string | undefined,
): Json {
  const last = state?.history.at(-1);
  return {
    ...serverIdJson(server),
    source: source ?? null,
    health: state?.health ?? null,
    since: state?.since === undefined ? null : timeJson(state.since),
    weight: weight ?? null,
    weight_parts: weightJson(parts),
    reasons: explainWeight(parts),
    kept: isRetained || parts.keptBy !== undefined,
    successes: state?.successes ?? null,
    failures: state?.failures ?? null,
    last: last === undefined ? null : probeJson(last.result, { at: timeJson(last.at) }),
  };
}

/** The parts of a weight; an absent part is null. */
function weightJson({ configured, requested, agent, slowStartPercent, override, keptBy }: WeightParts): Json {
  return {
    configured,
    asked: requested ?? null,
    agent: agent === undefined
      ? null
      : { percent: agent.percent, health: agent.health, mode: agent.mode, reason: agent.reason ?? null },
    slow_start_percent: slowStartPercent,
    kept_by: keptBy ?? null,
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
