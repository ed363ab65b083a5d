import assert from "node:assert/strict";
import { OPEN_HANDLES } from "../../../../../core/ffi/open_handles.ts";
import { probe } from "../../../../../core/health/mod.ts";
import type { Clock } from "../../../../../core/time/mod.ts";
import type { Check, ProbeResult, ServerId } from "../../../../../core/model/mod.ts";
import { openNetwork } from "../../../../../core/system/network.ts";

/** A prober on the real network. Disposing of it asserts that no socket and no TLS session is left open. */
export interface RealProber extends AsyncDisposable {
  /** Probes once. */
  probe(target: ServerId, check: Check, options?: { readonly clock?: Clock }): Promise<ProbeResult>;
}

/** Opens the network for a test. */
export function openProber(): RealProber {
  const network = openNetwork();
  return {
    probe: (target, check, options = {}) => probe(target, check, { ...options, network }),
    [Symbol.asyncDispose]: async () => {
      await network[Symbol.asyncDispose]();
      assert.equal(OPEN_HANDLES.networkSockets, 0, "sockets are left open");
      assert.equal(OPEN_HANDLES.tlsSessions, 0, "TLS sessions are left open");
    },
  };
}

/** A result without its latency, which is another each time. */
export function verdict({ latencyMs, ...rest }: ProbeResult): Omit<ProbeResult, "latencyMs"> {
  assert.ok(latencyMs >= 0);
  return rest;
}
