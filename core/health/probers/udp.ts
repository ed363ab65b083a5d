import { type CheckPath, printable, type ServerId, type UdpCheck } from "../../model/mod.ts";
import { sleep } from "../../time/mod.ts";
import type { Prober } from "../prober.ts";
import { type ExchangeOptions, type Outcome, requireNetwork, toOutcome, traceSocket } from "../../net/mod.ts";
import { judgeText } from "./text_expectation.ts";
import { exchangeDatagrams } from "./datagrams.ts";
import { bytesOf, textOf } from "./exchange.ts";

/** Sends a datagram, and passes unless the port is reported as unreachable. */
async function probeSilent(...[target, check, options]: Parameters<Prober<UdpCheck>>): Promise<Outcome> {
  const { signal, clock, timeoutMs } = options;
  const done = new AbortController();
  try {
    using socket = traceSocket(requireNetwork(options).openDatagram(target, { binding: check, signal }), options.trace);
    await socket.write(bytesOf(check.send ?? "\0"));
    const quiet = sleep(timeoutMs / 4, { clock, signal: AbortSignal.any([signal, done.signal]) });
    const answered = socket.receive().then(() => "answered");
    // The later of the two has no receiver any more.
    quiet.catch(() => {});
    answered.catch(() => {});
    const detail = await Promise.race([quiet.then(() => "no answer, and no refusal"), answered]);
    return { ok: true, detail };
  } catch (error) {
    return toOutcome(error, { signal, awaited: "answer" });
  } finally {
    done.abort();
  }
}

/** The `udp` prober: a datagram is answered as expected or, if nothing is expected, not refused. */
export function probeUdp(
  target: ServerId,
  check: UdpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const { send = "\0", expect } = check;
  if (expect === undefined) return probeSilent(target, check, options);
  return exchangeDatagrams({
    target,
    check,
    options,
    request: () => bytesOf(send),
    judge: (datagram): Outcome => {
      const text = textOf(datagram);
      const reason = judgeText(expect, { text, what: "answer" });
      return reason === undefined
        ? { ok: true, detail: `answer "${printable(text.trim(), 40)}"` }
        : { ok: false, reason };
    },
  });
}
