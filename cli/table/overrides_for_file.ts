import { type DesiredState, formatServerId, formatServiceId, type Override, overrideOf } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { readOverrides } from "../state/override_file.ts";

/**
 * What operators say of servers, for a file that is to be applied; says so for each server whose weight is not the
 * file's therefore.
 *
 * @throws {LvsctlError} If it cannot be read.
 */
export function respectedOverrides(context: Context, { services }: DesiredState): readonly Override[] {
  const overrides = readOverrides(context.directories);
  if (overrides.length === 0) return overrides;
  const now = Date.now();
  for (const { service, servers } of services) {
    for (const server of servers) {
      const weight = overrideOf(overrides, { service: service.id, server, now })?.weight;
      if (weight === undefined || weight === server.weight) continue;
      const what = weight === "maint" ? "is in maintenance" : `has weight ${weight}`;
      const name = `${formatServerId(server)} of ${formatServiceId(service.id)}`;
      context.io.err(`lvsctl: ${name} ${what} by an operator's word (see server overrides)\n`);
    }
  }
  return overrides;
}
