import type { CheckPath, ServerId, TcpCheck } from "../../model/mod.ts";
import {
  type ExchangeOptions,
  isUnbound,
  type Outcome,
  requireNetwork,
  TcpConnection,
  toOutcome,
} from "../../net/mod.ts";

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
    using _connection = isUnbound(check)
      ? await TcpConnection.open(target, { signal: options.signal, isSilent: true })
      : await requireNetwork(options).connect(target, { binding: check, signal: options.signal });
    options.trace?.({ kind: "connected" });
    return { ok: true, detail: "connected" };
  } catch (error) {
    return toOutcome(error, { signal: options.signal, awaited: "connection" });
  }
}
