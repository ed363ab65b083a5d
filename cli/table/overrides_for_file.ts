import { type DesiredState, formatServerId, formatServiceId, type Override, overrideOf } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { readOverrides } from "../state/override_file.ts";

/**
 * The active overrides, for a file that is planned or applied; reports each server whose weight they change.
 *
 * @throws {LvsctlError} If the overrides cannot be read.
 */
export function overridesForFile(context: Context, { services }: DesiredState): readonly Override[] {
  const overrides = readOverrides(context.directories);
  if (overrides.length === 0) return overrides;
  const now = Date.now();
  for (const { service, servers } of services) {
    for (const server of servers) {
      const weight = overrideOf(overrides, { service: service.id, server, now })?.weight;
      if (weight === undefined || weight === server.weight) continue;
      const state = weight === "maint" ? "is in maintenance" : `has weight ${weight}`;
      const name = `${formatServerId(server)} of ${formatServiceId(service.id)}`;
      inform(context.io, `lvsctl: ${name} ${state} by an override (see "lvsctl server overrides")\n`, {
        stream: "err",
      });
    }
  }
  return overrides;
}
