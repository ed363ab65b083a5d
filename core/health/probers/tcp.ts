import type { CheckPath, TcpCheck } from "../../model/mod.ts";
import {
  explain,
  isOrdinary,
  needNetwork,
  ProbeConnection,
  type ProbeOutcome,
  type ProberOptions,
  type ProbeTarget,
} from "../../net/mod.ts";

/** The `tcp` prober: passes when the server accepts a connection and, if asked for, answers as expected. */
export const probeTcp = async (
  target: ProbeTarget,
  check: TcpCheck & CheckPath,
  options: ProberOptions,
): Promise<ProbeOutcome> => {
  if (check.send !== undefined || check.expect !== undefined) {
    const { probeExchange } = await import("./exchange.ts");
    return probeExchange(target, check, options);
  }
  try {
    using _connection = isOrdinary(check)
      ? await ProbeConnection.open(target, { signal: options.signal, isSilent: true })
      : await needNetwork(options).connect(target, { way: check, signal: options.signal });
    options.trace?.({ kind: "connected" });
    return { ok: true, detail: "connected" };
  } catch (error) {
    return explain(error, { signal: options.signal, awaited: "connection" });
  }
};
