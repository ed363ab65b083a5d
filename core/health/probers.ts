import type { Check } from "../model/mod.ts";
import { probeHttp } from "./http_prober.ts";
import type { ProbeOutcome, Prober, ProberOptions, ProbeTarget } from "./prober.ts";
import { probeTcp } from "./tcp_prober.ts";

/** Probers by the type of check that they serve. */
export type Probers = { readonly [Type in Check["type"]]?: Prober<Extract<Check, { readonly type: Type }>> };

/** The probers, by the type of check that they serve. */
export const PROBERS: Probers = { tcp: probeTcp, http: probeHttp };

/** Probes once with the prober that the check asks for. */
export function runProber(
  job: { readonly target: ProbeTarget; readonly check: Check },
  options: ProberOptions & { readonly probers?: Probers },
): Promise<ProbeOutcome> {
  const { target, check } = job;
  // The prober that stands under a type takes checks of that type; the compiler cannot follow a computed key.
  const prober = (options.probers ?? PROBERS)[check.type] as Prober | undefined;
  if (prober === undefined) {
    return Promise.resolve({ ok: false, reason: `no prober for checks of type ${check.type}`, inconclusive: true });
  }
  return prober(target, check, options);
}
