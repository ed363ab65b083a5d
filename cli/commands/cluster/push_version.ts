import type { ClusterStore, Member, NewVersion, Rollout, StoredRollout } from "../../../core/cluster/mod.ts";
import { digestOf } from "../../../core/cluster/mod.ts";
import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { describeLosses, lossesOf, type Plan } from "../../../core/reconcile/mod.ts";
import { authorOf } from "../../cluster/author.ts";
import { planBetween } from "../../table/plan_between.ts";
import { type ReadDocument, readDocument } from "./document.ts";
import { consents } from "../../context/consent.ts";
import type { Context } from "../../context/context.ts";
import { inform } from "../../context/verbosity.ts";
import { rolloutJson } from "../../format/cluster.ts";
import { printJson } from "../../format/json.ts";
import { formatPlan, planChangesJson } from "../../format/plan.ts";
import { outWidth } from "../../terminal/display.ts";
import { plainText } from "../../terminal/line.ts";

/** Options of {@linkcode pushVersion}. */
export interface PushOptions {
  /** The operation of error messages: "push" or "roll back". */
  readonly operation: string;
  /** The older version whose text it repeats. */
  readonly rollbackOf?: number | undefined;
  /** How long a director runs with it before the next one takes it; milliseconds. */
  readonly soakMs: number;
  /** Whether it may replace a roll-out that has not ended. */
  readonly replaces: boolean;
  /** Prints the plans without storing anything. */
  readonly dryRun?: true | undefined;
  /** Whether the command line answers: `--yes`. */
  readonly yes?: true | undefined;
  /** Prints JSON. */
  readonly json?: true | undefined;
}

/** The plan of the directors that have the same version. */
interface MemberPlan {
  readonly members: readonly string[];
  readonly from: number;
  /** The plan, or why it is not known. */
  readonly plan: Plan | string;
}

/**
 * Stores a text as a new version, after it was validated and its changes were accepted.
 *
 * @param store The store.
 * @param document The text, and how messages name it.
 * @throws {LvsctlError} If it is not valid, consent is missing, or a roll-out is running.
 * @throws {EtcdError} If the store does not answer.
 */
export async function pushVersion(
  context: Context,
  { store, text, name }: { readonly store: ClusterStore; readonly text: string; readonly name: string },
  options: PushOptions,
): Promise<void> {
  const { io } = context;
  const members = await store.members();
  const document = await readDocument(context, { text, name }, { directors: members, warns: true });
  const seen = await store.rollout();
  refuseRunning(store, seen, options);
  const digest = digestOf(text);
  if (seen.rollout?.state === "complete" && seen.rollout.digest === digest) {
    if (options.json) return printJson(io, { rollout: rolloutJson(seen.rollout), changed: false });
    return inform(io, `${store.address} has this text already, as version ${seen.rollout.number}\n`);
  }
  const plans = await memberPlans(context, { store, document, seen, members });
  if (options.dryRun) return printPlans(context, plans, options);
  const isAgreed = consents(io, {
    operation: options.operation,
    object: name,
    losses: () => [...new Set(plans.flatMap(lossesOfPlan))],
    asksAlways: true,
    plan: () => planText(plans, outWidth(io, { stream: "err" })),
    question: () => "Store this version?",
    yes: options.yes,
  });
  if (!isAgreed) return;
  io.beginChange?.();
  const version: NewVersion = {
    text,
    author: authorOf(context),
    at: Date.now(),
    soakMs: options.soakMs,
    rollbackOf: options.rollbackOf,
  };
  const rollout = await store.push(version, seen);
  if (options.json) return printJson(io, { rollout: rolloutJson(rollout), changed: true });
  if (io.verbosity === "verbose") io.out(planText(plans, outWidth(io)));
  inform(io, `${describePush(rollout)}; "lvsctl cluster status" shows the roll-out\n`);
}

function lossesOfPlan({ from, plan }: MemberPlan): readonly string[] {
  return typeof plan === "string" ? [`the changes from version ${from} are not known`] : describeLosses(lossesOf(plan));
}

function describePush({ number, turn }: Rollout): string {
  const next = turn === undefined ? "no director runs that lacks it" : `${turn} takes it first`;
  return `Stored as version ${number}; ${next}`;
}

function refuseRunning(
  { address }: ClusterStore,
  { rollout }: StoredRollout,
  { replaces, operation }: PushOptions,
): void {
  if (rollout?.state !== "running" || replaces) return;
  throw new LvsctlError(`the roll-out of version ${rollout.number} is running`, {
    operation: `${operation} to`,
    object: address,
    hint: 'wait for its end ("lvsctl cluster status"), or replace it with --replace',
    exitCode: EXIT.refused,
  });
}

/** The plans of the directors, equal ones together; without directors, that of one that has the last version. */
async function memberPlans(
  context: Context,
  { store, document, seen, members: running }: {
    readonly store: ClusterStore;
    readonly members: readonly Member[];
    readonly document: ReadDocument;
    readonly seen: StoredRollout;
  },
): Promise<readonly MemberPlan[]> {
  const { rollout } = seen;
  const last = rollout?.state === "complete" ? rollout.number : rollout?.base ?? 0;
  const members: readonly { readonly director?: Member; readonly number: number }[] = running.length === 0
    ? [{ number: last }]
    : running.map((director) => ({ director, number: director.number }));
  const versions = new Map<number, ReadDocument | string>();
  const plans = new Map<string, MemberPlan>();
  for (const { director, number } of members.toSorted((one, other) => one.number - other.number)) {
    const before = versions.get(number) ?? await documentOf(context, store, number);
    versions.set(number, before);
    const plan = typeof before === "string"
      ? before
      : planBetween(await before.of(director), await document.of(director));
    const key = JSON.stringify([number, typeof plan === "string" ? plan : planChangesJson(plan)]);
    const equal = plans.get(key)?.members ?? [];
    plans.set(key, { members: director === undefined ? [] : [...equal, director.name], from: number, plan });
  }
  return [...plans.values()];
}

/** A version as its directors read it; the reason if the store no longer has it, or if it cannot be read here. */
async function documentOf(context: Context, store: ClusterStore, number: number): Promise<ReadDocument | string> {
  if (number === 0) return { of: () => Promise.resolve({ services: [] }) };
  try {
    const { text } = await store.version(number);
    return await readDocument(context, { text, name: `version ${number}` });
  } catch (error) {
    if (!(error instanceof LvsctlError) || error.retriable) throw error;
    return error.message;
  }
}

function planText(plans: readonly MemberPlan[], width: number | undefined): string {
  return plans.flatMap(({ members, from, plan }) => [
    `${members.length === 0 ? "No director runs" : members.join(", ")}${from === 0 ? "" : ` (version ${from})`}:`,
    ...typeof plan === "string" ? [`not known: ${plan}`] : Array.from(formatPlan(plan, { width }), plainText),
  ]).map((line) => `${line}\n`).join("");
}

function printPlans({ io }: Context, plans: readonly MemberPlan[], { json }: PushOptions): void {
  if (!json) return io.out(planText(plans, outWidth(io)));
  printJson(io, {
    plans: plans.map(({ members, from, plan }) => ({
      members,
      from: from === 0 ? null : from,
      ...typeof plan === "string" ? { unknown: plan } : { changes: planChangesJson(plan) },
    })),
  });
}
