import { type Change, type DesiredService, type DesiredState, formatServiceId } from "../model/mod.ts";
import { applyPlan, type Kernel, planTarget, type Target } from "../reconcile/mod.ts";
import { type EffectiveService, effectiveService } from "../effective/mod.ts";
import { contextOf, type Knowledge } from "./knowledge.ts";
import type { HealthKernel } from "./kernel.ts";

/** What was made of the table, and what could not be. */
export interface AppliedHealth {
  /** The changes that were made, in order; with a dry run, that would be. */
  readonly changes: readonly Change[];
  /** Why some services, or the settings, could not be brought up to date; none of them was changed. */
  readonly errors: readonly unknown[];
  /** The names of what could not be brought up to date, among those that were to be. */
  readonly left: readonly string[];
  /** What becomes of the services that were named, by their names; of none where the kernel could not be read. */
  readonly services: ReadonlyMap<string, AppliedService>;
}

/** A service, and what becomes of it. */
export interface AppliedService {
  /** As the file declares it. */
  readonly desired: DesiredService;
  /** What the kernel should have of it. */
  readonly effective: EffectiveService;
}

/** Stands for timeouts and sync daemons among the names of services, none of which has this form. */
export const SETTINGS = "settings";

/** The names of everything that a file declares: its services, and {@linkcode SETTINGS}. */
export function declaredNames({ services }: DesiredState): string[] {
  return [SETTINGS, ...services.map(({ service }) => formatServiceId(service.id))];
}

/**
 * Brings the table to where file and health want it, as far as the names go.
 *
 * All at once if possible. If not, each half by itself, and so on: what the kernel refuses of one service must not keep
 * the others from following the health of their servers.
 *
 * @param kernel The kernel.
 * @param options.desired What the file declares.
 * @param options.knowledge What is known.
 * @param options.names What to bring up to date.
 * @param options.dryRun Only plans.
 */
export function applyHealth(
  kernel: HealthKernel,
  options: {
    readonly desired: DesiredState;
    readonly knowledge: Knowledge;
    readonly names: readonly string[];
    readonly dryRun?: boolean;
  },
): AppliedHealth {
  const { desired, knowledge, names, dryRun = false } = options;
  const wanted = new Set(names);
  const services = new Map<string, AppliedService>();
  try {
    const context = contextOf(kernel, knowledge);
    for (const service of desired.services) {
      const name = formatServiceId(service.service.id);
      if (wanted.has(name)) services.set(name, { desired: service, effective: effectiveService(service, context) });
    }
  } catch (error) {
    return { changes: [], errors: [error], left: names, services: new Map() };
  }
  return { ...follow(kernel, { desired, services, names, dryRun }), services };
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
  try {
    const plan = planTarget(kernel, targetOf(options));
    if (!dryRun) applyPlan(kernel, plan);
    return { changes: plan.changes, errors: [], left: [] };
  } catch (error) {
    if (names.length <= 1) return { changes: [], errors: [error], left: names };
    const middle = names.length >> 1;
    const halves = [names.slice(0, middle), names.slice(middle)]
      .map((half) => follow(kernel, { ...options, names: half }));
    return {
      changes: halves.flatMap(({ changes }) => changes),
      errors: distinct(halves.flatMap(({ errors }) => errors)),
      left: halves.flatMap(({ left }) => left),
    };
  }
}

/** Where the kernel itself is out of reach, every part fails in the same words. */
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
    timeouts,
    syncDaemons,
  };
}

/** The name, as {@linkcode declaredNames} gives it, of what a change is about. */
export function nameOf(change: Change): string {
  if ("service" in change) return formatServiceId(change.service.id);
  return "id" in change && change.id !== undefined ? formatServiceId(change.id) : SETTINGS;
}
