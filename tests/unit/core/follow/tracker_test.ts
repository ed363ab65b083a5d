import assert from "node:assert/strict";
import { ServiceTracker } from "../../../../core/follow/mod.ts";
import { JobTable } from "../../../../core/health/mod.ts";
import {
  DEFAULT_QUORUM,
  DEFAULT_TIMING,
  type DesiredService,
  type Override,
  parseIpAddress,
  parseServiceId,
} from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const [A, B, C] = ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"];

function web(properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(WEB),
    servers: [realServer(A, { weight: 10 }), realServer(B, { weight: 10 })],
    check: { type: "tcp", ...DEFAULT_TIMING },
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...properties,
  };
}

function override(server: string, weight: Override["weight"], rest: Partial<Override> = {}): Override {
  return { address: parseIpAddress(server.replace(/:\d+$/, "")), weight, at: 0, ...rest };
}

Deno.test("ServiceTracker.override() returns the services that the difference concerns, each once", () => {
  const services = [
    web(),
    web({ service: virtualService("tcp://192.0.2.11:80"), servers: [realServer(A), realServer(C)] }),
    web({ service: virtualService("tcp://192.0.2.12:80"), servers: [realServer(C)], fallback: realServer(B) }),
  ];
  const tracker = new ServiceTracker();
  tracker.load(new JobTable(services));
  assert.deepEqual(tracker.override([override(A, 0)]), [WEB, "tcp://192.0.2.11:80"]);
  assert.deepEqual(tracker.override([override(A, 0)]), []);
  const ofOne = override(A, 0, { service: parseServiceId(WEB) });
  assert.deepEqual(tracker.override([override(A, 0), ofOne]), [WEB]);
  assert.deepEqual(tracker.override([override(B, "maint")]), [
    WEB,
    "tcp://192.0.2.11:80",
    "tcp://192.0.2.12:80",
  ]);
  assert.equal(tracker.knowledge(0).overrides.length, 1);
});
