import { type DesiredService, formatServiceId } from "../../core/model/mod.ts";
import { isEmptyPlan, type Plan } from "../../core/reconcile/mod.ts";
import type { Io } from "../context/io.ts";
import { type DisplayIo, outWidth, printLines, type PrintOptions } from "../terminal/display.ts";
import { formatChangeLine } from "./changes.ts";
import { printJson } from "./json.ts";
import { formatPlan, planChangesJson, planCounts } from "./plan.ts";

/** What differs between two files. */
export interface FileDifference {
  /** The changes of the kernel. */
  readonly plan: Plan;
  /** Settings that only the daemon uses: of a service, or of the whole file if it is undefined. */
  readonly daemon: readonly { readonly service: DesiredService | undefined; readonly keys: readonly string[] }[];
}

/** Prints what differs between two files. */
export function printDifference(io: DisplayIo, { plan, daemon }: FileDifference, options: PrintOptions): void {
  const width = outWidth(io, options);
  const settings = daemon.map(({ service, keys }) => {
    return `~ ${keys.join(", ")} of ${service === undefined ? "the file" : nameOf(service)}`;
  });
  const changes = isEmptyPlan(plan) && settings.length > 0 ? [] : [...formatPlan(plan, { width })];
  const heading = settings.length === 0 ? [] : ["For the daemon:"];
  printLines(
    io,
    [...changes, ...heading, ...settings.flatMap((line) => [...formatChangeLine(line, { width })])],
    options,
  );
}

/** As {@linkcode printDifference}, as JSON. */
export function printDifferenceJson(io: Io, { plan, daemon }: FileDifference): void {
  printJson(io, {
    differs: !isEmptyPlan(plan) || daemon.length > 0,
    summary: planCounts(plan),
    changes: planChangesJson(plan),
    daemon: daemon.map(({ service, keys }) => ({
      service: service === undefined ? null : formatServiceId(service.service.id),
      keys,
    })),
  });
}

function nameOf({ name, service: { id } }: DesiredService): string {
  return name === undefined ? formatServiceId(id) : `${formatServiceId(id)} (${name})`;
}
