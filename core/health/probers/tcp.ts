import type { CheckPath, TcpCheck } from "../../model/mod.ts";
import { ProbeConnection } from "../connection.ts";
import { isOrdinary } from "../network.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";
import { explain, needNetwork } from "../session.ts";

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
