import type { LvsctlError } from "../errors/mod.ts";
import type { Change, ServerId, ServiceId, VipChange } from "../model/mod.ts";
import type { PlannedChanges } from "./plan.ts";
import { isWithdrawal } from "./plan_changes.ts";
import type { Scope } from "./scope.ts";

/** A server with weight 0 that its plan deletes once its connections have ended. */
export interface AwaitedServer {
  /** Its service. */
  readonly id: ServiceId;
  /** The server. */
  readonly server: ServerId;
}

/** The result of changes that may fail. */
export interface Execution {
  /** Why some changes failed. */
  readonly errors: readonly LvsctlError[];
  /** The number of changes that were not made. */
  readonly remaining: number;
}

/** Makes the changes of a plan up to the first part in which some fail; within a part, all are tried. */
export function executeAll(scope: Scope, plan: PlannedChanges): Execution {
  const parts = partsOf(scope, plan, { stopOnError: false });
  let remaining = parts.reduce((sum, { size }) => sum + size, 0);
  for (const { size, run } of parts) {
    const errors = [...run().values()];
    remaining -= size - errors.length;
    if (errors.length > 0) return { errors, remaining };
  }
  return { errors: [], remaining };
}

/** Changes that are made in one call. */
export interface Part {
  /** The number of changes. */
  readonly size: number;
  /** The servers whose connections are awaited before it: those that it and the parts behind it delete. */
  readonly awaited: readonly AwaitedServer[];
  /** Makes the changes; returns the errors of those that failed, by index. */
  readonly run: () => ReadonlyMap<number, LvsctlError>;
}

/**
 * The largest part of a plan that can be interrupted: as many changes as the kernel's client sends at once, so that
 * parts cause no further system calls.
 */
export const INTERRUPTIBLE_CHANGES = 256;

/** Options of {@linkcode partsOf}. */
export interface PartOptions {
  /** Whether nothing is sent after a failed change. */
  readonly stopOnError: boolean;
  /**
   * The most changes of the table in a part.
   *
   * @default {Infinity}
   */
  readonly largest?: number | undefined;
}

/**
 * The parts of a plan. Servers lose their weight only after everything before has succeeded: a refused server must not
 * leave its service empty because the one that it replaces is in the same call. Deletions follow after that.
 */
export function partsOf(
  { kernel, addresses }: Scope,
  { changes, vips }: PlannedChanges,
  { largest = Infinity, ...options }: PartOptions,
): Part[] {
  const table = (part: readonly Change[]): Part[] => {
    const awaited = part.flatMap((change) => change.operation === "deleteServer" ? [change] : []);
    return chunksOf(part, largest).map((chunk, index) => ({
      size: chunk.length,
      awaited: index === 0 ? awaited : [],
      run: () => kernel.execute(chunk, options),
    }));
  };
  const interfaces = (part: readonly VipChange[]): Part => ({
    size: part.length,
    awaited: [],
    run: () => addresses?.execute(part) ?? new Map(),
  });
  const withdrawal = indexOrEnd(changes, isWithdrawal);
  const deletion = indexOrEnd(
    changes,
    ({ operation }) => operation === "deleteServer" || operation === "deleteService",
  );
  return [
    interfaces(vips.first),
    ...cut(changes, [withdrawal, deletion]).flatMap(table),
    interfaces(vips.last),
  ].filter(({ size }) => size > 0);
}

function indexOrEnd<T>(items: readonly T[], matches: (item: T) => boolean): number {
  const index = items.findIndex(matches);
  return index < 0 ? items.length : index;
}

/** A list cut before the places; an uncut list is not copied, because it may be a whole table. */
function cut<T>(items: readonly T[], places: readonly number[]): (readonly T[])[] {
  const inner = places.filter((place) => place > 0 && place < items.length);
  if (inner.length === 0) return [items];
  return [0, ...inner].map((start, index) => items.slice(start, inner[index]));
}

/** A list in pieces of at most a size; a list that is small enough is not copied. */
function chunksOf<T>(items: readonly T[], largest: number): (readonly T[])[] {
  if (items.length <= largest) return [items];
  const count = Math.ceil(items.length / largest);
  return Array.from({ length: count }, (_, index) => items.slice(index * largest, (index + 1) * largest));
}
