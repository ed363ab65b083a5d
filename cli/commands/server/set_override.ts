import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { optionalVariable } from "../../../core/host/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import {
  type Change,
  concerns,
  defined,
  formatOverrideScope,
  formatServiceId,
  overriddenKey,
  type Override,
  overrideOf,
  type OverrideScope,
  type RealServer,
  sameOverrideScope,
  type ServiceId,
} from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { printJson } from "../../format/json.ts";
import { formatOverrides, overrideJson } from "../../format/overrides.ts";
import { readOverrides, updateOverrides } from "../../state/override_file.ts";
import { printEntryFindings } from "../../table/entry_findings.ts";
import { type ChangeRequest, executeChanges, stateBefore } from "../../table/execute_changes.ts";
import { reloadOverrides } from "../../daemon/reload_overrides.ts";
import type { ChangeOptions } from "../../format/printed_change.ts";
import { type DisplayOptions, outWidth, printLines } from "../../terminal/display.ts";

/** The options of an override. */
export interface SetOverrideOptions extends ChangeOptions {
  /** The reason, as text for users. */
  readonly reason?: string | undefined;
  /** The time until the override ends, milliseconds; undefined if it never does. */
  readonly ttl?: number | undefined;
}

/** The services that the daemon manages, for a dry run: it does not reload the daemon's overrides. */
const NO_SERVICES: ReadonlySet<string> = new Set();

/** Prints the active overrides. */
export function listOverrides(
  { io, directories }: Context,
  options: DisplayOptions & { readonly json?: true | undefined },
): void {
  const overrides = readOverrides(directories);
  if (options.json) printJson(io, { overrides: overrides.map(overrideJson) });
  else printLines(io, formatOverrides(overrides, { now: Date.now(), width: outWidth(io, options) }));
}

/**
 * Sets an override: stores it and changes the kernel's weights at once.
 *
 * @throws {LvsctlError} If the service has no such server, the override cannot be stored, or the kernel refuses.
 */
export async function setOverride(
  context: Context,
  request: { readonly scope: OverrideScope; readonly weight: Override["weight"]; readonly options: SetOverrideOptions },
): Promise<void> {
  const { scope, weight, options } = request;
  const now = Date.now();
  using client = await context.openIpvs();
  const servers = serversOf(client, scope);
  const { service, address, port } = scope;
  if (servers.length === 0 && service !== undefined && port !== undefined) {
    const { refuseUnknownServer } = await import("./refuse_unknown.ts");
    const isMaintenance = weight === "maint";
    await refuseUnknownServer(context, {
      client,
      service,
      server: { address, port },
      operation: isMaintenance ? "set to maintenance" : "override the weight of",
      remedy: `lvsctl server ${isMaintenance ? `maint all ${address}` : `weight all ${address} ${weight}`}`,
    });
  }
  const override: Override = defined({
    ...scope,
    weight,
    reason: options.reason,
    author: author(),
    at: now,
    until: options.ttl === undefined ? undefined : now + options.ttl,
  });
  // The daemon may make the changes below.
  const before = stateBefore(servers.map(({ id }) => id), { client, options });
  let isOtherChanged = false;
  if (!options.dryRun && context.directories !== undefined) {
    context.io.beginChange?.();
    updateOverrides(context.directories, (overrides) => {
      isOtherChanged = !overrides.some((other) => sameOverride(other, override));
      // A replaced override keeps its former weights: ready restores the weights before the first one.
      const former = {
        ...Object.fromEntries(servers.map(({ id, server }) => [overriddenKey(id, server), server.weight])),
        ...overrides.find((other) => sameOverrideScope(other, override))?.former,
      };
      const others = overrides.filter((other) => !sameOverrideScope(other, override));
      return [...others, { ...override, ...(Object.keys(former).length === 0 ? {} : { former }) }];
    });
  }
  const managed = options.dryRun ? NO_SERVICES : await reloadOverrides(context);
  if (servers.length === 0 && managed.size === 0) {
    context.io.err(
      `lvsctl: warning: real server ${
        formatOverrideScope(scope)
      } is not in the table; the override is stored for later\n`,
    );
  }
  const overrides = [
    ...readOverrides(context.directories).filter((other) => !sameOverrideScope(other, override)),
    override,
  ];
  const changes = weightChanges(servers, overrides, { now });
  const isManaged = (change: Change): boolean => "server" in change && managed.has(formatServiceId(change.id));
  // The daemon has made these changes.
  const made = changes.filter(isManaged);
  printEntryFindings(context, { client, changes: made });
  const others = changes.filter((change) => !isManaged(change));
  reportChanges(context, { client, changes: others, options, made, before, isOtherChanged });
}

/** Whether two overrides have the same effect and reason; their times of setting and their authors may differ. */
function sameOverride(a: Override, b: Override): boolean {
  return sameOverrideScope(a, b) && a.weight === b.weight && a.reason === b.reason && a.until === b.until;
}

/**
 * Cancels overrides and restores the servers' weights.
 *
 * @param context The place of the overrides.
 * @param request.scope The overrides to cancel; the scope of all services includes those of single services.
 * @param request.options The options of the output.
 * @throws {LvsctlError} If no override is in the scope, the file cannot be written, or the kernel refuses.
 */
export async function clearOverride(
  context: Context,
  request: { readonly scope: OverrideScope; readonly options: ChangeOptions },
): Promise<void> {
  const { scope, options } = request;
  const overrides = readOverrides(context.directories);
  const ended = overrides.filter((override) => isWithin(override, scope));
  if (ended.length === 0) throw noOverride(scope, overrides);
  using client = await context.openIpvs();
  const isEnded = (override: Override): boolean => ended.some((other) => sameOverrideScope(other, override));
  if (!options.dryRun && context.directories !== undefined) {
    context.io.beginChange?.();
    updateOverrides(context.directories, (all) => all.filter((override) => !isEnded(override)));
  }
  const managed = options.dryRun ? NO_SERVICES : await reloadOverrides(context);
  const now = Date.now();
  const rest = overrides.filter((override) => !isEnded(override));
  const changes = ended.flatMap((override) =>
    serversOf(client, override).flatMap(({ id, server }): Change[] => {
      if (managed.has(formatServiceId(id))) return [];
      const was = override.weight === "maint" ? 0 : override.weight;
      const other = overrideOf(rest, { service: id, server, now });
      const former = override.former?.[overriddenKey(id, server)];
      const weight = other === undefined ? former : other.weight === "maint" ? 0 : other.weight;
      // Another command has changed the weight since: its value stays.
      if (weight === undefined || weight === server.weight || server.weight !== was) return [];
      return [weightChange(id, server, { weight })];
    })
  );
  reportChanges(context, { client, changes, options, isOtherChanged: true });
}

/** Makes the changes of weights. If there are none, a text says nothing, because the override itself has changed. */
function reportChanges(context: Context, request: ChangeRequest): void {
  const { changes, options } = request;
  if (changes.length > 0 || options.json || options.dryRun) executeChanges(context, request);
}

/** Whether an override is in a scope; the scope of all services includes overrides for single services. */
function isWithin(override: Override, { service, address, port }: OverrideScope): boolean {
  if (override.address !== address) return false;
  if (port !== undefined && override.port !== undefined && override.port !== port) return false;
  if (service === undefined) return true;
  return override.service !== undefined && formatServiceId(override.service) === formatServiceId(service);
}

function noOverride({ service, address, port }: OverrideScope, overrides: readonly Override[]): LvsctlError {
  const wider = service === undefined || port === undefined
    ? undefined
    : overrides.find((each) => concerns(each, service, { server: { address, port } }));
  return new LvsctlError("it has no override", {
    operation: "make ready",
    object: formatOverrideScope(defined({ service, address, port })),
    hint: wider === undefined
      ? '"lvsctl server overrides" lists the active ones'
      : `cancel that of ${formatOverrideScope(wider)}: lvsctl server ready all ${wider.address}`,
    exitCode: EXIT.refused,
  });
}

/** The kernel's servers in a scope. */
function serversOf(
  client: IpvsClient,
  scope: OverrideScope,
): { readonly id: ServiceId; readonly server: RealServer }[] {
  const { service } = scope;
  const services = client.services().filter(({ id }) =>
    service === undefined || formatServiceId(id) === formatServiceId(service)
  );
  return services.flatMap(({ id }) =>
    client.servers(id).filter((server) => concerns(scope, id, { server })).map((server) => ({ id, server }))
  );
}

function weightChanges(
  servers: ReturnType<typeof serversOf>,
  overrides: readonly Override[],
  { now }: { readonly now: number },
): Change[] {
  return servers.flatMap(({ id, server }) => {
    const override = overrideOf(overrides, { service: id, server, now });
    const weight = override?.weight === "maint" ? 0 : override?.weight ?? server.weight;
    return weight === server.weight ? [] : [weightChange(id, server, { weight })];
  });
}

function weightChange(id: ServiceId, server: RealServer, { weight }: { readonly weight: number }): Change {
  const { address, port, forward, upperThreshold, lowerThreshold, tunnel } = server;
  return {
    operation: "editServer",
    id,
    server: { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel },
  };
}

/** The user who sets the override. */
function author(): string {
  return optionalVariable("SUDO_USER") || optionalVariable("USER") || `uid ${Deno.uid()}`;
}
