import { probe, type ProbeFunction, type ProbeJob } from "../../../core/health/mod.ts";
import type { Network } from "../../../core/net/mod.ts";
import { SYSTEM_CLOCK } from "../../../core/time/mod.ts";
import { type ExchangePiece, exchangePiece } from "../../format/exchange.ts";

/** The most pieces of one exchange: a server that sends single bytes must not fill the screen. */
const MOST_PIECES = 50;

/** The exchanges between probes and servers, by check and target. */
export class ExchangeRecorder {
  readonly #pieces = new Map<string, ExchangePiece[]>();

  /** A probe function that records the exchange. */
  probeBy(network: Network): ProbeFunction {
    return (target, check, options) => {
      const pieces: ExchangePiece[] = [];
      this.#pieces.set(keyOf({ target, check }), pieces);
      const { clock = SYSTEM_CLOCK } = options;
      const begun = clock.now();
      return probe(target, check, {
        ...options,
        network,
        trace: (entry) => {
          if (pieces.length >= MOST_PIECES) return;
          pieces.push(exchangePiece(entry, { check, atMs: Math.round((clock.now() - begun) * 1000) / 1000 }));
        },
      });
    };
  }

  /** The exchange of the last probe of a job. */
  of(job: Pick<ProbeJob, "target" | "check">): readonly ExchangePiece[] {
    return this.#pieces.get(keyOf(job)) ?? [];
  }
}

function keyOf(job: Pick<ProbeJob, "target" | "check">): string {
  return JSON.stringify([job.target, job.check]);
}
