import type { Member, Rollout, Version } from "../../core/cluster/mod.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { formatAge } from "./age.ts";
import type { DocumentBody, Json } from "./json.ts";

/** The state of a cluster. */
export interface ClusterView {
  /** The address of the store. */
  readonly address: string;
  /** The roll-out; undefined without a version. */
  readonly rollout: Rollout | undefined;
  /** The directors that run. */
  readonly members: readonly Member[];
}

/** A display of limited width at a time. */
export interface ClusterDisplay {
  /** The largest width of a line; undefined for any. */
  readonly width: number | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/** How many digits of a digest are shown. */
const DIGEST_DIGITS = 12;

/** The state of a cluster as lines. */
export function formatCluster(view: ClusterView, { width, now }: ClusterDisplay): readonly Line[] {
  const { address, rollout, members } = view;
  if (rollout === undefined) return [`${address} has no configuration`];
  const head = `${address}: version ${rollout.number} of ${rollout.author}, pushed ${formatAge(now - rollout.at)} ago`;
  if (members.length === 0) return [head, describeRollout(rollout), "No director runs"];
  const hasLabels = members.some(({ labels }) => labels.length > 0);
  const rows = members.map((member) => [
    member.name,
    member.number === 0 ? "-" : String(member.number),
    member.digest.slice(0, DIGEST_DIGITS),
    stateOf(member, rollout),
    member.program,
    ...hasLabels ? [member.labels.join(" ")] : [],
    member.error ?? member.health,
  ]);
  const columns = MEMBER_COLUMNS.filter(({ title }) => title !== LABELS || hasLabels);
  return [head, describeRollout(rollout), "", ...layOut(titledTable(columns, rows), { width })];
}

/** The state of a roll-out as a sentence. */
export function describeRollout({ state, base, turn, applying, reason }: Rollout): string {
  if (state === "complete") return "All directors that run have it";
  if (state === "halted") return `The roll-out has halted: ${reason ?? "no reason given"}`;
  const from = base === 0 ? "" : ` from version ${base}`;
  if (turn === undefined) return `The roll-out${from} is running`;
  return `The roll-out${from} is running: ${turn} ${applying === undefined ? "is next" : "has taken it and soaks"}`;
}

function stateOf({ name, number, digest }: Member, rollout: Rollout): string {
  if (number === rollout.number && digest === rollout.digest) {
    return rollout.turn === name && rollout.state === "running" ? "soaks" : "has it";
  }
  if (rollout.state === "running") return rollout.turn === name ? "next" : "waits";
  return "has not";
}

/** The column that is shown if a director has labels. */
const LABELS = "LABELS";

const MEMBER_COLUMNS: readonly TitledColumn[] = [
  { title: "DIRECTOR" },
  { title: "VERSION", align: "right" },
  { title: "DIGEST" },
  { title: "STATE" },
  { title: "LVSCTL" },
  { title: LABELS, cut: "end" },
  { title: "HEALTH", cut: "end" },
];

/** The state of a cluster as JSON. */
export function clusterJson({ address, rollout, members }: ClusterView): DocumentBody {
  return {
    store: address,
    rollout: rollout === undefined ? null : rolloutJson(rollout),
    members: members.map(({ name, program, number, digest, at, health, labels, error }) => ({
      name,
      lvsctl: program,
      version: number,
      digest,
      at: new Date(at).toISOString(),
      health,
      labels,
      error: error ?? null,
    })),
  };
}

/** A roll-out as JSON. */
export function rolloutJson(
  { number, digest, author, at, base, state, soakMs, turn, applying, reason }: Rollout,
): Json {
  return {
    version: number,
    digest,
    author,
    pushed_at: new Date(at).toISOString(),
    base: base === 0 ? null : base,
    state,
    soak_seconds: soakMs / 1000,
    turn: turn ?? null,
    begun: applying !== undefined,
    reason: reason ?? null,
  };
}

/** Versions as lines, the newest first. */
export function formatVersions(versions: readonly Version[], { width, now }: ClusterDisplay): readonly Line[] {
  if (versions.length === 0) return ["The store has no version"];
  const rows = versions.map(({ number, digest, author, at, text, rollbackOf }) => [
    String(number),
    `${formatAge(now - at)} ago`,
    author,
    digest.slice(0, DIGEST_DIGITS),
    String(text.length),
    rollbackOf === undefined ? "" : `repeats version ${rollbackOf}`,
  ]);
  return layOut(titledTable(VERSION_COLUMNS, rows), { width });
}

const VERSION_COLUMNS: readonly TitledColumn[] = [
  { title: "VERSION", align: "right" },
  { title: "PUSHED", align: "right" },
  { title: "AUTHOR", cut: "end" },
  { title: "DIGEST" },
  { title: "SIZE", align: "right" },
  { title: "NOTE" },
];

/** Versions as JSON. */
export function versionsJson(versions: readonly Version[]): DocumentBody {
  return {
    versions: versions.map(({ number, digest, author, at, text, rollbackOf }) => ({
      version: number,
      digest,
      author,
      pushed_at: new Date(at).toISOString(),
      size: text.length,
      rollback_of: rollbackOf ?? null,
    })),
  };
}
