import type { Check } from "../model/mod.ts";
import { probeHttp } from "./http_prober.ts";
import type { ProbeOutcome, Prober, ProberOptions, ProbeTarget } from "./prober.ts";
import { probeTcp } from "./tcp_prober.ts";

/** A prober for each type of check. */
export type Probers = { readonly [Type in Check["type"]]: Prober<Extract<Check, { readonly type: Type }>> };

/** The probers, by the type of check that they serve. */
export const PROBERS: Probers = { tcp: probeTcp, http: probeHttp };

/** Probes once with the prober that the check asks for. */
export function runProber(
  job: { readonly target: ProbeTarget; readonly check: Check },
  options: ProberOptions & { readonly probers?: Probers },
): Promise<ProbeOutcome> {
  const { target, check } = job;
  const probers = options.probers ?? PROBERS;
  switch (check.type) {
    case "tcp":
      return probers.tcp(target, check, options);
    case "http":
      return probers.http(target, check, options);
  }
}
