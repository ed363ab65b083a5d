import type { Check } from "../model/mod.ts";
import { ProbeConnection } from "./connection.ts";
import { describeNetworkFailure } from "./network_failure.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "./prober.ts";

/** The `tcp` prober: passes when the server accepts a connection, which is then closed. */
export async function probeTcp(
  target: ProbeTarget,
  _check: Extract<Check, { readonly type: "tcp" }>,
  options: ProberOptions,
): Promise<ProbeOutcome> {
  try {
    using _connection = await ProbeConnection.open(target, options);
    return { ok: true, detail: "connected" };
  } catch (error) {
    if (options.signal.aborted) return { ok: "aborted", awaited: "connection" };
    return { ok: false, ...describeNetworkFailure(error) };
  }
}
