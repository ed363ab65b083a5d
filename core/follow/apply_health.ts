import { type Change, type DesiredService, type DesiredState, formatServerId, formatServiceId } from "../model/mod.ts";
import { applyPlan, isWithdrawal, type Kernel, type Plan, planTarget, type Target } from "../reconcile/mod.ts";
import { type EffectiveService, effectiveService } from "../effective/mod.ts";
import { factsFrom, type Knowledge } from "./knowledge.ts";
import type { HealthKernel } from "./kernel.ts";

/** The result of {@linkcode applyHealth}. */
export interface AppliedHealth {
  /** The changes that were made, in order; with a dry run, the changes that would be made. */
  readonly changes: readonly Change[];
  /** Why some services, or the settings, could not be updated; none of these was changed. */
  readonly errors: readonly unknown[];
  /** The requested names that could not be updated. */
  readonly pending: readonly string[];
  /** The decisions about the requested services, by their names; empty if the kernel could not be read. */
  readonly services: ReadonlyMap<string, AppliedService>;
}

/** A service and the decision about it. */
export interface AppliedService {
  /** The service as configured. */
  readonly desired: DesiredService;
  /** The entry that the kernel should have, and the reasons. */
  readonly effective: EffectiveService;
}

/** The name of timeouts and sync daemons among the names of services, which never have this form. */
export const SETTINGS = "settings";

/** The names of everything that a file declares: its services, and {@linkcode SETTINGS}. */
export function declaredNames({ services }: DesiredState): string[] {
  return [SETTINGS, ...services.map(({ service }) => formatServiceId(service.id))];
}

/**
 * Makes the named services, and the settings if they are named, what file and health require.
 *
 * In one step if possible. If that fails, each half separately, and so on: a service that the kernel refuses must not
 * keep the others from following the health of their servers.
 *
 * @param kernel The kernel.
 * @param options.desired The content of the file.
 * @param options.knowledge The facts beyond the file and the kernel.
 * @param options.names The names of the services to update: see {@linkcode declaredNames}.
 * @param options.suspects The names that could not be updated before: each is tried alone, and with one attempt, because
 * the kernel may look for a missing module at each.
 * @param options.dryRun Whether to plan only.
 */
export function applyHealth(
  kernel: HealthKernel,
  options: {
    readonly desired: DesiredState;
    readonly knowledge: Knowledge;
    readonly names: readonly string[];
    readonly suspects?: ReadonlySet<string> | undefined;
    readonly dryRun?: boolean | undefined;
  },
): AppliedHealth {
  const { desired, knowledge, names, suspects, dryRun = false } = options;
  const requested = new Set(names);
  const services = new Map<string, AppliedService>();
  try {
    const facts = factsFrom(kernel, knowledge);
    for (const service of desired.services) {
      const name = formatServiceId(service.service.id);
      if (requested.has(name)) {
        services.set(name, { desired: service, effective: effectiveService(service, facts(service)) });
      }
    }
  } catch (error) {
    return { changes: [], errors: [error], pending: names, services: new Map() };
  }
  const apart = dryRun || suspects === undefined ? [] : names.filter((name) => suspects.has(name));
  const others = apart.length === 0 ? names : names.filter((name) => !apart.includes(name));
  const parts = [
    follow(kernel, { desired, services, names: others, dryRun }),
    ...apart.map((name) => followSuspect(kernel, { desired, services, name })),
  ];
  return { ...joined(parts), services };
}

/** Makes the changes of one service or of the settings that the kernel accepts, without verification and undo. */
function followSuspect(
  kernel: Kernel,
  { desired, services, name }: {
    readonly desired: DesiredState;
    readonly services: AppliedHealth["services"];
    readonly name: string;
  },
): Omit<AppliedHealth, "services"> {
  try {
    const plan = planTarget(kernel, targetOf({ desired, services, names: [name] }));
    const { changes, errors } = applySeparately(kernel, plan.changes, { services });
    return { changes, errors, pending: errors.length === 0 ? [] : [name] };
  } catch (error) {
    return { changes: [], errors: [error], pending: [name] };
  }
}

function joined(parts: readonly Omit<AppliedHealth, "services">[]): Omit<AppliedHealth, "services"> {
  return {
    changes: parts.flatMap(({ changes }) => changes),
    errors: distinct(parts.flatMap(({ errors }) => errors)),
    pending: parts.flatMap(({ pending }) => pending),
  };
}

function follow(
  kernel: Kernel,
  options: {
    readonly desired: DesiredState;
    readonly services: AppliedHealth["services"];
    readonly names: readonly string[];
    readonly dryRun: boolean;
  },
): Omit<AppliedHealth, "services"> {
  const { names, dryRun } = options;
  let plan: Plan | undefined;
  try {
    plan = planTarget(kernel, targetOf(options));
    if (!dryRun) applyPlan(kernel, plan);
    return { changes: plan.changes, errors: [], pending: [] };
  } catch (error) {
    if (names.length <= 1) {
      if (plan === undefined) return { changes: [], errors: [error], pending: names };
      const { changes, errors } = applySeparately(kernel, plan.changes, { services: options.services });
      return { changes, errors: errors.length === 0 ? [error] : errors, pending: names };
    }
    const middle = names.length >> 1;
    const halves = [names.slice(0, middle), names.slice(middle)]
      .map((half) => follow(kernel, { ...options, names: half }));
    return joined(halves);
  }
}

/**
 * Makes the changes of one service that the kernel accepts, one by one: a server that it refuses must not keep the others
 * from following their health. Servers that others replace stay, because one of those may be the refused one.
 */
function applySeparately(
  kernel: Kernel,
  planned: readonly Change[],
  { services }: Pick<AppliedHealth, "services">,
): Pick<AppliedHealth, "changes" | "errors"> {
  const isOfFile = (change: Change): boolean =>
    services.get(nameOf(change))?.effective.servers.some(({ server }) =>
      "server" in change && formatServerId(server) === formatServerId(change.server)
    ) ?? false;
  const safe = planned.filter((change) => !isWithdrawal(change) || isOfFile(change));
  const errors = kernel.execute(safe);
  const [first] = safe;
  // Without its service, each server fails for the same reason.
  const refused = first?.operation === "addService" ? errors.get(0) : undefined;
  return {
    changes: safe.filter((_, index) => !errors.has(index)),
    errors: refused === undefined ? distinct([...errors.values()]) : [refused],
  };
}

/** If the kernel itself is unreachable, every part fails with the same message. */
function distinct(errors: readonly unknown[]): unknown[] {
  return [...new Map(errors.map((error) => [String(error), error])).values()];
}

function targetOf(
  { desired, services, names }: {
    readonly desired: DesiredState;
    readonly services: AppliedHealth["services"];
    readonly names: readonly string[];
  },
): Target {
  const { timeouts, syncDaemons } = names.includes(SETTINGS) ? desired : {};
  return {
    services: names.flatMap((name) => services.get(name)?.effective.entry ?? []),
    exact: false,
    ordersServers: true,
    timeouts,
    syncDaemons,
  };
}

/** The name of the service that a change is about, or of the settings, as in {@linkcode declaredNames}. */
export function nameOf(change: Change): string {
  if ("service" in change) return formatServiceId(change.service.id);
  return "id" in change && change.id !== undefined ? formatServiceId(change.id) : SETTINGS;
}
