import type { LvsctlError } from "../errors/mod.ts";
import {
  type Change,
  formatServerId,
  formatServiceId,
  type KernelState,
  type ServerId,
  type ServiceId,
} from "../model/mod.ts";
import type { Kernel } from "./kernel.ts";
import type { Plan } from "./plan.ts";
import { verifyPlan } from "./verify.ts";

/** What a kernel says to a plan that was made for another one. */
export interface Rehearsal {
  /** Why changes are refused, in the order of the plan. */
  readonly refusals: readonly LvsctlError[];
  /** The difference between the target and the result, if no change was refused. */
  readonly difference: LvsctlError | undefined;
  /** Why parts of the present table cannot be copied. Changes of these parts are not rehearsed. */
  readonly uncopied: readonly LvsctlError[];
  /** The number of changes that were rehearsed. */
  readonly rehearsed: number;
  /** The number of changes that were not: of sync daemons and VIPs, which need interfaces, and of uncopied parts. */
  readonly skipped: number;
}

/**
 * Makes the changes of a plan on another kernel with an empty table: copies the state that the plan starts from, makes
 * every change, and verifies the result.
 *
 * @param kernel The other kernel; its table is changed.
 * @param plan The plan.
 * @throws {LvsctlError} If the other kernel cannot be read or written.
 */
export function rehearsePlan(kernel: Kernel, plan: Plan): Rehearsal {
  const lost = new Lost();
  const uncopied = make(kernel, copyOf(plan.before), lost);
  const table = plan.changes.filter(({ operation }) => !/SyncDaemon$/.test(operation));
  const changes = table.filter((change) => !lost.has(change));
  const refusals = make(kernel, changes, lost);
  const { vips } = plan;
  const skipped = plan.changes.length - changes.length + vips.first.length + vips.last.length;
  const isWhole = refusals.length === 0 && uncopied.length === 0;
  return {
    refusals,
    uncopied,
    difference: isWhole ? differenceOf(kernel, plan) : undefined,
    rehearsed: changes.length,
    skipped,
  };
}

function differenceOf(kernel: Kernel, { only, target }: Plan): LvsctlError | undefined {
  return verifyPlan({ kernel, only, addresses: undefined }, { ...target, syncDaemons: undefined, vips: undefined });
}

/** The changes that make a table from nothing. */
function copyOf({ services, timeouts }: KernelState): Change[] {
  return [
    { operation: "setTimeouts", timeouts },
    ...services.flatMap(({ service, servers }): Change[] => [
      { operation: "addService", service },
      ...servers.map((server): Change => ({ operation: "addServer", id: service.id, server })),
    ]),
  ];
}

/** Makes changes; a refusal that only follows from an earlier one is not listed. */
function make(kernel: Kernel, changes: readonly Change[], lost: Lost): readonly LvsctlError[] {
  const errors: LvsctlError[] = [];
  const refused = kernel.execute(changes, { stopOnError: false });
  for (const [index, change] of changes.entries()) {
    const error = refused.get(index);
    if (error === undefined) continue;
    if (!lost.has(change)) errors.push(error);
    lost.add(change);
  }
  return errors;
}

/** The services and servers that could not be added: what follows for them is meaningless. */
class Lost {
  readonly #names = new Set<string>();

  add(change: Change): void {
    if (change.operation === "addService") this.#names.add(formatServiceId(change.service.id));
    if (change.operation === "addServer") this.#names.add(serverName(change.id, change.server));
  }

  has(change: Change): boolean {
    switch (change.operation) {
      case "addService":
        return false;
      case "editService":
        return this.#names.has(formatServiceId(change.service.id));
      case "deleteService":
        return this.#names.has(formatServiceId(change.id));
      case "addServer":
        return this.#names.has(formatServiceId(change.id));
      case "editServer":
      case "deleteServer":
        return this.#names.has(formatServiceId(change.id)) || this.#names.has(serverName(change.id, change.server));
      default:
        return false;
    }
  }
}

function serverName(id: ServiceId, server: ServerId): string {
  return `${formatServerId(server)} of ${formatServiceId(id)}`;
}
