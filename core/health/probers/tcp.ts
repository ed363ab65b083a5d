import type { CheckPath, ServerId, TcpCheck } from "../../model/mod.ts";
import { connect, type ExchangeOptions, type Outcome, toOutcome } from "../../net/mod.ts";

/** The `tcp` prober: the server accepts a connection and, optionally, answers as expected. */
export async function probeTcp(
  target: ServerId,
  check: TcpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  if (check.send !== undefined || check.expect !== undefined) {
    const { probeExchange } = await import("./exchange.ts");
    return probeExchange(target, check, options);
  }
  try {
    using _connection = await connect(target, { binding: check, options, isSilent: true });
    options.trace?.({ kind: "connected" });
    return { ok: true, detail: "connected" };
  } catch (error) {
    return toOutcome(error, { signal: options.signal, awaited: "connection" });
  }
}
