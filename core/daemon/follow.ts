import { HealthRecords } from "../health/mod.ts";
import {
  type Change,
  checkOf,
  type DesiredService,
  type DesiredState,
  formatServiceId,
  type RealServer,
  type ServiceId,
} from "../model/mod.ts";
import { applyTarget, type Kernel, type Target } from "../reconcile/mod.ts";
import { effectiveEntries } from "./effective.ts";

/** What was made of the table, and what could not be. */
export interface Followed {
  /** The changes that were made, in order; with a dry run, that would be. */
  readonly changes: readonly Change[];
  /** Why some services, or the settings, could not be brought up to date; none of them was changed. */
  readonly errors: readonly unknown[];
  /** The names of what could not be brought up to date, among those that were to be. */
  readonly left: readonly string[];
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
 * @param options.records What is believed of the servers.
 * @param options.names What to bring up to date.
 * @param options.dryRun Only plans.
 */
export function followHealth(
  kernel: Kernel,
  options: {
    readonly desired: DesiredState;
    readonly records: HealthRecords;
    readonly names: readonly string[];
    readonly dryRun?: boolean;
  },
): Followed {
  const { names, dryRun = false } = options;
  try {
    const { changes } = applyTarget(kernel, targetOf(kernel, options), { dryRun });
    return { changes, errors: [], left: [] };
  } catch (error) {
    if (names.length <= 1) return { changes: [], errors: [error], left: names };
    const middle = names.length >> 1;
    const halves = [names.slice(0, middle), names.slice(middle)]
      .map((half) => followHealth(kernel, { ...options, names: half }));
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
  kernel: Kernel,
  wanted: { readonly desired: DesiredState; readonly records: HealthRecords; readonly names: readonly string[] },
): Target {
  const { desired, records } = wanted;
  const names = new Set(wanted.names);
  const { timeouts, syncDaemons } = names.has(SETTINGS) ? desired : {};
  const services = desired.services.filter(({ service }) => names.has(formatServiceId(service.id)));
  return {
    services: desiredEntries(kernel, { services, records }),
    exact: false,
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(syncDaemons === undefined ? {} : { syncDaemons }),
  };
}

/** What the kernel should have for services by what is recorded of their servers' health. */
function desiredEntries(
  kernel: Kernel,
  wanted: { readonly services: readonly DesiredService[]; readonly records: HealthRecords },
): Target["services"] {
  return effectiveEntries(wanted.services, {
    health: (service, server) => wanted.records.health(server, checkOf(service, server)),
    current: currentServers(kernel),
  });
}

/** Reads the servers of a service when they are asked for; what services there are is read at once. */
export function currentServers(kernel: Kernel): (id: ServiceId) => readonly RealServer[] | undefined {
  const existing = new Set(kernel.services().map(({ id }) => formatServiceId(id)));
  return (id) => existing.has(formatServiceId(id)) ? kernel.servers(id) : undefined;
}

/** The name, as {@linkcode declaredNames} gives it, of what a change is about. */
export function nameOf(change: Change): string {
  if ("service" in change) return formatServiceId(change.service.id);
  return "id" in change && change.id !== undefined ? formatServiceId(change.id) : SETTINGS;
}
