import { exactFieldsOf, isCount, isMoment, isNumber } from "../json/mod.ts";
import { defined, FAILURE_CLASSES, type Health, type ProbeResult } from "../model/mod.ts";
import { FRESH_STATE, type HealthSample, type HealthState, HISTORY_LENGTH } from "./state.ts";

const HEALTHS: readonly Health[] = ["unknown", "healthy", "unhealthy"];

function readResult(value: unknown): ProbeResult | undefined {
  const fields = exactFieldsOf(value, [
    "ok",
    "latencyMs",
    "detail",
    "warning",
    "weight",
    "reason",
    "inconclusive",
    "failure",
    "certificateMs",
  ]);
  if (fields === undefined) return undefined;
  const { ok, latencyMs, detail, warning, weight, reason, inconclusive, certificateMs } = fields;
  if (!isMoment(latencyMs)) return undefined;
  if (ok === true && typeof detail === "string" && reason === undefined && inconclusive === undefined) {
    if (warning !== undefined && typeof warning !== "string") return undefined;
    if (weight !== undefined && !isCount(weight)) return undefined;
    if (certificateMs !== undefined && !isNumber(certificateMs)) return undefined;
    return defined({ ok: true as const, latencyMs, detail, warning, weight, certificateMs });
  }
  if (ok !== false || typeof reason !== "string") return undefined;
  if ([detail, warning, weight].some((field) => field !== undefined)) return undefined;
  if (inconclusive !== undefined && inconclusive !== true) return undefined;
  const isLocal: true | undefined = inconclusive === undefined ? undefined : inconclusive;
  const failure = FAILURE_CLASSES.find((known) => known === fields["failure"]);
  return defined({ ok: false as const, latencyMs, reason, failure, inconclusive: isLocal });
}

function readHistory(value: unknown): HealthSample[] | undefined {
  if (!Array.isArray(value) || value.length > HISTORY_LENGTH) return undefined;
  const samples: HealthSample[] = [];
  for (const item of value) {
    const fields = exactFieldsOf(item, ["at", "result"]);
    const at = fields?.["at"];
    const result = readResult(fields?.["result"]);
    if (!isMoment(at) || result === undefined) return undefined;
    samples.push({ at, result });
  }
  return samples;
}

/** Most falls that are read: more than any check counts. */
const MAX_FALLS = 1000;

function readFalls(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.length <= MAX_FALLS && value.every(isMoment) ? value : undefined;
}

/**
 * Reads a {@linkcode HealthState} that was stored as JSON.
 *
 * Any invalid part makes it the fresh state: the server is then `unknown`, and the kernel's weight stays until the next
 * probes. A broken state file thus does no harm.
 */
export function readHealthState(value: unknown): HealthState {
  const fields = exactFieldsOf(value, [
    "health",
    "successes",
    "failures",
    "since",
    "falls",
    "passingSince",
    "weight",
    "history",
  ]);
  const health = HEALTHS.find((name) => name === fields?.["health"]);
  const successes = fields?.["successes"];
  const failures = fields?.["failures"];
  const since = fields?.["since"];
  const passingSince = fields?.["passingSince"];
  const weight = fields?.["weight"];
  const falls = readFalls(fields?.["falls"] ?? []);
  const history = readHistory(fields?.["history"]);
  if (health === undefined || !isCount(successes) || !isCount(failures)) return FRESH_STATE;
  if (history === undefined || falls === undefined) return FRESH_STATE;
  // The last result has ended one of the two rows, and a known health has a time of its last change.
  if ((successes > 0 && failures > 0) || (health === "unknown") !== (since === undefined)) return FRESH_STATE;
  if (since !== undefined && !isMoment(since)) return FRESH_STATE;
  if (passingSince !== undefined && (!isMoment(passingSince) || successes === 0)) return FRESH_STATE;
  if (weight !== undefined && !isCount(weight)) return FRESH_STATE;
  return defined({
    health,
    successes,
    failures,
    since,
    falls: falls.length === 0 ? undefined : falls,
    passingSince,
    weight,
    history,
  });
}
