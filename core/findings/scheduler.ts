import { didYouMean, SCHEDULERS, type VirtualService } from "../model/mod.ts";
import type { ServiceFinding } from "./finding.ts";

/** A scheduler that Linux does not have: mostly a typing mistake, which only the kernel would find. */
export function schedulerFindings(
  { service: { scheduler } }: { readonly service: Pick<VirtualService, "scheduler"> },
): ServiceFinding[] {
  if (SCHEDULERS.includes(scheduler)) return [];
  const message = `Linux has no scheduler "${scheduler}", unless a module of another maker adds it` +
    didYouMean(scheduler, SCHEDULERS);
  return [{ code: "unknown-scheduler", message, key: "scheduler" }];
}
