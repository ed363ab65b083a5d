import type { CheckPath, CompositeCheck } from "../../model/mod.ts";
import type { Prober, ProberJob } from "../prober.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** Probes with one part. */
type RunPart = (job: ProberJob, options: ExchangeOptions) => Promise<Outcome>;

/** What a part takes over from the whole, and what has the part's own binding. */
function partOf(check: CompositeCheck & CheckPath, index: number): ProberJob["check"] | undefined {
  const { source, interface: device, mark } = check;
  const part = check.checks[index];
  if (part === undefined) return undefined;
  return {
    ...(source === undefined ? {} : { source }),
    ...(device === undefined ? {} : { interface: device }),
    ...(mark === undefined ? {} : { mark }),
    ...part,
  };
}

/** Makes of the parts' outcomes that of the whole. */
function judge(check: CompositeCheck, outcomes: readonly (Outcome | undefined)[]): Outcome {
  const { needed, checks } = check;
  const said = (wanted: Outcome["ok"]): string[] =>
    outcomes.flatMap((outcome, index) => {
      if (outcome?.ok !== wanted) return [];
      const text = outcome.ok === true
        ? outcome.detail
        : outcome.ok === "aborted"
        ? `no ${outcome.awaited}`
        : outcome.reason;
      return [`${checks[index]?.type ?? ""}: ${text}`];
    });
  const passed = said(true);
  if (passed.length >= needed) {
    const warnings = outcomes.flatMap((outcome) => outcome?.ok === true && outcome.warning ? [outcome.warning] : []);
    const weights = outcomes.flatMap((outcome) =>
      outcome?.ok === true && outcome.weight !== undefined ? [outcome.weight] : []
    );
    return {
      ok: true,
      detail: passed.join("; "),
      ...(warnings.length === 0 ? {} : { warning: [...new Set(warnings)].join("; ") }),
      // The part that has the least to give decides.
      ...(weights.length === 0 ? {} : { weight: Math.min(...weights) }),
    };
  }
  const failed = said(false);
  const reason = `${passed.length} of ${checks.length} passed, expected ${needed}: ${failed.join("; ")}`;
  // If what this machine could not find out may have made the difference, nothing is known.
  const unknown = outcomes.filter((outcome) => outcome?.ok === false && outcome.inconclusive).length;
  return { ok: false, reason, ...(passed.length + unknown >= needed ? { inconclusive: true } : {}) };
}

/** The `all_of`, `any_of` and `k_of` prober: all parts at the same time, until it is known how it ends. */
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
      // What this machine could not find out decides nothing: another part may.
      else if (outcome.ok !== false || !outcome.inconclusive) failed++;
      if (passed >= needed || checks.length - failed < needed) decided.abort();
    }));
    if (options.signal.aborted && !decided.signal.aborted) return { ok: "aborted", awaited: "answer of every check" };
    return judge(check, outcomes);
  };
}
