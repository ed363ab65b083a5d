import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import {
  type Change,
  concerns,
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
import { NO_PORT } from "../../options/arguments.ts";
import type { Context } from "../../context/context.ts";
import { printJson } from "../../format/json.ts";
import { formatOverrides, overrideJson } from "../../format/overrides.ts";
import { readOverrides, updateOverrides } from "../../state/override_file.ts";
import { executeChanges } from "../../table/execute_changes.ts";
import { reloadOverrides } from "../../daemon/reload_overrides.ts";
import type { ChangeOptions } from "../../format/printed_change.ts";

/** What is said of a server beside its weight. */
export interface SetOverrideOptions extends ChangeOptions {
  /** Why, for people. */
  readonly reason?: string | undefined;
  /** How long it holds; milliseconds. Undefined: until it is ended. */
  readonly ttl?: number | undefined;
}

/** No service is looked after. */
const NO_SERVICES: ReadonlySet<string> = new Set();

/** Prints what holds of what operators say of servers. */
export function listOverrides(context: Context, options: { readonly json?: true | undefined }): void {
  const overrides = readOverrides(context.directories);
  if (options.json) printJson(context.io, overrides.map(overrideJson));
  else context.io.out(formatOverrides(overrides, { now: Date.now() }));
}

/**
 * Says something of servers: it is remembered, and the kernel follows at once.
 *
 * @throws {LvsctlError} If it cannot be remembered, or the kernel refuses.
 */
export async function setOverride(
  context: Context,
  saying: { readonly scope: OverrideScope; readonly weight: Override["weight"]; readonly options: SetOverrideOptions },
): Promise<void> {
  const { scope, weight, options } = saying;
  const now = Date.now();
  using client = await context.openIpvs();
  const servers = serversOf(client, scope);
  const override: Override = {
    ...scope,
    weight,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    author: author(),
    at: now,
    ...(options.ttl === undefined ? {} : { until: now + options.ttl }),
  };
  if (!options.dryRun && context.directories !== undefined) {
    updateOverrides(context.directories, (overrides) => {
      // What was said before of the same is replaced, and what the kernel had before that is still what it goes back to.
      const former = {
        ...Object.fromEntries(servers.map(({ id, server }) => [overriddenKey(id, server), server.weight])),
        ...overrides.find((other) => sameOverrideScope(other, override))?.former,
      };
      const others = overrides.filter((other) => !sameOverrideScope(other, override));
      return [...others, { ...override, ...(Object.keys(former).length === 0 ? {} : { former }) }];
    });
  }
  const looked = options.dryRun ? NO_SERVICES : await reloadOverrides(context);
  if (servers.length === 0 && looked.size === 0) {
    context.io.err(`lvsctl: no service has ${formatOverrideScope(scope)} at the moment; it is remembered\n`);
  }
  const overrides = [
    ...readOverrides(context.directories).filter((other) => !sameOverrideScope(other, override)),
    override,
  ];
  const changes = weightChanges(servers.filter(({ id }) => !looked.has(formatServiceId(id))), overrides, { now });
  executeChanges(context, { client, changes, options });
}

/**
 * Ends what was said of servers, and puts them back.
 *
 * @param context Where it is remembered.
 * @param scope What is to end; with all services, also what was said of the server of a single one.
 * @param options How it is told.
 * @throws {LvsctlError} If nothing was said, it cannot be forgotten, or the kernel refuses.
 */
export async function clearOverride(context: Context, scope: OverrideScope, options: ChangeOptions): Promise<void> {
  const overrides = readOverrides(context.directories);
  const ended = overrides.filter((override) => isWithin(override, scope));
  if (ended.length === 0) throw nothingSaid(scope, overrides);
  using client = await context.openIpvs();
  const isEnded = (override: Override): boolean => ended.some((other) => sameOverrideScope(other, override));
  if (!options.dryRun && context.directories !== undefined) {
    updateOverrides(context.directories, (all) => all.filter((override) => !isEnded(override)));
  }
  const looked = options.dryRun ? NO_SERVICES : await reloadOverrides(context);
  const now = Date.now();
  const rest = overrides.filter((override) => !isEnded(override));
  const changes = ended.flatMap((override) =>
    serversOf(client, override).flatMap(({ id, server }): Change[] => {
      if (looked.has(formatServiceId(id))) return [];
      const was = override.weight === "maint" ? 0 : override.weight;
      const other = overrideOf(rest, { service: id, server, now });
      const former = override.former?.[overriddenKey(id, server)];
      const weight = other === undefined ? former : other.weight === "maint" ? 0 : other.weight;
      // Somebody who gave it another weight meanwhile knew what he did.
      if (weight === undefined || weight === server.weight || server.weight !== was) return [];
      return [weightChange(id, server, { weight })];
    })
  );
  executeChanges(context, { client, changes, options });
}

/** Whether ending a scope ends an override: with all services, those for single ones as well. */
function isWithin(override: Override, { service, address, port }: OverrideScope): boolean {
  if (override.address !== address) return false;
  if (port !== undefined && override.port !== undefined && override.port !== port) return false;
  if (service === undefined) return true;
  return override.service !== undefined && formatServiceId(override.service) === formatServiceId(service);
}

function nothingSaid(scope: OverrideScope, overrides: readonly Override[]): LvsctlError {
  const { service, address, port } = scope;
  const server = { address, port: port ?? NO_PORT };
  const wider = service === undefined ? undefined : overrides.find((each) => concerns(each, service, { server }));
  return new LvsctlError("nothing holds that was said of it", {
    operation: "make ready",
    object: formatOverrideScope(scope),
    hint: wider === undefined
      ? '"lvsctl server overrides" lists what holds'
      : `what holds is said of ${formatOverrideScope(wider)}: lvsctl server ready all ${wider.address}`,
    exitCode: EXIT.refused,
  });
}

/** The servers that the kernel has and a scope is about. */
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

/** Who says it, for those who see it later. */
function author(): string {
  return Deno.env.get("SUDO_USER") || Deno.env.get("USER") || `uid ${Deno.uid()}`;
}
