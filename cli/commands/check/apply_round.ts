import {
  type AppliedHealth,
  applyHealth,
  declaredNames,
  endsOf,
  idleDrainingServers,
  keepVips,
  ServiceTracker,
  wantedVips,
} from "../../../core/follow/mod.ts";
import { JobTable, type RoundResult } from "../../../core/health/mod.ts";
import { asLvsctlError, LvsctlError } from "../../../core/errors/mod.ts";
import type { Network } from "../../../core/net/mod.ts";
import { type DesiredState, formatServiceId, type Override, type ServiceEvent } from "../../../core/model/mod.ts";
import { JournaledChange } from "../../table/journaled_change.ts";
import { connectionLookup } from "../../table/connection_lookup.ts";
import type { Context } from "../../context/context.ts";
import type { Notifying } from "./notifications.ts";
import { readOverrides } from "../../state/override_file.ts";
import { updateJsonFile } from "../../state/locked_json_file.ts";
import { openWithdrawnVips } from "../../table/withdrawn_vips.ts";

/** What one round found, of what. */
export interface FoundRound {
  /** What the file declares, all of it. */
  readonly desired: DesiredState;
  /** What was found of it, or of a part of it. */
  readonly round: RoundResult;
  /** The network that people are told by. */
  readonly network: Network;
}

/** How {@linkcode applyRound} goes about it. */
export interface ApplyRoundOptions {
  /** The file in which results are counted from run to run. */
  readonly state: string;
  /** Changes nothing, and counts nothing. */
  readonly dryRun: boolean;
}

/** What became of a round. */
interface Applied extends Pick<AppliedHealth, "changes" | "errors"> {
  /** Who tells people of it; undefined where nobody is to be told. */
  readonly notifying?: Notifying | undefined;
}

/**
 * Counts what a round found, and has the table follow. One run at a time counts and changes; the probing before it, and
 * telling people afterwards, may overlap with other runs.
 *
 * @throws {LvsctlError} If the state file or the kernel cannot be opened.
 */
export async function applyRound(
  context: Context,
  found: FoundRound,
  options: ApplyRoundOptions,
): Promise<Pick<AppliedHealth, "changes" | "errors">> {
  const { desired, round, network } = found;
  const { dryRun, state } = options;
  using client = await context.openIpvs();
  using vips = await openWithdrawnVips(context, desired);
  const warn = (error: unknown): void => {
    const { message } = asLvsctlError(error, { operation: "announce", object: "VIPs" });
    context.io.err(`lvsctl: warning: ${message}\n`);
  };
  const checked = round.services.map(({ desired }) => formatServiceId(desired.service.id));
  const names = checked.length === desired.services.length ? declaredNames(desired) : checked;
  const telling = isAnybodyTold(desired) ? await import("./notifications.ts") : undefined;
  const { notifying, ...result } = updateJsonFile<Applied>(state, (stored) => {
    const tracker = ServiceTracker.fromJson(stored);
    tracker.override(overridesOrNone(context));
    const now = Date.now();
    for (const { job, result } of round.probes) tracker.records.record(job, result, { at: now });
    for (const { job, result } of round.agents) tracker.agents.record(job, result, { at: now });
    tracker.load(new JobTable(desired.services));
    using change = dryRun ? undefined : new JournaledChange(context, { operation: "check" });
    const leavers = dryRun
      ? []
      : idleDrainingServers(client, { services: desired.services, remembered: tracker.remembered });
    const ends = leavers.length === 0 ? undefined : endsOf(leavers, connectionLookup(context)(leavers));
    const knowledge = { ...tracker.knowledge(now), ends };
    const followed = applyHealth(client, { desired, knowledge, names, dryRun });
    const result = { changes: followed.changes, errors: followed.errors };
    if (dryRun) return { result, state: undefined };
    const events = tracker.remember(followed.services.values(), knowledge);
    const kept = vips === undefined
      ? { changes: [], errors: [] }
      : keepVips(vips, wantedVips(desired, tracker.remembered), { onFailure: warn });
    change?.record({ changes: followed.changes, vips: kept.changes });
    const notifying = telling === undefined ? undefined : new telling.Notifying(context, { network, stored, desired });
    notifying?.tell([...events, ...warningsOf(round, now)]);
    // What was found counts, whatever the kernel refused.
    return {
      result: { ...result, errors: [...followed.errors, ...kept.errors], notifying },
      state: { ...tracker.toJSON(), ...(notifying === undefined ? {} : { notifications: notifying.begun }) },
    };
  });
  await notifying?.finish(state);
  return result;
}

/** Whether a file says that somebody is to be told of something. */
function isAnybodyTold({ services }: DesiredState): boolean {
  return services.some((service) =>
    [service, ...service.care?.values() ?? []].some(({ notify }) => notify !== undefined && notify.length > 0)
  );
}

/** What passing checks warned of. */
function warningsOf({ services }: RoundResult, at: number): ServiceEvent[] {
  return services.flatMap(({ desired: { service: { id }, name }, servers }) =>
    servers.flatMap(({ server: { address, port }, result }): ServiceEvent[] => {
      const reason = result?.ok === true ? result.warning : undefined;
      if (reason === undefined) return [];
      const named = name === undefined ? {} : { name };
      return [{ kind: "warning", service: id, ...named, server: { address, port }, reason, at }];
    })
  );
}

/** What operators say of servers. That it cannot be read must not keep the table from following health. */
function overridesOrNone(context: Context): readonly Override[] {
  try {
    return readOverrides(context.directories);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    context.io.err(`lvsctl: warning: ${error.message.replaceAll("\n", "; ")}; nothing that operators said counts\n`);
    return [];
  }
}
