import assert from "node:assert/strict";
import { bindAgent, DEFAULT_AGENT_TIMING, needsAgentPort, parseServiceId } from "../../../../core/model/mod.ts";

const SERVICE = parseServiceId("tcp://192.0.2.10:80");

Deno.test("bindAgent() adds the service to commands, and to no other agent", () => {
  const exec = { type: "exec", command: ["/bin/load"], environment: [], ...DEFAULT_AGENT_TIMING } as const;
  const tcp = { type: "tcp", port: 8081, ...DEFAULT_AGENT_TIMING } as const;
  assert.deepEqual(bindAgent(exec, SERVICE), { ...exec, service: SERVICE });
  assert.deepEqual(bindAgent(tcp, SERVICE), tcp);
});

Deno.test("needsAgentPort() is true for an agent on the network without a port", () => {
  const exec = { type: "exec", command: ["/bin/load"], environment: [], ...DEFAULT_AGENT_TIMING } as const;
  assert.equal(needsAgentPort(exec), false);
  assert.equal(needsAgentPort({ type: "tcp", ...DEFAULT_AGENT_TIMING }), true);
  assert.equal(needsAgentPort({ type: "tcp", port: 8081, ...DEFAULT_AGENT_TIMING }), false);
});
