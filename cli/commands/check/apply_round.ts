import {
  type AppliedHealth,
  applyHealth,
  declaredNames,
  endsOf,
  idleDrainingServers,
  keepVips,
  type Knowledge,
  ServiceTracker,
  wantedVips,
} from "../../../core/follow/mod.ts";
import { JobTable, type RoundResult } from "../../../core/health/mod.ts";
import { asLvsctlError, LvsctlError } from "../../../core/errors/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import type { Network } from "../../../core/net/mod.ts";
import {
  defined,
  type DesiredState,
  formatServiceId,
  type Override,
  type ServiceEvent,
} from "../../../core/model/mod.ts";
import { JournaledChange } from "../../table/journaled_change.ts";
import { connectionLookup } from "../../table/connection_lookup.ts";
import type { Context } from "../../context/context.ts";
import { inform } from "../../context/verbosity.ts";
import { managedNames } from "../../daemon/managed_services.ts";
import type { RunNotifications } from "./notifications.ts";
import { readOverrides } from "../../state/override_file.ts";
import { updateJsonFile } from "../../state/locked_json_file.ts";
import { openWithdrawnVips } from "../../table/withdrawn_vips.ts";

/** A round of checks. */
export interface CheckedRound {
  /** The content of the file, even if only a part of it was checked. */
  readonly desired: DesiredState;
  /** The results. */
  readonly round: RoundResult;
  /** The network that notifications are sent through. */
  readonly network: Network;
}

/** Options of {@linkcode applyRound}. */
export interface ApplyRoundOptions {
  /** The file that counts results between runs. */
  readonly state: string;
  /** Whether to change nothing, neither the table nor the state file. */
  readonly dryRun: boolean;
}

/** The result of a round. */
interface AppliedRound extends Pick<AppliedHealth, "changes" | "errors"> {
  /** Sends the notifications; undefined if the file has none. */
  readonly notifications?: RunNotifications | undefined;
}

/**
 * Counts the results of a round, and applies the servers' health to the table. Only one run at a time counts and
 * changes; probing before it and notifications after it may overlap with other runs.
 *
 * @throws {LvsctlError} If the state file or the kernel cannot be opened.
 */
export async function applyRound(
  context: Context,
  checked: CheckedRound,
  options: ApplyRoundOptions,
): Promise<Pick<AppliedHealth, "changes" | "errors">> {
  const { desired, round, network } = checked;
  const { dryRun, state } = options;
  using client = await context.openIpvs();
  using vips = await openWithdrawnVips(context, desired);
  const warn = (error: unknown): void => {
    const { message } = asLvsctlError(error, { operation: "announce", object: "VIPs" });
    context.io.err(`lvsctl: warning: ${message}\n`);
  };
  const services = round.services.map(({ desired }) => formatServiceId(desired.service.id));
  const wanted = services.length === desired.services.length ? declaredNames(desired) : services;
  const names = await withoutManaged(context, wanted);
  const sender = hasNotifications(desired) ? await import("./notifications.ts") : undefined;
  const { notifications, ...result } = updateJsonFile<AppliedRound>(state, (stored) => {
    const now = Date.now();
    const tracker = ServiceTracker.fromJson(stored);
    countResults(round, { tracker, now });
    tracker.load(new JobTable(desired.services));
    tracker.override(overridesOrNone(context));
    // Locked before the plan is made, so that no other command changes the table in between.
    using change = dryRun ? undefined : new JournaledChange(context, { operation: "check" });
    const ends = dryRun ? undefined : connectionEnds(context, { client, desired, tracker });
    const knowledge = { ...tracker.knowledge(now), ends };
    const { changes, errors, services } = applyHealth(client, { desired, knowledge, names, dryRun });
    if (dryRun) return { result: { changes, errors }, state: undefined };
    const events = tracker.remember(services.values(), knowledge);
    const withdrawn = vips === undefined
      ? { changes: [], errors: [] }
      : keepVips(vips, wantedVips(desired, tracker.remembered, { keepsAll: false }), { onFailure: warn });
    change?.record({ changes, vips: withdrawn.changes });
    const notifications = sender && new sender.RunNotifications(context, { network, stored, desired });
    notifications?.add([...events, ...warningsOf(round, now)]);
    // The results count even if the kernel refused changes.
    return {
      result: { changes, errors: [...errors, ...withdrawn.errors], notifications },
      state: defined({ ...tracker.toJSON(), notifications: notifications?.record }),
    };
  });
  await notifications?.finish(state);
  return result;
}

/** The names of services that no running daemon manages: two that follow health would contradict each other. */
async function withoutManaged(context: Context, names: readonly string[]): Promise<readonly string[]> {
  const managed = await managedNames(context);
  const free = names.filter((name) => managed?.names.has(name) !== true);
  if (managed !== undefined && free.length < names.length) {
    inform(
      context.io,
      `lvsctl: the daemon (process ${managed.pid}) manages ${names.length - free.length} of these services already; ` +
        "this run does not change them\n",
      { stream: "err" },
    );
  }
  return free;
}

function countResults(
  { probes, agents }: RoundResult,
  { tracker, now }: { readonly tracker: ServiceTracker; readonly now: number },
): void {
  for (const { job, result } of probes) tracker.records.record(job, result, { at: now });
  for (const { job, result } of agents) tracker.agents.record(job, result, { at: now });
}

/** Looks up the closed connections of draining servers that stay only because of inactive connections. */
function connectionEnds(
  context: Context,
  { client, desired, tracker }: {
    readonly client: IpvsClient;
    readonly desired: DesiredState;
    readonly tracker: ServiceTracker;
  },
): Knowledge["ends"] {
  const services = idleDrainingServers(client, { services: desired.services, remembered: tracker.remembered });
  return services.length === 0 ? undefined : endsOf(services, connectionLookup(context)(services));
}

function hasNotifications({ services }: DesiredState): boolean {
  return services.some((service) =>
    [service, ...service.care?.values() ?? []].some(({ notify }) => notify !== undefined && notify.length > 0)
  );
}

/** The warnings of passing checks, as events. */
function warningsOf({ services }: RoundResult, at: number): ServiceEvent[] {
  return services.flatMap(({ desired: { service: { id }, name }, servers }) =>
    servers.flatMap(({ server: { address, port }, result }): ServiceEvent[] => {
      const reason = result?.ok === true ? result.warning : undefined;
      if (reason === undefined) return [];
      return [defined({ kind: "warning" as const, service: id, name, server: { address, port }, reason, at })];
    })
  );
}

/** The overrides; none, with a warning, if they cannot be read: the table must follow health nevertheless. */
function overridesOrNone(context: Context): readonly Override[] {
  try {
    return readOverrides(context.directories);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    context.io.err(`lvsctl: warning: ${error.message.replaceAll("\n", "; ")}; no override is active in this run\n`);
    return [];
  }
}
