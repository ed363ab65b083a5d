import { type CheckPath, type CompositeCheck, defined } from "../../model/mod.ts";
import type { Prober, ProberJob } from "../prober.ts";
import { type ExchangeOptions, isUnbound, type Outcome } from "../../net/mod.ts";

/** Probes with one of the parts. */
export type RunPart = (job: ProberJob, options: ExchangeOptions) => Promise<Outcome>;

/** A part with the binding of the whole check, unless it has its own. */
function partOf(check: CompositeCheck & CheckPath, index: number): ProberJob["check"] | undefined {
  const part = check.checks[index];
  if (part === undefined || isUnbound(check)) return part;
  const { source, interface: device, mark } = check;
  return { ...defined({ source, interface: device, mark }), ...part };
}

/** The outcome of the whole check. */
function judge(check: CompositeCheck, outcomes: readonly (Outcome | undefined)[]): Outcome {
  const { needed, checks } = check;
  const textsOf = (wanted: Outcome["ok"]): string[] =>
    outcomes.flatMap((outcome, index) => {
      if (outcome?.ok !== wanted) return [];
      const text = outcome.ok === true
        ? outcome.detail
        : outcome.ok === "aborted"
        ? `no ${outcome.awaited}`
        : outcome.reason;
      return [`${checks[index]?.type ?? ""}: ${text}`];
    });
  const passed = textsOf(true);
  if (passed.length >= needed) {
    const warnings = outcomes.flatMap((outcome) => outcome?.ok === true && outcome.warning ? [outcome.warning] : []);
    const weights = outcomes.flatMap((outcome) =>
      outcome?.ok === true && outcome.weight !== undefined ? [outcome.weight] : []
    );
    const lifetimes = outcomes.flatMap((outcome) => outcome?.ok === true ? outcome.certificateMs ?? [] : []);
    return {
      ok: true,
      detail: passed.join("; "),
      ...(warnings.length === 0 ? {} : { warning: [...new Set(warnings)].join("; ") }),
      // The smallest weight of the parts decides.
      ...(weights.length === 0 ? {} : { weight: Math.min(...weights) }),
      ...(lifetimes.length === 0 ? {} : { certificateMs: Math.min(...lifetimes) }),
    };
  }
  const failed = textsOf(false);
  const reason = `${passed.length} of ${checks.length} passed, expected ${needed}: ${failed.join("; ")}`;
  // The result is inconclusive if the parts that failed because of this machine could have made it pass.
  const unknown = outcomes.filter((outcome) => outcome?.ok === false && outcome.inconclusive).length;
  const failure = outcomes.flatMap((outcome) => outcome?.ok === false ? outcome.failure ?? [] : [])[0];
  return {
    ok: false,
    reason,
    ...(failure === undefined ? {} : { failure }),
    ...(passed.length + unknown >= needed ? { inconclusive: true } : {}),
  };
}

/** The `all_of`, `any_of` and `k_of` prober: all parts at the same time, until the outcome is decided. */
export function probeComposite(run: RunPart): Prober<CompositeCheck> {
  return async (target, check, options) => {
    const { checks, needed } = check;
    const decided = new AbortController();
    const signal = AbortSignal.any([options.signal, decided.signal]);
    const outcomes: (Outcome | undefined)[] = checks.map(() => undefined);
    let passed = 0;
    let failed = 0;
    await Promise.all(checks.map(async (_, index) => {
      const part = partOf(check, index);
      if (part === undefined) return;
      const own = { address: part.address ?? target.address, port: part.port ?? target.port };
      const outcome = await run({ target: own, check: part }, { ...options, signal });
      if (outcome.ok === "aborted" && decided.signal.aborted) return;
      outcomes[index] = outcome;
      if (outcome.ok === true) passed++;
      // An inconclusive part decides nothing; the other parts may still do.
      else if (outcome.ok !== false || !outcome.inconclusive) failed++;
      if (passed >= needed || checks.length - failed < needed) decided.abort();
    }));
    if (options.signal.aborted && !decided.signal.aborted) return { ok: "aborted", awaited: "answer of every check" };
    return judge(check, outcomes);
  };
}
