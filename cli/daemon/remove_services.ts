import type { LvsctlError } from "../../core/errors/mod.ts";
import { type Change, type DesiredState, formatServiceId } from "../../core/model/mod.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";

/**
 * Deletes the services that a file names, as far as they are there, and nothing else.
 *
 * @returns The changes that were made, and why others were not.
 */
export function removeServices(
  kernel: Kernel,
  { services }: DesiredState,
): { readonly changes: readonly Change[]; readonly errors: readonly LvsctlError[] } {
  const named = new Set(services.map(({ service }) => formatServiceId(service.id)));
  const changes = kernel.services().filter(({ id }) => named.has(formatServiceId(id)))
    .map(({ id }): Change => ({ operation: "deleteService", id }));
  if (changes.length === 0) return { changes, errors: [] };
  const errors = kernel.execute(changes);
  return { changes: changes.filter((_, index) => !errors.has(index)), errors: [...errors.values()] };
}
