import assert from "node:assert/strict";
import { readStatus } from "../../../../cli/format/table_health.ts";

Deno.test("readStatus() takes what is about health from the daemon's status", () => {
  const status = {
    version: 1,
    services: [
      {
        service: "fwmark:1",
        name: "web",
        serving: 1,
        quorum: { met: false },
        servers: [{ address: "10.0.0.1:80", health: "unhealthy" }, { address: "10.0.0.2:80", health: null }],
      },
      { service: "fwmark:2", name: null, serving: 0, quorum: { met: true }, servers: [] },
    ],
  };
  assert.deepEqual([...readStatus(status)], [
    ["fwmark:1", {
      name: "web",
      serving: 1,
      configured: 2,
      quorumMet: false,
      servers: new Map([["10.0.0.1:80", "unhealthy"], ["10.0.0.2:80", null]]),
    }],
    ["fwmark:2", { name: undefined, serving: 0, configured: 0, quorumMet: true, servers: new Map() }],
  ]);
});

Deno.test("readStatus() passes over what is no status", () => {
  for (const status of [undefined, null, 1, "x", [], {}, { services: null }]) assert.equal(readStatus(status).size, 0);
});
